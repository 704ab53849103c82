package s3blob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"
)

// patience is how long a call waits while no byte moves, retries included.
const patience = 7 * time.Second

// errStalled ends a call's context.
var errStalled = errors.New("no byte moved for " + patience.String())

// watch ends a call that has stalled. It counts as moving when the connection takes or gives bytes.
type watch struct {
	ctx    context.Context // of the requests
	caller context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

// watching starts a watch, which must be ended.
func watching(ctx context.Context) *watch {
	w := &watch{caller: ctx}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.timer = time.AfterFunc(patience, func() { w.cancel(errStalled) })
	return w
}

// moved begins the wait anew.
func (w *watch) moved() { w.timer.Reset(patience) }

// rest suspends the wait until something moves: the caller is at work, not the store.
func (w *watch) rest() { w.timer.Stop() }

func (w *watch) end() {
	w.timer.Stop()
	w.cancel(nil)
}

// body returns bytes of a put for a request, which can be sent again from their beginning.
func (s *Store) body(w *watch, b []byte) io.Reader { return &body{s, w, bytes.NewReader(b)} }

// body has no more methods than these: a WriteTo would pass bytes by the watch.
type body struct {
	store *Store
	watch *watch
	bytes *bytes.Reader
}

func (b *body) Read(p []byte) (int, error) {
	b.watch.moved()
	b.store.taken.Store(time.Now().UnixMilli())
	return b.bytes.Read(p)
}

func (b *body) Seek(offset int64, whence int) (int64, error) { return b.bytes.Seek(offset, whence) }
