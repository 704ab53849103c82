package demo

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hurried is the demo's rhythm for tests.
var hurried = rhythm{
	vote: 200 * time.Microsecond, guest: 2 * time.Millisecond, look: 5 * time.Millisecond, settle: time.Millisecond, backoff: time.Millisecond,
}

// sketch stands for a drawn photo, because drawing takes seconds under the race detector.
func sketch(s shot) ([]byte, error) { return []byte("photo of " + s.scene), nil }

// start runs the demo and returns a function that ends it and returns its error.
func start(t *testing.T, s *fakeServer) (end func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, Config{BaseURL: s.URL, Origin: testOrigin, Logger: slog.New(slog.DiscardHandler)}, hurried, sketch)
	}()
	return func() error {
		cancel()
		return <-done
	}
}

// eventually waits until the condition holds under the server's lock.
func (s *fakeServer) eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		ok := false
		s.state(func() { ok = holds() })
		if ok {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("waited a minute for: %s", what)
}

func TestAllPhotosAreEnteredAndVotesGoOn(t *testing.T) {
	s := newFakeServer(t)
	end := start(t, s)
	s.eventually(t, "all photos", func() bool { return len(s.entries) == len(shots()) })
	before := 0
	s.state(func() { before = s.cast })
	s.eventually(t, "a hundred votes more", func() bool { return s.cast >= before+100 })
	s.eventually(t, "a vote taken back", func() bool { return s.retracts > 0 })
	if err := end(); err != nil {
		t.Errorf("ended: got %v, want nil", err)
	}
	fans := map[string]bool{}
	for _, e := range s.entries {
		fans[e.fan] = true
		if e.file != "photo of "+e.scene() {
			t.Errorf("%s was entered with %q", e.Caption, e.file)
		}
		if want, ticked := permits[e.scene()]; ticked != (e.permit != nil) || ticked && *e.permit != want {
			t.Errorf("%s: partners may repost it as %v, want %v (%v)", e.Caption, e.permit, want, ticked)
		}
	}
	if len(fans) != len(s.entries) {
		t.Errorf("%d photos come from %d fans, want one each", len(s.entries), len(fans))
	}
}

func TestRanksKeepMoving(t *testing.T) {
	s := newFakeServer(t)
	s.furnish(len(shots()))
	end := start(t, s)
	leaders := map[string]bool{}
	s.eventually(t, "three different leaders", func() bool {
		best := s.entries[0]
		for _, e := range s.entries {
			if e.Score > best.Score {
				best = e
			}
		}
		leaders[best.ID] = true
		return s.cast > 200 && len(leaders) >= 3
	})
	if err := end(); err != nil {
		t.Errorf("ended: got %v, want nil", err)
	}
}

// furnish puts the first n shots on the board as an earlier run left them.
func (s *fakeServer) furnish(n int) {
	for _, shot := range shots()[:n] {
		s.entries = append(s.entries, &fakeEntry{entry: entry{ID: "e_" + shot.scene, Author: shot.author, Caption: shot.caption}})
	}
}

func TestASecondStartEntersNothingAgain(t *testing.T) {
	s := newFakeServer(t)
	s.furnish(len(shots()))
	end := start(t, s)
	s.eventually(t, "votes", func() bool { return s.cast > 20 })
	if err := end(); err != nil {
		t.Errorf("ended: got %v, want nil", err)
	}
	if got := len(s.entries); got != len(shots()) {
		t.Errorf("got %d entries, want the %d of the first start", got, len(shots()))
	}
}

func TestAnInterruptedStartIsContinuedBehindTheLastPhoto(t *testing.T) {
	s := newFakeServer(t)
	s.furnish(len(shots()) - 2)
	s.entries[3].hidden = true // a moderator took it down; it stays down
	end := start(t, s)
	s.eventually(t, "the last two photos", func() bool { return len(s.entries) == len(shots()) })
	s.eventually(t, "votes", func() bool { return s.cast > 20 })
	if err := end(); err != nil {
		t.Errorf("ended: got %v, want nil", err)
	}
	if got := len(s.entries); got != len(shots()) {
		t.Errorf("got %d entries, want %d", got, len(shots()))
	}
}

func TestALostAnswerDoesNotDoubleAPhoto(t *testing.T) {
	s := newFakeServer(t)
	s.furnish(len(shots()) - 1)
	lost := false
	s.refuse = func(r *http.Request) *problem {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/entries") && !lost {
			lost = true
			s.submit(r) // it took effect, and the client never learns
			return &problem{Status: http.StatusBadGateway}
		}
		return nil
	}
	end := start(t, s)
	s.eventually(t, "the photo again", func() bool { return lost && s.cast > 20 })
	if err := end(); err != nil {
		t.Errorf("ended: got %v, want nil", err)
	}
	if got := len(s.entries); got != len(shots()) {
		t.Errorf("got %d entries, want %d", got, len(shots()))
	}
}

func TestClosedVotesEndTheRun(t *testing.T) {
	s := newFakeServer(t)
	s.furnish(len(shots()))
	s.refuse = func(r *http.Request) *problem {
		if r.Method == http.MethodPut {
			return &problem{Status: http.StatusConflict, Code: "votes_closed"}
		}
		return nil
	}
	err := run(t.Context(), Config{BaseURL: s.URL, Origin: testOrigin, Logger: slog.New(slog.DiscardHandler)}, hurried, sketch)
	if err != nil {
		t.Errorf("ended: got %v, want nil", err)
	}
}

func TestARefusedPhotoEndsTheRunWithItsReason(t *testing.T) {
	s := newFakeServer(t)
	s.refuse = func(r *http.Request) *problem {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/entries") {
			return &problem{Status: http.StatusConflict, Code: "entries_closed"}
		}
		return nil
	}
	err := run(t.Context(), Config{BaseURL: s.URL, Origin: testOrigin, Logger: slog.New(slog.DiscardHandler)}, hurried, sketch)
	if err == nil || !strings.Contains(err.Error(), "entries_closed") {
		t.Errorf("ended: got %v, want the server's reason", err)
	}
}

func TestALimitedOrSpentFanMakesRoomForOthers(t *testing.T) {
	s := newFakeServer(t)
	s.furnish(len(shots()))
	spent, limited := map[string]bool{}, 0
	s.refuse = func(r *http.Request) *problem {
		fan := s.fan(r)
		switch {
		case r.Method != http.MethodPut:
		case limited < 3:
			limited++
			return &problem{Status: http.StatusTooManyRequests, Code: "rate_limited"}
		case spent[fan]:
			t.Errorf("%s votes after their limit", fan)
		case len(spent) < 2:
			spent[fan] = true
			return &problem{Status: http.StatusConflict, Code: "vote_limit"}
		}
		return nil
	}
	end := start(t, s)
	s.eventually(t, "votes of other fans", func() bool { return s.cast > 20 && len(spent) == 2 })
	if err := end(); err != nil {
		t.Errorf("ended: got %v, want nil", err)
	}
}

func TestPartnersTellOfPostsThatShowPhotosTheyMayRepost(t *testing.T) {
	s := newFakeServer(t)
	s.furnish(len(shots()))
	told := make(chan [2]string, len(posts))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	config := Config{BaseURL: s.URL, Origin: testOrigin, Logger: slog.New(slog.DiscardHandler), Post: func(_ context.Context, p Post, entry string) error {
		told <- [2]string{string(p.Partner), entry}
		return nil
	}}
	go func() { done <- run(ctx, config, hurried, sketch) }()
	got := map[[2]string]bool{}
	for range posts {
		got[<-told] = true
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("ended: got %v, want nil", err)
	}
	for _, shot := range shots() {
		want := slices.ContainsFunc(posts, func(p Post) bool { return p.scene == shot.scene && string(p.Partner) == shot.partner })
		p, ticked := permits[shot.scene]
		if got[[2]string{shot.partner, "e_" + shot.scene}] != want || want && (!ticked || p.outlets != "") {
			t.Errorf("%s: told of, want %v, and only where its fan allows all outlets", shot.scene, want)
		}
	}
}
