package panel

import (
	"fanfare/widget/api"
	m "fanfare/widget/markup"
	"fanfare/widget/text"
)

func (p *Panel) viewMine() *m.Node {
	pane := p.pane(tabMine)
	if len(p.mine.ids) == 0 {
		return pane.Add(p.state("div !mine-empty", text.MineEmpty).Add(p.viewEnter()))
	}
	list := m.El("ul.mycards !mine role=list")
	for _, id := range p.mine.ids {
		list.Add(p.viewOwn(p.entries[id]))
	}
	return pane.Add(list)
}

func (p *Panel) viewOwn(e *api.Entry) *m.Node {
	words := m.El("div.words").Add(
		m.El("p !status").Class("status "+e.Status).Text(p.t(status(e.Status))),
		para("cap", e.Caption), m.El("p.by").Text(p.tn(text.EntryNumber, e.Number)))
	for _, line := range p.fate(e) {
		words.Add(m.El("p.fate !fate dir=auto").Text(line))
	}
	return m.El("li.mycard !my-entry").Named(e.ID).At("data-entry", e.ID).Add(p.viewOwnPhoto(e), words.Add(p.viewWithdraw(e)))
}

func (p *Panel) viewOwnPhoto(e *api.Entry) *m.Node {
	if len(e.Photo.Sizes) == 0 {
		return m.El("div.pic.wait aria-hidden=true")
	}
	return p.viewOpen(e.Caption, e.Author, func() { p.look(e.ID, p.mine.ids) }).Add(p.viewPhoto(&e.Photo, "240px"))
}

func status(status string) text.Key {
	switch status {
	case "processing":
		return text.Processing
	case "pending":
		return text.Pending
	case "rejected":
		return text.Rejected
	}
	return text.Published
}

// fate is what the fan wants to know next: what happens now, the reason, or the place.
func (p *Panel) fate(e *api.Entry) []string {
	switch e.Status {
	case "processing":
		return []string{p.t(text.ProcessingHint)}
	case "pending":
		return []string{p.t(text.PendingHint)}
	case "rejected":
		reason := p.say.Code(e.Reason, func(string) string { return camera(&e.Photo.Capture) })
		if e.Note != "" {
			return []string{reason, e.Note}
		}
		return []string{reason}
	}
	if place := p.mine.places[e.ID]; place != nil && place.Rank > 0 {
		return []string{p.place(place.Rank, place.Of), p.behind(place.Rank, place.Behind)}
	}
	return nil
}

// viewWithdraw asks once, precisely, before it is done.
func (p *Panel) viewWithdraw(e *api.Entry) *m.Node {
	if p.ended() {
		return nil
	}
	ask := func(id string) func() {
		return func() { p.mine.asking = id }
	}
	if p.mine.asking != e.ID {
		return p.button("button.link !withdraw", text.Withdraw, ask(e.ID))
	}
	return m.El("div.ask role=alert").Add(p.el("p", text.WithdrawAsk),
		p.button("button.quiet.danger !withdraw-yes", text.Withdraw, func() { p.withdraw(e.ID) }),
		p.button("button.quiet !withdraw-no", text.Keep, ask("")))
}
