package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/standing"
)

func named(n int) rendering {
	return rendering{standing.Overall("ch_1"), boardPart{from: n, limit: 20}}
}

func TestAnAnswerIsMadeOnceForEachVersionHoweverManyAsk(t *testing.T) {
	r := newRendered()
	var made atomic.Int64
	render := func() (any, error) { return made.Add(1), nil }
	for version := range uint64(3) {
		var readers sync.WaitGroup
		for range 16 {
			readers.Go(func() {
				out, err := r.answer(named(1), version, Conditional{}, render)
				if want := fmt.Sprintln(version + 1); err != nil || string(out.Body) != want || out.Status != http.StatusOK {
					t.Errorf("version %d is answered with %d %q, %v; want %q", version, out.Status, out.Body, err, want)
				}
			})
		}
		readers.Wait()
	}
}

func TestWhatCannotBeMadeIsTriedAgainAndTakesNoRoom(t *testing.T) {
	r := newRendered()
	fault := errors.New("away")
	for n := range 100 {
		if _, err := r.answer(named(n), 1, Conditional{}, func() (any, error) { return nil, fault }); !errors.Is(err, fault) {
			t.Fatalf("got %v, want %v", err, fault)
		}
	}
	if len(r.known) != 0 || r.bytes != 0 {
		t.Errorf("%d answers and %d bytes are kept", len(r.known), r.bytes)
	}
	if out, err := r.answer(named(0), 1, Conditional{}, func() (any, error) { return "here", nil }); err != nil || string(out.Body) != "\"here\"\n" {
		t.Errorf("then it is %v, %v", out, err)
	}
}

func TestAnswersOfAllPagesStayWithinTheirRoom(t *testing.T) {
	r := newRendered()
	page := strings.Repeat("x", 1<<20)
	for n := range 3 * maxRendered >> 20 {
		if _, err := r.answer(named(n), 1, Conditional{}, func() (any, error) { return page, nil }); err != nil {
			t.Fatal(err)
		}
		held := 0
		for _, a := range r.known {
			held += a.size()
		}
		if held > maxRendered || held != r.bytes {
			t.Fatalf("%d bytes are held and %d counted, with room for %d", held, r.bytes, maxRendered)
		}
	}
}

func TestAReaderGetsTheBytesThatItTakesAndNoneThatItHas(t *testing.T) {
	r := newRendered()
	render := func() (any, error) { return contest.Text{EN: strings.Repeat("night ", 200)}, nil }
	ask := func(c Conditional) *renderedOutput {
		t.Helper()
		out, err := r.answer(named(1), 1, c, render)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	plain := ask(Conditional{})
	for accepted, want := range map[string]string{"gzip, br": "br", "gzip": "gzip", "br;q=0, gzip": "gzip", "zstd": "", "": ""} {
		for range 2 { // the second one from memory
			out := ask(Conditional{AcceptEncoding: accepted})
			if out.ContentEncoding != want || (len(out.Body) < len(plain.Body)) != (want != "") || out.ETag != plain.ETag {
				t.Errorf("Accept-Encoding %s: %q, %d bytes, %s; plain are %d, %s", accepted, out.ContentEncoding, len(out.Body), out.ETag, len(plain.Body), plain.ETag)
			}
		}
	}
	strong := strings.TrimPrefix(plain.ETag, "W/")
	for has, want := range map[string]int{
		plain.ETag: 304, strong: 304, `"other", ` + plain.ETag: 304, "*": 304, `"other"`: 200, "": 200, strings.Trim(strong, `"`): 200,
	} {
		if out := ask(Conditional{IfNoneMatch: has}); out.Status != want || (want == 304) != (out.Body == nil) || out.ETag != plain.ETag {
			t.Errorf("If-None-Match %s: %d with %d bytes, want %d", has, out.Status, len(out.Body), want)
		}
	}
}

func TestWhereEntriesAreIsKnownOfSoMany(t *testing.T) {
	l := newLocated()
	for n := range contest.EntryNumber(maxLocated + 1) {
		l.keep(contest.Entry{ID: contest.EntryID(fmt.Sprint(n)), Challenge: "ch_1", Number: n})
	}
	if at, ok := l.find(contest.EntryID(fmt.Sprint(maxLocated))); len(l.known) > maxLocated || !ok || at != (location{"ch_1", maxLocated}) {
		t.Errorf("%d entries are known, the last one as %v", len(l.known), at)
	}
}
