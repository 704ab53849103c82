package s3blob_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fanfare/cmd/fanfare/faulttest"
	"fanfare/media/blob"
	"fanfare/media/blob/blobtest"
	"fanfare/media/blob/s3blob"
)

// told is within what time an upload must be told that the store does not answer.
const told = 10 * time.Second

// noise is n bytes that no compression shortens and no two of whose kilobytes are alike.
func noise(n int) []byte {
	b := make([]byte, 0, n+sha256.Size)
	for sum := sha256.Sum256(nil); len(b) < n; sum = sha256.Sum256(sum[:]) {
		b = append(b, sum[:]...)
	}
	return b[:n]
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// calls are all that a driver does, over a bucket that holds "large" already.
func calls(t *testing.T, s *s3blob.Store) map[string]func() error {
	large := noise(20 << 20)
	return map[string]func() error{
		"put":       func() error { return s.Put(t.Context(), "new/small", bytes.NewReader(large[:100_000])) },
		"put large": func() error { return s.Put(t.Context(), "new/large", bytes.NewReader(large)) },
		"read": func() error {
			_, err := read(t.Context(), s, "large")
			return err
		},
		"stat": func() error {
			_, err := s.Stat(t.Context(), "large")
			return err
		},
		"delete": func() error { return s.Delete(t.Context(), "large") },
		"list": func() (err error) {
			for _, err = range s.List(t.Context(), "") {
			}
			return err
		},
		"sweep":   func() error { return s.Sweep(t.Context(), time.Now()) },
		"prepare": func() error { return s.Prepare(t.Context()) },
		"exposed": func() error {
			_, err := s.Exposed(t.Context())
			return err
		},
	}
}

// unavailable does all calls at once and checks that each is told in time.
func unavailable(t *testing.T, s *s3blob.Store) {
	t.Helper()
	var wg sync.WaitGroup
	for name, call := range calls(t, s) {
		wg.Go(func() {
			start := time.Now()
			err := call()
			if took := time.Since(start); !errors.Is(err, blob.ErrUnavailable) || took > told {
				t.Errorf("%s: got %v after %s, want ErrUnavailable within %s", name, err, took.Round(time.Millisecond), told)
			}
		})
	}
	wg.Wait()
}

// works does all calls in turn after a fault.
func works(t *testing.T, s *s3blob.Store) {
	t.Helper()
	put(t, s, "large", noise(20<<20))
	for name, call := range calls(t, s) {
		if name == "delete" {
			continue // the others need the object
		}
		if err := call(); err != nil {
			t.Errorf("%s after the fault: %v", name, err)
		}
	}
}

func TestAStoreThatDoesNotAnswerIsUnavailableInTime(t *testing.T) {
	each(t, func(t *testing.T, server *blobtest.Server) {
		for name, faults := range map[string]faulttest.Faults{
			"silent":              {BlackHole: true},
			"resetting":           {Refuse: true},
			"resetting under way": {ToServer: faulttest.Way{ResetAfter: 300}},
			"cut short":           {ToClient: faulttest.Way{CloseAfter: 100}},
		} {
			t.Run(name, func(t *testing.T) {
				proxy := faulttest.Start(t, server.Addr)
				s := prepared(t, proxy.Addr())
				put(t, s, "large", noise(20<<20))
				proxy.Set(faults)
				if faults.Refuse {
					proxy.Cut()
				}
				unavailable(t, s)
				proxy.Set(faulttest.Faults{})
				works(t, s)
			})
		}
		t.Run("stopped", func(t *testing.T) {
			s := prepared(t, server.Addr)
			server.Stop()
			unavailable(t, s)
			server.Start(t)
			works(t, s)
		})
	})
}

func TestAReadThatStallsIsUnavailableInTime(t *testing.T) {
	each(t, func(t *testing.T, server *blobtest.Server) {
		proxy := faulttest.Start(t, server.Addr)
		s := prepared(t, proxy.Addr())
		put(t, s, "large", noise(20<<20))
		r, err := s.Open(t.Context(), "large", 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		proxy.Set(faulttest.Faults{BlackHole: true})
		start := time.Now()
		_, err = io.Copy(io.Discard, r)
		if took := time.Since(start); !errors.Is(err, blob.ErrUnavailable) || took > told {
			t.Errorf("got %v after %s, want ErrUnavailable within %s", err, took, told)
		}
	})
}

func TestASlowTransferGoesOn(t *testing.T) {
	const size, rate = 3 << 20, 300_000 // ten seconds: longer than any wait
	each(t, func(t *testing.T, server *blobtest.Server) {
		proxy := faulttest.Start(t, server.Addr)
		s, want := prepared(t, proxy.Addr()), noise(size)
		put(t, s, "there", want)
		proxy.Set(faulttest.Faults{ToServer: faulttest.Way{Rate: rate}, ToClient: faulttest.Way{Rate: rate}})
		start := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() { put(t, s, "new", want) })
		wg.Go(func() {
			if got, err := read(t.Context(), s, "there"); err != nil || !bytes.Equal(got, want) {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
		})
		wg.Wait()
		if took := time.Since(start); took < told {
			t.Errorf("took only %s: the test shows nothing", took)
		}
	})
}

func TestASlowCallerIsNotAStalledStore(t *testing.T) {
	if testing.Short() {
		t.Skip("takes longer than every wait")
	}
	t.Parallel()
	server := blobtest.StartMinIO(t, t.TempDir())
	s := prepared(t, server.Addr)
	put(t, s, "large", noise(20<<20))
	r, err := s.Open(t.Context(), "large", 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	stream, sender := io.Pipe()
	stored := make(chan error, 1)
	go func() { stored <- s.Put(t.Context(), "new", stream) }()
	sender.Write(noise(9 << 20)) // a part is on its way, the next has begun
	<-time.After(told)           // what both wait for must pass
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Errorf("read: %v", err)
	}
	if err := errors.Join(sender.Close(), <-stored); err != nil {
		t.Errorf("put: %v", err)
	}
}

func TestMorePutsThanThereIsMemoryForAreToldInTime(t *testing.T) {
	t.Parallel()
	server := blobtest.StartMinIO(t, t.TempDir())
	s := prepared(t, server.Addr)
	var wg sync.WaitGroup
	var senders []io.Closer
	for i := range 8 {
		stream, sender := io.Pipe()
		senders = append(senders, sender)
		wg.Go(func() { s.Put(t.Context(), fmt.Sprintf("slow/%d", i), stream) })
		sender.Write([]byte("x")) // returns once the put holds its slot
	}
	start := time.Now()
	err := s.Put(t.Context(), "key", bytes.NewReader(nil))
	if took := time.Since(start); !errors.Is(err, blob.ErrUnavailable) || took > told {
		t.Errorf("got %v after %s, want ErrUnavailable within %s", err, took, told)
	}
	for _, sender := range senders {
		sender.Close()
	}
	wg.Wait()
	put(t, s, "key", nil)
}

// begins closes a channel when it is read first.
type begins struct {
	io.Reader
	began chan struct{}
	once  sync.Once
}

func (b *begins) Read(p []byte) (int, error) {
	b.once.Do(func() { close(b.began) })
	return b.Reader.Read(p)
}

// slowly begins eight puts of an object that hold all there is of memory; their errors come when they end.
func slowly(t *testing.T, s *s3blob.Store, content []byte) (ended chan error) {
	const slots = 8
	ended = make(chan error, slots)
	for i := range slots {
		r := &begins{Reader: bytes.NewReader(content), began: make(chan struct{})}
		go func() { ended <- s.Put(t.Context(), fmt.Sprintf("slow/%d", i), r) }()
		<-r.began
	}
	return ended
}

func TestAPutWaitsForOthersWhileTheyMoveAndNotForAStoreThatFellSilent(t *testing.T) {
	const size, rate, waits = 2 << 20, 300_000, 3 * time.Second // about six seconds for each
	t.Parallel()
	server := blobtest.StartMinIO(t, t.TempDir())
	proxy := faulttest.Start(t, server.Addr)
	s := prepared(t, proxy.Addr())
	proxy.Set(faulttest.Faults{ToServer: faulttest.Way{Rate: rate}})

	ended, start := slowly(t, s, noise(size)), time.Now()
	put(t, s, "ninth", noise(1000))
	if took := time.Since(start); took < waits {
		t.Errorf("it waited only %s: the test shows nothing", took)
	}
	for range cap(ended) {
		if err := <-ended; err != nil {
			t.Errorf("a slow put: %v", err)
		}
	}

	ended = slowly(t, s, noise(size))
	ninth := make(chan error, 1)
	go func() { ninth <- s.Put(t.Context(), "late", bytes.NewReader(nil)) }()
	proxy.Set(faulttest.Faults{BlackHole: true})
	start = time.Now()
	for range cap(ended) {
		if err := <-ended; !errors.Is(err, blob.ErrUnavailable) {
			t.Errorf("a slow put to a silent store: got %v, want ErrUnavailable", err)
		}
	}
	if err := <-ninth; !errors.Is(err, blob.ErrUnavailable) {
		t.Errorf("a put that waits for others: got %v, want ErrUnavailable", err)
	}
	if took := time.Since(start); took > told {
		t.Errorf("all were told within %s, want %s", took, told)
	}
}

func TestFlippedBitsAreNeverStored(t *testing.T) {
	each(t, func(t *testing.T, server *blobtest.Server) {
		proxy := faulttest.Start(t, server.Addr)
		s := prepared(t, proxy.Addr())
		for _, size := range []int{1 << 20, 20 << 20} {
			proxy.Set(faulttest.Faults{ToServer: faulttest.Way{FlipEvery: 200_000}})
			if err := s.Put(t.Context(), "key", bytes.NewReader(noise(size))); !errors.Is(err, blob.ErrUnavailable) {
				t.Errorf("put of %d bytes: got %v, want ErrUnavailable", size, err)
			}
			proxy.Set(faulttest.Faults{})
			if _, err := s.Stat(t.Context(), "key"); !errors.Is(err, blob.ErrNotFound) {
				t.Errorf("after it: got %v, want ErrNotFound", err)
			}
		}
	})
}

func TestWrongBytesAreNeverReadToTheEnd(t *testing.T) {
	each(t, func(t *testing.T, server *blobtest.Server) {
		proxy := faulttest.Start(t, server.Addr)
		s, want := prepared(t, proxy.Addr()), noise(1<<20)
		b := blob.NewBucket(s)
		put(t, s, "key", want)
		for name, way := range map[string]faulttest.Way{
			"flipped": {FlipEvery: 100_000}, "cut short": {CloseAfter: 500_000}, "reset": {ResetAfter: 500_000},
		} {
			proxy.Set(faulttest.Faults{ToClient: way})
			proxy.Cut()
			err := b.Verify(t.Context(), "key", hash(want))
			if !errors.Is(err, blob.ErrCorrupt) && !errors.Is(err, blob.ErrUnavailable) {
				t.Errorf("%s: got %v, want ErrCorrupt or ErrUnavailable", name, err)
			}
		}
		proxy.Set(faulttest.Faults{})
		proxy.Cut()
		if err := b.Verify(t.Context(), "key", hash(want)); err != nil {
			t.Errorf("after the faults: %v", err)
		}
	})
}

func TestNoAcknowledgedObjectIsLostWhenTheStoreIsKilled(t *testing.T) {
	each(t, func(t *testing.T, server *blobtest.Server) {
		const kills, writers, puts = 3, 20, 40
		s, log := prepared(t, server.Addr), &ledger{stored: map[string]string{}}
		for round := range kills {
			enough := log.atLeast((round + 1) * puts)
			var work sync.WaitGroup
			for writer := range writers {
				work.Go(func() { log.write(t, s, fmt.Sprintf("k/%d-%d", round, writer)) })
			}
			<-enough
			server.Kill()
			log.killed.Store(true)
			work.Wait()
			log.killed.Store(false)
			server.Start(t)
		}
		for key, want := range log.stored {
			if got, err := read(t.Context(), s, key); err != nil || hash(got) != want {
				t.Errorf("%s was acknowledged and is lost: %d bytes, %v", key, len(got), err)
			}
		}
	})
}

// ledger remembers what was acknowledged.
type ledger struct {
	killed atomic.Bool

	mu     sync.Mutex // guards what follows
	stored map[string]string
	wanted int
	enough chan struct{} // closed once so many are stored
}

func (l *ledger) atLeast(n int) chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wanted, l.enough = n, make(chan struct{})
	return l.enough
}

// write puts objects under the key until one fails because the store was killed.
func (l *ledger) write(t *testing.T, s *s3blob.Store, key string) {
	for n := 0; ; n++ {
		name, content := fmt.Sprintf("%s-%d", key, n), noise(1000+n*50_000)
		if err := s.Put(t.Context(), name, bytes.NewReader(content)); err != nil {
			if !errors.Is(err, blob.ErrUnavailable) {
				t.Errorf("put to a killed store: got %v, want ErrUnavailable", err)
			}
			if l.killed.Load() {
				return
			}
			continue
		}
		l.mu.Lock()
		l.stored[name] = hash(content)
		if len(l.stored) == l.wanted {
			close(l.enough)
		}
		l.mu.Unlock()
	}
}
