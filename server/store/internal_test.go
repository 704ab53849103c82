package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"testing"

	"fanfare/server/contest"
)

type coded int

func (c coded) Error() string { return fmt.Sprint("code ", int(c)) }
func (c coded) Code() int     { return int(c) }

func TestDriversErrorsAreClassifiedByTheirCode(t *testing.T) {
	kinds := []error{ErrNotFound, ErrConflict, ErrUnavailable, ErrFull}
	for _, c := range []struct {
		name string
		err  error
		want error // nil: none of the kinds
	}{
		{"unique", coded(2067), ErrConflict},
		{"primary key", coded(1555), ErrConflict},
		{"foreign key", coded(787), ErrConflict},
		{"trigger", coded(1811), ErrConflict},
		{"busy", coded(5), ErrUnavailable},
		{"busy snapshot", coded(517), ErrUnavailable},
		{"read only", coded(8), ErrUnavailable},
		{"I/O", coded(10), ErrUnavailable},
		{"I/O at sync", coded(1034), ErrUnavailable},
		{"cannot open", coded(14), ErrUnavailable},
		{"full", coded(13), ErrFull},
		{"wrapped", fmt.Errorf("insert: %w", coded(13)), ErrFull},
		{"syntax", coded(1), nil},
		{"cancelled", context.Canceled, nil},
	} {
		got := classify(c.err)
		if !errors.Is(got, c.err) {
			t.Errorf("%s: %v lost its cause", c.name, got)
		}
		for _, kind := range kinds {
			if is := errors.Is(got, kind); is != (kind == c.want) {
				t.Errorf("%s: got %v, is %v: %v", c.name, got, kind, is)
			}
		}
		if again := classify(got); again.Error() != got.Error() {
			t.Errorf("%s: classified twice: %v", c.name, again)
		}
	}
	if err := classify(nil); err != nil {
		t.Errorf("got %v for no error", err)
	}
}

func TestIdentifiersHave65BitsInLowerCase(t *testing.T) {
	form := regexp.MustCompile(`^e_[0-9a-hjkmnp-tv-z]{13}$`)
	seen := map[string]bool{}
	var used [13]map[byte]bool
	for range 5000 {
		id := NewID("e_")
		if !form.MatchString(id) || seen[id] {
			t.Fatalf("got identifier %q, seen before: %v", id, seen[id])
		}
		seen[id] = true
		for i := range used {
			if used[i] == nil {
				used[i] = map[byte]bool{}
			}
			used[i][id[2+i]] = true
		}
	}
	for i := range used {
		if len(used[i]) != 32 {
			t.Errorf("character %d takes %d values, want 32", i, len(used[i]))
		}
	}
}

func TestTheNewestChangePerEntryIsKept(t *testing.T) {
	got := newest([]contest.Change{{Entry: "a", Version: 1}, {Entry: "b", Version: 1}, {Entry: "a", Version: 2}, {Entry: "b", Version: 2}, {Entry: "a", Version: 3}})
	want := []contest.Change{{Entry: "b", Version: 2}, {Entry: "a", Version: 3}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
