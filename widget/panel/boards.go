package panel

import (
	"fanfare/widget/api"
	"fanfare/widget/board"
	"fanfare/widget/link"
	"fanfare/widget/port"
	"fanfare/widget/text"
)

// The kinds of boards, by the server's names. That of a scope stands before its slash.
const (
	rising     = "rising"
	inCity     = "city"
	inPartner  = "partner"
	ofCities   = "cities"
	ofPartners = "partners"
	ofFriends  = "friends"
)

// average stands behind the slash of boards of groups that are ranked by their means.
const average = "average"

// unknownScore is the score of an entry of which no more than its gain was told.
const unknownScore = -1

// cut splits a scope into its kind and what stands behind the slash.
func cut(scope string) (kind, id string) {
	for i := range len(scope) {
		if scope[i] == '/' {
			return scope[:i], scope[i+1:]
		}
	}
	return scope, ""
}

func kindOf(scope string) string {
	kind, _ := cut(scope)
	return kind
}

// rowsOf is what the rows of a scope's board are.
func rowsOf(scope string) board.Kind {
	switch kindOf(scope) {
	case ofFriends:
		return board.Picked
	case ofCities, ofPartners:
		return board.Groups
	}
	return board.Ranked
}

// scoped is a query that names the scope, behind what comes before it; the overall board needs none.
func scoped(before, scope string) string {
	if scope == "" {
		return ""
	}
	return before + "scope=" + api.Escape(scope)
}

// offers reports whether the challenge has boards of a kind.
func (p *Panel) offers(kind string) bool {
	for _, k := range p.challenge.Boards {
		if k == kind {
			return true
		}
	}
	return false
}

// room is the live room of the board shown.
func (p *Panel) room() string {
	if p.scope == "" || p.friendless() {
		return p.opt.Slug
	}
	return p.opt.Slug + "/" + p.scope
}

// kept is the name under which something is remembered of this challenge. The loader knows that of the board.
func (p *Panel) kept(what string) string {
	return "fanfare " + p.opt.Base + " " + p.opt.Slug + " " + what
}

// show changes to another board and remembers it.
func (p *Panel) show(scope string) {
	if scope == p.scope {
		return
	}
	p.w.Store.Save(p.kept("board"), scope)
	room := uint64(len(p.board.Rows)) // is kept until the other board is there, so that nothing jumps
	p.scope, p.boardSeen, p.mine.spots = scope, false, nil
	p.board = board.Board{Kind: rowsOf(scope), Tally: board.Tally{Entries: room, Shows: p.overall.Shows}}
	p.near = board.Board{}
	p.cancel("photos") // of the board before
	p.cancel("board")
	p.cancel("standing")
	p.link.Join(p.room())
	p.fetchBoard()
	p.poll()
	p.followTotals()
	p.followStanding()
}

// followTotals keeps the numbers of the whole challenge fresh while another board is shown.
func (p *Panel) followTotals() {
	if p.scope == "" || p.hidden {
		p.cancel("totals")
		return
	}
	p.w.Network.Fetch(&port.Request{Method: "GET", URL: p.own("/board?limit=1")}, func(r *port.Response) {
		if v := api.Parse(r.Body); v != nil && r.OK() && p.scope != "" {
			var all board.Board
			all.Load(api.ReadBoard(v), false)
			p.overall = all.Tally
		}
	})
	p.around("totals", pollPause, p.followTotals)
}

// groups are the cities or partners that a board's rows or a choice stand for.
func (p *Panel) groups(kind string) []api.Choice {
	if kind == ofCities || kind == inCity {
		return p.challenge.Cities
	}
	return p.challenge.Partners
}

// named is what a choice is called.
func (p *Panel) named(list []api.Choice, id string) string {
	for i := range list {
		if list[i].ID == id {
			return list[i].Name.In(p.say.Chinese)
		}
	}
	return id
}

// scopeName is what a board is called.
func (p *Panel) scopeName(scope string) string {
	switch kind, id := cut(scope); kind {
	case "":
		return p.t(text.Overall)
	case rising:
		return p.t(text.Rising)
	case ofCities:
		return p.t(text.Cities)
	case ofPartners:
		return p.t(text.Partners)
	case ofFriends:
		return p.t(text.Friends)
	case inCity, inPartner:
		return p.named(p.groups(kind), id)
	default:
		return "#" + id
	}
}

// pulseWords say how many watch and how votes come in, both of which the server rounds. One who watches alone is not told so.
func (p *Panel) pulseWords() string {
	if p.link.State() != link.Live {
		return ""
	}
	words := ""
	if p.pulse.Watching > 1 {
		words = p.tn(text.Watching, int64(p.pulse.Watching))
	}
	if p.pulse.VotesPerMinute > 1 {
		if words != "" {
			words += " · "
		}
		words += p.tn(text.PerMinute, int64(p.pulse.VotesPerMinute))
	}
	return words
}
