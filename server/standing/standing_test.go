package standing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"fanfare/server/bus"
	"fanfare/server/bus/membus"
	"fanfare/server/contest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const night contest.ChallengeID = "ch_night"

var overall = Overall(night)

// database is a Source that holds entries as a table would.
type database struct {
	mu      sync.Mutex // guards the fields below
	entries map[contest.EntryNumber]contest.Change
	members map[contest.EntryNumber]Member
	gains   []Gain
	groups  []string // both cities and partners
	caption string
	shows   contest.Shows
	asAt    time.Time
	failing error
	reads   int // of boards
	cards   int // calls of Cards
	asked   int // calls of Members
	logRead int // calls of Gains
	// beforeReturn is called, without the lock, between reading a board and returning it.
	beforeReturn func()
	// beforeCards is the same for cards, beforeGains for gains.
	beforeCards, beforeGains func()
}

func newDatabase(changes ...contest.Change) *database {
	d := &database{entries: map[contest.EntryNumber]contest.Change{}, members: map[contest.EntryNumber]Member{}, caption: "lights"}
	d.put(changes...)
	return d
}

func (d *database) put(changes ...contest.Change) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range changes {
		d.entries[c.Number] = c
	}
}

func (d *database) set(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
}

func (d *database) Read(ctx context.Context, challenge contest.ChallengeID) (Reading, error) {
	d.mu.Lock()
	d.reads++
	visible := []contest.Change{}
	for _, c := range d.entries {
		if c.Visible && c.Challenge == challenge {
			visible = append(visible, c)
		}
	}
	reading := Reading{visible, d.shows, d.asAt, d.groups, d.groups}
	err, then := d.failing, d.beforeReturn
	d.mu.Unlock()
	if then != nil {
		then()
	}
	if ctx.Err() != nil {
		return Reading{}, ctx.Err()
	}
	return reading, err
}

func (d *database) Cards(_ context.Context, challenge contest.ChallengeID, entries []contest.EntryID) ([]Card, error) {
	d.mu.Lock()
	d.cards++
	var cards []Card
	for _, c := range d.entries {
		if c.Visible && c.Challenge == challenge && slices.Contains(entries, c.Entry) {
			cards = append(cards, Card{Number: c.Number, Entry: c.Entry, Caption: fmt.Sprint(d.caption, " ", c.Number)})
		}
	}
	err, then := d.failing, d.beforeCards
	d.mu.Unlock()
	if then != nil {
		then()
	}
	return cards, err
}

func (d *database) Members(_ context.Context, challenge contest.ChallengeID, first, last contest.EntryNumber) (members []Member, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	for number := first; number <= last; number++ {
		if c := d.entries[number]; c.Visible && c.Challenge == challenge {
			m := d.members[number]
			m.Number = number
			members = append(members, m)
		}
	}
	return members, d.failing
}

func (d *database) Gains(_ context.Context, challenge contest.ChallengeID, since time.Time) (g Gains, err error) {
	d.mu.Lock()
	d.logRead++
	for _, gain := range d.gains {
		if !gain.At.Before(since) && d.entries[gain.Number].Challenge == challenge {
			g.Gains, g.Changes = append(g.Gains, gain), append(g.Changes, d.entries[gain.Number])
		}
	}
	err, then := d.failing, d.beforeGains
	d.mu.Unlock()
	if then != nil {
		then()
	}
	return g, err
}

// at is a visible entry's change.
func at(number contest.EntryNumber, version, score int64) contest.Change {
	return contest.Change{
		Challenge: night, Entry: contest.EntryID(fmt.Sprint("e_", number)), Number: number,
		Score: score, Reached: version, Version: version, Visible: true,
	}
}

func hidden(number contest.EntryNumber, version int64) contest.Change {
	c := at(number, version, 0)
	c.Visible = false
	return c
}

func open(t *testing.T, source Source, b bus.Bus) *Boards {
	t.Helper()
	boards, err := New(source, b)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(boards.Close)
	return boards
}

func alone(t *testing.T, source Source) *Boards {
	t.Helper()
	b := membus.New()
	t.Cleanup(func() { b.Close() })
	return open(t, source, b)
}

func top(t *testing.T, boards *Boards) Snapshot {
	t.Helper()
	s, err := boards.Top(t.Context(), overall, MaxTop)
	if err != nil {
		t.Fatalf("Top: %v", err)
	}
	return s
}

// show writes a snapshot as "number:score …".
func show(s Snapshot) string {
	text := ""
	for _, row := range s.Rows {
		text += fmt.Sprintf("%d:%d ", row.Number, row.Score)
	}
	return text
}

func expectBoard(t *testing.T, boards *Boards, want string) {
	t.Helper()
	if got := show(top(t, boards)); got != want {
		t.Errorf("board = %q, want %q", got, want)
	}
}

func hasToken(changed <-chan struct{}) bool {
	select {
	case <-changed:
		return true
	default:
		return false
	}
}

func TestABoardShowsTheSourceInOrder(t *testing.T) {
	boards := alone(t, newDatabase(at(1, 3, 5), at(2, 1, 9), at(3, 2, 5), hidden(4, 9)))
	s := top(t, boards)
	if got, want := show(s), "2:9 3:5 1:5 "; got != want {
		t.Errorf("rows = %q, want %q", got, want)
	}
	if s.Entries != 3 || s.Votes != 19 {
		t.Errorf("Entries, Votes = %d, %d, want 3, 19", s.Entries, s.Votes)
	}
	first := s.Rows[0]
	if first.Rank != 1 || !first.HasCard || first.Entry != "e_2" || first.Caption != "lights 2" {
		t.Errorf("first row = %+v", first)
	}
	two, err := boards.Top(t.Context(), overall, 2)
	if err != nil || show(two) != "2:9 3:5 " || two.Entries != 3 {
		t.Errorf("Top(2) = %q of %d, %v", show(two), two.Entries, err)
	}
}

func TestPlace(t *testing.T) {
	boards := alone(t, newDatabase(at(1, 1, 9), at(2, 2, 5), at(3, 3, 5)))
	for _, c := range []struct {
		number contest.EntryNumber
		want   Place
		ok     bool
	}{
		{1, Place{Entry: "e_1", Rank: 1, Of: 3, Score: 9}, true},
		{2, Place{Entry: "e_2", Rank: 2, Of: 3, Score: 5, Behind: 4}, true},
		{3, Place{Entry: "e_3", Rank: 3, Of: 3, Score: 5, Behind: 0}, true},
		{4, Place{}, false},
	} {
		got, ok, err := boards.Place(t.Context(), overall, c.number)
		if got != c.want || ok != c.ok || err != nil {
			t.Errorf("Place(%d) = %+v, %v, %v, want %+v, %v", c.number, got, ok, err, c.want, c.ok)
		}
	}
}

func TestOrderGoesOnFromAnyRank(t *testing.T) {
	boards := alone(t, newDatabase(at(1, 1, 9), at(2, 2, 7), at(3, 3, 5)))
	got, err := boards.Order(t.Context(), overall, 2, 9)
	want := []Placed{{"e_2", 2, 2, 7}, {"e_3", 3, 3, 5}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("Order(2, 9) = %+v, %v, want %+v", got, err, want)
	}
}

func TestCommittedChangesMoveTheBoard(t *testing.T) {
	boards := alone(t, newDatabase(at(1, 1, 9), at(2, 1, 8)))
	before := top(t, boards)
	changed, cancel := boards.Watch(overall)
	defer cancel()
	boards.Committed([]contest.Change{at(2, 2, 10), at(3, 1, 0)})
	if !hasToken(changed) {
		t.Error("the watcher was not told")
	}
	after := top(t, boards)
	if got, want := show(after), "2:10 1:9 3:0 "; got != want {
		t.Errorf("board = %q, want %q", got, want)
	}
	if after.Version <= before.Version {
		t.Errorf("version went from %d to %d", before.Version, after.Version)
	}
}

func TestWhatIsNotNewerChangesNothing(t *testing.T) {
	boards := alone(t, newDatabase(at(1, 5, 9), at(2, 5, 8)))
	before := top(t, boards)
	changed, cancel := boards.Watch(overall)
	defer cancel()
	boards.Committed([]contest.Change{at(1, 4, 1), at(1, 5, 2), hidden(2, 5), at(2, 1, 99)})
	boards.Committed([]contest.Change{{Challenge: "ch_other", Entry: "e_1", Number: 1, Version: 9, Visible: true}})
	if after := top(t, boards); show(after) != show(before) || after.Version != before.Version || hasToken(changed) {
		t.Errorf("board = %q version %d, want %q version %d", show(after), after.Version, show(before), before.Version)
	}
}

func TestALateChangeDoesNotBringAnEntryBack(t *testing.T) {
	boards := alone(t, newDatabase(at(1, 5, 9), at(2, 5, 8)))
	top(t, boards)
	boards.Committed([]contest.Change{hidden(1, 7), hidden(3, 4)})
	boards.Committed([]contest.Change{at(1, 6, 10), at(3, 3, 1)})
	expectBoard(t, boards, "2:8 ")
	boards.Committed([]contest.Change{at(1, 8, 10)})
	expectBoard(t, boards, "1:10 2:8 ")
}

func TestAChangeThatNobodySeesWakesNobody(t *testing.T) {
	boards := alone(t, newDatabase(at(1, 5, 9)))
	top(t, boards)
	changed, cancel := boards.Watch(overall)
	defer cancel()
	boards.Committed([]contest.Change{hidden(2, 1)})
	if hasToken(changed) {
		t.Error("a pending entry woke the watcher")
	}
}

func TestAChangeDuringLoadingIsNotLost(t *testing.T) {
	db := newDatabase(at(1, 1, 1), at(2, 1, 5), at(3, 1, 3))
	boards := alone(t, db)
	db.beforeReturn = func() {
		boards.Committed([]contest.Change{at(1, 2, 9), hidden(2, 2), at(4, 1, 4)})
	}
	expectBoard(t, boards, "1:9 4:4 3:3 ")
}

func TestABoardIsLoadedOnceForManyCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase(at(1, 1, 1))
		arrived := make(chan struct{})
		db.beforeReturn = func() { <-arrived }
		boards := alone(t, db)
		for range 20 {
			go func() {
				if _, err := boards.Top(t.Context(), overall, 1); err != nil {
					t.Errorf("Top: %v", err)
				}
			}()
		}
		left, leave := context.WithCancel(t.Context())
		go func() {
			if _, err := boards.Top(left, overall, 1); !errors.Is(err, context.Canceled) {
				t.Errorf("Top of a caller that left = %v", err)
			}
		}()
		synctest.Wait()
		leave()
		synctest.Wait()
		close(arrived)
		synctest.Wait()
		if db.reads != 1 || db.cards != 1 {
			t.Errorf("the board was read %d times, cards %d times, want once", db.reads, db.cards)
		}
	})
}

func TestAFailedLoadIsTriedAgain(t *testing.T) {
	down := errors.New("database is down")
	db := newDatabase(at(1, 1, 1))
	db.failing = down
	boards := alone(t, db)
	if _, err := boards.Top(t.Context(), overall, 1); !errors.Is(err, down) {
		t.Errorf("Top = %v, want %v", err, down)
	}
	if _, _, err := boards.Place(t.Context(), overall, 1); !errors.Is(err, down) {
		t.Errorf("Place = %v, want %v", err, down)
	}
	if _, err := boards.Order(t.Context(), overall, 1, 1); !errors.Is(err, down) {
		t.Errorf("Order = %v, want %v", err, down)
	}
	db.failing = nil
	expectBoard(t, boards, "1:1 ")
}

func TestWatch(t *testing.T) {
	boards := alone(t, newDatabase(at(1, 1, 1)))
	first, cancelFirst := boards.Watch(overall)
	second, cancelSecond := boards.Watch(overall)
	defer cancelSecond()
	top(t, boards)
	if !hasToken(first) || !hasToken(second) {
		t.Error("watchers were not told that the board is loaded")
	}
	boards.Committed([]contest.Change{at(1, 2, 2)})
	boards.Committed([]contest.Change{at(1, 3, 3)})
	if !hasToken(first) || hasToken(first) {
		t.Error("two changes must leave one token")
	}
	cancelFirst()
	boards.Committed([]contest.Change{at(1, 4, 4)})
	if hasToken(first) || !hasToken(second) {
		t.Error("a cancelled watcher was told, or the other one was not")
	}
}

func TestReplicasHearEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := membus.New()
		defer shared.Close()
		db := newDatabase(at(1, 1, 1), at(2, 1, 2))
		here, there := open(t, db, shared), open(t, db, shared)
		top(t, here)
		top(t, there)
		changed, cancel := there.Watch(overall)
		defer cancel()
		here.Committed([]contest.Change{at(1, 2, 3)})
		synctest.Wait()
		if !hasToken(changed) {
			t.Error("the other replica's watcher was not told")
		}
		expectBoard(t, there, "1:3 2:2 ")
		db.set(func() { db.caption = "stars" })
		here.Invalidate(night, "e_1")
		synctest.Wait()
		for _, replica := range []*Boards{here, there} {
			if got := top(t, replica).Rows[0].Caption; got != "stars 1" {
				t.Errorf("caption = %q, want the new one", got)
			}
		}
		if here.Epoch() == there.Epoch() {
			t.Error("two replicas have one epoch")
		}
	})
}

func TestClosedBoardsAnswerFromMemoryAlone(t *testing.T) {
	db := newDatabase(at(1, 1, 1))
	boards := alone(t, db)
	top(t, boards)
	boards.Close()
	expectBoard(t, boards, "1:1 ")
	if _, err := boards.Top(t.Context(), Overall("ch_other"), 1); !errors.Is(err, ErrClosed) {
		t.Errorf("Top of a board that is not in memory = %v, want %v", err, ErrClosed)
	}
}

func TestBoardsNeedAnOpenBus(t *testing.T) {
	b := membus.New()
	b.Close()
	if _, err := New(newDatabase(), b); !errors.Is(err, bus.ErrClosed) {
		t.Errorf("New = %v, want %v", err, bus.ErrClosed)
	}
}
