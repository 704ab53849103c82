package main

import (
	"maps"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/demo"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// clicksTwice are the clicks of a campaign by whom they are due to: as its numbers say, and as its links do.
func (i *installation) clicksTwice(campaign contest.CampaignID) (numbers, links map[kpi.Credit]int64) {
	i.t.Helper()
	err := i.app.store.View(i.t.Context(), func(tx *store.Tx) error {
		numbers, links = map[kpi.Credit]int64{}, map[kpi.Credit]int64{}
		points, err := tx.Quarters(campaign, 0, kpi.QuarterOf(time.Now())+1)
		if err != nil {
			return err
		}
		for _, p := range points {
			if p.Metric == kpi.Clicks {
				numbers[kpi.Credit{Channel: p.Channel, Partner: p.Partner}] += p.Value
			}
		}
		made, err := tx.Links(campaign)
		for _, l := range made {
			if l.Clicks > 0 {
				links[kpi.Credit{Channel: l.Channel, Partner: l.Partner}] += l.Clicks
			}
		}
		return err
	})
	if err != nil {
		i.t.Fatal(err)
	}
	return numbers, links
}

func TestTheDemosLinksHaveTheClicksThatItsNumbersHave(t *testing.T) {
	i := install(t, func(c *contest.Challenge) { c.Slug = "elsewhere" })
	ctx, app := t.Context(), i.app
	campaign := must(prepareDemo(ctx, app.campaigns))(t)
	trade := must(prepareTrade(ctx, app, campaign))(t)
	if err := rememberDemo(ctx, app, campaign, trade); err != nil {
		t.Fatal(err)
	}
	first, links := i.clicksTwice(campaign)
	if len(first) < 5 || !maps.Equal(first, links) {
		t.Fatalf("the numbers have the clicks %v, the links %v", first, links)
	}
	// A start that was interrupted before the plan was launched tells it all again.
	challenge := must(app.campaigns.ChallengeBySlug(ctx, demo.Slug))(t)
	codes := must(demoLinks(ctx, app, campaign))(t)
	plan := must(app.campaigns.Planned(ctx, campaign))(t)
	counted, _ := demo.History(plan.Plan.Plan, time.Now())
	if err := app.store.Update(ctx, func(tx *store.Tx) error { return countDemo(tx, challenge, codes, counted) }); err != nil {
		t.Fatal(err)
	}
	if numbers, links := i.clicksTwice(campaign); !maps.Equal(numbers, first) || !maps.Equal(links, first) {
		t.Errorf("told again: the numbers have the clicks %v, the links %v, want %v", numbers, links, first)
	}
}
