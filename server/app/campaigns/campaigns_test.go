package campaigns_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"fanfare/server/app/campaigns"
	"fanfare/server/contest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

func TestSecretsDrawnAtTheSameTimeFollowOneAnother(t *testing.T) {
	storetest.OnBoth(t, func(t *testing.T, open storetest.Opener) {
		s := campaigns.New(open(t, nil), "https://photos.example.org")
		campaign, err := s.CreateCampaign(t.Context(), "", contest.Text{ZH: "夜", EN: "Night"})
		if err != nil {
			t.Fatal(err)
		}
		site, err := s.CreateSite(t.Context(), campaign.ID, "host", []string{"https://host.example"})
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			rotateAtOnce(t, s, site.ID)
		}
	})
}

// rotateAtOnce draws secrets at the same time. Each was shown to somebody as the one that counts from now on, so each
// must be the former one of exactly one other, except the last.
func rotateAtOnce(t *testing.T, s *campaigns.Service, id contest.SiteID) {
	t.Helper()
	var draws sync.WaitGroup
	drawn := make([]contest.Site, 8)
	for n := range drawn {
		draws.Go(func() {
			var err error
			if drawn[n], err = s.RotateSecret(t.Context(), id); err != nil {
				t.Error(err)
			}
		})
	}
	draws.Wait()
	former := map[string]bool{}
	for _, site := range drawn {
		if former[site.OldSecret] {
			t.Fatal("two secrets have one former one: one of them never counted")
		}
		former[site.OldSecret] = true
	}
}

func TestALaunchedChallengeIsKnownByItsNameUntilItIsForgotten(t *testing.T) {
	database := storetest.OpenSQLite(t, nil)
	s := campaigns.New(database, "https://photos.example.org")
	campaign, err := s.CreateCampaign(t.Context(), "", contest.Text{EN: "Night"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Create(t.Context(), storetest.Draft(campaign.ID, "night", time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := s.Public(t.Context(), "night"); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("a draft is public: %v", err)
		}
	}
	launch := time.Now()
	edit := func(title string) { // as another replica does
		c.Title.EN, c.LaunchedAt, c.RulesHash = title, launch, c.Hash()
		if err := database.Update(t.Context(), func(tx *store.Tx) error { return tx.SaveChallenge(c) }); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(title string) {
		t.Helper()
		bySlug, err := s.Public(t.Context(), "night")
		byID, errID := s.Launched(t.Context(), c.ID)
		if err = errors.Join(err, errID); err != nil || bySlug.Title.EN != title || byID.Title.EN != title {
			t.Errorf("the title is %q by name and %q by identifier, %v; want %q", bySlug.Title.EN, byID.Title.EN, err, title)
		}
	}
	edit("Night")
	expect("Night")
	edit("Bright")
	expect("Night")
	s.Forget(c.ID)
	expect("Bright")
}
