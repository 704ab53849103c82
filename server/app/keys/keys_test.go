package keys

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fanfare/server/contest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ring is the service at two replicas with one clock.
type ring struct {
	*testing.T
	here, there *Service
	clock       time.Time
}

func newRing(t *testing.T) *ring {
	r := &ring{T: t, clock: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	now := func() time.Time { return r.clock }
	s := storetest.OpenSQLite(t, nil, store.WithClock(now))
	r.here, r.there = New(s, slog.New(slog.DiscardHandler)), New(s, slog.New(slog.DiscardHandler))
	r.here.now, r.there.now = now, now
	return r
}

func (r *ring) made(w Wish) (store.Key, string) {
	r.Helper()
	k, bearer, err := r.here.Make(r.Context(), "st_1", w)
	if err != nil {
		r.Fatal(err)
	}
	return k, bearer
}

// open holds that a bearer opens, or does not.
func (r *ring) open(s *Service, bearer string, want error) (k store.Key) {
	r.Helper()
	k, err := s.Open(r.Context(), bearer)
	if !errors.Is(err, want) {
		r.Errorf("opened with %v, want %v", err, want)
	}
	return k
}

var report = Wish{Name: " Daily report ", Scopes: []Scope{NumbersRead, PlanRead}}

func TestAKeyMayDoWhatItWasMadeFor(t *testing.T) {
	r := newRing(t)
	made, bearer := r.made(report)
	k := r.open(r.there, bearer, nil)
	if k.ID != made.ID || k.Name != "Daily report" || !k.May("plan:read") || k.May("links:write") || k.May("") {
		t.Errorf("got %+v", k)
	}
	if len(bearer) != bearerLength || strings.Contains(k.Hash, bearer[len(prefix):]) {
		t.Errorf("the bearer is %q, kept as %q", bearer, k.Hash)
	}
}

func TestNothingElseOpens(t *testing.T) {
	r := newRing(t)
	k, bearer := r.made(report)
	for _, other := range []string{"", prefix, k.Hash, k.ID, bearer[len(prefix):], bearer + "a", "ffk-" + bearer[4:], strings.ToUpper(bearer), prefix + strings.Repeat("a", 43), strings.Repeat("a", 1<<20)} {
		r.open(r.here, other, ErrKey)
	}
	if len(r.here.known) > 0 {
		t.Error("what is no key is remembered")
	}
}

func TestARevokedKeyOpensNothingWithinFiveSeconds(t *testing.T) {
	r := newRing(t)
	k, bearer := r.made(report)
	r.open(r.here, bearer, nil)
	r.open(r.there, bearer, nil)
	if err := r.here.Revoke(t.Context(), "st_1", k.ID); err != nil {
		t.Fatal(err)
	}
	r.open(r.here, bearer, ErrKey)
	r.clock = r.clock.Add(memory)
	r.open(r.there, bearer, ErrKey)
	if memory > 5*time.Second {
		t.Errorf("keys are remembered for %v", memory)
	}
	if err := r.there.Revoke(t.Context(), "st_1", k.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("revoked once more: %v", err)
	}
}

func TestAKeyEndsWhenItWasSaidTo(t *testing.T) {
	r := newRing(t)
	w := report
	w.Days = 30
	_, bearer := r.made(w)
	r.clock = r.clock.AddDate(0, 0, 30).Add(-time.Second)
	r.open(r.here, bearer, nil)
	r.clock = r.clock.Add(time.Second) // while it is remembered
	r.open(r.here, bearer, ErrKey)
}

func TestTheLastUseIsWrittenDownOnceAMinuteAndByNoRequest(t *testing.T) {
	r := newRing(t)
	k, bearer := r.made(report)
	used := func() time.Time {
		keys, _, err := r.here.All(t.Context())
		if err != nil || len(keys) != 1 || keys[0].ID != k.ID {
			t.Fatalf("%d keys, %v", len(keys), err)
		}
		return keys[0].LastUsedAt
	}
	first := r.clock
	r.open(r.here, bearer, nil)
	if at := used(); !at.IsZero() {
		t.Errorf("the request wrote %v", at)
	}
	if err := r.here.Note(t.Context()); err != nil || !used().Equal(first) {
		t.Errorf("noted %v, %v, want %v", used(), err, first)
	}
	r.clock = first.Add(notePause - time.Second)
	r.open(r.here, bearer, nil)
	if len(r.here.used) > 0 {
		t.Error("within the minute there is something to write")
	}
	r.clock = first.Add(notePause + memory)
	r.open(r.here, bearer, nil)
	if err := r.here.Note(t.Context()); err != nil || !used().Equal(r.clock) {
		t.Errorf("a minute later noted %v, %v", used(), err)
	}
}

func TestWishesThatAreNoneMakeNoKey(t *testing.T) {
	r := newRing(t)
	for want, w := range map[FieldError]Wish{
		{"key_name", "required"}:     {Name: " ", Scopes: []Scope{PlanRead}},
		{"key_name", "too_long"}:     {Name: strings.Repeat("夜", MaxName+1), Scopes: []Scope{PlanRead}},
		{"key_scope", "required"}:    {Name: "a", Scopes: []Scope{PlanRead, "admin"}},
		{"key_days", "required"}:     {Name: "a", Scopes: []Scope{PlanRead}, Days: 36500},
		{"key_campaign", "required"}: {Name: "a", Scopes: []Scope{PlanRead}, Campaign: "ca_none"},
	} {
		_, _, err := r.here.Make(t.Context(), "st_1", w)
		if wrong, ok := errors.AsType[*FieldError](err); !ok || *wrong != want {
			t.Errorf("%+v: got %v, want %v", w, err, want)
		}
	}
	for _, scopes := range [][]Scope{nil, {PlanRead, PlanRead}} {
		if _, _, err := r.here.Make(t.Context(), "st_1", Wish{Name: "a", Scopes: scopes}); err == nil {
			t.Errorf("made one for %v", scopes)
		}
	}
	if keys, _, err := r.here.All(t.Context()); err != nil || len(keys) != 0 {
		t.Errorf("%d keys, %v", len(keys), err)
	}
}

func TestMakingAndRevokingAreAudited(t *testing.T) {
	r := newRing(t)
	k, _ := r.made(report)
	r.clock = r.clock.Add(time.Second)
	if err := r.here.Revoke(t.Context(), "st_2", k.ID); err != nil {
		t.Fatal(err)
	}
	err := r.here.store.View(t.Context(), func(tx *store.Tx) error {
		p, err := tx.Acts(store.ActQuery{Area: "key", Limit: 3})
		if len(p.Acts) != 2 || p.Acts[0].Staff != contest.StaffID("st_2") || p.Acts[0].Object != "key/"+k.ID || p.Acts[1].Note != "Daily report: numbers:read, plan:read" {
			t.Errorf("got %+v", p.Acts)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
