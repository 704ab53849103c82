package storetest

import (
	"testing"
	"time"

	"fanfare/server/store"
)

var keyClaims = map[string]func(*testing.T, Opener){
	"a key is found by its bearer's hash, whether it holds or not": keysFound,
	"a bearer is one key's":            keysOnce,
	"a key is revoked once":            keysRevoked,
	"a key's last use never goes back": keysUsed,
}

func (s *stage) key(k store.Key) store.Key {
	s.Helper()
	s.update(func(tx *store.Tx) (err error) {
		k, err = tx.CreateKey(k)
		return err
	})
	return k
}

func keysFound(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	all := s.key(store.Key{Hash: "h1", Name: "报表 “日报”", Scopes: []string{"numbers:read", "plan:read"}, Staff: "st_gone"})
	time.Sleep(time.Second) // of the bubble's clock
	one := s.key(store.Key{Hash: "h2", Name: "shop", Scopes: []string{"links:write"}, Campaign: s.challenge.Campaign, ExpiresAt: all.CreatedAt.Add(time.Hour)})
	s.view(func(tx *store.Tx) error {
		for _, want := range []store.Key{all, one} {
			got, err := tx.KeyByHash(want.Hash)
			if err != nil {
				return err
			}
			same(t, "key", got, want)
		}
		keys, err := tx.Keys()
		same(t, "keys, the newest first", keys, []store.Key{one, all})
		return err
	})
	equal(t, "an hour later it holds", one.Holds(one.ExpiresAt), false)
	equal(t, "before that", one.Holds(one.ExpiresAt.Add(-1)), true)
	equal(t, "the other one", all.Holds(one.ExpiresAt.AddDate(10, 0, 0)), true)
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.KeyByHash("h3"); return err })
}

func keysOnce(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	k := s.key(store.Key{Hash: "h1", Name: "a", Scopes: []string{"plan:read"}})
	s.refused(store.ErrConflict, func(tx *store.Tx) error { _, err := tx.CreateKey(k); return err })
}

func keysRevoked(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	first, second := s.key(store.Key{Hash: "h1", Name: "a"}), s.key(store.Key{Hash: "h2", Name: "b"})
	s.update(func(tx *store.Tx) error {
		k, err := tx.RevokeKey(first.ID)
		equal(t, "the revoked one's name", k.Name, first.Name)
		equal(t, "it holds", k.Holds(tx.Now()), false)
		return err
	})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.RevokeKey(first.ID); return err })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.RevokeKey("ak_none"); return err })
	s.view(func(tx *store.Tx) error {
		n, err := tx.CountKeys()
		equal(t, "keys that hold", n, 1)
		if err != nil {
			return err
		}
		k, err := tx.KeyByHash(second.Hash)
		equal(t, "the other one holds", k.Holds(tx.Now()), true)
		return err
	})
}

func keysUsed(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	k := s.key(store.Key{Hash: "h1", Name: "a", Scopes: []string{"plan:read"}})
	later := k.CreatedAt.Add(time.Hour)
	s.update(func(tx *store.Tx) error { return tx.UseKey(k.ID, later) })
	s.update(func(tx *store.Tx) error { return tx.UseKey(k.ID, later.Add(-time.Minute)) })
	s.view(func(tx *store.Tx) error {
		got, err := tx.KeyByHash(k.Hash)
		equal(t, "last use", got.LastUsedAt, later)
		return err
	})
}
