package storetest

import (
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/partner"
	"fanfare/server/store"
)

var grantClaims = map[string]func(*testing.T, Opener){
	"each word of a fan about reposts is kept, and the last one counts": grantsKept,
	"of many entries the newest grants are read at once":                grantsOfMany,
	"newest grants are listed once their term is over, in parts":        grantsEnded,
	"a partner's entries are those that may be reposted now":            grantedEntries,
}

// grant has an entry's fan allow reposts until a time.
func (s *stage) grant(e contest.Entry, until time.Time, outlets ...partner.Outlet) (g partner.Grant) {
	s.Helper()
	s.update(func(tx *store.Tx) (err error) {
		g, err = tx.SaveGrant(partner.Grant{Challenge: e.Challenge, Entry: e.ID, Outlets: outlets, Until: until, Text: "c_words"})
		return err
	})
	return g
}

func grantsKept(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(2, contest.Published)
	until := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	first := s.grant(e[0], until, partner.Weibo, partner.Site)
	taken := s.grant(e[0], time.Time{})
	equal(t, "versions", [2]int{first.Version, taken.Version}, [2]int{1, 2})
	s.view(func(tx *store.Tx) error {
		newest, err := tx.Grant(e[0].ID)
		equal(t, "outlets after all is taken back", len(newest.Outlets), 0)
		equal(t, "version that counts", newest.Version, 2)
		if err != nil {
			return err
		}
		all, err := tx.Grants(e[0].ID)
		equal(t, "grants", len(all), 2)
		same(t, "the first", all[1], first)
		if err != nil {
			return err
		}
		none, err := tx.Grant(e[1].ID)
		same(t, "grant of one who never said anything", none, partner.Grant{})
		return err
	})
}

func grantedEntries(t *testing.T, open Opener) {
	s, clock := clockedStage(t, open)
	fan, until := s.fan("b"), clock.Add(time.Hour)
	var list []contest.Entry
	for n, of := range []contest.Entry{
		{City: "wuhan"}, {City: "wuhan", Partner: "wuhan"}, {Partner: "wuhan"}, {City: "beijing"}, {}, {City: "wuhan", Status: contest.Pending}, {City: "wuhan"}, {City: "wuhan"},
	} {
		of.Challenge, of.Fan = s.challenge.ID, fan.ID
		if of.Status == "" {
			of.Status = contest.Published
		}
		s.update(func(tx *store.Tx) (err error) {
			of, err = tx.InsertEntry(of)
			return err
		})
		list = append(list, of)
		if n < 6 {
			*clock = clock.Add(time.Second)
			s.grant(of, until, partner.Weibo)
		}
	}
	s.grant(list[6], clock.Add(-time.Minute), partner.Weibo) // whose term is over; the last one's fan never said anything
	hold := func(what string, b partner.Board, limit int, want ...contest.EntryNumber) {
		t.Helper()
		s.view(func(tx *store.Tx) error {
			found, err := tx.GrantedEntries(s.challenge.ID, b, limit)
			var got []contest.EntryNumber
			for _, e := range found {
				got = append(got, e.Number)
			}
			same(t, what, got, want)
			return err
		})
	}
	hold("of Wuhan", partner.Board{Partner: "wuhan"}, 9, 3, 2, 1)
	hold("the newest of Wuhan", partner.Board{Partner: "wuhan"}, 2, 3, 2)
	hold("of all", partner.Board{Partner: "brand", Whole: true}, 9, 5, 4, 3, 2, 1)
	hold("the newest of all", partner.Board{Partner: "brand", Whole: true}, 2, 5, 4)
	s.grant(list[2], time.Time{})
	hold("after one was taken back", partner.Board{Partner: "wuhan"}, 9, 2, 1)
	hold("of all after one was taken back", partner.Board{Partner: "brand", Whole: true}, 9, 5, 4, 2, 1)
}

func grantsOfMany(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(3, contest.Published)
	until := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	s.grant(e[0], until, partner.Weibo)
	second, other := s.grant(e[0], until, partner.X), s.grant(e[1], until, partner.Site)
	s.view(func(tx *store.Tx) error {
		got, err := tx.GrantsOf([]contest.EntryID{e[0].ID, e[1].ID, e[2].ID})
		same(t, "grants", got, map[contest.EntryID]partner.Grant{e[0].ID: second, e[1].ID: other})
		if err != nil {
			return err
		}
		got, err = tx.GrantsOf(nil)
		equal(t, "grants of no entry", len(got), 0)
		return err
	})
}

func grantsEnded(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(5, contest.Published)
	end := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 3 {
		s.grant(e[i], end, partner.Weibo)
	}
	s.grant(e[2], end.Add(time.Hour), partner.Weibo) // prolonged
	s.grant(e[3], end.Add(time.Millisecond), partner.Weibo)
	s.grant(e[4], end, partner.Weibo)
	s.grant(e[4], time.Time{}) // taken back before
	var ended []contest.EntryID
	s.view(func(tx *store.Tx) error {
		for last := (partner.Grant{}); ; {
			part, err := tx.GrantsEnded(end, last, 1)
			if err != nil || len(part) == 0 {
				return err
			}
			last = part[0]
			ended = append(ended, last.Entry)
		}
	})
	equal(t, "number of ended ones", len(ended), 2)
	for _, id := range ended {
		if id != e[0].ID && id != e[1].ID {
			t.Errorf("entry %s is listed, want only %s and %s", id, e[0].ID, e[1].ID)
		}
	}
}
