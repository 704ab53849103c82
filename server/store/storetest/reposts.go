package storetest

import (
	"testing"
	"time"

	"fanfare/server/kpi"
	"fanfare/server/partner"
	"fanfare/server/store"
)

var repostClaims = map[string]func(*testing.T, Opener){
	"a repost is kept, and only its taking down changes":       repostsKept,
	"one post shows an entry once":                             repostsOnce,
	"reposts are listed by pages, and narrowed":                repostsFound,
	"of those to be taken down what waits longest leads":       repostsDue,
	"a repost has the reach that was read last":                repostsReach,
	"what reposts of one link brought counts once in the sums": repostsBrought,
	"reposts count in the quarter-hour they were told of":      repostsCounted,
	"links of kits stand apart from those that staff made":     kitLinksApart,
}

// repost tells of a post of Wuhan on Weibo that shows an entry.
func (s *stage) repost(post string, link kpi.LinkCode) (r partner.Repost) {
	s.Helper()
	s.update(func(tx *store.Tx) (err error) {
		r, err = tx.CreateRepost(partner.Repost{
			Campaign: s.challenge.Campaign, Challenge: s.challenge.ID, Entry: "e_1", Partner: "wuhan", Outlet: partner.Weibo,
			Address: "https://weibo.com/" + post, Link: link, Grant: 2, Staff: "st_1",
		}, 7, post)
		return err
	})
	return r
}

func (s *stage) reposts(f store.RepostFilter, after partner.RepostID, limit int) (list []store.RepostFigures) {
	s.Helper()
	f.Campaign = s.challenge.Campaign
	s.view(func(tx *store.Tx) (err error) {
		list, err = tx.Reposts(f, "CNY", after, limit)
		return err
	})
	return list
}

func repostsKept(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	r := s.repost("夜/1", "abcd2345")
	changed := r
	changed.TakedownAsked, changed.TakenDown = r.At.Add(time.Hour), r.At.Add(2*time.Hour)
	kept := changed
	changed.Address = "https://weibo.com/another" // which never changes
	s.update(func(tx *store.Tx) error { return tx.SaveRepost(changed) })
	s.view(func(tx *store.Tx) error {
		got, err := tx.Repost(r.ID)
		same(t, "repost", got, kept)
		if err != nil {
			return err
		}
		of, err := tx.RepostsOf("e_1")
		same(t, "reposts of the entry", of, []partner.Repost{kept})
		return err
	})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.SaveRepost(partner.Repost{ID: "none"}) })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.Repost("none"); return err })
}

func repostsOnce(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	r := s.repost("1", "")
	s.refused(store.ErrConflict, func(tx *store.Tx) error { _, err := tx.CreateRepost(r, 7, "1"); return err })
	again := r
	again.ID = ""
	s.refused(store.ErrConflict, func(tx *store.Tx) error { _, err := tx.CreateRepost(again, 7, "1"); return err })
	again.Entry = "e_2" // a post may show several
	s.update(func(tx *store.Tx) error { _, err := tx.CreateRepost(again, 8, "1"); return err })
	s.view(func(tx *store.Tx) error {
		got, err := tx.RepostOf("e_1", "1")
		same(t, "repost of the post", got, r)
		return err
	})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.RepostOf("e_1", "2"); return err })
}

func repostsFound(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	first, second, third := s.repost("1", ""), s.repost("2", ""), s.repost("3", "")
	second.TakedownAsked = second.At
	s.update(func(tx *store.Tx) error { return tx.SaveRepost(second) })
	all := map[partner.RepostID]bool{}
	for page, after := 0, partner.RepostID(""); page < 2; page++ {
		for _, r := range s.reposts(store.RepostFilter{Partner: "wuhan"}, after, 2) {
			all[r.ID], after = true, r.ID
			equal(t, "number of the entry", r.Number, 7)
		}
	}
	equal(t, "reposts on two pages", len(all), 3)
	for name, c := range map[string]struct {
		filter store.RepostFilter
		want   int
	}{
		"another partner": {store.RepostFilter{Partner: "beijing"}, 0},
		"the entry":       {store.RepostFilter{Entry: "e_1"}, 3},
		"another outlet":  {store.RepostFilter{Outlet: partner.X}, 0},
		"to take down":    {store.RepostFilter{Due: true}, 1},
		"before":          {store.RepostFilter{To: kpi.QuarterOf(first.At)}, 0},
		"from then on":    {store.RepostFilter{From: kpi.QuarterOf(first.At)}, 3},
	} {
		equal(t, name, len(s.reposts(c.filter, "", 10)), c.want)
	}
	s.refused(store.ErrCursor, func(tx *store.Tx) error {
		_, err := tx.Reposts(store.RepostFilter{Campaign: "another"}, "CNY", third.ID, 10)
		return err
	})
}

func repostsDue(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	var want []partner.RepostID
	for n, post := range []string{"1", "2", "3"} {
		r := s.repost(post, "")
		r.TakedownAsked = r.At.Add(-time.Duration(n) * time.Hour) // the last one waits longest
		want = append([]partner.RepostID{r.ID}, want...)
		s.update(func(tx *store.Tx) error { return tx.SaveRepost(r) })
	}
	s.repost("4", "")
	hold := func(f store.RepostFilter, limit int, want ...partner.RepostID) {
		t.Helper()
		f.Campaign = s.challenge.Campaign
		s.view(func(tx *store.Tx) error {
			list, err := tx.DueReposts(f, "CNY", limit)
			var got []partner.RepostID
			for _, r := range list {
				got = append(got, r.ID)
			}
			same(t, "to be taken down", got, want)
			return err
		})
	}
	hold(store.RepostFilter{}, 10, want...)
	hold(store.RepostFilter{Partner: "wuhan"}, 2, want[:2]...)
	hold(store.RepostFilter{Partner: "beijing"}, 10)
}

func repostsReach(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	r := s.repost("1", "")
	equal(t, "before anybody said it", s.reposts(store.RepostFilter{}, "", 1)[0].ReachAt.IsZero(), true)
	for _, reach := range []int64{100, 1 << 40} {
		time.Sleep(time.Minute) // of the bubble's own clock
		s.update(func(tx *store.Tx) error { return tx.SetRepostReach(r.ID, reach, "st_1") })
	}
	got := s.reposts(store.RepostFilter{}, "", 10)
	equal(t, "reposts", len(got), 1)
	equal(t, "reach", got[0].Reach, 1<<40)
	s.update(func(tx *store.Tx) error { return tx.SetRepostReach(r.ID, 5, "st_1") }) // in the same moment
	equal(t, "mended reach", s.reposts(store.RepostFilter{}, "", 10)[0].Reach, 5)
}

func repostsBrought(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	l := s.link("weibo", "wuhan")
	first, _, alone := s.repost("1", l.Code), s.repost("2", l.Code), s.repost("3", "")
	s.update(func(tx *store.Tx) error {
		if err := tx.Clicked(l, 3); err != nil {
			return err
		}
		return tx.SetRepostReach(first.ID, 100, "st_1")
	})
	s.order(s.shop(), "1", func(o *kpi.Order) {
		o.Amount, o.Reported, o.Refunded, o.ReportedRefunds = 900, 900, 100, 100
		o.Attribution = kpi.Attribution{Credit: l.Credit, Means: kpi.ByClick, Why: kpi.LastClick, Link: l.Code}
	})
	for _, r := range s.reposts(store.RepostFilter{}, "", 10) {
		want := store.RepostFigures{Repost: r.Repost, Number: 7, Reach: r.Reach, ReachAt: r.ReachAt}
		if r.ID != alone.ID {
			want.Clicks, want.Brought = 3, store.Brought{Orders: 1, GMV: 800}
		}
		same(t, "repost "+r.Address, r, want)
	}
	s.view(func(tx *store.Tx) error {
		sums, err := tx.RepostSums(l.Campaign, "CNY")
		same(t, "sums", sums, []store.RepostSum{{Partner: "wuhan", Reposts: 3, Reach: 100, Clicks: 3, Brought: store.Brought{Orders: 1, GMV: 800}}})
		return err
	})
}

func repostsCounted(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	r := s.repost("1", "")
	s.repost("2", "")
	now := kpi.QuarterOf(r.At)
	s.view(func(tx *store.Tx) error {
		points, err := tx.RepostPoints(r.Campaign, now, now+1)
		same(t, "points", points, []kpi.Point{{Cell: kpi.Cell{Quarter: now, Challenge: r.Challenge, Channel: "weibo", Partner: "wuhan", Metric: kpi.Reposts}, Value: 2}})
		if err == nil {
			points, err = tx.RepostPoints(r.Campaign, now+1, now+2)
			equal(t, "points afterwards", len(points), 0)
		}
		return err
	})
}

func kitLinksApart(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	mine := s.link("weibo", "wuhan")
	credit := kpi.Credit{Challenge: s.challenge.ID, Channel: "weibo", Partner: "wuhan", Entry: 7}
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.KitLink(mine.Campaign, credit); return err })
	var kit kpi.Link
	s.update(func(tx *store.Tx) (err error) {
		kit, err = tx.CreateLink(kpi.Link{Campaign: mine.Campaign, Credit: credit, Target: "/e/e_1"})
		return err
	})
	s.view(func(tx *store.Tx) error {
		got, err := tx.KitLink(mine.Campaign, credit)
		same(t, "the kit's", got, kit)
		if err != nil {
			return err
		}
		list, err := tx.Links(mine.Campaign)
		same(t, "those of staff", list, []store.LinkClicks{{Link: mine}})
		if err != nil {
			return err
		}
		n, err := tx.CountLinks(mine.Campaign)
		equal(t, "how many of staff", n, 1)
		return err
	})
}
