package storetest

import (
	"errors"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

var staffClaims = map[string]func(*testing.T, Opener){
	"an address belongs to one member of staff, in any case":    staff,
	"who left is nobody's colleague, and their address is free": staffRemoved,
	"another role counts from when it was given":                roleChanged,
	"sessions are listed, used and ended one by one or all":     staffSessions,
	"sessions without a second factor end together":             unprovenSessions,
	"a code's time step is taken once, and none before it":      codesOnce,
	"guesses at codes are counted for a while":                  codesGuessed,
	"a recovery code is used once":                              recoveryCodes,
	"an invitation replaces the address's former one":           staffInvitations,
	"a reset works once, and the last one alone":                staffResets,
	"a sign-in that waits for a code counts attempts":           signIns,
}

// colleague makes a member of staff.
func (s *stage) colleague(name string) (person store.Staff) {
	s.Helper()
	s.update(func(tx *store.Tx) (err error) {
		person, err = tx.CreateStaff(store.Staff{Email: name + "@example.org", Name: name, Role: "marketer", Password: "$x"})
		return err
	})
	return person
}

func staffRemoved(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	ada, bob := s.colleague("ada"), s.colleague("bob")
	s.session("h1", ada.ID)
	s.update(func(tx *store.Tx) error { return tx.RemoveStaff(ada.ID) })
	s.view(func(tx *store.Tx) error {
		_, byID := tx.Staff(ada.ID)
		_, byMail := tx.StaffByEmail("ada@example.org")
		_, session := tx.StaffSession("h1")
		for _, err := range []error{byID, byMail, session} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("got %v, want not found", err)
			}
		}
		members, err := tx.Members()
		same(t, "members", members, []store.Staff{bob})
		n, errCount := tx.CountStaff("marketer", "administrator")
		equal(t, "marketers", n, 1)
		return errors.Join(err, errCount)
	})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.RemoveStaff(ada.ID) })
	s.colleague("ada")
}

func roleChanged(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	ada := s.colleague("ada")
	equal(t, "since", ada.RoleAt, ada.CreatedAt)
	time.Sleep(time.Hour) // of the bubble's clock
	s.update(func(tx *store.Tx) error { return tx.SetRole(ada.ID, "partner", s.challenge.Campaign, "wuhan") })
	s.view(func(tx *store.Tx) error {
		got, err := tx.Staff(ada.ID)
		want := ada
		want.Role, want.Campaign, want.Partner, want.RoleAt = "partner", s.challenge.Campaign, "wuhan", ada.CreatedAt.Add(time.Hour)
		same(t, "person", got, want)
		return err
	})
}

func (s *stage) session(hash string, staff contest.StaffID) {
	s.Helper()
	s.update(func(tx *store.Tx) error {
		return tx.InsertStaffSession(store.StaffSession{Hash: hash, Staff: staff, Agent: "Firefox", ExpiresAt: tx.Now().Add(time.Hour)})
	})
}

// sessions are the hashes of a person's.
func (s *stage) sessions(staff contest.StaffID) (hashes []string) {
	s.Helper()
	s.view(func(tx *store.Tx) error {
		list, err := tx.StaffSessions(staff)
		for _, one := range list {
			hashes = append(hashes, one.Hash)
		}
		return err
	})
	return hashes
}

func staffSessions(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	ada, bob := s.colleague("ada"), s.colleague("bob")
	for _, hash := range []string{"h1", "h2", "h3"} {
		s.session(hash, ada.ID)
		time.Sleep(time.Minute) // of the bubble's clock
	}
	s.session("h4", bob.ID)
	same(t, "sessions", s.sessions(ada.ID), []string{"h3", "h2", "h1"})
	ctx := store.WithActor(t.Context(), store.Actor{Address: "192.0.2.9"})
	if err := s.store.Update(ctx, func(tx *store.Tx) error { return tx.TouchStaffSession("h1") }); err != nil {
		t.Fatal(err)
	}
	s.view(func(tx *store.Tx) error {
		got, err := tx.StaffSession("h1")
		same(t, "session", []any{got.Agent, got.Address, got.SeenAt.Sub(got.CreatedAt)}, []any{"Firefox", "192.0.2.9", 3 * time.Minute})
		return err
	})
	same(t, "sessions by last use", s.sessions(ada.ID), []string{"h1", "h3", "h2"})
	s.update(func(tx *store.Tx) error { return tx.DeleteStaffSession("h3") })
	same(t, "after one was ended", s.sessions(ada.ID), []string{"h1", "h2"})
	s.update(func(tx *store.Tx) error { return tx.EndStaffSessions(ada.ID, "h2") })
	same(t, "after the others were ended", s.sessions(ada.ID), []string{"h2"})
	same(t, "somebody else's", s.sessions(bob.ID), []string{"h4"})
	time.Sleep(time.Hour) // of the bubble's clock
	same(t, "when they are over", s.sessions(ada.ID), []string(nil))
}

func unprovenSessions(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	ada, bob := s.colleague("ada"), s.colleague("bob")
	s.session("h1", ada.ID)
	s.session("h2", bob.ID)
	s.update(func(tx *store.Tx) error {
		return errors.Join(tx.SetTOTP(ada.ID, "secret", 7), tx.EndUnprovenSessions())
	})
	same(t, "with a second factor", s.sessions(ada.ID), []string{"h1"})
	same(t, "without", s.sessions(bob.ID), []string(nil))
}

func codesOnce(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	ada := s.colleague("ada")
	s.update(func(tx *store.Tx) error { return tx.SetTOTP(ada.ID, "secret", 7) })
	for _, step := range []int64{6, 7} {
		s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.TakeTOTP(ada.ID, step) })
	}
	s.update(func(tx *store.Tx) error { return tx.TakeTOTP(ada.ID, 9) })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.TakeTOTP(ada.ID, 8) })
	s.view(func(tx *store.Tx) error {
		got, err := tx.Staff(ada.ID)
		same(t, "second factor", []any{got.TOTP, got.TOTPStep}, []any{"secret", int64(9)})
		return err
	})
}

func codesGuessed(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	ada := s.colleague("ada")
	guess := func() (wrong int) {
		s.update(func(tx *store.Tx) (err error) {
			wrong, err = tx.TryTOTP(ada.ID, time.Hour)
			return err
		})
		return wrong
	}
	for want := 1; want <= 3; want++ {
		equal(t, "guesses", guess(), want)
		time.Sleep(19 * time.Minute) // of the bubble's clock
	}
	equal(t, "within the hour since the first", guess(), 4)
	time.Sleep(4 * time.Minute) // of the bubble's clock
	equal(t, "after it", guess(), 1)
	s.update(func(tx *store.Tx) error { return tx.TakeTOTP(ada.ID, 1) })
	equal(t, "after a right one", guess(), 1)
}

func recoveryCodes(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	ada, bob := s.colleague("ada"), s.colleague("bob")
	left := func() (n int) {
		s.view(func(tx *store.Tx) (err error) {
			n, err = tx.RecoveryCodes(ada.ID)
			return err
		})
		return n
	}
	s.update(func(tx *store.Tx) error {
		return errors.Join(tx.SetRecoveryCodes(ada.ID, []string{"a", "b"}), tx.SetRecoveryCodes(bob.ID, []string{"a"}))
	})
	s.update(func(tx *store.Tx) error { return tx.UseRecoveryCode(ada.ID, "a") })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.UseRecoveryCode(ada.ID, "a") })
	equal(t, "left", left(), 1)
	s.update(func(tx *store.Tx) error { return tx.SetRecoveryCodes(ada.ID, []string{"c"}) })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.UseRecoveryCode(ada.ID, "b") })
	s.update(func(tx *store.Tx) error { return tx.UseRecoveryCode(bob.ID, "a") })
}

func staffInvitations(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	invite := func(hash, email, role string) {
		s.update(func(tx *store.Tx) error {
			return tx.InviteStaff(store.StaffInvitation{Hash: hash, Email: email, Role: role, Staff: "st_1", ExpiresAt: tx.Now().Add(time.Hour)})
		})
		time.Sleep(time.Minute) // of the bubble's clock
	}
	invite("i1", "Ada@example.org", "marketer")
	invite("i2", "bob@example.org", "moderator")
	invite("i3", "ada@example.org", "moderator")
	listed := func() (hashes []string) {
		s.view(func(tx *store.Tx) error {
			list, err := tx.StaffInvitations()
			for _, i := range list {
				hashes = append(hashes, i.Hash)
			}
			return err
		})
		return hashes
	}
	same(t, "invitations", listed(), []string{"i3", "i2"})
	s.update(func(tx *store.Tx) error { return tx.EndStaffInvitation("i3") })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.EndStaffInvitation("i3") })
	s.view(func(tx *store.Tx) error {
		got, err := tx.StaffInvitation("i2")
		same(t, "invitation", []any{got.Email, got.Role, got.Staff}, []any{"bob@example.org", "moderator", contest.StaffID("st_1")})
		return err
	})
	time.Sleep(time.Hour) // of the bubble's clock
	same(t, "when they are over", listed(), []string(nil))
}

func staffResets(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	ada := s.colleague("ada")
	ask := func(hash string) {
		s.update(func(tx *store.Tx) error {
			return tx.InsertStaffReset(store.StaffReset{Hash: hash, Staff: ada.ID, ExpiresAt: noon})
		})
	}
	ask("r1")
	ask("r2")
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.UseStaffReset("r1") })
	s.view(func(tx *store.Tx) error {
		got, err := tx.StaffReset("r2")
		same(t, "reset", got, store.StaffReset{Hash: "r2", Staff: ada.ID, ExpiresAt: noon})
		return err
	})
	s.update(func(tx *store.Tx) error { return tx.UseStaffReset("r2") })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.UseStaffReset("r2") })
}

func signIns(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	ada := s.colleague("ada")
	s.update(func(tx *store.Tx) error {
		return tx.InsertSignIn(store.SignIn{Hash: "w1", Staff: ada.ID, TOTP: "new", ExpiresAt: noon})
	})
	for want := 1; want <= 2; want++ {
		s.update(func(tx *store.Tx) error {
			n, err := tx.AttemptSignIn("w1")
			equal(t, "attempts", n, want)
			return err
		})
	}
	s.view(func(tx *store.Tx) error {
		got, err := tx.SignIn("w1")
		same(t, "sign-in", got, store.SignIn{Hash: "w1", Staff: ada.ID, TOTP: "new", Attempts: 2, ExpiresAt: noon})
		return err
	})
	s.update(func(tx *store.Tx) error { return tx.DeleteSignIn("w1") })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteSignIn("w1") })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.AttemptSignIn("w1"); return err })
}
