package standing

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fanfare/server/bus/membus"
	"fanfare/server/contest"
)

func TestCardsAreReadOnce(t *testing.T) {
	db := newDatabase(at(1, 1, 1), at(2, 1, 2))
	boards := alone(t, db)
	top(t, boards)
	boards.Committed([]contest.Change{at(1, 2, 3)})
	top(t, boards)
	if db.cards != 1 {
		t.Errorf("cards were read %d times, want once", db.cards)
	}
}

func TestRowsWithoutCardsAreStillRight(t *testing.T) {
	db := newDatabase(at(1, 1, 1))
	boards := alone(t, db)
	top(t, boards)
	db.failing = errors.New("database is down")
	boards.Committed([]contest.Change{at(2, 1, 5)})
	s := top(t, boards)
	row := s.Rows[0]
	if row.Number != 2 || row.Entry != "e_2" || row.Score != 5 || row.HasCard || row.Caption != "" {
		t.Errorf("row without card = %+v", row)
	}
	if !s.Rows[1].HasCard {
		t.Error("a card that is in memory is missing")
	}
	db.failing = nil
	db.put(at(2, 1, 5))
	later := top(t, boards)
	if !later.Rows[0].HasCard {
		t.Error("the card was not read again")
	}
	if later.Version == s.Version {
		t.Error("two snapshots that differ have one version")
	}
}

func TestAnEntryThatLeftHasNoCard(t *testing.T) {
	db := newDatabase(at(1, 1, 1))
	boards := alone(t, db)
	top(t, boards)
	boards.Committed([]contest.Change{hidden(1, 2)})
	db.caption = "stars"
	boards.Committed([]contest.Change{at(1, 3, 1)})
	if got := top(t, boards).Rows[0].Caption; got != "stars 1" {
		t.Errorf("caption = %q, want the one that was read after its return", got)
	}
}

func TestAnInvalidatedCardIsReadAgain(t *testing.T) {
	db := newDatabase(at(1, 1, 1))
	boards := alone(t, db)
	before := top(t, boards)
	changed, cancel := boards.Watch(overall)
	defer cancel()
	db.caption = "stars"
	boards.Invalidate(night, "e_1")
	boards.Invalidate("ch_other", "e_1")
	if !hasToken(changed) {
		t.Error("the watcher was not told")
	}
	after := top(t, boards)
	if got := after.Rows[0].Caption; got != "stars 1" || after.Version == before.Version {
		t.Errorf("caption = %q at version %d, before %d", got, after.Version, before.Version)
	}
}

func TestACardInvalidatedWhileItIsReadIsNotKept(t *testing.T) {
	db := newDatabase(at(1, 1, 1))
	boards := alone(t, db)
	db.beforeCards = func() {
		db.set(func() { db.caption, db.beforeCards = "stars", nil })
		boards.Invalidate(night, "e_1")
	}
	if got := top(t, boards).Rows[0].Caption; got != "stars 1" {
		t.Errorf("caption = %q, want the new one", got)
	}
}

func TestCardsInMemoryAreBounded(t *testing.T) {
	db := newDatabase()
	boards := alone(t, db)
	top(t, boards)
	for round := range int64(5) { // each time other entries come to the top
		for i := range contest.EntryNumber(MaxTop) {
			c := at(contest.EntryNumber(round)*MaxTop+i+1, 1, round)
			db.put(c)
			boards.Committed([]contest.Change{c})
		}
		for _, row := range top(t, boards).Rows {
			if !row.HasCard {
				t.Fatalf("row %d has no card", row.Number)
			}
		}
		if n := len(boards.board(night).cards); n > maxCards {
			t.Fatalf("%d cards in memory, limit %d", n, maxCards)
		}
	}
}

// Fans ask for the rows around their own entries, each for others, and a reading of cards takes its time.
func TestAllWhoMissDifferentCardsAtOnceGetThem(t *testing.T) {
	const readers = 50
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase()
		for number := range contest.EntryNumber(readers) {
			db.put(at(number+1, 1, 1))
		}
		db.beforeCards = func() { time.Sleep(time.Second) }
		b := membus.New()
		defer b.Close()
		boards, err := New(db, b)
		if err != nil {
			t.Fatal(err)
		}
		defer boards.Close()
		var asking sync.WaitGroup
		for number := range contest.EntryNumber(readers) {
			asking.Go(func() {
				if s, on, err := boards.Around(t.Context(), overall, number+1, 0); err != nil || !on || !s.Rows[0].HasCard {
					t.Errorf("the row of entry %d: %+v, %v, %v", number+1, s.Rows, on, err)
				}
			})
		}
		asking.Wait()
		if db.cards > cardAttempts {
			t.Errorf("cards were read %d times, want %d at most", db.cards, cardAttempts)
		}
	})
}
