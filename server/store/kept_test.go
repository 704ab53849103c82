package store_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// What a writer keeps in memory from batch to batch holds only as long as nobody else writes the file, as a command of the
// operator does beside the server.
func TestAWriterSeesWhatAnotherProcessWroteToItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fanfare.db")
	stores := []*store.Store{storetest.OpenSQLiteFile(t, path, nil), storetest.OpenSQLiteFile(t, path, nil)}
	challenge, entries, err := field(t.Context(), stores[0], 3)
	if err != nil {
		t.Fatal(err)
	}
	const votes = 60
	for n := range votes {
		s := stores[n*n%7%2] // several in a row each, and in turns
		err := s.UpdateIn(t.Context(), challenge, func(tx *store.Tx) error {
			b := storetest.Ballot(challenge, entries[n%len(entries)], fmt.Sprint("fan ", n/4))
			used, err := tx.Used(b, "all", false)
			if err != nil || used.Period != n%4 {
				t.Errorf("before vote %d of this voter %d are known, %v", n%4, used.Period, err)
			}
			if n%4 == 3 {
				b.Entry = entries[(n-1)%len(entries)]
				_, err = tx.Retract(b, "all")
				return err
			}
			v, err := tx.Cast(b, "all", 1, store.Origin{})
			if err == nil && v.Leaf.Position != int64(n+1) {
				t.Errorf("vote %d got position %d", n, v.Leaf.Position)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err = stores[0].View(t.Context(), func(tx *store.Tx) error {
		leaves, err := tx.Leaves(challenge)
		if err != nil {
			return err
		}
		want, err := contest.Recount(leaves)
		if err != nil || len(leaves) != votes {
			t.Fatalf("the log of %d votes has %d leaves: %v", votes, len(leaves), err)
		}
		tallies, err := tx.Tallies(challenge)
		for _, got := range tallies {
			if got.Tally != want[got.Number] {
				t.Errorf("entry %d: got %+v, want %+v", got.Number, got.Tally, want[got.Number])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAWriterSeesItsOwnOtherStatements(t *testing.T) {
	s := storetest.OpenSQLite(t, nil)
	challenge, entries, err := field(t.Context(), s, 1)
	if err != nil {
		t.Fatal(err)
	}
	status := func() (is contest.Status) {
		err := s.UpdateIn(t.Context(), challenge, func(tx *store.Tx) error {
			e, err := tx.Candidate(entries[0])
			is = e.Status
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	if is := status(); is != contest.Published {
		t.Fatalf("the entry is %s", is)
	}
	err = s.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec("UPDATE entries SET status = ?", contest.Withdrawn)
		return err
	})
	if is := status(); err != nil || is != contest.Withdrawn {
		t.Errorf("after it was withdrawn the entry is %s, %v", is, err)
	}
	var b contest.Ballot
	err = s.Update(t.Context(), func(tx *store.Tx) error {
		fan, err := tx.FanFor("guest", "voter", "")
		if err != nil {
			return err
		}
		b = contest.Ballot{Challenge: challenge, Entry: entries[0]}
		b.Voter, err = tx.VoterFor(challenge, fan.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"", "DELETE FROM voters WHERE voter = ?"} {
		err := s.Update(t.Context(), func(tx *store.Tx) (err error) {
			if statement != "" {
				_, err = tx.Exec(statement, b.Voter)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = s.UpdateIn(t.Context(), challenge, func(tx *store.Tx) error {
			knows, err := tx.Knows(b, "all")
			if knows != (statement == "") {
				t.Errorf("after %q the voter is somebody's: %v", statement, knows)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
