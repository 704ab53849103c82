package live

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/standing"
	"fanfare/widget/wire"
)

func TestAJoinIsAnsweredWithTheWholeBoard(t *testing.T) {
	s := newStage(t, quick(), DefaultLimits)
	s.boards.set("c_night", 7, 3, 5, 1, 2)
	got := s.join("night", "").frame()
	if got.Room != "night" || got.Epoch != s.hub.epoch || got.Counter != 1 || got.Entries != 2 || got.Votes != 7 {
		t.Errorf("got %+v, want room night, epoch %d, counter 1, 2 entries, 7 votes", got, s.hub.epoch)
	}
	if want := []wire.Row{{Number: 3, Score: 5}, {Number: 1, Score: 2}}; !slices.Equal(got.Rows, want) {
		t.Errorf("got rows %v, want %v", got.Rows, want)
	}
	if want := (wire.Card{Number: 3, Caption: "night", Author: "Ming", Thumb: "/m/b"}); len(got.Cards) != 2 || got.Cards[0] != want {
		t.Errorf("got cards %v, want two, the first %v", got.Cards, want)
	}
}

func TestAFrameSaysWhatItsBoardShowsAndAsOfWhen(t *testing.T) {
	s := newStage(t, quick(), DefaultLimits)
	asAt := time.Unix(1_795_000_000, 0)
	for shown, want := range map[contest.Shows]wire.Frame{
		contest.ScoresShown:  {Shows: wire.ShowsScores, AsAt: 1_795_000_000, Votes: 7},
		contest.OrderShown:   {Shows: wire.ShowsOrder, AsAt: 1_795_000_000},
		contest.NothingShown: {Shows: wire.ShowsNothing, AsAt: 1_795_000_000},
	} {
		s.boards.set("c_night", 7, 3, 5)
		s.boards.change("c_night", func(s *standing.Snapshot) { s.Shows, s.AsAt = shown, asAt })
		got := s.join("night", "").frame()
		for got.Shows != want.Shows || got.AsAt == 0 { // until the change has arrived
			got = s.join("night", "").frame()
		}
		if got.AsAt != want.AsAt || got.Votes != want.Votes || got.Rows[0].Score != 5 && want.Votes > 0 {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestALaterJoinerIsSentTheNewestBoardWithAllCardsAtOnce(t *testing.T) {
	timing := quick()
	timing.gap = time.Hour // so that nothing but the join can send it
	s := newStage(t, timing, DefaultLimits)
	s.boards.set("c_night", 1, 1, 1)
	s.join("night", "").frame()
	if got := s.join("night", "").frame(); got.Counter != 1 || len(got.Cards) != 1 {
		t.Errorf("got %+v, want counter 1 with its card", got)
	}
}

func TestAChangeArrivesWithinASecondAndBringsOnlyNewCards(t *testing.T) {
	s := newStage(t, quick(), DefaultLimits)
	s.boards.set("c_night", 1, 1, 1)
	c := s.join("night", "")
	c.frame()
	began := time.Now()
	s.boards.set("c_night", 3, 2, 2, 1, 1)
	got := c.frame()
	if took := time.Since(began); took > time.Second {
		t.Errorf("the change arrived after %v, want at most 1 s", took)
	}
	if want := []uint64{2}; got.Votes != 3 || !slices.Equal(numbers(got), want) {
		t.Errorf("got %+v, want 3 votes and the card of 2 alone", got)
	}
}

func TestACardIsSentWhenItIsKnownAndWhenItChanges(t *testing.T) {
	s := newStage(t, quick(), DefaultLimits)
	s.boards.change("c_night", func(s *standing.Snapshot) { s.Rows = []standing.Row{{Card: standing.Card{Number: 1}}} })
	c := s.join("night", "")
	if got := c.frame(); len(got.Rows) != 1 || len(got.Cards) != 0 {
		t.Fatalf("got %+v, want a row whose card is not known", got)
	}
	s.boards.set("c_night", 2, 1, 2)
	if got := c.frame(); len(got.Cards) != 1 {
		t.Errorf("got cards %v, want the one that is known now", got.Cards)
	}
	s.boards.change("c_night", func(s *standing.Snapshot) { s.Rows[0].Caption = "corrected" })
	if got := c.frame(); len(got.Cards) != 1 || got.Cards[0].Caption != "corrected" {
		t.Errorf("got cards %v, want the corrected one", got.Cards)
	}
}

func TestManyChangesAreAtMostFiveFramesASecond(t *testing.T) {
	timing := quick()
	timing.gap = 100 * time.Millisecond
	s := newStage(t, timing, DefaultLimits)
	s.boards.set("c_night", 0, 1, 0)
	c := s.join("night", "")
	began := time.Now()
	const last = 1 << 40 // votes
	go func() {
		for n := 1; time.Since(began) < 5*timing.gap; n++ {
			s.boards.set("c_night", int64(n), 1, n)
		}
		s.boards.set("c_night", last, 1, last)
	}()
	frames := 1
	for c.frame().Votes != last {
		frames++
	}
	if most := int(time.Since(began)/timing.gap) + 1; frames > most {
		t.Errorf("%d frames in %v, want at most %d", frames, time.Since(began), most)
	}
}

func TestABoardIsReadOnlyWhileSomebodyWatches(t *testing.T) {
	s := newStage(t, quick(), DefaultLimits)
	s.boards.set("c_night", 1, 1, 1)
	c := s.join("night", "")
	c.frame()
	s.wait("one socket, one room, one frame", func() bool { // a frame counts once it is written, the client may be faster
		got := s.hub.Stats()
		return got.Sockets == 1 && got.Rooms == 1 && got.Frames == 1
	})
	_ = c.Close()
	s.wait("the room is empty", func() bool { return s.boards.watched() == 0 && s.hub.Stats().Rooms == 0 })
	s.boards.set("c_night", 2, 1, 2)
	if got := s.join("night", "").frame(); got.Counter != 2 || got.Votes != 2 || len(got.Cards) != 1 {
		t.Errorf("got %+v, want the counter to go on, the votes of now and all cards", got)
	}
}

func TestALaterJoinSwitchesTheRoom(t *testing.T) {
	s := newStage(t, quick(), DefaultLimits)
	s.boards.set("c_night", 1, 1, 1)
	s.boards.set("c_day", 2, 1, 2)
	c := s.join("night", "")
	if got := c.frame(); got.Room != "night" {
		t.Fatalf("got %+v, want the room night", got)
	}
	c.join("day", "")
	if got := c.frame(); got.Room != "day" || got.Votes != 2 {
		t.Errorf("got %+v, want the room day", got)
	}
	s.wait("night is left", func() bool { return s.boards.watched() == 1 })
	c.join("night", "")
	if got := c.frame(); got.Room != "night" || len(got.Cards) != 1 {
		t.Errorf("got %+v, want the room night again, with all cards", got)
	}
}

func TestABoardThatCannotBeReadIsTriedAgain(t *testing.T) {
	for name, fail := range map[string]func(*fakeBoards, bool){
		"error": func(b *fakeBoards, on bool) { b.err = map[bool]error{true: errors.New("down")}[on] },
		"panic": func(b *fakeBoards, on bool) { b.panics = on },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, quick(), DefaultLimits)
			s.boards.set("c_night", 1, 1, 1)
			s.boards.do(func() { fail(s.boards, true) })
			c := s.join("night", "")
			s.wait("the board was tried twice", func() (twice bool) {
				s.boards.do(func() { twice = s.boards.reads > 1 })
				return twice
			})
			s.boards.do(func() { fail(s.boards, false) })
			if got := c.frame(); got.Votes != 1 {
				t.Errorf("got %+v, want the board as soon as it can be read", got)
			}
		})
	}
}

// Who missed the frame that brought a card is sent all cards; who missed others is not.
func TestAReaderThatMissedACardIsSentAllOfThem(t *testing.T) {
	r := &room{hub: &Hub{}}
	boards := newBoards()
	next := func(numbers ...int) *cut {
		t.Helper()
		boards.set("c_night", 1, numbers...)
		return r.cut(boards.boards["c_night"])
	}
	next(1, 1)
	next(2, 2, 1, 1)      // brings a card
	next(2, 3, 1, 1)      // brings none
	c := next(2, 4, 1, 1) // brings none
	for last, want := range map[uint64][]byte{0: c.full(), 1: c.full(), 2: c.changes, 3: c.changes} {
		if !bytes.Equal(c.message(last), want) {
			t.Errorf("who saw frame %d last gets the wrong message", last)
		}
	}
}

func TestCardsThatDoNotFitAreLeftOut(t *testing.T) {
	s := newStage(t, quick(), DefaultLimits)
	s.boards.set("c_night", 1, 1, 1)
	s.boards.change("c_night", func(s *standing.Snapshot) { s.Rows[0].Caption = strings.Repeat("x", wire.MaxMessage) })
	if got := s.join("night", "").frame(); len(got.Rows) != 1 || len(got.Cards) != 0 {
		t.Errorf("got %d rows and %d cards, want the row alone", len(got.Rows), len(got.Cards))
	}
}

// Visitors name rooms, as many as they like: who goes through them must not leave their goroutines waiting for the boards' lock.
func TestWhoLeavesARoomLastWaitsForItsEnd(t *testing.T) {
	s := newStage(t, quick(), DefaultLimits)
	for range 200 {
		r := s.hub.enter(&Ticket{Board: standing.Overall("c_night"), Room: "night"}, s.hub.shards[0])
		s.wait("the room watches its board", func() bool { return s.boards.watched() == 1 })
		s.hub.leave(r, s.hub.shards[0])
		if n := s.boards.watched(); n != 0 {
			t.Fatalf("%d rooms watch their boards when the last member has left, want none", n)
		}
	}
}
