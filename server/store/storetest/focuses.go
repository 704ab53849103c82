package storetest

import (
	"testing"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/partner"
	"fanfare/server/store"
)

var focusClaims = map[string]func(*testing.T, Opener){
	"each partner cuts a photo around a point of its own, until it drops it": focusesKept,
}

func focusesKept(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(2, contest.Published)
	const wuhan, brand = kpi.PartnerID("wuhan"), kpi.PartnerID("brand")
	s.update(func(tx *store.Tx) error { return tx.SetFocus(e[0].ID, wuhan, partner.Focus{X: 10, Y: 20}) })
	s.update(func(tx *store.Tx) error { return tx.SetFocus(e[0].ID, brand, partner.Focus{X: 1000}) })
	s.update(func(tx *store.Tx) error { return tx.SetFocus(e[0].ID, wuhan, partner.Focus{X: 30, Y: 40}) })
	s.focus(e[0].ID, wuhan, partner.Focus{X: 30, Y: 40}, true)
	s.focus(e[0].ID, brand, partner.Focus{X: 1000}, true)
	s.focus(e[1].ID, wuhan, partner.Focus{}, false)
	for range 2 {
		s.update(func(tx *store.Tx) error { return tx.DropFocus(e[0].ID, wuhan) })
	}
	s.focus(e[0].ID, wuhan, partner.Focus{}, false)
	s.focus(e[0].ID, brand, partner.Focus{X: 1000}, true)
}

func (s *stage) focus(e contest.EntryID, p kpi.PartnerID, want partner.Focus, chosen bool) {
	s.Helper()
	s.view(func(tx *store.Tx) error {
		f, ok, err := tx.Focus(e, p)
		equal(s.T, "focus of "+string(p), f, want)
		equal(s.T, "chosen", ok, chosen)
		return err
	})
}
