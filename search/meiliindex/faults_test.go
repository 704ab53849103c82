package meiliindex

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fanfare/cmd/fanfare/faulttest"
	"fanfare/search"
	"fanfare/search/searchtest"
)

// through returns the same index as seen through a faulty network.
func through(t *testing.T, x *Index) (*Index, *faulttest.Proxy) {
	t.Helper()
	address, key := server(t)
	target, err := url.Parse(address.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := faulttest.Start(t, target.Host)
	remote := Open(Address{URL: "http://" + proxy.Addr(), Index: x.name}, key)
	t.Cleanup(func() { remote.Close() })
	return remote, proxy
}

var nightQuery = search.Query{Challenge: "ch_night", Text: "夜景", Limit: 10}

// wantUnavailable holds that a call fails as unavailable, and in time.
func wantUnavailable(t *testing.T, what string, within time.Duration, call func() error) {
	t.Helper()
	began := time.Now()
	err := call()
	if !errors.Is(err, search.ErrUnavailable) {
		t.Errorf("%s = %v, want ErrUnavailable", what, err)
	}
	if took := time.Since(began); took > within {
		t.Errorf("%s took %s, want at most %s", what, took, within)
	}
}

func TestAServerThatIsAwayIsUnavailableInTimeAndComesBack(t *testing.T) {
	index, proxy := through(t, open(t))
	document := searchtest.Documents(1)
	if err := index.Put(t.Context(), document); err != nil {
		t.Fatal(err)
	}
	for name, faults := range map[string]faulttest.Faults{
		"refusing":      {Refuse: true},
		"silent":        {BlackHole: true},
		"resetting":     {ToClient: faulttest.Way{ResetAfter: 20}},
		"cutting short": {ToClient: faulttest.Way{CloseAfter: 150}},
	} {
		t.Run(name, func(t *testing.T) {
			proxy.Set(faults)
			proxy.Cut()
			var calls sync.WaitGroup
			for what, c := range map[string]struct {
				within time.Duration
				call   func() error
			}{
				"Search": {searchTime + time.Second, func() error { _, err := index.Search(t.Context(), nightQuery); return err }},
				"Check":  {searchTime + time.Second, func() error { return index.Check(t.Context()) }},
				"Stale":  {requestTime + time.Second, func() error { _, err := index.Stale(t.Context()); return err }},
				"Put":    {requestTime + 2*time.Second, func() error { return index.Put(t.Context(), document) }},
			} {
				calls.Go(func() { wantUnavailable(t, what, c.within, c.call) })
			}
			calls.Wait()
			proxy.Set(faulttest.Faults{})
			proxy.Cut()
			if err := index.Check(t.Context()); err != nil {
				t.Errorf("Check afterwards: %v", err)
			}
			if err := index.Put(t.Context(), document); err != nil {
				t.Errorf("Put afterwards: %v", err)
			}
		})
	}
}

func TestWhoGivesUpIsNotToldThatTheServerIsDown(t *testing.T) {
	index, proxy := through(t, open(t))
	proxy.Set(faulttest.Faults{BlackHole: true})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := index.Search(ctx, nightQuery); !errors.Is(err, context.Canceled) || errors.Is(err, search.ErrUnavailable) {
		t.Errorf("Search = %v, want context canceled alone", err)
	}
	if err := index.Put(ctx, searchtest.Documents(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("Put = %v, want context canceled", err)
	}
}

func TestAClosedIndexTakesNoChanges(t *testing.T) {
	index := open(t)
	var work sync.WaitGroup
	for _, d := range searchtest.Documents(20) {
		work.Go(func() {
			if err := index.Put(t.Context(), []search.Document{d}); err != nil && !errors.Is(err, errClosed) {
				t.Errorf("Put while the index closes = %v", err)
			}
		})
	}
	if err := index.Close(); err != nil {
		t.Error(err)
	}
	work.Wait()
	if err := index.Put(t.Context(), searchtest.Documents(1)); !errors.Is(err, errClosed) {
		t.Errorf("Put = %v, want %v", err, errClosed)
	}
}

func TestTheKeyDoesNotFollowARedirect(t *testing.T) {
	var seen atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { seen.Store(true) }))
	defer other.Close()
	redirecting := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer redirecting.Close()
	index := Open(Address{URL: redirecting.URL, Index: "fanfare"}, func() string { return "secret" })
	defer index.Close()
	if _, err := index.Stale(t.Context()); err == nil || seen.Load() {
		t.Errorf("Stale = %v; the other server was asked: %v", err, seen.Load())
	}
}

func TestAnAnswerWithoutEndIsCut(t *testing.T) {
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		chunk := []byte(strings.Repeat(" ", 1<<20))
		for r.Context().Err() == nil {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer endless.Close()
	index := Open(Address{URL: endless.URL, Index: "fanfare"}, func() string { return "" })
	defer index.Close()
	wantUnavailable(t, "Stale", requestTime+time.Second, func() error { _, err := index.Stale(t.Context()); return err })
}
