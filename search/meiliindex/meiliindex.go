// Package meiliindex is a search index on a Meilisearch server, which several replicas share.
//
// It knows the server's settings, tasks and keys. It refuses to know what a word is: package search says that for every
// driver. The server's key with all rights is asked for when it is used; queries go out with a key that can only search.
package meiliindex

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/meilisearch/meilisearch-go"
)

// Index is a search.Index on a Meilisearch server.
type Index struct {
	name      string
	transport *http.Transport
	admin     meilisearch.ServiceManager
	adminKey  func() string
	searcher  meilisearch.ServiceManager
	searchKey atomic.Pointer[string] // nil until it is known

	changes changes
	ctx     context.Context // of what sends changes; ends with Close
	cancel  context.CancelCauseFunc
	work    sync.WaitGroup // what sends changes
}

// Open returns an index, without asking the server: a server that is down delays the search and nothing else. Key returns
// the server's master key, or one with all rights; it is asked each time, so that a new key needs no restart.
func Open(address Address, key func() string) *Index {
	x := &Index{name: address.Index, transport: newTransport(), adminKey: key}
	x.ctx, x.cancel = context.WithCancelCause(context.Background())
	x.admin = newClient(address.URL, x.transport, key)
	x.searcher = newClient(address.URL, x.transport, func() string {
		if key := x.searchKey.Load(); key != nil {
			return *key
		}
		return ""
	})
	return x
}

// Close ends what is under way and waits for it.
func (x *Index) Close() error {
	x.changes.close()
	x.cancel(errClosed)
	x.work.Wait()
	x.transport.CloseIdleConnections()
	return nil
}

// Version returns the server's version.
func (x *Index) Version(ctx context.Context) (string, error) {
	within, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	version, err := x.admin.VersionWithContext(within)
	if err != nil {
		return "", failure(ctx, "ask for the server's version", err)
	}
	return version.PkgVersion, nil
}

// Check asks for a hit, as visitors do.
func (x *Index) Check(ctx context.Context) error {
	within, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	_, err := x.ask(within, &meilisearch.SearchRequest{Limit: 1})
	return failure(ctx, "check search index", err)
}

// ensure makes the index if it is not there. Without this the server itself would make one, with settings of its own,
// when it gets documents.
func (x *Index) ensure(ctx context.Context) error {
	within, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	_, err := x.admin.GetIndexWithContext(within, x.name)
	if code(err) != noIndex {
		return failure(ctx, "find index "+x.name, err)
	}
	next := x.nextName()
	if err := x.create(ctx, next); err != nil {
		return err
	}
	err = x.swap(ctx, next, true)
	if code(err) == indexExists { // another replica was faster
		return x.drop(ctx, next)
	}
	return err
}

// nextName is a name that no other index has.
func (x *Index) nextName() string { return x.name + nextMark + strings.ToLower(rand.Text()) }

// create makes an empty index with Fanfare's settings. It has none for a moment, so nobody may know its name yet.
func (x *Index) create(ctx context.Context, name string) error {
	err := x.run(ctx, "create index "+name, func(ctx context.Context) (*meilisearch.TaskInfo, error) {
		return x.admin.CreateIndexWithContext(ctx, &meilisearch.IndexConfig{Uid: name, PrimaryKey: "id"})
	})
	if err != nil {
		return err
	}
	return x.configure(ctx, name)
}

// swap gives an index our name, and the one that had it the other; or, if it is to be renamed, there must be none.
func (x *Index) swap(ctx context.Context, next string, rename bool) error {
	return x.run(ctx, "swap "+next, func(ctx context.Context) (*meilisearch.TaskInfo, error) {
		return x.admin.SwapIndexesWithContext(ctx, []*meilisearch.SwapIndexesParams{{Indexes: []string{next, x.name}, Rename: rename}})
	})
}

// drop deletes an index; one that is not there is fine.
func (x *Index) drop(ctx context.Context, name string) error {
	err := x.run(ctx, "delete index "+name, func(ctx context.Context) (*meilisearch.TaskInfo, error) {
		return x.admin.DeleteIndexWithContext(ctx, name)
	})
	if code(err) == noIndex {
		return nil
	}
	return err
}

// errClosed is what changes get that came too late.
var errClosed = errors.New("search index closed")
