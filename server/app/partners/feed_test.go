package partners

import (
	"errors"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

func TestNobodyLearnsThePartnersOfADraftFromFeeds(t *testing.T) {
	d := open(t)
	var c contest.Challenge
	var plan store.Plan
	d.must(d.store.Update(t.Context(), func(tx *store.Tx) (err error) {
		if c, err = tx.Challenge(d.entry.Challenge); err != nil {
			return err
		}
		if plan, err = tx.Plan(c.Campaign); err != nil {
			return err
		}
		plan.Partners = []contest.Choice{{ID: "secret-brand", Name: contest.Text{EN: "Secret Brand"}}}
		return tx.SavePlan(c.Campaign, plan.Plan)
	}))
	for id, want := range map[kpi.PartnerID]error{"wuhan": nil, "secret-brand": store.ErrNotFound, "nobody": store.ErrNotFound} {
		if _, err := d.Granted(t.Context(), c, id, 10); !errors.Is(err, want) {
			t.Errorf("feed of %s: %v, want %v", id, err, want)
		}
	}
	d.must(d.store.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.LaunchPlan(c.Campaign)
		return err
	}))
	if g, err := d.Granted(t.Context(), c, "secret-brand", 10); err != nil || len(g.Entries) != 1 {
		t.Errorf("after the launch: %d entries, %v, want the one of the whole campaign", len(g.Entries), err)
	}
}
