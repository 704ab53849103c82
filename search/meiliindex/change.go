package meiliindex

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"

	"github.com/meilisearch/meilisearch-go"

	"fanfare/search"
)

// sendBatch is how many documents one request has: far below what the server takes at once, however long they are.
const sendBatch = 500

// changes gathers what many callers change at once, so that one task of the server serves them all: what waits while
// one task runs goes into the next. There is no timer.
type changes struct {
	mu      sync.Mutex
	waiting *batch // guarded by mu; nil for none
	sending bool   // guarded by mu: a goroutine sends batches until none waits
	closed  bool   // guarded by mu
}

// batch is the last change of each document, nil for one to be deleted.
type batch struct {
	records map[string]*record
	done    chan struct{} // closed when err is set
	err     error
}

// documentID is what the server takes. One that it does not take would fail its whole batch.
var documentID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,511}$`)

// Put adds documents, together with what others change at the same time.
func (x *Index) Put(ctx context.Context, documents []search.Document) error {
	records := map[string]*record{}
	for _, d := range documents {
		if !documentID.MatchString(d.ID) || d.ID == stampID {
			return fmt.Errorf("index document %q: an ID has up to 511 letters, digits, - and _", d.ID)
		}
		r := encode(d)
		records[d.ID] = &r
	}
	return x.change(ctx, records)
}

// Delete takes documents out, together with what others change at the same time.
func (x *Index) Delete(ctx context.Context, ids []string) error {
	records := map[string]*record{}
	for _, id := range ids {
		if documentID.MatchString(id) && id != stampID {
			records[id] = nil
		}
	}
	return x.change(ctx, records)
}

func (x *Index) change(ctx context.Context, records map[string]*record) error {
	if len(records) == 0 {
		return nil
	}
	b, err := x.join(records)
	if err != nil {
		return err
	}
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return fmt.Errorf("change search index: %w", context.Cause(ctx))
	}
}

// join adds changes to the batch that waits, and has it sent.
func (x *Index) join(records map[string]*record) (*batch, error) {
	c := &x.changes
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errClosed
	}
	if c.waiting == nil {
		c.waiting = &batch{records: map[string]*record{}, done: make(chan struct{})}
	}
	maps.Copy(c.waiting.records, records)
	if !c.sending {
		c.sending = true
		x.work.Go(x.sendAll)
	}
	return c.waiting, nil
}

// next takes the batch that waits; nil says that there is none and that nobody sends any more.
func (c *changes) next() *batch {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.waiting
	c.waiting, c.sending = nil, b != nil
	return b
}

func (c *changes) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}

func (x *Index) sendAll() {
	for b := x.changes.next(); b != nil; b = x.changes.next() {
		b.err = x.send(b)
		close(b.done)
	}
}

// send has the server do a batch: one task for what is put and one for what is deleted, which it does together.
func (x *Index) send(b *batch) error {
	if err := x.ensure(x.ctx); err != nil {
		return err
	}
	var put []record
	var deleted []string
	for id, r := range b.records {
		if r == nil {
			deleted = append(deleted, id)
		} else {
			put = append(put, *r)
		}
	}
	var tasks []int64
	for records := range slices.Chunk(put, sendBatch) {
		task, err := x.beginAdding(x.ctx, x.name, records)
		if err != nil {
			return err
		}
		tasks = append(tasks, task)
	}
	if len(deleted) > 0 {
		task, err := x.begin(x.ctx, "delete documents", func(ctx context.Context) (*meilisearch.TaskInfo, error) {
			return x.admin.Index(x.name).DeleteDocumentsWithContext(ctx, deleted, nil)
		})
		if err != nil {
			return err
		}
		tasks = append(tasks, task)
	}
	var errs []error
	for _, task := range tasks {
		errs = append(errs, x.finish(x.ctx, "change search index", task))
	}
	return errors.Join(errs...)
}

func (x *Index) beginAdding(ctx context.Context, name string, records []record) (task int64, err error) {
	what := fmt.Sprintf("add %d documents to %s", len(records), name)
	return x.begin(ctx, what, func(ctx context.Context) (*meilisearch.TaskInfo, error) {
		return x.admin.Index(name).AddDocumentsWithContext(ctx, records, nil)
	})
}
