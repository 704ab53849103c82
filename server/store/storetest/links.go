package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fanfare/server/kpi"
	"fanfare/server/store"
)

var linkClaims = map[string]func(*testing.T, Opener){
	"a link keeps whom it credits, and changes where it leads":               linksKept,
	"a link's code is nobody else's":                                         codesTaken,
	"clicks are counted for the link and among the campaign's numbers":       clicksCounted,
	"clicks of before are told once, and those counted here come to them":    earlierClicks,
	"reported figures count from their confirmation until they are undone":   reportedCounts,
	"of the same day the newest report counts, whichever is undone and when": reportedReplaced,
	"a batch is confirmed once and undone once":                              reportedOnce,
	"drafts are forgotten, and nothing else":                                 draftsForgotten,
}

func (s *stage) link(channel kpi.ChannelID, partner kpi.PartnerID) (l kpi.Link) {
	s.Helper()
	s.update(func(tx *store.Tx) (err error) {
		l, err = tx.CreateLink(kpi.Link{
			Campaign: s.challenge.Campaign, Credit: kpi.Credit{Challenge: s.challenge.ID, Channel: channel, Partner: partner},
			Target: "/c/night?词=“夜”", Label: "海报 1", Staff: "st_1",
		})
		return err
	})
	return l
}

func linksKept(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	first, second := s.link("weibo", "wuhan"), s.link("mail", "")
	changed := first
	changed.Target, changed.Label, changed.RetiredAt = "https://shop.example.com/", "海报 2", first.CreatedAt.Add(time.Hour)
	changed.Channel = "douyin" // which a link never changes
	s.update(func(tx *store.Tx) error { return tx.SaveLink(changed) })
	changed.Channel = "weibo"
	s.view(func(tx *store.Tx) error {
		got, err := tx.Link(first.Code)
		same(t, "link", got, changed)
		if err != nil {
			return err
		}
		list, err := tx.Links(s.challenge.Campaign)
		slices.SortFunc(list, func(a, b store.LinkClicks) int { return strings.Compare(string(a.Channel), string(b.Channel)) }) // both may be of one moment
		same(t, "links", list, []store.LinkClicks{{Link: second}, {Link: changed}})
		return err
	})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.SaveLink(kpi.Link{Code: "none"}) })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.Link("none"); return err })
}

func codesTaken(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	l := s.link("weibo", "")
	equal(t, "length of a code", len(l.Code), 8)
	s.refused(store.ErrConflict, func(tx *store.Tx) error { _, err := tx.CreateLink(l); return err })
}

func earlierClicks(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	l, counted := s.link("weibo", "wuhan"), s.link("mail", "")
	before := l.CreatedAt.Add(-time.Hour)
	clicks := func() map[kpi.LinkCode]int64 {
		got := map[kpi.LinkCode]int64{}
		s.view(func(tx *store.Tx) error {
			list, err := tx.Links(l.Campaign)
			for _, one := range list {
				got[one.Code] = one.Clicks
			}
			return err
		})
		return got
	}
	s.update(func(tx *store.Tx) error { return tx.Clicked(counted, 2) })
	for range 2 {
		s.update(func(tx *store.Tx) error {
			return errors.Join(tx.ClickedBefore(l.Code, 7, before), tx.ClickedBefore(counted.Code, 7, before))
		})
		same(t, "clicks", clicks(), map[kpi.LinkCode]int64{l.Code: 7, counted.Code: 2})
	}
	s.update(func(tx *store.Tx) error { return tx.Clicked(l, 1) })
	same(t, "clicks", clicks(), map[kpi.LinkCode]int64{l.Code: 8, counted.Code: 2})
}

func clicksCounted(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	l := s.link("weibo", "wuhan")
	var at time.Time
	for range 3 {
		s.update(func(tx *store.Tx) error { at = tx.Now(); return tx.Clicked(l, 1) })
	}
	s.view(func(tx *store.Tx) error {
		list, err := tx.Links(l.Campaign)
		same(t, "links", list, []store.LinkClicks{{Link: l, Clicks: 3, ClickedAt: at}})
		if err != nil {
			return err
		}
		now := kpi.QuarterOf(at)
		points, err := tx.Quarters(l.Campaign, now-1, now+1)
		sum := int64(0)
		for _, p := range points {
			sum += p.Value
			same(t, "cell", p.Cell, kpi.Cell{Quarter: p.Quarter, Challenge: l.Challenge, Channel: "weibo", Partner: "wuhan", Metric: kpi.Clicks})
		}
		equal(t, "clicks of the campaign", sum, 3)
		return err
	})
}

// report hands in a batch of impressions by day, confirmed or not.
func (s *stage) report(source string, confirmed bool, byDay map[string]int64) (b store.ReportedBatch) {
	s.Helper()
	s.update(func(tx *store.Tx) (err error) {
		b, err = tx.CreateReported(store.ReportedBatch{Campaign: s.challenge.Campaign, Source: source, Figures: len(byDay), Staff: "st_1"})
		if err != nil {
			return err
		}
		var figures []store.Reported
		for day, value := range byDay {
			figures = append(figures, store.Reported{Day: day, Channel: "weibo", Metric: kpi.Impressions, Value: value})
		}
		return tx.AddReported(b, figures)
	})
	if confirmed {
		s.update(func(tx *store.Tx) error { return tx.ConfirmReported(b) })
	}
	return b
}

// reported are the figures of three days that count.
func (s *stage) reported() (said string) {
	s.Helper()
	s.view(func(tx *store.Tx) error {
		days, err := tx.ReportedDays(s.challenge.Campaign, "2026-11-01", "2026-11-03")
		for _, d := range days {
			said += fmt.Sprintf("%s %s %d; ", d.Day[8:], d.Source, d.Value)
		}
		return err
	})
	return said
}

func (s *stage) unreport(b store.ReportedBatch) {
	s.Helper()
	s.update(func(tx *store.Tx) error { return tx.UndoReported(b, "st_2") })
}

func reportedCounts(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	b := s.report("微博", false, map[string]int64{"2026-11-01": 1 << 40, "2026-11-03": 3, "2026-11-04": 4})
	equal(t, "before it is confirmed", s.reported(), "")
	s.update(func(tx *store.Tx) error { return tx.ConfirmReported(b) })
	equal(t, "confirmed", s.reported(), "01 微博 1099511627776; 03 微博 3; ")
	s.view(func(tx *store.Tx) error {
		figures, err := tx.BatchFigures(b.ID, 2)
		same(t, "first figures", figures, []store.Reported{
			{Day: "2026-11-01", Channel: "weibo", Metric: kpi.Impressions, Value: 1 << 40}, {Day: "2026-11-03", Channel: "weibo", Metric: kpi.Impressions, Value: 3},
		})
		return err
	})
	s.unreport(b)
	equal(t, "undone", s.reported(), "")
	s.view(func(tx *store.Tx) error {
		batches, err := tx.ReportedBatches(s.challenge.Campaign, 10)
		equal(t, "batches", len(batches), 1)
		equal(t, "undone by", batches[0].UndoneBy, "st_2")
		return err
	})
}

func reportedReplaced(t *testing.T, open Opener) {
	days := func(values ...int64) map[string]int64 {
		m := map[string]int64{}
		for i, v := range values {
			if v > 0 {
				m[fmt.Sprintf("2026-11-0%d", i+1)] = v
			}
		}
		return m
	}
	for order, want := range map[string][]string{
		"BC": {"01 A 1; 02 C 22; 03 C 33; ", "01 A 1; 02 A 2; "},
		"CB": {"01 A 1; 02 B 12; 03 B 13; ", "01 A 1; 02 A 2; "},
		"CA": {"01 A 1; 02 B 12; 03 B 13; ", "02 B 12; 03 B 13; "},
		"AC": {"02 C 22; 03 C 33; ", "02 B 12; 03 B 13; "},
	} {
		s := setStage(t, open, nil)
		batches := map[byte]store.ReportedBatch{
			'A': s.report("A", true, days(1, 2)), 'B': s.report("B", true, days(0, 12, 13)), 'C': s.report("C", false, days(0, 22, 33)),
		}
		s.view(func(tx *store.Tx) error {
			n, err := tx.ReplacedBy(batches['C'])
			equal(t, "replaced by the third", n, 2)
			return err
		})
		s.update(func(tx *store.Tx) error { return tx.ConfirmReported(batches['C']) })
		equal(t, "with all three", s.reported(), "01 A 1; 02 C 22; 03 C 33; ")
		for i := range order {
			s.unreport(batches[order[i]])
			equal(t, order[:i+1]+" undone", s.reported(), want[i])
		}
	}
}

func reportedOnce(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	b := s.report("微博", true, map[string]int64{"2026-11-01": 1})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.ConfirmReported(b) })
	s.unreport(b)
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.UndoReported(b, "st_1") })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.ConfirmReported(b) })
	s.refused(store.ErrConflict, func(tx *store.Tx) error {
		return tx.AddReported(b, []store.Reported{{Day: "2026-11-01", Channel: "weibo", Metric: kpi.Impressions, Value: 2}})
	})
}

func draftsForgotten(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	kept, draft := s.report("kept", true, map[string]int64{"2026-11-01": 1}), s.report("draft", false, map[string]int64{"2026-11-02": 2})
	s.update(func(tx *store.Tx) error { return tx.ForgetDrafts(draft.At) })
	s.view(func(tx *store.Tx) error { _, err := tx.ReportedBatch(draft.ID); return err })
	s.update(func(tx *store.Tx) error { return tx.ForgetDrafts(draft.At.Add(time.Millisecond)) })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.ReportedBatch(draft.ID); return err })
	s.view(func(tx *store.Tx) error {
		figures, err := tx.BatchFigures(draft.ID, 10)
		equal(t, "figures of the draft", len(figures), 0)
		if err == nil {
			_, err = tx.ReportedBatch(kept.ID)
		}
		return err
	})
}
