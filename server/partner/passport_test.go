package partner_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/partner"
)

// noon is a moment at which Shanghai has the next day already.
var noon = time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)

func shanghai(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestAGrantLastsToTheEndOfItsLastDayInTheChallengesZone(t *testing.T) {
	zone := shanghai(t)
	for _, c := range []struct {
		name string
		wish partner.Wish
		want string
	}{
		{"no term named", partner.Wish{}, "2027-11-23"},
		{"three months", partner.Wish{Months: 3}, "2027-02-23"},
		{"today", partner.Wish{LastDay: "2026-11-23"}, "2026-11-23"},
		{"three years", partner.Wish{LastDay: "2029-11-23"}, "2029-11-23"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.wish.Outlets, c.wish.Text = []partner.Outlet{partner.X, partner.Weibo, partner.X}, partner.WordsID
			g, err := c.wish.Grant(noon, zone)
			if err != nil {
				t.Fatal(err)
			}
			if got := g.LastDay(zone); got != c.want {
				t.Errorf("last day %s, want %s", got, c.want)
			}
			if local := g.Until.In(zone); local.Hour() != 0 || local.Minute() != 0 {
				t.Errorf("it ends at %v, want a midnight", local)
			}
			if want := []partner.Outlet{partner.Weibo, partner.X}; !slices.Equal(g.Outlets, want) || g.Text != partner.WordsID {
				t.Errorf("got %v under %s, want %v under %s", g.Outlets, g.Text, want, partner.WordsID)
			}
		})
	}
}

func TestAWishWithoutItsWordsOrWithAnotherTermIsRefused(t *testing.T) {
	weibo := []partner.Outlet{partner.Weibo}
	for _, c := range []struct {
		name string
		wish partner.Wish
		want contest.Reason
	}{
		{"unticked", partner.Wish{Outlets: weibo}, contest.ConsentMissing},
		{"old words", partner.Wish{Outlets: weibo, Text: "c_old"}, contest.ConsentMissing},
		{"unknown outlet", partner.Wish{Outlets: []partner.Outlet{"myspace"}, Text: partner.WordsID}, partner.UnknownOutlet},
		{"yesterday", partner.Wish{Outlets: weibo, Text: partner.WordsID, LastDay: "2026-11-22"}, partner.TermInvalid},
		{"a day too far", partner.Wish{Outlets: weibo, Text: partner.WordsID, LastDay: "2029-11-24"}, partner.TermInvalid},
		{"no day", partner.Wish{Outlets: weibo, Text: partner.WordsID, LastDay: "soon"}, partner.TermInvalid},
		{"months backwards", partner.Wish{Outlets: weibo, Text: partner.WordsID, Months: -3}, partner.TermInvalid},
		{"too many months", partner.Wish{Outlets: weibo, Text: partner.WordsID, Months: 37}, partner.TermInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.wish.Grant(noon, shanghai(t))
			if refusal, ok := errors.AsType[*contest.Refusal](err); !ok || refusal.Reason != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestTakingBackNeedsNoWords(t *testing.T) {
	g, err := partner.Wish{}.Grant(noon, time.UTC)
	if err != nil || len(g.Outlets) != 0 || !g.Until.IsZero() || g.Text != "" {
		t.Errorf("got %+v and error %v, want a grant of nothing", g, err)
	}
}

func TestAgreeingWhileEnteringStandsForAllOutlets(t *testing.T) {
	agreed := []contest.ConsentID{"c_rules", partner.WordsID}
	if got := (partner.Wish{}).Entering(agreed); !slices.Equal(got.Outlets, partner.Outlets) {
		t.Errorf("allowed on %v, want all", got.Outlets)
	}
	some := partner.Wish{Outlets: []partner.Outlet{partner.Site}}
	if got := some.Entering(agreed); !slices.Equal(got.Outlets, some.Outlets) {
		t.Errorf("allowed on %v, want %v", got.Outlets, some.Outlets)
	}
	if got := (partner.Wish{}).Entering(agreed[:1]); len(got.Outlets) > 0 {
		t.Errorf("allowed on %v without the words", got.Outlets)
	}
}

func TestTheWordsAreThoseThatGrantsName(t *testing.T) {
	if !partner.Words.Complete() || partner.WordsID != contest.ConsentHash(partner.WordsKind, partner.Words) {
		t.Errorf("the words are %+v under %s", partner.Words, partner.WordsID)
	}
}
