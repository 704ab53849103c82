package standing

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"fanfare/server/bus/membus"
	"fanfare/server/contest"
)

// cities is a database with three entries in one city, six in another and none in the third.
func cities() *database {
	db := newDatabase()
	db.groups = []string{"a", "b", "c"}
	for n := range contest.EntryNumber(9) {
		city, score := "a", int64(100)
		if n >= 3 {
			city, score = "b", 10
		}
		db.members[n+1] = Member{City: city}
		db.put(at(n+1, 1, score))
	}
	return db
}

func TestCitiesCompeteByTotalsAndByAveragesOfEnough(t *testing.T) {
	boards := alone(t, cities())
	for scope, want := range map[string][]Row{
		"cities": {
			{Rank: 1, Score: 300, Group: "a", Members: 3, Card: Card{Number: 1}},
			{Rank: 2, Score: 60, Group: "b", Members: 6, Card: Card{Number: 2}},
			{Group: "c", Card: Card{Number: 3}},
		},
		"cities/average": {
			{Rank: 1, Score: 1000, Group: "b", Members: 6, Card: Card{Number: 2}},
			{Score: 10_000, Group: "a", Members: 3, Card: Card{Number: 1}},
			{Group: "c", Card: Card{Number: 3}},
		},
	} {
		s := whole(t, boards, scope)
		if s.Entries != 9 || s.Votes != 360 || len(s.Rows) != len(want) {
			t.Fatalf("board %q has %d rows, %d entries, %d votes, want %d, 9, 360", scope, len(s.Rows), s.Entries, s.Votes, len(want))
		}
		for i, row := range s.Rows {
			if fmt.Sprintf("%+v", row) != fmt.Sprintf("%+v", want[i]) {
				t.Errorf("row %d of board %q = %+v, want %+v", i, scope, row, want[i])
			}
		}
	}
	if s := whole(t, boards, "city/b"); s.Entries != 6 || s.Rows[0].Rank != 1 || s.Rows[0].Number != 4 || !s.Rows[0].HasCard {
		t.Errorf("board of b = %+v", s)
	}
}

func TestFriendsStandInTheOrderOfAllAndHaveTheirRanksThere(t *testing.T) {
	boards := alone(t, newDatabase(at(1, 1, 9), at(2, 2, 7), at(3, 3, 5), at(4, 4, 3)))
	friends := key(t, "friends/4.2.77")
	changed, cancel := boards.Watch(friends)
	defer cancel()
	s := whole(t, boards, "friends/4.2.77")
	if got, want := fmt.Sprint(lines(s.Rows)), "[#2 2:7 #4 4:3]"; got != want || s.Entries != 2 || s.Votes != 10 || !s.Rows[0].HasCard {
		t.Errorf("friends = %s of %d, %d votes, want %s", got, s.Entries, s.Votes, want)
	}
	hasToken(changed)
	boards.Committed([]contest.Change{at(3, 5, 6)})
	if hasToken(changed) {
		t.Error("a vote for somebody else woke who watches friends")
	}
	boards.Committed([]contest.Change{at(4, 6, 8)})
	if !hasToken(changed) {
		t.Error("a vote for a friend woke nobody")
	}
	if got, want := fmt.Sprint(lines(whole(t, boards, "friends/2.4").Rows)), "[#2 4:8 #3 2:7]"; got != want {
		t.Errorf("friends = %s, want %s", got, want)
	}
	if place, ok, _ := boards.Place(t.Context(), friends, 1); ok || place.Rank != 0 {
		t.Errorf("somebody else has a place among friends: %+v", place)
	}
	boards.Invalidate(night, "e_2")
	if !hasToken(changed) {
		t.Error("a new caption of a friend woke nobody")
	}
}

func TestBoardsThatShowNothingShowNoOrderInAnyScope(t *testing.T) {
	db := cities()
	for _, c := range db.entries {
		c.Score, c.Reached = 0, 0 // as the source has it
		db.put(c)
	}
	db.shows = contest.NothingShown
	boards := alone(t, db)
	for _, scope := range []string{"", "city/b", "cities", "cities/average", "friends/9.1", "tag/none", "rising"} {
		s := whole(t, boards, scope)
		if s.Votes != 0 || s.Shows != contest.NothingShown {
			t.Errorf("board %q shows %d and %d votes", scope, s.Shows, s.Votes)
		}
		if !slices.IsSortedFunc(s.Rows, func(a, b Row) int { return int(a.Number) - int(b.Number) }) && scope != "cities/average" {
			t.Errorf("board %q has an order: %v", scope, lines(s.Rows))
		}
		for _, row := range s.Rows {
			if row.Rank != 0 || row.Score != 0 {
				t.Errorf("board %q shows %+v", scope, row)
			}
		}
	}
}

func TestVotesThatAreNotShownChangeNoVersionOfAnyScope(t *testing.T) {
	db := cities()
	db.shows = contest.OrderShown
	boards := alone(t, db)
	scopes := []string{"", "city/a", "city/b", "cities", "cities/average", "friends/1.9", "rising"}
	versions := func() (list []uint64) {
		for _, scope := range scopes {
			list = append(list, whole(t, boards, scope).Version)
		}
		return list
	}
	versions() // which makes the boards
	before := versions()
	for n := range contest.EntryNumber(9) {
		boards.Committed([]contest.Change{at(n+1, 2, db.entries[n+1].Score+20-int64(n))}) // the order stays
	}
	if after := versions(); !slices.Equal(after, before) {
		t.Errorf("versions went from %v to %v", before, after)
	}
}

func TestANewEntryComesToTheBoardsOfItsGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := cities()
		boards := alone(t, db)
		whole(t, boards, "cities")
		changed, cancel := boards.Watch(key(t, "tag/new"))
		defer cancel()
		if s := whole(t, boards, "tag/new"); len(s.Rows) != 0 {
			t.Errorf("tag = %v", lines(s.Rows))
		}
		asked := db.asked
		db.set(func() { db.members[10] = Member{City: "c", Tags: []string{"new"}} })
		db.put(at(10, 1, 4))
		hasToken(changed)
		boards.Committed([]contest.Change{at(10, 1, 4)})
		synctest.Wait()
		if s := whole(t, boards, "cities"); s.Rows[2].Members != 1 || s.Rows[2].Score != 4 || s.Rows[2].Rank != 3 {
			t.Errorf("cities = %+v", s.Rows[2])
		}
		if s := whole(t, boards, "tag/new"); show(s) != "10:4 " || !hasToken(changed) {
			t.Errorf("tag = %q", show(s))
		}
		for v := range int64(50) {
			boards.Committed([]contest.Change{at(10, v+2, v+5)})
		}
		synctest.Wait()
		if db.asked != asked+1 {
			t.Errorf("members were asked for %d times after one new entry with 50 votes, want once", db.asked-asked)
		}
	})
}

func TestWhereEntriesBelongIsAskedAgainAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := cities()
		boards := alone(t, db)
		top(t, boards)
		down := errors.New("database is down")
		db.set(func() { db.failing = down })
		if _, err := boards.Top(t.Context(), key(t, "cities"), 9); !errors.Is(err, down) {
			t.Errorf("Top = %v, want %v", err, down)
		}
		db.set(func() { db.failing = nil })
		if s := whole(t, boards, "cities"); s.Entries != 9 {
			t.Errorf("cities have %d entries, want 9", s.Entries)
		}
		db.set(func() { db.failing, db.members[10] = down, Member{City: "c"} })
		db.put(at(10, 1, 4))
		boards.Committed([]contest.Change{at(10, 1, 4)})
		synctest.Wait()
		if s := whole(t, boards, "cities"); s.Entries != 9 {
			t.Errorf("cities have %d entries, and nobody knows of which the tenth is", s.Entries)
		}
		db.set(func() { db.failing = nil })
		time.Sleep(introducePause)
		synctest.Wait()
		if s := whole(t, boards, "cities"); s.Entries != 10 {
			t.Errorf("cities have %d entries, want 10", s.Entries)
		}
	})
}

func TestAnEntryThatTheSourceDoesNotKnowIsAskedAboutWithEachReadingAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := cities()
		boards := alone(t, db)
		whole(t, boards, "cities")
		time.Sleep(time.Second)
		db.set(func() { db.members[10] = Member{City: "c"} })
		asked := db.asked
		boards.Committed([]contest.Change{at(10, 1, 0)}) // which the table that is read has not yet
		for v := range int64(20) {
			synctest.Wait()
			boards.Committed([]contest.Change{at(10, v+2, v)})
		}
		if n := db.asked - asked; n != 1 {
			t.Errorf("asked %d times, want once", n)
		}
		db.put(at(10, 30, 4))
		time.Sleep(reconcileEvery)
		synctest.Wait()
		if s := whole(t, boards, "cities"); s.Entries != 10 || s.Rows[2].Score != 4 || db.asked != asked+2 {
			t.Errorf("cities have %d entries after %d questions: %+v", s.Entries, db.asked-asked, s.Rows[2])
		}
	})
}

func TestABoardThatIsNotThereIsNotMade(t *testing.T) {
	for _, scope := range []string{"city/nowhere", "partner/nobody", "tag/none"} {
		boards := alone(t, cities())
		if s := whole(t, boards, scope); len(s.Rows) != 0 || s.Entries != 0 {
			t.Errorf("board %q has rows: %v", scope, lines(s.Rows))
		}
		if n := len(boards.board(night).lists); n != 0 {
			t.Errorf("board %q is kept", scope)
		}
	}
}

func TestAListThatNobodyAsksForIsDroppedAndMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		boards := alone(t, cities())
		board := boards.board(night)
		kept := func() int {
			board.mu.Lock()
			defer board.mu.Unlock()
			return len(board.lists)
		}
		first := whole(t, boards, "city/a")
		whole(t, boards, "city/b")
		whole(t, boards, "rising")
		_, cancel := boards.Watch(key(t, "city/b"))
		time.Sleep(listIdle + 2*tendEvery)
		synctest.Wait()
		if n := kept(); n != 1 {
			t.Errorf("%d lists are kept, want the watched one", n)
		}
		boards.Committed([]contest.Change{at(1, 2, 101)})
		again := whole(t, boards, "city/a")
		if show(again) != "1:101 2:100 3:100 " || again.Version <= first.Version {
			t.Errorf("board = %q at version %d, before %d", show(again), again.Version, first.Version)
		}
		cancel()
		time.Sleep(listIdle + 2*tendEvery)
		synctest.Wait()
		if n := kept(); n != 0 {
			t.Errorf("%d lists are kept, want none", n)
		}
		board.mu.Lock()
		defer board.mu.Unlock()
		if n := len(board.news); n != 5 { // of all entries, cities and partners
			t.Errorf("news of %d boards are kept, want 5", n)
		}
	})
}

func TestListsOfTagsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := cities()
		for n := range contest.EntryNumber(maxTagLists + 2) {
			db.put(at(n+1, 1, 1))
			db.members[n+1] = Member{Tags: []string{fmt.Sprint("t", n)}}
		}
		boards := alone(t, db)
		board := boards.board(night)
		watch := func(n int) (cancel func()) {
			_, cancel = boards.Watch(key(t, fmt.Sprint("tag/t", n)))
			whole(t, boards, fmt.Sprint("tag/t", n))
			time.Sleep(time.Second) // so that each was asked for at another time
			return cancel
		}
		cancel := watch(0)
		whole(t, boards, "tag/nobodyhasit")
		if board.tagLists != 1 {
			t.Errorf("%d lists are kept, want one: nobody has the other tag", board.tagLists)
		}
		for n := range maxTagLists + 1 {
			watch(n + 1)()
		}
		_, first := board.lists[key(t, "tag/t0").Scope]
		_, second := board.lists[key(t, "tag/t1").Scope]
		_, last := board.lists[key(t, fmt.Sprint("tag/t", maxTagLists+1)).Scope]
		if len(board.lists) != maxTagLists || board.tagLists != maxTagLists || !first || second || !last {
			t.Errorf("%d lists are kept, limit %d; of the first, watched one %v, the second %v, the last %v", board.tagLists, maxTagLists, first, second, last)
		}
		for n := range maxTagLists - 1 {
			defer watch(n + 1)() //nolint:gocritic // they are to be watched until the end
		}
		if _, err := boards.Top(t.Context(), key(t, fmt.Sprint("tag/t", maxTagLists+1)), 1); !errors.Is(err, ErrCrowded) {
			t.Errorf("Top of a tag while others are watched = %v, want %v", err, ErrCrowded)
		}
		cancel()
		whole(t, boards, fmt.Sprint("tag/t", maxTagLists+1))
	})
}

func TestAWatchOfFriendsLeavesNothingBehind(t *testing.T) {
	boards := alone(t, cities())
	for range 2 {
		_, first := boards.Watch(key(t, "friends/1.2"))
		_, second := boards.Watch(key(t, "friends/1.2"))
		first()
		first()
		board := boards.board(night)
		if len(board.friends) != 2 {
			t.Errorf("%d friends are followed, want 2", len(board.friends))
		}
		second()
		if len(board.friends) != 0 || len(board.news) != 5 {
			t.Errorf("%d friends are followed, news of %d boards kept", len(board.friends), len(board.news))
		}
	}
}

func TestTermsWithOtherCitiesGiveOtherBoards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := cities()
		boards := alone(t, db)
		whole(t, boards, "cities")
		whole(t, boards, "city/a")
		db.set(func() { db.groups = []string{"b", "d"} })
		boards.Recheck(night)
		time.Sleep(2 * reconcilePause)
		synctest.Wait()
		if s := whole(t, boards, "cities"); len(s.Rows) != 2 || s.Rows[0].Group != "b" || s.Rows[0].Score != 60 || s.Entries != 6 {
			t.Errorf("cities = %+v", s)
		}
		if s := whole(t, boards, "city/a"); len(s.Rows) != 0 {
			t.Errorf("a city that is no more has a board: %v", lines(s.Rows))
		}
	})
}

// TestReplicasEndEqualOnEveryScope has two replicas commit in turn over a bus that loses, repeats and delays.
func TestReplicasEndEqualOnEveryScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := membus.New()
		defer shared.Close()
		db := newDatabase()
		random := populate(db, modelEntries)
		var replicas []*Boards
		for i := range uint64(2) {
			odd := rand.New(rand.NewPCG(7, i))
			replicas = append(replicas, open(t, db, &unreliable{Bus: shared, random: odd.IntN}))
		}
		for _, boards := range replicas {
			expectAll(t, boards, db)
		}
		for n := range 500 {
			replicas[n%2].Committed([]contest.Change{stir(db, random, modelEntries)})
			time.Sleep(time.Duration(random.IntN(100)) * time.Millisecond)
		}
		time.Sleep(2 * reconcileEvery)
		synctest.Wait()
		for _, boards := range replicas {
			expectAll(t, boards, db)
		}
		if replicas[0].Stats().Repaired == 0 {
			t.Error("the bus lost nothing, so the test shows nothing")
		}
	})
}
