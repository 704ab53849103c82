package standing

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"fanfare/server/bus"
	"fanfare/server/bus/membus"
	"fanfare/server/contest"
)

// deaf is a bus that refuses everything that is published.
type deaf struct{ bus.Bus }

func (deaf) Publish(string, []byte) error { return errors.New("bus is down") }

func TestABusThatIsDownOnlyDelays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := membus.New()
		defer shared.Close()
		db := newDatabase(at(1, 1, 1), at(2, 1, 2), at(3, 1, 0))
		here, there := open(t, db, deaf{shared}), open(t, db, shared)
		top(t, here)
		top(t, there)
		for _, c := range []contest.Change{at(1, 2, 3), hidden(2, 2), at(4, 1, 1)} {
			db.put(c)
			here.Committed([]contest.Change{c})
		}
		expectBoard(t, here, "1:3 4:1 3:0 ")
		expectBoard(t, there, "2:2 1:1 3:0 ")
		if got := here.Stats().Unpublished; got != 3 {
			t.Errorf("Unpublished = %d, want 3", got)
		}
		time.Sleep(reconcileEvery)
		synctest.Wait()
		expectBoard(t, there, "1:3 4:1 3:0 ")
		if got, want := there.Stats(), (Stats{Boards: 1, Entries: 3, Repaired: 3}); got != want {
			t.Errorf("Stats = %+v, want %+v", got, want)
		}
		if got := here.Stats().Repaired; got != 0 {
			t.Errorf("a board without differences was repaired %d times", got)
		}
		there.Committed([]contest.Change{at(2, 1, 2)})
		expectBoard(t, there, "1:3 4:1 3:0 ")
	})
}

func TestReconcilingUndoesNothingNewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase(at(1, 1, 1), at(2, 1, 2))
		boards := alone(t, db)
		top(t, boards)
		db.set(func() {
			db.beforeReturn = func() { boards.Committed([]contest.Change{at(1, 2, 5), hidden(2, 2), at(3, 1, 1)}) }
		})
		time.Sleep(reconcileEvery)
		synctest.Wait()
		expectBoard(t, boards, "1:5 3:1 ")
	})
}

func TestReconcilingSurvivesAFailingSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase(at(1, 1, 1))
		boards := alone(t, db)
		top(t, boards)
		db.set(func() { db.failing = errors.New("database is down") })
		time.Sleep(reconcileEvery)
		synctest.Wait()
		expectBoard(t, boards, "1:1 ")
		db.set(func() { db.failing = nil })
		db.put(at(1, 2, 2))
		time.Sleep(reconcileEvery)
		synctest.Wait()
		expectBoard(t, boards, "1:2 ")
	})
}

// breaking is a bus whose connection breaks when the test says so.
type breaking struct {
	bus.Bus
	missed func()
}

func (b *breaking) Subscribe(topic string, receive func([]byte), missed func()) (func(), error) {
	b.missed = missed
	return b.Bus.Subscribe(topic, receive, missed)
}

func TestABusThatIsBackHasAllBoardsComparedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := &breaking{Bus: membus.New()}
		defer shared.Close()
		db := newDatabase(at(1, 1, 1), at(2, 1, 2))
		boards := open(t, db, shared)
		top(t, boards)
		synctest.Wait()
		began := time.Now()
		db.put(at(1, 2, 3)) // and nobody was told
		shared.missed()
		synctest.Wait()
		expectBoard(t, boards, "1:3 2:2 ")
		if waited := time.Since(began); waited != 0 {
			t.Errorf("the board was right after %v, want at once", waited)
		}
	})
}

func TestABoardInDoubtIsComparedSoonAndAgainUntilTheSourceAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase(at(1, 1, 1))
		boards := alone(t, db)
		top(t, boards)
		db.put(at(1, 2, 2))
		db.set(func() { db.failing = errors.New("database is down") })
		boards.Recheck(night)
		boards.Recheck("ch_other")
		time.Sleep(3 * reconcilePause)
		synctest.Wait()
		expectBoard(t, boards, "1:1 ")
		db.set(func() { db.failing = nil })
		time.Sleep(reconcilePause)
		synctest.Wait()
		expectBoard(t, boards, "1:2 ")
		reads := db.reads
		time.Sleep(3 * reconcilePause)
		synctest.Wait()
		if db.reads != reads {
			t.Errorf("a settled board was read %d times more", db.reads-reads)
		}
	})
}

func TestAReadingThatBeganBeforeADoubtDoesNotSettleIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase(at(1, 1, 1))
		boards := alone(t, db)
		db.beforeReturn = func() { // the table was read, and only now the other's commit lands
			db.set(func() { db.beforeReturn = nil })
			db.put(at(1, 2, 2))
			boards.Recheck(night)
		}
		top(t, boards)
		synctest.Wait()
		expectBoard(t, boards, "1:2 ")
	})
}

func TestALargeBoardInConstantDoubtLeavesTheSourceMostOfItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase(at(1, 1, 1))
		boards := alone(t, db)
		top(t, boards)
		db.set(func() { db.beforeReturn = func() { time.Sleep(time.Second) } })
		before := db.reads
		for range 600 {
			boards.Recheck(night)
			time.Sleep(100 * time.Millisecond)
		}
		// A doubt during the reading asks for another one: two seconds at work, forty at rest.
		if reads := db.reads - before; reads < 2 || reads > 4 {
			t.Errorf("read %d times in a minute, want 2 to 4", reads)
		}
	})
}

func TestACardThatAnotherReplicaChangedIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := membus.New()
		defer shared.Close()
		db := newDatabase(at(1, 1, 1))
		here, there := open(t, db, deaf{shared}), open(t, db, shared)
		top(t, here)
		before := top(t, there)
		changed, cancel := there.Watch(overall)
		defer cancel()
		db.set(func() { db.caption = "stars" })
		here.Invalidate(night, "e_1") // which the bus does not carry
		time.Sleep(reconcileEvery)
		synctest.Wait()
		after := top(t, there)
		if got := after.Rows[0].Caption; got != "stars 1" || after.Version == before.Version || !hasToken(changed) {
			t.Errorf("caption = %q at version %d, before %d; want the new one, a new version and a token", got, after.Version, before.Version)
		}
		time.Sleep(reconcileEvery)
		synctest.Wait()
		if again := top(t, there); again.Version != after.Version {
			t.Error("a card that did not change changed the board")
		}
	})
}
