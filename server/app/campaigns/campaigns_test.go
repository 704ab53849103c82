package campaigns_test

import (
	"sync"
	"testing"

	"fanfare/server/app/campaigns"
	"fanfare/server/contest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

func TestSecretsDrawnAtTheSameTimeFollowOneAnother(t *testing.T) {
	for _, c := range []struct {
		backend string
		open    func(t *testing.T) *store.Store
	}{
		{"sqlite", func(t *testing.T) *store.Store { return storetest.OpenSQLite(t, nil) }},
		{"postgres", func(t *testing.T) *store.Store { return storetest.StartPostgres(t).Open(t, nil) }},
	} {
		t.Run(c.backend, func(t *testing.T) {
			s := campaigns.New(c.open(t), "https://photos.example.org")
			campaign, err := s.CreateCampaign(t.Context(), contest.Text{ZH: "夜", EN: "Night"})
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
