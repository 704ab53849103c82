package storetest

import (
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

var passkeyClaims = map[string]func(*testing.T, Opener){
	"a passkey is one person's, and counts its uses on": passkeys,
	"an identity of an issuer's is one person's":        identities,
	"a ceremony is taken once, in time, as its kind":    ceremonies,
	"who leaves takes passkeys and identities along":    passkeysLeave,
	"a session and a sign-in know who vouched for them": vouchedFor,
}

func passkeys(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	ada, bob := s.colleague("ada"), s.colleague("bob")
	key := store.Passkey{ID: "k1", Staff: ada.ID, Name: "手机", PublicKey: []byte{0, 1, 0xff}, Transports: []string{"internal", "hybrid"}, Synced: true, Uses: 3}
	s.update(func(tx *store.Tx) error { return tx.InsertPasskey(key) })
	s.refused(store.ErrConflict, func(tx *store.Tx) error { return tx.InsertPasskey(store.Passkey{ID: "k1", Staff: bob.ID}) })
	s.update(func(tx *store.Tx) error { return tx.InsertPasskey(store.Passkey{ID: "k2", Staff: ada.ID}) })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.UsePasskey("k1", 2, 4) })
	s.update(func(tx *store.Tx) error { return tx.UsePasskey("k1", 3, 4_000_000_000) })
	s.view(func(tx *store.Tx) error {
		got, err := tx.Passkeys(ada.ID)
		if err != nil || len(got) != 2 {
			t.Fatalf("%+v, %v", got, err)
		}
		key.Uses, key.CreatedAt, key.UsedAt = 4_000_000_000, got[0].CreatedAt, got[0].UsedAt
		same(t, "passkey", got[0], key)
		equal(t, "used", got[0].UsedAt.Before(got[0].CreatedAt), false)
		equal(t, "never used", got[1].UsedAt.IsZero(), true)
		counts, err := tx.CountPasskeys()
		same(t, "counts", counts, map[contest.StaffID]int{ada.ID: 2})
		return err
	})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.DeletePasskey(bob.ID, "k1") })
	s.update(func(tx *store.Tx) error { return tx.DeletePasskey(ada.ID, "k1") })
	s.session("h1", ada.ID)
	s.session("h2", bob.ID)
	s.update(func(tx *store.Tx) error { return tx.EndUnprovenSessions() })
	same(t, "with a passkey", s.sessions(ada.ID), []string{"h1"})
	same(t, "without", s.sessions(bob.ID), []string(nil))
	s.update(func(tx *store.Tx) error { return tx.DeletePasskeys(ada.ID) })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.UsePasskey("k2", 0, 0) })
}

func identities(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	ada, bob := s.colleague("ada"), s.colleague("bob")
	one := store.StaffIdentity{Issuer: "https://a.example", Subject: "S-1", Staff: ada.ID, Label: "ada@a.example"}
	s.update(func(tx *store.Tx) error { return tx.InsertStaffIdentity(one) })
	s.refused(store.ErrConflict, func(tx *store.Tx) error {
		return tx.InsertStaffIdentity(store.StaffIdentity{Issuer: one.Issuer, Subject: one.Subject, Staff: bob.ID})
	})
	for _, other := range [][2]string{{"https://a.example", "s-1"}, {"https://a.example/", "S-1"}} { // compared exactly
		s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.UseStaffIdentity(other[0], other[1]); return err })
		s.update(func(tx *store.Tx) error {
			return tx.InsertStaffIdentity(store.StaffIdentity{Issuer: other[0], Subject: other[1], Staff: bob.ID})
		})
	}
	s.update(func(tx *store.Tx) error {
		got, err := tx.UseStaffIdentity(one.Issuer, one.Subject)
		one.CreatedAt, one.UsedAt = got.CreatedAt, got.UsedAt
		same(t, "identity", got, one)
		return err
	})
	s.view(func(tx *store.Tx) error {
		got, err := tx.StaffIdentities(bob.ID)
		equal(t, "bob's", len(got), 2)
		return err
	})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteStaffIdentity(bob.ID, one.Issuer, one.Subject) })
	s.update(func(tx *store.Tx) error { return tx.DeleteStaffIdentity(ada.ID, one.Issuer, one.Subject) })
}

func ceremonies(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	begin := func(hash string) {
		s.update(func(tx *store.Tx) error {
			return tx.InsertCeremony(store.Ceremony{Hash: hash, Kind: "enter", Staff: "st_1", State: "{}", ExpiresAt: tx.Now().Add(time.Minute)})
		})
	}
	take := func(hash, kind string) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			got, err := tx.TakeCeremony(hash, kind)
			if err == nil {
				same(t, "ceremony", []any{got.Hash, got.Kind, got.Staff, got.State}, []any{hash, kind, contest.StaffID("st_1"), "{}"})
			}
			return err
		}
	}
	begin("c1")
	s.refused(store.ErrNotFound, take("c1", "proof"))
	s.update(take("c1", "enter"))
	s.refused(store.ErrNotFound, take("c1", "enter"))
	begin("c2")
	time.Sleep(time.Minute) // of the bubble's clock
	s.refused(store.ErrNotFound, take("c2", "enter"))
	begin("c2") // whose predecessor nobody answered
	s.update(take("c2", "enter"))
}

func passkeysLeave(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	ada := s.colleague("ada")
	identity := store.StaffIdentity{Issuer: "https://a.example", Subject: "1", Staff: ada.ID}
	s.update(func(tx *store.Tx) error { return tx.InsertPasskey(store.Passkey{ID: "k1", Staff: ada.ID}) })
	s.update(func(tx *store.Tx) error { return tx.InsertStaffIdentity(identity) })
	s.update(func(tx *store.Tx) error {
		return tx.InsertCeremony(store.Ceremony{Hash: "c1", Kind: "new", Staff: ada.ID, ExpiresAt: tx.Now().Add(time.Minute)})
	})
	s.update(func(tx *store.Tx) error { return tx.RemoveStaff(ada.ID) })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.UsePasskey("k1", 0, 1) })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.TakeCeremony("c1", "new"); return err })
	identity.Staff = s.colleague("ada").ID
	s.update(func(tx *store.Tx) error { return tx.InsertStaffIdentity(identity) })
}

func vouchedFor(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	ada := s.colleague("ada")
	s.update(func(tx *store.Tx) error {
		return tx.InsertStaffSession(store.StaffSession{Hash: "h1", Staff: ada.ID, Issuer: "https://a.example", ExpiresAt: tx.Now().Add(time.Hour)})
	})
	s.update(func(tx *store.Tx) error {
		return tx.InsertSignIn(store.SignIn{Hash: "w1", Staff: ada.ID, Issuer: "https://a.example", ExpiresAt: tx.Now().Add(time.Hour)})
	})
	s.view(func(tx *store.Tx) error {
		session, err := tx.StaffSession("h1")
		if err != nil {
			return err
		}
		wait, err := tx.SignIn("w1")
		same(t, "issuers", []string{session.Issuer, wait.Issuer}, []string{"https://a.example", "https://a.example"})
		return err
	})
}
