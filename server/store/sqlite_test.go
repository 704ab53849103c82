package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// What follows needs SQLite's own ways to fail.

var errOurs = errors.New("ours")

func set(s *store.Store, name, value string) error {
	return s.Update(context.Background(), func(tx *store.Tx) error { return tx.SetSetting(name, value) })
}

func isSet(t *testing.T, s *store.Store, name string) bool {
	t.Helper()
	err := s.View(t.Context(), func(tx *store.Tx) error { _, err := tx.Setting(name); return err })
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

// shareCommit runs fail in one commit with two neighbours and returns all three answers, fail's first.
func shareCommit(s *store.Store, fail func(*store.Tx) error) [3]error {
	var errs [3]error
	entered, leave := make(chan struct{}), make(chan struct{})
	enter := sync.OnceFunc(func() { close(entered) }) // it may run again
	var all sync.WaitGroup
	all.Go(func() {
		errs[1] = s.Update(context.Background(), func(tx *store.Tx) error {
			enter()
			<-leave
			return tx.SetSetting("before", "on")
		})
	})
	<-entered
	all.Go(func() { errs[0] = s.Update(context.Background(), fail) })
	synctest.Wait()
	all.Go(func() { errs[2] = set(s, "after", "on") })
	synctest.Wait()
	close(leave)
	all.Wait()
	return errs
}

// lost holds that a commit which failed is told to all its callers, leaves nothing, and does not stop the next.
func lost(t *testing.T, kind error, fail func(*store.Tx) error) {
	synctest.Test(t, func(t *testing.T) {
		told := 0
		s := storetest.OpenSQLite(t, func([]contest.Change) { told++ })
		hooked := false
		errs := shareCommit(s, func(tx *store.Tx) error {
			tx.OnCommit(func() { hooked = true })
			return fail(tx)
		})
		for i, err := range errs {
			if !errors.Is(err, kind) {
				t.Errorf("caller %d: got %v, want %v", i, err, kind)
			}
		}
		if hooked || told > 0 || isSet(t, s, "before") || isSet(t, s, "after") {
			t.Error("a lost commit left something behind")
		}
		if err := set(s, "next", "on"); err != nil || !isSet(t, s, "next") {
			t.Errorf("the next update: %v", err)
		}
	})
}

func TestAFailingCommitIsToldToAllItsCallers(t *testing.T) {
	lost(t, store.ErrConflict, func(tx *store.Tx) error {
		_, errDefer := tx.Exec("PRAGMA defer_foreign_keys(1)")
		_, errInsert := tx.Exec("INSERT INTO heads (challenge, entries, leaves) VALUES ('ch_none', 0, 0)")
		return errors.Join(errDefer, errInsert)
	})
}

func TestATransactionThatTheDatabaseGaveUpIsToldToAllItsCallers(t *testing.T) {
	lost(t, store.ErrUnavailable, func(tx *store.Tx) error {
		_, err := tx.Exec("ROLLBACK") // as SQLite does by itself when a statement meets certain errors
		return errors.Join(err, errOurs)
	})
}

func TestAFullDatabaseIsSaidToBeFullAndRecovers(t *testing.T) {
	s := storetest.OpenSQLite(t, nil)
	if err := set(s, "before", "on"); err != nil {
		t.Fatal(err)
	}
	limit := func(pages string) {
		err := s.Update(t.Context(), func(tx *store.Tx) error { _, err := tx.Exec("PRAGMA max_page_count(" + pages + ")"); return err })
		if err != nil {
			t.Fatal(err)
		}
	}
	limit("1") // below the present size: SQLite takes that as the limit
	if err := set(s, "big", strings.Repeat("x", 1<<20)); !errors.Is(err, store.ErrFull) {
		t.Fatalf("got %v, want full", err)
	}
	limit("1000000")
	if err := set(s, "after", strings.Repeat("x", 1<<20)); err != nil {
		t.Errorf("after making room: %v", err)
	}
	if !isSet(t, s, "before") || isSet(t, s, "big") {
		t.Error("a full database lost or invented a row")
	}
}

func TestADatabaseThatCannotBeWrittenIsUnavailable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fanfare.db")
	storetest.OpenSQLiteFile(t, path, nil).Close()
	_, read := storetest.Pools(t, path)
	s, err := store.Open(read, read, store.SQLite, nil) // a pool that may only read
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := set(s, "name", "on"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("got %v, want unavailable", err)
	}
}

func TestMigratingAgainChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fanfare.db")
	for range 2 {
		s := storetest.OpenSQLiteFile(t, path, nil)
		if err := set(s, "name", "on"); err != nil {
			t.Fatal(err)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
		s.Close()
	}
}

func TestReadersThatOverlapDoNotLetTheLogGrow(t *testing.T) {
	const written, bound = 160 << 20, 96 << 20 // bytes; the log begins anew at 32 MiB, or some steps later
	path := filepath.Join(t.TempDir(), "fanfare.db")
	s := storetest.OpenSQLiteFile(t, path, nil)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	turn := make(chan struct{})
	for i := range 2 {
		readers.Go(func() { relay(t, s, i == 0, turn, stop) })
	}
	const size = 1 << 20
	largest := int64(0)
	for n := 0; n < written; n += size {
		value := strings.Repeat(string('a'+rune(n/size%26)), size) // SQLite writes no page that stays the same
		if err := set(s, "big", value); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		largest = max(largest, info.Size())
	}
	close(stop)
	readers.Wait()
	if largest > bound {
		t.Errorf("the log grew to %d MiB", largest>>20)
	}
	t.Logf("the log was at most %d MiB", largest>>20)
}

// CHECKS 54: a reader that stays holds up no writer, and the log shrinks when it has gone.
func TestAReaderThatStaysHoldsUpNoWriter(t *testing.T) {
	const size = 4 << 20 // of a value
	path := filepath.Join(t.TempDir(), "fanfare.db")
	s := storetest.OpenSQLiteFile(t, path, nil)
	write := func(n int) time.Duration { // the third longest: a disk may hiccup, a reader in the way holds up each write
		took := make([]time.Duration, n)
		for i := range took {
			begun := time.Now()
			if err := set(s, "big", strings.Repeat(string('a'+rune(i%26)), size)); err != nil {
				t.Fatal(err)
			}
			took[i] = time.Since(begun)
		}
		slices.Sort(took)
		return took[n-3]
	}
	logSize := func() int64 {
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	alone := write(20)
	err := s.Snapshot(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.Campaigns(); err != nil { // the moment is that of the first statement
			return err
		}
		if beside := write(40); beside > 2*alone+100*time.Millisecond {
			t.Errorf("a write took %v beside the reader, %v without", beside, alone)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	grown := logSize()
	write(20)
	if after := logSize(); grown < 100<<20 || after > grown/2 {
		t.Errorf("the log had %d MiB beside the reader, and has %d afterwards", grown>>20, after>>20)
	}
}

// stay is how long a reader lasts at least: longer than a commit, so that each commit finds one from before.
const stay = 20 * time.Millisecond

// relay reads until stop; it tells the other reader that it has begun, and leaves when the other has.
func relay(t *testing.T, s *store.Store, first bool, turn chan struct{}, stop <-chan struct{}) {
	for ; ; first = false {
		err := s.View(context.Background(), func(tx *store.Tx) error {
			if _, err := tx.Setting("small"); err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			<-time.After(stay)
			if !first {
				select {
				case turn <- struct{}{}:
				case <-stop:
				}
			}
			select {
			case <-turn:
			case <-stop:
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		select {
		case <-stop:
			return
		default:
		}
	}
}

// What one commit leaves in memory for the next one is not to outlive a change from outside, by a command beside the server.
func TestAVoteSeesWhatAnotherProcessChangedSinceTheLast(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fanfare.db")
	s := storetest.OpenSQLiteFile(t, path, nil)
	challenge, entries, err := field(t.Context(), s, 1)
	if err != nil {
		t.Fatal(err)
	}
	cast := func(fan string) (v store.Vote) {
		t.Helper()
		err := s.UpdateIn(t.Context(), challenge, func(tx *store.Tx) (err error) {
			v, err = storetest.Cast(tx, storetest.Ballot(challenge, entries[0], fan), "all")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	cast("f_1")
	if v := cast("f_2"); v.Change.Score != 2 || !v.Change.Visible {
		t.Errorf("the second vote left %+v", v.Change)
	}
	beside, _ := storetest.Pools(t, path)
	if _, err := beside.Exec("UPDATE entries SET status = 'withdrawn'; UPDATE tallies SET visible = 0, version = 70"); err != nil {
		t.Fatal(err)
	}
	if v := cast("f_3"); v.Change.Score != 3 || v.Change.Visible || v.Change.Version != 71 {
		t.Errorf("after the entry was withdrawn beside, a vote left %+v", v.Change)
	}
}

func TestQueriesOfManyRowsAreLookedUpByTheirIndexes(t *testing.T) {
	s := storetest.OpenSQLite(t, func([]contest.Change) {})
	for query, want := range store.PlannedQueries {
		var plan []string
		err := s.Update(t.Context(), func(tx *store.Tx) error {
			rows, err := tx.Query("EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
			if err != nil {
				return err
			}
			defer rows.Close()
			for plan = nil; rows.Next(); {
				var id, parent, unused int
				var step string
				if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
					return err
				}
				plan = append(plan, step)
			}
			return rows.Err()
		})
		if got := strings.Join(plan, "; "); err != nil || got != want {
			t.Errorf("%s\nis done by %s, want %s (%v)", query, got, want, err)
		}
	}
}
