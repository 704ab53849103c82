package storetest

import (
	"errors"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

var peopleClaims = map[string]func(*testing.T, Opener){
	"an issuer's subject is one fan":                            fanOnce,
	"a token is found until it is deleted":                      tokens,
	"expired tokens, sessions and links are deleted, no others": expiry,
	"a site is found by each of its origins":                    sites,
	"a deleted site takes its tokens along":                     siteDeleted,
	"an idempotency key answers its own request only":           idempotency,
	"a set-up link works once, in time":                         setupLink,
	"a setting is what was set last":                            settings,
	"what refers to something missing is refused as a conflict": dangling,
	"text that not every database holds is nowhere":             unstorable,
}

func fanOnce(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	var first, again, named, other contest.Fan
	s.update(func(tx *store.Tx) error {
		var errs [4]error
		first, errs[0] = tx.FanFor("site", "7", "Ming")
		again, errs[1] = tx.FanFor("site", "7", "")
		named, errs[2] = tx.FanFor("site", "7", "阿明")
		other, errs[3] = tx.FanFor("guest", "7", "Ming")
		return errors.Join(errs[:]...)
	})
	same(t, "the same subject", again, first)
	equal(t, "identifier under another name", named.ID, first.ID)
	equal(t, "name", named.Name, "阿明")
	if other.ID == first.ID {
		t.Error("two issuers share a fan")
	}
	s.view(func(tx *store.Tx) error {
		got, err := tx.Fan(first.ID)
		same(t, "fan", got, named)
		return err
	})
}

func (s *stage) token(hash string, site contest.SiteID, expires time.Time) store.Token {
	s.Helper()
	token := store.Token{Hash: hash, Fan: s.fan("a").ID, Site: site, Challenge: s.challenge.ID, ExpiresAt: expires}
	s.update(func(tx *store.Tx) error { return tx.InsertToken(token) })
	return token
}

// gone holds that a token is there no more.
func (s *stage) gone(hash string) {
	s.Helper()
	s.view(func(tx *store.Tx) error {
		if _, err := tx.Token(hash); !errors.Is(err, store.ErrNotFound) {
			s.Errorf("token %s: got %v, want not found", hash, err)
		}
		return nil
	})
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func tokens(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	token := s.token("h1", "", noon)
	s.view(func(tx *store.Tx) error {
		got, err := tx.Token("h1")
		same(t, "token", got, token)
		return err
	})
	s.refused(store.ErrConflict, func(tx *store.Tx) error { return tx.InsertToken(token) })
	s.gone("h2")
}

func expiry(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.token("old", "", noon)
	s.token("young", "", noon.Add(time.Millisecond))
	s.view(func(tx *store.Tx) error {
		alive, err := tx.AliveTokens([]string{"old", "young", "none"}, noon)
		same(t, "tokens alive", alive, []string{"young"})
		return err
	})
	s.update(func(tx *store.Tx) error {
		member, err := tx.CreateStaff(store.Staff{Email: "a@example.org"})
		return errors.Join(err,
			tx.InsertStaffSession(store.StaffSession{Hash: "old", Staff: member.ID, ExpiresAt: noon}),
			tx.InsertStaffSession(store.StaffSession{Hash: "young", Staff: member.ID, ExpiresAt: noon.Add(time.Hour)}),
			tx.InsertSetupLink("old", noon), tx.InsertSetupLink("young", noon.Add(time.Hour)),
			tx.DeleteExpiredTokens(noon))
	})
	s.gone("old")
	s.view(func(tx *store.Tx) error {
		_, errToken := tx.Token("young")
		_, errSession := tx.StaffSession("young")
		_, errLink := tx.SetupLink("young")
		if _, err := tx.StaffSession("old"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("expired session: got %v, want not found", err)
		}
		if _, err := tx.SetupLink("old"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("expired link: got %v, want not found", err)
		}
		return errors.Join(errToken, errSession, errLink)
	})
}

func sites(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	site := contest.Site{Campaign: s.challenge.Campaign, Name: "Shop", Origins: []string{"https://b.example", "https://a.example"}, Secret: "x",
		OldSecret: "w", OldUntil: noon}
	find := func(origin string) (found []contest.Site) {
		s.view(func(tx *store.Tx) (err error) {
			found, err = tx.SitesByOrigin(origin)
			return err
		})
		return found
	}
	s.update(func(tx *store.Tx) (err error) {
		site, err = tx.CreateSite(site)
		return err
	})
	for _, origin := range site.Origins {
		same(t, "sites of "+origin, find(origin), []contest.Site{site})
	}
	site.Name, site.Origins, site.Secret = "Store", []string{"https://c.example"}, ""
	site.OldSecret, site.OldUntil = "", time.Time{}
	s.update(func(tx *store.Tx) error { return tx.SaveSite(site) })
	same(t, "sites of the new origin", find("https://c.example"), []contest.Site{site})
	for _, origin := range []string{"https://a.example", "https://C.example", "https://c.example/", ""} {
		equal(t, "sites of "+origin, len(find(origin)), 0)
	}
	s.view(func(tx *store.Tx) error {
		all, err := tx.Sites(s.challenge.Campaign)
		same(t, "sites of the campaign", all, []contest.Site{site})
		one, errOne := tx.Site(site.ID)
		same(t, "site", one, site)
		return errors.Join(err, errOne)
	})
}

func siteDeleted(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	var site contest.Site
	s.update(func(tx *store.Tx) (err error) {
		site, err = tx.CreateSite(contest.Site{Campaign: s.challenge.Campaign, Origins: []string{"https://a.example"}})
		return err
	})
	s.token("h1", site.ID, noon)
	s.update(func(tx *store.Tx) error { return tx.DeleteSite(site.ID) })
	s.gone("h1")
	s.view(func(tx *store.Tx) error {
		found, err := tx.SitesByOrigin("https://a.example")
		equal(t, "sites", len(found), 0)
		return err
	})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteSite(site.ID) })
}

func idempotency(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	look := func(scope, key, request string) (result string, found bool, err error) {
		s.view(func(tx *store.Tx) error {
			result, found, err = tx.Idempotent(scope, key, request)
			return nil
		})
		return result, found, err
	}
	if _, found, err := look("f_1", "k", "r"); found || err != nil {
		t.Errorf("new key: got found %v, error %v", found, err)
	}
	s.update(func(tx *store.Tx) error { return tx.SaveIdempotent("f_1", "k", "r", "e_1") })
	result, found, err := look("f_1", "k", "r")
	if result != "e_1" || !found || err != nil {
		t.Errorf("known key: got %q, %v, %v", result, found, err)
	}
	if _, _, err := look("f_1", "k", "other"); !errors.Is(err, store.ErrKeyReused) {
		t.Errorf("another request: got %v, want the key reused", err)
	}
	if _, found, err := look("f_2", "k", "other"); found || err != nil {
		t.Errorf("another scope: got found %v, error %v", found, err)
	}
	s.refused(store.ErrConflict, func(tx *store.Tx) error { return tx.SaveIdempotent("f_1", "k", "r", "e_2") })
	s.update(func(tx *store.Tx) error { return tx.DeleteIdempotent(tx.Now().Add(time.Millisecond)) })
	if _, found, err := look("f_1", "k", "r"); found || err != nil {
		t.Errorf("forgotten key: got found %v, error %v", found, err)
	}
}

func staff(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	member := store.Staff{Email: "Mei@Example.org", Name: "Mei", Role: "admin", Password: "$argon2id$"}
	s.update(func(tx *store.Tx) (err error) {
		member, err = tx.CreateStaff(member)
		return err
	})
	s.refused(store.ErrConflict, func(tx *store.Tx) error { _, err := tx.CreateStaff(store.Staff{Email: "mei@example.ORG"}); return err })
	s.view(func(tx *store.Tx) error {
		byEmail, err := tx.StaffByEmail("MEI@example.org")
		same(t, "staff by address", byEmail, member)
		byID, errID := tx.Staff(member.ID)
		same(t, "staff", byID, member)
		n, errCount := tx.CountStaff("admin")
		equal(t, "administrators", n, 1)
		return errors.Join(err, errID, errCount)
	})
}

func setupLink(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.update(func(tx *store.Tx) error {
		return errors.Join(tx.InsertSetupLink("a", noon), tx.InsertSetupLink("b", noon))
	})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.UseSetupLink("a", noon) })
	s.update(func(tx *store.Tx) error { return tx.UseSetupLink("b", noon.Add(-time.Millisecond)) })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.UseSetupLink("b", noon.Add(-time.Millisecond)) })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.UseSetupLink("c", noon.Add(-time.Millisecond)) })
}

func settings(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.Setting("name"); return err })
	for _, value := range []string{"Fanfare", ""} {
		s.update(func(tx *store.Tx) error { return tx.SetSetting("name", value) })
		s.view(func(tx *store.Tx) error {
			got, err := tx.Setting("name")
			equal(t, "setting", got, value)
			return err
		})
	}
}

func dangling(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.refused(store.ErrConflict, func(tx *store.Tx) error { _, err := tx.CreateSite(contest.Site{Campaign: "ca_none"}); return err })
	s.refused(store.ErrConflict, func(tx *store.Tx) error {
		_, err := tx.InsertEntry(contest.Entry{Challenge: s.challenge.ID, Fan: "f_none"})
		return err
	})
}

func unstorable(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Published)[0]
	for _, text := range []string{"a\x00b", "a\xffb"} {
		s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.Entry(contest.EntryID(text)); return err })
		s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.SetSetting("name", text) })
		s.refused(store.ErrNotFound, func(tx *store.Tx) error {
			b := s.ballot(e, "f_1")
			b.Voter = contest.VoterID(text)
			_, err := Cast(tx, b, today)
			return err
		})
		err := s.store.UpdateIn(t.Context(), s.challenge.ID, func(tx *store.Tx) error {
			if _, err := tx.Candidate(contest.EntryID(text)); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("candidate %q: got %v, want not found", text, err)
			}
			return tx.SetSetting("after", text[:1])
		}, store.Ballot{Entry: contest.EntryID(text), Voter: contest.VoterID(text), Period: func(time.Time) string { return text }})
		if err != nil {
			t.Errorf("an update goes on after such a text: %v", err)
		}
	}
	equal(t, "name is set", s.isSet("name"), false)
	equal(t, "score", s.read(e.ID).Score, 0)
}
