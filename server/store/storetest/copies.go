package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

var copyClaims = map[string]func(*testing.T, Opener){
	"a copy of all rows is the same store":                      copied,
	"rows come by key, behind the key given":                    rowsByKey,
	"rows that are there are not loaded again":                  loadedOnce,
	"a snapshot sees one moment":                                snapshotReads,
	"sign-in failures of a key are counted up to the limit":     failuresCounted,
	"a flood of failures pushes itself out":                     failuresBounded,
	"the schema's version is the program's after the migration": schemaVersion,
}

// dump reads all rows of all tables.
func dump(t *testing.T, s *store.Store) map[string][][]any {
	t.Helper()
	all := map[string][][]any{}
	err := s.Snapshot(t.Context(), func(tx *store.Tx) error {
		for _, table := range store.Tables() {
			err := tx.Rows(table, nil, func(row []any) error {
				all[table.Name] = append(all[table.Name], row)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func copied(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.launch()
	entries := s.entries(3, contest.Published)
	s.cast(s.ballot(entries[0], "f_1"), today)
	s.cast(s.ballot(entries[1], "f_1"), today)
	s.retract(s.ballot(entries[1], "f_1"), today)
	s.update(func(tx *store.Tx) error { return tx.SetSetting("词", "“夜”\n") })
	before := dump(t, s.store)
	other := open(t, nil)
	for _, table := range store.Tables() {
		if err := other.Load(t.Context(), table, before[table.Name]); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "rows", dump(t, other), before)
	s.store = other
	s.cast(s.ballot(entries[2], "f_1"), today)
	equal(t, "leaves", len(s.audited(entries)), 4)
}

func rowsByKey(t *testing.T, open Opener) {
	const many = 1203 // more than are read at a time
	s := setStage(t, open, nil)
	table := store.Table{Name: "site_origins", Columns: []string{"site", "origin", "position"}, Key: 2}
	var site contest.Site
	s.update(func(tx *store.Tx) (err error) {
		site, err = tx.CreateSite(contest.Site{Campaign: s.challenge.Campaign})
		return err
	})
	want := make([][]any, many)
	for i := range want {
		want[i] = []any{string(site.ID), string(rune(0x4e00 + i)), int64(i)}
	}
	if err := s.store.Load(t.Context(), table, want); err != nil {
		t.Fatal(err)
	}
	s.view(func(tx *store.Tx) error {
		var got [][]any
		keep := func(row []any) error { got = append(got, row); return nil }
		err := tx.Rows(table, want[99][:2], keep)
		same(t, "rows", got, want[100:])
		n, errCount := tx.CountRows(table)
		equal(t, "number of rows", n, many)
		last, errLast := tx.Last(table)
		same(t, "last key", last, want[many-1][:2])
		return errors.Join(err, errCount, errLast)
	})
	s.view(func(tx *store.Tx) error {
		last, err := tx.Last(store.Tables()[slices.IndexFunc(store.Tables(), func(t store.Table) bool { return t.Name == "reports" })])
		equal(t, "length of the last key of none", len(last), 0)
		return err
	})
}

func loadedOnce(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	table := store.Table{Name: "settings", Columns: []string{"name", "value"}, Key: 1}
	if err := s.store.Load(t.Context(), table, [][]any{{"a", "1"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.store.Load(t.Context(), table, [][]any{{"b", "2"}, {"a", "2"}}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("got %v, want a conflict", err)
	}
	equal(t, "b is there", s.isSet("b"), false)
}

func snapshotReads(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	err := s.store.Snapshot(t.Context(), func(tx *store.Tx) error {
		before, err := tx.Campaigns()
		s.update(func(tx *store.Tx) error { _, err := tx.CreateCampaign(contest.Campaign{}); return err })
		time.Sleep(2 * store.MaxView) // of the bubble's clock
		after, errAfter := tx.Campaigns()
		same(t, "campaigns", after, before)
		return errors.Join(err, errAfter)
	})
	if err != nil {
		t.Error(err)
	}
}

func failuresCounted(t *testing.T, open Opener) {
	const limit, window = 3, time.Hour
	clock := noon
	s := setStage(t, open, nil, store.WithClock(func() time.Time { return clock }))
	count := func(keys ...string) (allowed bool) {
		err := s.store.Update(t.Context(), func(tx *store.Tx) (err error) {
			allowed, err = tx.CountFailures(keys, window, limit)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return allowed
	}
	for range limit {
		equal(t, "allowed", count("mail a", "from 1"), true)
	}
	equal(t, "allowed for one full key", count("mail a", "from 2"), false)
	equal(t, "allowed for the other full key", count("mail b", "from 1"), false)
	for range limit {
		equal(t, "allowed for keys that were refused beside a full one", count("mail b", "from 2"), true)
	}
	s.update(func(tx *store.Tx) error {
		return errors.Join(tx.TakeBackFailure("from 1"), tx.ForgetFailures("mail a"))
	})
	equal(t, "allowed after one was taken back", count("from 1"), true)
	equal(t, "allowed after that", count("from 1"), false)
	for range limit {
		equal(t, "allowed after forgetting", count("mail a"), true)
	}
	clock = clock.Add(window + time.Millisecond)
	equal(t, "allowed after the window", count("mail a", "from 1"), true)
}

func failuresBounded(t *testing.T, open Opener) {
	const limit, bound = 3, 10_000
	s := setStage(t, open, nil)
	table := store.Table{Name: "sign_in_failures", Columns: []string{"key", "failures", "since"}, Key: 1}
	var rows [][]any
	s.update(func(tx *store.Tx) error {
		rows = append(rows, []any{"mail ada", int64(limit), tx.Now().UnixMilli()})
		for i := range bound {
			rows = append(rows, []any{string(rune(0x4e00 + i)), int64(1), tx.Now().UnixMilli() + 1})
		}
		return nil
	})
	if err := s.store.Load(t.Context(), table, rows); err != nil {
		t.Fatal(err)
	}
	s.update(func(tx *store.Tx) error {
		allowed, err := tx.CountFailures([]string{"mail eve"}, time.Hour, limit)
		equal(t, "allowed", allowed, true)
		return err
	})
	s.update(func(tx *store.Tx) error {
		n, err := tx.CountRows(table)
		equal(t, "failures remembered", n, bound)
		allowed, errGuessed := tx.CountFailures([]string{"mail ada"}, time.Hour, limit)
		equal(t, "the guessed one is allowed", allowed, false)
		return errors.Join(err, errGuessed)
	})
}

func schemaVersion(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	version, err := s.store.Schema(t.Context())
	equal(t, "version", version, store.SchemaVersion())
	if err != nil || version < 5 {
		t.Errorf("got version %d, error %v", version, err)
	}
}
