package storetest

import (
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

var reportClaims = map[string]func(*testing.T, Opener){
	"a link to a report is found by its token's hash, and among its campaign's": reportLinksFound,
	"a link to a report is revoked once, and only as its campaign's":            reportLinksRevoked,
	"a campaign's readers are those who were set last, and who have not left":   reportReadersSet,
	"of an entry that was taken away the time is known":                         removalsKnown,
}

func (s *stage) reportLink(hash string) (l store.ReportLink) {
	s.Helper()
	s.update(func(tx *store.Tx) (err error) {
		l, err = tx.CreateReportLink(store.ReportLink{
			Hash: hash, Campaign: s.challenge.Campaign, Label: "总监 “周一”", Staff: "st_1", ExpiresAt: tx.Now().Add(time.Hour),
		})
		return err
	})
	return l
}

func reportLinksFound(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	first := s.reportLink("h1")
	time.Sleep(time.Second) // of the bubble's clock
	second := s.reportLink("h2")
	s.view(func(tx *store.Tx) error {
		got, err := tx.ReportLinkByHash("h1")
		same(t, "link", got, first)
		if err != nil {
			return err
		}
		links, err := tx.ReportLinks(s.challenge.Campaign)
		same(t, "links, the newest first", links, []store.ReportLink{second, first})
		return err
	})
	equal(t, "before its end it holds", first.Holds(first.ExpiresAt.Add(-1)), true)
	equal(t, "at its end", first.Holds(first.ExpiresAt), false)
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.ReportLinkByHash("h3"); return err })
	s.refused(store.ErrConflict, func(tx *store.Tx) error {
		_, err := tx.CreateReportLink(store.ReportLink{Hash: "h1", Campaign: s.challenge.Campaign})
		return err
	})
}

func reportLinksRevoked(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	l := s.reportLink("h1")
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.RevokeReportLink("ca_other", l.ID); return err })
	s.update(func(tx *store.Tx) error {
		got, err := tx.RevokeReportLink(l.Campaign, l.ID)
		equal(t, "it holds", got.Holds(tx.Now()), false)
		equal(t, "its label", got.Label, l.Label)
		return err
	})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.RevokeReportLink(l.Campaign, l.ID); return err })
}

func reportReadersSet(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	id := s.challenge.Campaign
	var gone store.Staff
	s.update(func(tx *store.Tx) (err error) {
		if gone, err = tx.CreateStaff(store.Staff{Email: "a@example.org", Name: "A", Role: "marketer"}); err != nil {
			return err
		}
		return tx.SetReportReaders(id, []store.ReportReader{{Campaign: id, Staff: "st_1", Language: "en"}})
	})
	want := []store.ReportReader{{Campaign: id, Staff: "st_2", Language: "zh-CN"}}
	s.update(func(tx *store.Tx) error {
		return tx.SetReportReaders(id, append(want, store.ReportReader{Campaign: id, Staff: gone.ID, Language: "en"}))
	})
	s.update(func(tx *store.Tx) error { return tx.RemoveStaff(gone.ID) })
	s.view(func(tx *store.Tx) error {
		for _, of := range []contest.CampaignID{id, ""} {
			got, err := tx.ReportReaders(of)
			same(t, "readers", got, want)
			if err != nil {
				return err
			}
		}
		got, err := tx.ReportReaders("ca_other")
		equal(t, "readers of another campaign", len(got), 0)
		return err
	})
}

func removalsKnown(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entry(s.fan("a"), contest.Published)
	takedown := func() (asked contest.Takedown) {
		s.update(func(tx *store.Tx) (err error) {
			asked, err = tx.InsertTakedown(contest.Takedown{Entry: e.ID, Name: "N", Contact: "c", Statement: "s", From: contest.Published})
			return err
		})
		return asked
	}
	kept, removed := takedown(), takedown()
	takedown() // is not decided yet
	var at time.Time
	s.update(func(tx *store.Tx) error { kept.Staff = "st_1"; return tx.DecideTakedown(kept) })
	s.update(func(tx *store.Tx) error {
		removed.Staff, removed.Removed, at = "st_1", true, tx.Now()
		return tx.DecideTakedown(removed)
	})
	s.view(func(tx *store.Tx) error {
		got, err := tx.RemovedEntries(s.challenge.ID)
		same(t, "removals", got, []time.Time{at})
		return err
	})
}
