package standing

import (
	"context"
	"errors"
	"sync"
)

// ErrClosed is returned by boards that are closed, for what is not in memory.
var ErrClosed = errors.New("boards are closed")

// flights are calls under way that any number of callers wait for. The calls have a life of their own: a caller that
// leaves does not end them, close does.
type flights struct {
	life  context.Context
	end   context.CancelFunc
	calls sync.WaitGroup

	mu     sync.Mutex // guards the fields below
	under  map[string]*flight
	closed bool
}

type flight struct {
	done chan struct{}
	err  error // read after done is closed
}

func newFlights() *flights {
	f := &flights{under: map[string]*flight{}}
	f.life, f.end = context.WithCancel(context.Background())
	return f
}

// do runs call, or joins the one with the same name that is under way, and waits for its end or for the caller's.
func (f *flights) do(ctx context.Context, name string, call func(context.Context) error) error {
	under, err := f.start(name, call)
	if err != nil {
		return err
	}
	select {
	case <-under.done:
		return under.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *flights) start(name string, call func(context.Context) error) (*flight, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, ErrClosed
	}
	if under := f.under[name]; under != nil {
		return under, nil
	}
	under := &flight{done: make(chan struct{})}
	f.under[name] = under
	f.calls.Go(func() {
		under.err = call(f.life)
		f.land(name)
		close(under.done)
	})
	return under, nil
}

func (f *flights) land(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.under, name)
}

// close ends all calls and waits for them.
func (f *flights) close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.end()
	f.calls.Wait()
}
