package storetest

import (
	"errors"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

var challengeClaims = map[string]func(*testing.T, Opener){
	"a challenge comes back as it was stored":                            challengeReturns,
	"a slug is given once":                                               slugOnce,
	"a draft may change in everything":                                   draftChanges,
	"terms hash the same before and after storing":                       hashStable,
	"a launched challenge keeps its terms":                               launchedFrozen,
	"a launched challenge keeps its terms even against plain SQL":        launchedFrozenInSQL,
	"launching needs the hash of the terms":                              launchNeedsHash,
	"a consent's words are stored once, and new words are a new version": consentOnce,
}

func challengeReturns(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.view(func(tx *store.Tx) error {
		byID, err := tx.Challenge(s.challenge.ID)
		if err != nil {
			return err
		}
		same(t, "challenge", byID, s.challenge)
		bySlug, err := tx.ChallengeBySlug("night")
		if err != nil {
			return err
		}
		same(t, "challenge by slug", bySlug, s.challenge)
		all, err := tx.Challenges()
		if err != nil {
			return err
		}
		campaign, err := tx.CampaignOf(s.challenge.ID)
		if err != nil {
			return err
		}
		equal(t, "its campaign", campaign, s.challenge.Campaign)
		if _, missing := tx.CampaignOf("c_none"); !errors.Is(missing, store.ErrNotFound) {
			t.Errorf("got %v for the campaign of an unknown challenge, want not found", missing)
		}
		same(t, "all challenges", all, []contest.Challenge{s.challenge})
		if _, missing := tx.ChallengeBySlug("day"); !errors.Is(missing, store.ErrNotFound) {
			t.Errorf("got %v for an unknown slug, want not found", missing)
		}
		return err
	})
}

func slugOnce(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.refused(store.ErrConflict, func(tx *store.Tx) error {
		_, err := tx.CreateChallenge(Draft(s.challenge.Campaign, "night", tx.Now()))
		return err
	})
}

func draftChanges(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	c := s.challenge
	c.Slug, c.Hashtag, c.TimeZone = "stars", "#星空", "Europe/Berlin"
	c.Votes.Closes = c.Votes.Closes.Add(time.Hour)
	c.Rules.VotesPerPeriod = 9
	c.Rules.Capture.After = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c.Partners = []contest.Choice{{ID: "leica", Name: contest.Text{ZH: "徕卡", EN: "Leica"}}}
	s.update(func(tx *store.Tx) error { return tx.SaveChallenge(c) })
	s.view(func(tx *store.Tx) error {
		got, err := tx.Challenge(c.ID)
		same(t, "saved draft", got, c)
		return err
	})
	c.ID = "ch_none"
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.SaveChallenge(c) })
}

func hashStable(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	c := s.challenge
	c.Entries.Opens = time.Date(2026, 11, 1, 8, 0, 0, 0, time.FixedZone("CST", 8*3600))
	c.Rules.Capture.Before = time.Date(2026, 12, 1, 0, 0, 0, 0, time.FixedZone("CST", 8*3600))
	c.Partners = []contest.Choice{}
	s.update(func(tx *store.Tx) error { return tx.SaveChallenge(c) })
	s.view(func(tx *store.Tx) error {
		got, err := tx.Challenge(c.ID)
		equal(t, "hash", got.Terms.Hash(), c.Terms.Hash())
		return err
	})
}

// launch launches the stage's challenge.
func (s *stage) launch() {
	s.Helper()
	s.update(func(tx *store.Tx) error {
		s.challenge.LaunchedAt, s.challenge.RulesHash = tx.Now(), s.challenge.Terms.Hash()
		return tx.SaveChallenge(s.challenge)
	})
}

func launchedFrozen(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.launch()
	for what, change := range map[string]func(*contest.Challenge){
		"time zone":  func(c *contest.Challenge) { c.TimeZone = "UTC" },
		"window":     func(c *contest.Challenge) { c.Votes.Closes = c.Votes.Closes.Add(time.Millisecond) },
		"rules":      func(c *contest.Challenge) { c.Rules.VotesPerPeriod++ },
		"cities":     func(c *contest.Challenge) { c.Cities = nil },
		"partners":   func(c *contest.Challenge) { c.Partners = c.Cities },
		"consents":   func(c *contest.Challenge) { c.Consents = []contest.ConsentID{"c_2"} },
		"hash":       func(c *contest.Challenge) { c.Rules.Guests = false; c.RulesHash = c.Terms.Hash() },
		"the launch": func(c *contest.Challenge) { c.LaunchedAt, c.RulesHash = time.Time{}, "" },
	} {
		c := s.challenge
		change(&c)
		err := s.store.UpdateIn(t.Context(), s.challenge.ID, func(tx *store.Tx) error { return tx.SaveChallenge(c) })
		var refusal *contest.Refusal
		if !errors.As(err, &refusal) || refusal.Reason != contest.AlreadyLaunched {
			t.Errorf("changing %s of a launched challenge: got %v, want already_launched", what, err)
		}
	}
	s.challenge.Title.EN = "Two million nights"
	s.update(func(tx *store.Tx) error { return tx.SaveChallenge(s.challenge) })
	s.view(func(tx *store.Tx) error {
		got, err := tx.Challenge(s.challenge.ID)
		same(t, "launched challenge", got, s.challenge)
		return err
	})
}

func launchedFrozenInSQL(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.update(func(tx *store.Tx) error {
		_, err := tx.Exec("UPDATE challenges SET votes_close = votes_close + 1 WHERE id = ?", s.challenge.ID)
		return err
	})
	s.view(func(tx *store.Tx) (err error) {
		s.challenge, err = tx.Challenge(s.challenge.ID)
		return err
	})
	s.launch()
	for _, change := range []string{
		"time_zone = 'UTC'", "entries_open = 1", "entries_close = 1", "votes_open = 1", "votes_close = 1", "rules = '{}'",
		"cities = '[]'", "partners = '[]'", "consents = '[]'", "launched_at = 0", "rules_hash = ''",
	} {
		s.refused(store.ErrConflict, func(tx *store.Tx) error {
			_, err := tx.Exec("UPDATE challenges SET "+change+" WHERE id = ?", s.challenge.ID)
			return err
		})
	}
}

func launchNeedsHash(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	err := s.store.UpdateIn(t.Context(), s.challenge.ID, func(tx *store.Tx) error {
		c := s.challenge
		c.LaunchedAt, c.RulesHash = tx.Now(), "00"
		return tx.SaveChallenge(c)
	})
	if err == nil {
		t.Error("a launch with another hash was stored")
	}
}

func consentOnce(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	words := contest.Text{ZH: "我同意", EN: "I agree"}
	var first, again, next contest.Consent
	s.update(func(tx *store.Tx) (err error) {
		if first, err = tx.CreateConsent("rights", words); err != nil {
			return err
		}
		if again, err = tx.CreateConsent("rights", words); err != nil {
			return err
		}
		next, err = tx.CreateConsent("rights", contest.Text{ZH: "我同意。", EN: "I agree."})
		return err
	})
	same(t, "the same words", again, first)
	equal(t, "identifier", first.ID, contest.ConsentHash("rights", words))
	equal(t, "versions", [2]int{first.Version, next.Version}, [2]int{1, 2})
	s.view(func(tx *store.Tx) error {
		got, err := tx.Consents([]contest.ConsentID{next.ID, first.ID})
		same(t, "consents in the order asked", got, []contest.Consent{next, first})
		if _, missing := tx.Consents([]contest.ConsentID{"c_none"}); !errors.Is(missing, store.ErrNotFound) {
			t.Errorf("got %v for an unknown consent, want not found", missing)
		}
		return err
	})
}
