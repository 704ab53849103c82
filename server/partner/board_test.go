package partner_test

import (
	"testing"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/partner"
)

// campaign has a challenge in which fans choose a city or a partner, and one in which they choose nothing.
func campaign() []contest.Challenge {
	choosing := contest.Challenge{Terms: contest.Terms{
		Cities:   []contest.Choice{{ID: "wuhan"}, {ID: "beijing"}},
		Partners: []contest.Choice{{ID: "lens"}, {ID: "wuhan"}},
	}}
	return []contest.Challenge{{}, choosing}
}

func TestAPartnersEntriesAreThoseThatChoseItOrItsCity(t *testing.T) {
	for _, c := range []struct {
		name    string
		partner kpi.PartnerID
		entry   contest.Entry
		want    bool
	}{
		{"chose the partner", "lens", contest.Entry{Partner: "lens"}, true},
		{"chose another", "lens", contest.Entry{Partner: "wuhan"}, false},
		{"is from its city", "beijing", contest.Entry{City: "beijing"}, true},
		{"is from another city", "beijing", contest.Entry{City: "wuhan"}, false},
		{"chose it without its city", "wuhan", contest.Entry{City: "beijing", Partner: "wuhan"}, true},
		{"chose nothing", "wuhan", contest.Entry{}, false},
		{"a brand that nobody can choose", "phone", contest.Entry{City: "wuhan"}, true},
		{"no partner at all", "", contest.Entry{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := partner.BoardOf(c.partner, campaign()).Holds(c.entry); got != c.want {
				t.Errorf("held: %v, want %v", got, c.want)
			}
		})
	}
}

func TestAPartnersNameIsThePlansOrAChallengesElseItsIdentifier(t *testing.T) {
	plan := kpi.Plan{Partners: []contest.Choice{{ID: "phone", Name: contest.Text{EN: "Phones"}}}}
	challenges := []contest.Challenge{{Terms: contest.Terms{Partners: []contest.Choice{
		{ID: "phone", Name: contest.Text{EN: "Another name"}}, {ID: "lens", Name: contest.Text{EN: "Lenses"}},
	}}}}
	for id, want := range map[kpi.PartnerID]string{"phone": "Phones", "lens": "Lenses", "nobody": "nobody", "": ""} {
		name, known := partner.Name(plan, challenges, id)
		if name.EN != want || known != (id == "phone" || id == "lens") {
			t.Errorf("%q is called %q (known: %v), want %q", id, name.EN, known, want)
		}
	}
}

func TestTheZeroBoardHoldsNothing(t *testing.T) {
	if (partner.Board{}).Holds(contest.Entry{}) || (partner.Board{Whole: true}).Holds(contest.Entry{}) {
		t.Error("an entry is held, want none")
	}
}

func TestABoardsScopesAreThoseOfTheChallengesTerms(t *testing.T) {
	choosing := campaign()[1].Terms
	for p, want := range map[kpi.PartnerID][]string{
		"wuhan": {"partner/wuhan", "city/wuhan"}, "lens": {"partner/lens"}, "beijing": {"city/beijing"}, "phone": {""}, "": nil,
	} {
		var got []string
		for _, s := range partner.BoardOf(p, campaign()).Scopes(choosing) {
			got = append(got, s.String())
		}
		if len(got) != len(want) || len(got) > 0 && got[0] != want[0] || len(got) > 1 && got[1] != want[1] {
			t.Errorf("scopes of %q: %q, want %q", p, got, want)
		}
	}
}
