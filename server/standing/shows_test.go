package standing

import (
	"testing"
	"testing/synctest"
	"time"

	"fanfare/server/bus/membus"
	"fanfare/server/contest"
)

// reserved is a database whose boards do not show all.
func reserved(shows contest.Shows, changes ...contest.Change) *database {
	db := newDatabase(changes...)
	db.shows = shows
	return db
}

func TestABoardThatShowsTheOrderTellsNoScore(t *testing.T) {
	boards := alone(t, reserved(contest.OrderShown, at(1, 1, 5), at(2, 2, 9), at(3, 3, 5)))
	s := top(t, boards)
	if got, want := show(s), "2:0 1:0 3:0 "; got != want || s.Votes != 0 || s.Entries != 3 || s.Shows != contest.OrderShown {
		t.Errorf("board = %q, %d votes of %d entries, shows %d; want %q, no votes of 3, %d", got, s.Votes, s.Entries, s.Shows, want, contest.OrderShown)
	}
	if s.Rows[1].Rank != 2 {
		t.Errorf("rank = %d, want 2", s.Rows[1].Rank)
	}
	place, _, err := boards.Place(t.Context(), overall, 1)
	if want := (Place{Entry: "e_1", Rank: 2, Of: 3, Shows: contest.OrderShown}); place != want || err != nil {
		t.Errorf("Place = %+v, %v, want %+v", place, err, want)
	}
	order, err := boards.Order(t.Context(), overall, 2, 1)
	if want := (Placed{"e_1", 1, 2, 0}); err != nil || len(order) != 1 || order[0] != want {
		t.Errorf("Order = %+v, %v, want %+v", order, err, want)
	}
}

func TestABoardThatShowsTheOrderIsSilentWhileOnlyScoresMove(t *testing.T) {
	boards := alone(t, reserved(contest.OrderShown, at(1, 1, 5), at(2, 2, 9)))
	before := top(t, boards)
	changed, cancel := boards.Watch(overall)
	defer cancel()
	boards.Committed([]contest.Change{at(1, 3, 6), at(2, 4, 12), at(1, 5, 7)})
	if after := top(t, boards); after.Version != before.Version || hasToken(changed) {
		t.Errorf("votes that moved nobody went from version %d to %d", before.Version, after.Version)
	}
	boards.Committed([]contest.Change{at(1, 6, 13)})
	if after := top(t, boards); after.Version == before.Version || !hasToken(changed) || show(after) != "1:0 2:0 " {
		t.Errorf("a new leader is not told of: %q", show(after))
	}
}

func TestABoardThatShowsNothingHasNoRanks(t *testing.T) {
	boards := alone(t, reserved(contest.NothingShown, at(1, 0, 0), at(2, 0, 0)))
	s := top(t, boards)
	if show(s) != "1:0 2:0 " || s.Rows[0].Rank != 0 || s.Votes != 0 {
		t.Errorf("board = %+v", s)
	}
	place, on, err := boards.Place(t.Context(), overall, 2)
	if want := (Place{Entry: "e_2", Of: 2, Shows: contest.NothingShown}); place != want || !on || err != nil {
		t.Errorf("Place = %+v, %v, %v, want %+v", place, on, err, want)
	}
	order, err := boards.Order(t.Context(), overall, 1, 9)
	if err != nil || len(order) != 2 || order[0].Rank != 0 {
		t.Errorf("Order = %+v, %v", order, err)
	}
}

func TestAVoteThatTheSourceConcealsWakesNobody(t *testing.T) {
	boards := alone(t, reserved(contest.NothingShown, at(1, 1, 0), at(2, 1, 0)))
	before := top(t, boards)
	changed, cancel := boards.Watch(overall)
	defer cancel()
	vote := at(2, 2, 0)
	vote.Reached = 1 // as shown before
	boards.Committed([]contest.Change{vote})
	if after := top(t, boards); after.Version != before.Version || hasToken(changed) {
		t.Errorf("a concealed vote went from version %d to %d", before.Version, after.Version)
	}
}

func TestWhatABoardShowsIsReadAgainByEveryReplica(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := membus.New()
		defer shared.Close()
		db := reserved(contest.NothingShown, at(1, 1, 0), at(2, 1, 0))
		here, there := open(t, db, shared), open(t, db, shared)
		top(t, here)
		top(t, there)
		time.Sleep(2 * reconcilePause) // so that no pause of the start is left
		changed, cancel := there.Watch(overall)
		defer cancel()
		asAt := time.Now()
		db.set(func() { db.shows, db.asAt = contest.ScoresShown, asAt })
		db.put(at(2, 2, 7))
		here.Reread(night)
		synctest.Wait()
		for _, replica := range []*Boards{here, there} {
			if s := top(t, replica); show(s) != "2:7 1:0 " || s.Votes != 7 || s.Shows != contest.ScoresShown || !s.AsAt.Equal(asAt) || s.Rows[0].Rank != 1 {
				t.Errorf("board = %q, %d votes, shows %d as at %v", show(s), s.Votes, s.Shows, s.AsAt)
			}
		}
		if !hasToken(changed) {
			t.Error("the other replica's watcher was not told")
		}
	})
}
