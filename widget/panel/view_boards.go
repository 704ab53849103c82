package panel

import (
	"strconv"

	"fanfare/widget/board"
	m "fanfare/widget/markup"
	"fanfare/widget/text"
)

// viewBoards is where a fan changes between the boards that the challenge has; nil where there is one alone.
func (p *Panel) viewBoards() *m.Node {
	if len(p.challenge.Boards) == 0 {
		return nil
	}
	bar := m.El("div.boards !boards role=group").Named("boards").Label(p.t(text.Boards)).Add(p.viewChip("", ""))
	if kind := kindOf(p.scope); kind == "tag" {
		bar.Add(p.viewChip(kind, p.scope))
	}
	return bar.Add(p.viewChip(rising, rising), p.viewChip(ofFriends, p.friendsScope()), p.viewChip(ofCities, ofCities), p.viewChoice(inCity, text.ByCity),
		p.viewChip(ofPartners, ofPartners), p.viewChoice(inPartner, text.ByPartner))
}

// hopID is the id attribute of what leads to the boards of a kind.
func hopID(kind string) string { return "board-" + kind }

// hop is what leads to the boards of a kind.
func hop(tag, kind string) *m.Node {
	return m.El(tag+".hop").Named(kind).At("id", hopID(kind)).At("data-testid", hopID(kind))
}

// viewChip leads to a board; nil where the challenge has none of its kind.
func (p *Panel) viewChip(kind, scope string) *m.Node {
	if kind != "" && !p.offers(kind) {
		return nil
	}
	chosen := kindOf(p.scope) == kind
	return hop("button", kind).At("type", "button").Bool("aria-pressed", chosen).Flag("data-near", chosen).
		Text(p.scopeName(scope)).On("click", func() { p.show(scope) })
}

// viewChoice leads to the board of one city or partner.
func (p *Panel) viewChoice(kind string, k text.Key) *m.Node {
	if !p.offers(kind) {
		return nil
	}
	chosen, id := cut(p.scope)
	list := hop("select", kind).Label(p.t(k))
	if chosen == kind {
		list.Class("hop on").Flag("data-near", true).Value(id)
	} else {
		list.Value("")
	}
	list.Note("change", func(e *m.Event) {
		if e.Value == "" {
			p.show("")
		} else {
			p.show(kind + "/" + e.Value)
		}
	}).Add(p.el("option value=", k))
	choices := p.groups(kind)
	for i := range choices {
		c := &choices[i]
		list.Add(m.El("option").At("value", c.ID).Text(c.Name.In(p.say.Chinese)))
	}
	return list
}

// viewMeans changes between the sums and the means of groups.
func (p *Panel) viewMeans() *m.Node {
	if p.board.Kind != board.Groups {
		return nil
	}
	kind, by := cut(p.scope)
	return m.El("div.orders role=group").Named("means").Label(p.t(text.Sort)).Add(
		p.button("button.order !by-total", text.ByTotal, func() { p.show(kind) }).Bool("aria-pressed", by == ""),
		p.button("button.order !by-average", text.ByAverage, func() { p.show(kind + "/" + average) }).Bool("aria-pressed", by != ""))
}

// viewGroups are the rows of a board of groups. The longest bar is that of the highest score.
func (p *Panel) viewGroups() []*m.Node {
	most := uint64(1)
	for _, r := range p.board.Rows {
		if r.Rank > 0 {
			most = max(most, r.Score)
		}
	}
	var rows []*m.Node
	for _, r := range p.board.Rows {
		rows = append(rows, p.viewGroup(r, most))
	}
	return rows
}

// viewGroup is one city or partner, which leads to its own board.
func (p *Panel) viewGroup(r *board.Row, most uint64) *m.Node {
	kind, by := cut(p.scope)
	one := inPartner
	if kind == ofCities {
		one = inCity
	}
	team := m.El("button.team !group type=button").On("click", func() {
		p.show(one + "/" + r.Group)
		p.w.Screen.Focus(hopID(one)) // the row had it
	}).Add(
		m.El("strong").Text(p.named(p.groups(kind), r.Group)))
	told := p.tn(text.Photos, r.Members)
	switch {
	case r.Rank == 0 && by != "":
		told += " · " + p.t(text.FewForAverage)
	case p.scores():
		score, label := text.Number(int64(r.Score)), p.tn(text.Votes, int64(r.Score))
		if by != "" {
			score = decimal(int(r.Score), 2)
			label = p.t(text.ByAverage) + " " + score
		}
		team.Add(m.El("span.score role=img").Label(label).Text(score),
			m.El("span.progress").Add(m.El("i").Style("width", strconv.Itoa(int(r.Score*100/most))+"%")))
	}
	return m.El("li.row.group !row data-flip").Named(p.rowName(r)).At("data-group", r.Group).Add(
		p.viewRank(r.Rank), team.Add(m.El("span.by").Text(told)))
}

// viewFriends is where friends' photos are added, and where a link to one's own is made.
func (p *Panel) viewFriends() *m.Node {
	if kindOf(p.scope) != ofFriends {
		return nil
	}
	f := &p.friends
	box := m.El("form.friends !friend-form").Named("friends").On("submit", p.addFriend).Add(
		m.El("input !friend type=text autocomplete=off maxlength=2000").Label(p.t(text.FriendNumber)).
			At("placeholder", p.t(text.FriendNumber)).Value(f.typed).Note("input", func(e *m.Event) { f.typed, f.problem = e.Value, "" }),
		p.el("button.quiet !add-friend type=submit", text.AddFriend),
		m.El("p.problem role=alert").Text(f.problem))
	if !p.friendless() {
		box.Add(p.button("button.link !copy-link", text.CopyLink, p.copyLink))
	}
	if f.address != "" {
		box.Add(m.El("input !address readonly").Label(p.t(text.CopyLink)).Value(f.address))
	}
	return box
}

// viewUnfriend takes a friend's photo off the board of friends.
func (p *Panel) viewUnfriend(r *board.Row) *m.Node {
	if p.board.Kind != board.Picked || p.isMine(r.Entry) {
		return nil
	}
	return m.El("button.icon !unfriend type=button").Label(p.by(text.Unfriend, r.Caption, r.Author)).
		On("click", func() { p.unfriend(int64(r.Number)) }).Add(icon(iconClose))
}
