package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// What is remembered of sessions is good as long as their version stands.
func TestTheVersionOfSessionsTellsOfEveryChangeAndOfNothingElse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fanfare.db")
	s, beside := storetest.OpenSQLiteFile(t, path, nil), storetest.OpenSQLiteFile(t, path, nil)
	challenge, entries, err := field(t.Context(), s, 1)
	if err != nil {
		t.Fatal(err)
	}
	update := func(s *store.Store, do func(*store.Tx) error) {
		t.Helper()
		if err := s.Update(t.Context(), do); err != nil {
			t.Fatal(err)
		}
	}
	var fan contest.Fan
	enter := func(tx *store.Tx) (err error) {
		if fan, err = tx.FanFor("guest", store.NewID(""), "阿明"); err == nil {
			_, err = tx.VoterFor(challenge, fan.ID)
		}
		if err == nil {
			err = tx.InsertToken(store.Token{Hash: "hash of " + string(fan.ID), Fan: fan.ID, Challenge: challenge, ExpiresAt: tx.Now().Add(time.Hour)})
		}
		return err
	}
	update(s, enter)
	version, _ := s.SessionsVersion()
	stands := func(want bool, what string) {
		t.Helper()
		before := version
		var age time.Duration
		if version, age = s.SessionsVersion(); (version == before) != want || age > time.Minute {
			t.Errorf("%s: the version stands: %v, looked at %v ago", what, version == before, age)
		}
	}
	update(s, enter)
	stands(true, "another session")
	err = s.UpdateIn(t.Context(), challenge, func(tx *store.Tx) error {
		if _, err := tx.Session("hash of " + string(fan.ID)); err != nil {
			return err
		}
		_, err := tx.Cast(storetest.Ballot(challenge, entries[0], string(fan.ID)), "all", 1, store.Origin{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	stands(true, "a vote")
	update(s, func(tx *store.Tx) error { return tx.MoveToken("hash of "+string(fan.ID), fan.ID) })
	stands(false, "another fan")
	var ban contest.Ban
	update(s, func(tx *store.Tx) (err error) {
		ban, err = tx.InsertBan(contest.Ban{Challenge: challenge, Fan: fan.ID})
		return err
	})
	stands(false, "a ban")
	update(s, func(tx *store.Tx) error { return tx.LiftBan(ban.ID) })
	stands(false, "its end")
	update(s, func(tx *store.Tx) error { return tx.DeleteExpiredTokens(tx.Now()) })
	stands(false, "the end of tokens")
	update(s, func(*store.Tx) error { return nil })
	stands(true, "nothing")
	update(beside, enter)
	update(s, func(*store.Tx) error { return nil })
	stands(false, "what another process wrote")
}

func TestWhereOthersWriteNobodyKnowsTheVersionOfSessions(t *testing.T) {
	s := storetest.StartPostgres(t).Open(t, nil)
	if err := s.Update(t.Context(), func(*store.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if _, age := s.SessionsVersion(); age < 24*time.Hour {
		t.Errorf("on PostgreSQL it was looked at %v ago, want never", age)
	}
}
