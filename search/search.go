// Package search says what can be searched and how, and reads what people type. It knows documents, words and hashtags;
// it does not know who may see what: hits name entries, and the caller asks the database for their status.
//
// How text becomes words, and a query becomes terms, is decided here, so that every driver finds the same.
package search

import (
	"context"
	"errors"
	"iter"
)

// Limits, before memory is spent.
const (
	MaxFieldRunes = 4000 // of a caption, an author or a city; what follows is not indexed
	MaxQueryRunes = 200  // what follows is not read
	MaxTerms      = 16   // of a query; what follows is not read
	MaxLimit      = 100  // hits of one page
	MaxOffset     = 10_000
)

// Document is what can be found of one entry.
type Document struct {
	ID        string
	Challenge string
	Number    uint32
	Caption   string
	Author    string
	Tags      []string // keys of hashtags, as TagKey makes them
	City      string   // its name in all languages
}

// Query asks for a page of a challenge's entries.
type Query struct {
	Challenge string
	Text      string // as typed
	Offset    int    // hits before the page, MaxOffset at most
	Limit     int    // hits on the page, MaxLimit at most
}

// Hit is an entry that was found.
type Hit struct {
	ID     string
	Number uint32
}

// Result is a page of hits, best first; of equally good ones the smaller number first.
type Result struct {
	Hits []Hit
	More bool // there are hits behind this page
}

// ErrUnavailable means that the index cannot answer now; the same call may succeed later.
var ErrUnavailable = errors.New("search index unavailable")

// Index finds documents. What Put and Delete did can be seen by Search when they return.
type Index interface {
	// Put adds documents, in place of those with the same ID.
	Put(ctx context.Context, documents []Document) error
	// Delete takes documents out. Those that are not there are fine.
	Delete(ctx context.Context, ids []string) error
	// Search returns nothing, without an error, for a text that has neither a word nor a hashtag.
	Search(ctx context.Context, q Query) (Result, error)
	// Rebuild puts these documents in place of all that the index holds. Searches find what was there until all are in, and
	// after an error they still do. What Put and Delete do meanwhile may be undone: whoever rebuilds compares afterwards.
	Rebuild(ctx context.Context, documents iter.Seq2[Document, error]) error
	// Stale reports whether the index lacks documents until it is rebuilt: it is new, was emptied or is of another version.
	Stale(ctx context.Context) (bool, error)
	// Compare reads all that the index holds and says where that differs from these documents, which are those that it
	// should hold. An error may mean that the index is damaged.
	Compare(ctx context.Context, documents iter.Seq2[Document, error]) (Difference, error)
	// Check returns an error if the index cannot be asked.
	Check(ctx context.Context) error
}

// Within returns the query with its numbers cut to the limits.
func (q Query) Within() Query {
	q.Offset = min(max(q.Offset, 0), MaxOffset)
	q.Limit = min(max(q.Limit, 0), MaxLimit)
	return q
}
