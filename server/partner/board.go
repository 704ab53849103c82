package partner

import (
	"slices"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// Board is which entries of its campaign are a partner's. The zero value has none.
type Board struct {
	Partner kpi.PartnerID
	// Whole gives it all of them: a brand has no city of its own.
	Whole bool
}

// BoardOf returns a partner's board in its campaign. Where fans can choose the partner, or a city of its identifier, it has the entries
// that do; a partner that no challenge of the campaign lets them choose has the whole campaign.
func BoardOf(p kpi.PartnerID, campaign []contest.Challenge) Board {
	if p == "" {
		return Board{}
	}
	is := func(c contest.Choice) bool { return c.ID == string(p) }
	chosen := slices.ContainsFunc(campaign, func(c contest.Challenge) bool {
		return slices.ContainsFunc(c.Partners, is) || slices.ContainsFunc(c.Cities, is)
	})
	return Board{Partner: p, Whole: !chosen}
}

// Holds reports whether an entry of the campaign is the partner's.
func (b Board) Holds(e contest.Entry) bool {
	return b.Partner != "" && (b.Whole || e.Partner == string(b.Partner) || e.City == string(b.Partner))
}

// Scopes are the boards of a challenge that show nothing but the partner's entries, the one that fans chose it for leading.
func (b Board) Scopes(t contest.Terms) (scopes []contest.Scope) {
	if b.Whole {
		return []contest.Scope{{}}
	}
	for _, kind := range []contest.ScopeKind{contest.PartnerBoard, contest.CityBoard} {
		if s := (contest.Scope{Kind: kind, ID: string(b.Partner)}); b.Partner != "" && t.HasBoard(s) {
			scopes = append(scopes, s)
		}
	}
	return scopes
}

// Name returns what a partner is called: by the plan, or by a challenge that lets fans choose it; else its identifier, and false.
func Name(p kpi.Plan, campaign []contest.Challenge, id kpi.PartnerID) (contest.Text, bool) {
	choices := slices.Clone(p.Partners)
	for _, c := range campaign {
		choices = append(choices, c.Partners...)
	}
	i := slices.IndexFunc(choices, func(c contest.Choice) bool { return c.ID == string(id) && id != "" })
	if i < 0 {
		return contest.Text{EN: string(id)}, false
	}
	return choices[i].Name, true
}
