package meiliindex

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"strings"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"fanfare/search"
)

const (
	// rebuildBatch is how many documents one task of a rebuild adds. Other tasks wait for it, those of a single entry
	// included.
	rebuildBatch = 2000
	// comparePage is how many documents one request reads back.
	comparePage = 500
	// leftTime is after how long the index of a rebuild is taken for left behind by one that did not end.
	leftTime = 6 * time.Hour
)

// nextMark stands in the names of indexes that a rebuild fills.
const nextMark = "-next-"

// encoding is the version of the settings and of how documents become records.
const encoding = 1

// stampID is a record that stands in an index which was filled to the end. It goes where the index goes: away when
// somebody empties it, to the other name when it is swapped. Its challenge is empty, so no query finds it.
const stampID = "stamp"

// Stale reads the stamp and the settings, which somebody may have changed. An index of a later version is not stale:
// while two versions run side by side, one of them has to leave it alone.
func (x *Index) Stale(ctx context.Context) (bool, error) {
	within, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	var r record
	err := x.admin.Index(x.name).GetDocumentWithContext(within, stampID, nil, &r)
	switch {
	case code(err) == noIndex, code(err) == noDocument:
		return true, nil
	case err != nil:
		return false, failure(ctx, "read stamp of search index", err)
	case r.Stamp != encoding:
		return r.Stamp < encoding, nil
	}
	err = x.CheckSettings(ctx)
	if errors.Is(err, errSettings) {
		return true, nil
	}
	return false, err
}

// Rebuild fills an index of another name and swaps the two.
func (x *Index) Rebuild(ctx context.Context, documents iter.Seq2[search.Document, error]) error {
	if err := x.sweep(ctx, leftTime); err != nil {
		return err
	}
	next := x.nextName()
	err := x.fill(ctx, next, documents)
	if err == nil {
		err = x.ensure(ctx) // only two that are there can be swapped
	}
	if err == nil {
		err = x.swap(ctx, next, false)
	}
	// The other index holds the old documents now, or some of the new. Where it cannot be dropped, a later rebuild sweeps it.
	dropping, cancel := context.WithTimeout(context.WithoutCancel(ctx), dropTime)
	defer cancel()
	dropErr := x.drop(dropping, next)
	if err != nil {
		return fmt.Errorf("rebuild search index: %w", errors.Join(err, dropErr))
	}
	return nil
}

// sweep drops the indexes of rebuilds that did not end.
func (x *Index) sweep(ctx context.Context, age time.Duration) error {
	within, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	list, err := x.admin.ListIndexesWithContext(within, &meilisearch.IndexesQuery{Limit: 1000})
	if err != nil {
		return failure(ctx, "list indexes", err)
	}
	for _, index := range list.Results {
		if strings.HasPrefix(index.UID, x.name+nextMark) && time.Since(index.UpdatedAt) > age {
			if err := x.drop(ctx, index.UID); err != nil {
				return err
			}
		}
	}
	return nil
}

// fill makes an index and adds the documents, and the stamp behind them. While the server does one batch, the next is on
// its way.
func (x *Index) fill(ctx context.Context, name string, documents iter.Seq2[search.Document, error]) error {
	if err := x.create(ctx, name); err != nil {
		return err
	}
	f := filling{index: x, name: name}
	for d, err := range documents {
		if err != nil {
			return err
		}
		if err := f.add(ctx, encode(d)); err != nil {
			return err
		}
	}
	if err := f.flush(ctx); err != nil {
		return err
	}
	f.records = append(f.records, record{ID: stampID, Stamp: encoding})
	if err := f.flush(ctx); err != nil {
		return err
	}
	return f.finish(ctx)
}

// filling is an index that is being filled.
type filling struct {
	index   *Index
	name    string
	records []record
	running int64 // the task of the batch before, if begun
	begun   bool
}

func (f *filling) add(ctx context.Context, r record) error {
	if f.records = append(f.records, r); len(f.records) < rebuildBatch {
		return nil
	}
	return f.flush(ctx)
}

// flush sends what there is and waits for the batch before it.
func (f *filling) flush(ctx context.Context) error {
	if len(f.records) == 0 {
		return nil
	}
	task, err := f.index.beginAdding(ctx, f.name, f.records)
	if err != nil {
		return err
	}
	f.records = f.records[:0]
	if err := f.finish(ctx); err != nil {
		return err
	}
	f.running, f.begun = task, true
	return nil
}

func (f *filling) finish(ctx context.Context) error {
	if !f.begun {
		return nil
	}
	f.begun = false
	return f.index.finish(ctx, "fill "+f.name, f.running)
}

// Compare checks the settings and reads every document back.
func (x *Index) Compare(ctx context.Context, documents iter.Seq2[search.Document, error]) (search.Difference, error) {
	if err := x.verifySettings(ctx, x.name); err != nil {
		return search.Difference{}, err
	}
	seed := maphash.MakeSeed()
	held := map[string]uint64{}
	for offset := int64(0); ; offset += comparePage {
		page, err := x.page(ctx, offset)
		if err != nil {
			return search.Difference{}, err
		}
		for _, r := range page {
			if r.ID != stampID {
				held[r.ID] = r.fingerprint(seed)
			}
		}
		if len(page) < comparePage {
			return search.Differ(held, documents, func(d search.Document) uint64 { return encode(d).fingerprint(seed) })
		}
	}
}

func (x *Index) page(ctx context.Context, offset int64) ([]record, error) {
	within, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	var result meilisearch.DocumentsResult
	err := x.admin.Index(x.name).GetDocumentsWithContext(within, &meilisearch.DocumentsQuery{Offset: offset, Limit: comparePage}, &result)
	if err != nil {
		return nil, failure(ctx, "read search index", err)
	}
	records := make([]record, len(result.Results))
	for i, hit := range result.Results {
		if err := hit.DecodeInto(&records[i]); err != nil {
			return nil, fmt.Errorf("read search index: %w", err)
		}
	}
	return records, nil
}

// fingerprint is a hash of all fields. No field holds a NUL.
func (r record) fingerprint(seed maphash.Seed) uint64 {
	fields := append([]string{r.ID, r.Challenge, fmt.Sprint(r.Number), r.Caption, r.CaptionZH, r.Author, r.AuthorZH, r.City, r.CityZH}, r.Tags...)
	return maphash.String(seed, strings.Join(fields, "\x00"))
}
