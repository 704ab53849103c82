package standing

import (
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"fanfare/server/bus/membus"
	"fanfare/server/contest"
	"fanfare/server/rank"
)

const step = 5 * time.Minute // in which gains become old

// win lets an entry gain votes, in the database with its log and on the boards.
func win(db *database, boards *Boards, number contest.EntryNumber, votes int64) {
	db.mu.Lock()
	c := db.entries[number]
	c.Score, c.Version, c.Reached = c.Score+votes, c.Version+1, c.Reached+max(votes, 1)
	db.entries[number] = c
	db.gains = append(db.gains, Gain{number, time.Now().Truncate(step), votes})
	db.mu.Unlock()
	if boards != nil {
		boards.Committed([]contest.Change{c})
	}
}

func expectRising(t *testing.T, boards *Boards, want string) {
	t.Helper()
	if s := whole(t, boards, "rising"); show(s) != want {
		t.Errorf("rising = %q, want %q", show(s), want)
	}
}

func TestWhatGainedWithinTheHourRises(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase(at(1, 1, 100), at(2, 1, 50), at(3, 1, 0))
		boards := alone(t, db)
		expectRising(t, boards, "")
		changed, cancel := boards.Watch(key(t, "rising"))
		defer cancel()
		hasToken(changed)
		win(db, boards, 3, 2)
		win(db, boards, 2, 5)
		if !hasToken(changed) {
			t.Error("the watcher was not told")
		}
		win(db, boards, 1, -4)
		expectRising(t, boards, "2:5 3:2 ")
		place, _, err := boards.Place(t.Context(), key(t, "rising"), 3)
		if want := (Place{Entry: "e_3", Rank: 2, Of: 2, Score: 2, Behind: 3}); place != want || err != nil {
			t.Errorf("Place = %+v, %v, want %+v", place, err, want)
		}
		time.Sleep(rank.Window / 2)
		win(db, boards, 3, 4)
		expectRising(t, boards, "3:6 2:5 ")
		before := whole(t, boards, "rising").Version
		hasToken(changed)
		time.Sleep(rank.Window/2 + tendEvery) // the first gains are an hour old, and nobody votes
		synctest.Wait()
		expectRising(t, boards, "3:4 ")
		if s := whole(t, boards, "rising"); s.Version == before || !hasToken(changed) {
			t.Error("the watcher was not told that gains became old")
		}
		if db.logRead != 1 {
			t.Errorf("the log was read %d times, want once", db.logRead)
		}
	})
}

func TestAStartForgetsNothingOfWhatRises(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase(at(1, 1, 0), at(2, 1, 0), at(3, 1, 0))
		before := alone(t, db)
		expectRising(t, before, "")
		random := rand.New(rand.NewPCG(5, 6))
		for range 300 {
			win(db, before, contest.EntryNumber(random.IntN(3)+1), int64(random.IntN(7)-1))
			time.Sleep(time.Duration(random.IntN(40)) * time.Second)
			synctest.Wait()
		}
		time.Sleep(tendEvery)
		synctest.Wait()
		after := alone(t, db)
		expectRising(t, after, show(whole(t, before, "rising")))
		time.Sleep(2 * step)
		win(db, before, 1, 1)
		after.Committed([]contest.Change{db.entries[1]})
		time.Sleep(tendEvery)
		synctest.Wait()
		expectRising(t, after, show(whole(t, before, "rising")))
	})
}

// While the log is read, votes go on: some are in what was read, others are not, and some are heard of only afterwards.
func TestAVoteWhileTheLogIsReadCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase(at(1, 1, 0), at(2, 1, 0), at(3, 1, 0), at(4, 1, 0))
		boards := alone(t, db)
		top(t, boards)
		win(db, boards, 1, 1)
		win(db, nil, 2, 2) // committed by another replica, and not told yet
		late := db.entries[2]
		db.beforeGains = func() {
			win(db, boards, 1, 10)
			win(db, boards, 3, 20)
			win(db, boards, 4, 5)
			win(db, boards, 4, -5)
		}
		expectRising(t, boards, "3:20 1:11 2:2 ")
		boards.Committed([]contest.Change{late})
		expectRising(t, boards, "3:20 1:11 2:2 ")
	})
}

func TestWhatLeavesTheBoardDoesNotRise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase(at(1, 1, 0), at(2, 1, 0))
		boards := alone(t, db)
		expectRising(t, boards, "")
		win(db, boards, 1, 3)
		win(db, boards, 2, 2)
		gone := hidden(1, 9)
		db.put(gone)
		boards.Committed([]contest.Change{gone})
		expectRising(t, boards, "2:2 ")
		back := at(1, 10, 3)
		db.put(back)
		boards.Committed([]contest.Change{back})
		expectRising(t, boards, "2:2 ") // that it is back is no gain
	})
}

func TestOnlyScoresOfNowRise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase(at(1, 1, 5), at(2, 1, 3))
		boards := alone(t, db)
		for _, c := range []struct {
			shows contest.Shows
			asAt  time.Time
		}{{contest.OrderShown, time.Time{}}, {contest.NothingShown, time.Time{}}, {contest.ScoresShown, time.Unix(1, 0)}} {
			db.set(func() { db.shows, db.asAt = c.shows, c.asAt })
			boards.Reread(night)
			top(t, boards)
			time.Sleep(2 * reconcilePause)
			win(db, boards, 1, 3)
			s := whole(t, boards, "rising")
			if len(s.Rows) != 0 || s.Entries != 0 || s.Votes != 0 || s.Shows != contest.NothingShown {
				t.Errorf("a board that shows %d as at %v lets rise %+v", c.shows, c.asAt, s)
			}
			if _, on, err := boards.Place(t.Context(), key(t, "rising"), 1); on || err != nil {
				t.Errorf("an entry has a place on it: %v", err)
			}
			if votes, shown := boards.Pulse(night); votes != 0 || shown {
				t.Errorf("its pulse is %d, %v", votes, shown)
			}
		}
		if db.logRead != 0 {
			t.Errorf("the log was read %d times", db.logRead)
		}
		// The result is certified: what comes to light is no gain, and what the log says still is.
		db.set(func() { db.shows, db.asAt, db.gains = contest.ScoresShown, time.Time{}, nil })
		for _, c := range []contest.Change{at(1, 50, 500), at(2, 50, 700)} {
			db.put(c)
			boards.Committed([]contest.Change{c})
		}
		boards.Reread(night)
		time.Sleep(2 * reconcilePause)
		synctest.Wait()
		expectRising(t, boards, "")
		if votes, shown := boards.Pulse(night); votes != 0 || !shown {
			t.Errorf("the pulse is %d, %v", votes, shown)
		}
		db.set(func() { db.shows = contest.OrderShown })
		win(db, boards, 2, 1)
		expectRising(t, boards, "2:1 ")
		boards.Reread(night)
		time.Sleep(2 * reconcilePause)
		synctest.Wait()
		if s := whole(t, boards, "rising"); len(s.Rows) > 0 || s.Shows != contest.NothingShown {
			t.Errorf("rising = %q on a board that hides its scores again", show(s))
		}
	})
}

func TestALogThatCannotBeReadIsReadAgain(t *testing.T) {
	db := newDatabase(at(1, 1, 0))
	boards := alone(t, db)
	top(t, boards)
	down := errors.New("database is down")
	db.set(func() { db.failing = down })
	if _, err := boards.Top(t.Context(), key(t, "rising"), 1); !errors.Is(err, down) {
		t.Errorf("Top = %v, want %v", err, down)
	}
	db.set(func() { db.failing = nil })
	expectRising(t, boards, "")
}

// What a replica missed comes with the reconciling. Where that was long ago, when it was gained is in the log.
func TestWhatWasMissedRisesAsTheLogSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := membus.New()
		defer shared.Close()
		db := newDatabase(at(1, 1, 0), at(2, 1, 0), at(3, 1, 0))
		here, there := open(t, db, deaf{shared}), open(t, db, shared)
		expectRising(t, here, "")
		expectRising(t, there, "")
		win(db, here, 3, 9)
		time.Sleep(reconcileEvery)
		synctest.Wait()
		expectRising(t, there, "3:9 ")
		if db.logRead != 2 {
			t.Errorf("the log was read %d times, want once by each: what is some seconds late needs it not", db.logRead)
		}
		db.set(func() { db.failing = errors.New("database is out of reach") }) // for those who read
		win(db, here, 1, 4)
		time.Sleep(rank.Window - step)
		win(db, here, 2, 3)
		db.set(func() { db.failing = nil })
		time.Sleep(reconcileEvery)
		synctest.Wait()
		expectRising(t, there, "3:9 1:4 2:3 ")
		time.Sleep(step + tendEvery)
		synctest.Wait()
		expectRising(t, here, "2:3 ")
		expectRising(t, there, "2:3 ")
	})
}

func TestPulse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase(at(1, 1, 0), at(2, 1, 0))
		boards := alone(t, db)
		if _, shown := boards.Pulse(night); shown {
			t.Error("a board that is not in memory has a pulse")
		}
		top(t, boards)
		for range 30 {
			win(db, boards, 1, 1)
			time.Sleep(time.Second)
		}
		time.Sleep(pulseTick)
		if votes, shown := boards.Pulse(night); votes != 30 || !shown {
			t.Errorf("Pulse = %d, %v, want 30", votes, shown)
		}
		time.Sleep(30 * time.Second)
		if votes, _ := boards.Pulse(night); votes < 25 || votes > 30 {
			t.Errorf("Pulse = %d after half a minute of silence, want most of 30", votes)
		}
		time.Sleep(time.Minute)
		if votes, _ := boards.Pulse(night); votes != 0 {
			t.Errorf("Pulse = %d after a minute of silence", votes)
		}
		// Staff exclude a hundred votes, and a juror gives ten points with one vote.
		c := db.entries[1]
		c.Score, c.Version = c.Score-20, c.Version+1
		boards.Committed([]contest.Change{c})
		c.Score, c.Version, c.Reached = c.Score+10, c.Version+1, c.Reached+1
		boards.Committed([]contest.Change{c})
		time.Sleep(pulseTick)
		if votes, _ := boards.Pulse(night); votes != 1 {
			t.Errorf("Pulse = %d, want 1", votes)
		}
	})
}
