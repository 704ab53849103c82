package panel

import (
	"fanfare/widget/api"
	m "fanfare/widget/markup"
	"fanfare/widget/text"
)

func (p *Panel) viewMine() *m.Node {
	pane := p.pane(tabMine)
	if len(p.mine.ids) == 0 {
		return pane.Add(p.state("div !mine-empty", text.MineEmpty).Add(p.viewEnter()), p.viewErase())
	}
	list := m.El("ul.mycards !mine role=list")
	for _, id := range p.mine.ids {
		list.Add(p.viewOwn(p.entries[id]))
	}
	return pane.Add(list, p.viewLetters(), p.viewErase())
}

// viewOwn is an entry's card. What the fan is asked stands below, over its whole width.
func (p *Panel) viewOwn(e *api.Entry) *m.Node {
	words := m.El("div.words").Add(
		m.El("p !status").Class("status "+e.Status).Text(p.t(status(e.Status))),
		para("cap", e.Caption), m.El("p.by").Text(p.tn(text.EntryNumber, e.Number)))
	for _, line := range p.fate(e) {
		words.Add(m.El("p.fate !fate").Text(line))
	}
	acts := m.El("div.acts")
	words.Add(p.viewNote(e.Note), p.viewDone("p.fate !appealed", appealed(e.Own.Declined), e.Status == "rejected" && e.Own.Appealed),
		p.viewDone("p.fate !original-sent", text.OriginalSent, e.Own.OriginalSent))
	card := m.El("li.mycard !my-entry").Named(e.ID).At("data-entry", e.ID).Add(p.viewOwnPhoto(e), words)
	if e.Own.MayAppeal && !e.Own.Appealed {
		p.addAppeal(acts, card, e.ID)
	}
	p.addReview(words, acts, card, e)
	p.addRights(words, acts, card, e)
	words.Add(acts)
	p.addWithdraw(acts, card, e)
	return card.Add(p.viewOriginal(e))
}

// appealed says how an appeal stands.
func appealed(declined bool) text.Key {
	if declined {
		return text.AppealDeclined
	}
	return text.Appealed
}

// viewDone says what has been done.
func (p *Panel) viewDone(description string, k text.Key, done bool) *m.Node {
	if !done {
		return nil
	}
	return p.el(description, k)
}

// viewNote is what a moderator wrote, marked as such.
func (p *Panel) viewNote(words string) *m.Node {
	if words == "" {
		return nil
	}
	return m.El("blockquote.note !note").Add(p.el("p.by", text.ModeratorNote), para("", words))
}

// addAppeal lets a fan answer a decision once: a button, then the form. For a ban there is no entry.
func (p *Panel) addAppeal(acts, below *m.Node, entry string) {
	p.addAnswer(acts, below, text.Appeal, text.AppealHint, appeal{entry: entry})
}

// addReview tells how many votes for an entry do not count, and lets its fan complain.
func (p *Panel) addReview(words, acts, below *m.Node, e *api.Entry) {
	r := e.Own.Review
	if r == nil {
		return
	}
	if r.Votes > 0 {
		words.Add(m.El("p.fate !under-review").Text(p.tn(text.UnderReview, r.Votes)))
	}
	if r.Excluded > 0 {
		words.Add(m.El("p.fate !votes-excluded").Text(p.tn(text.VotesExcluded, r.Excluded)))
	}
	if r.Votes == 0 && r.Excluded == 0 {
		words.Add(p.el("p.fate !under-review", text.SomeUnderReview))
	}
	words.Add(p.viewDone("p.fate !complained", text.Complained, r.Complained && r.Answer == ""))
	if r.Answer != "" {
		words.Add(m.El("blockquote.note !answer").Add(p.el("p.by", text.ModeratorNote), para("", r.Answer)))
	}
	if r.MayComplain {
		p.addAnswer(acts, below, text.Complain, text.ComplainHint, appeal{entry: e.ID, votes: true})
	}
}

// addAnswer is a button that opens a form for a few words to the organisers.
func (p *Panel) addAnswer(acts, below *m.Node, name, hint text.Key, fresh appeal) {
	a := &p.mine.appeal
	if !a.open || a.entry != fresh.entry || a.votes != fresh.votes {
		acts.Add(p.button("button.quiet !appeal", name, func() {
			*a = fresh
			a.open = true
		}))
		return
	}
	below.Add(m.El("form.ask !appeal-form").On("submit", p.sendAppeal).Add(
		m.El("textarea !appeal-text rows=3 maxlength=1000").Label(p.t(hint)).At("placeholder", p.t(hint)).
			Value(a.text).Note("input", func(e *m.Event) { a.text = e.Value }),
		m.El("p.problem role=alert").Text(a.problem),
		m.El("button.quiet !appeal-send type=submit").Flag("disabled", a.sending || blank(a.text)).Text(p.t(text.AppealSend)),
		p.button("button.quiet !appeal-cancel", text.Cancel, func() { *a = appeal{} })))
}

// viewOriginal is where the organisers ask for the file as the camera made it.
func (p *Panel) viewOriginal(e *api.Entry) *m.Node {
	o := &p.mine.original
	if !e.Own.OriginalAsked || e.Own.OriginalSent {
		return nil
	}
	box := m.El("div.ask !original").Add(p.el("p", text.OriginalAsked))
	if o.sending && o.entry == e.ID {
		return box.Add(p.viewTransfer(&o.transfer, func() { o.end(true) })...)
	}
	if o.entry == e.ID {
		box.Add(m.El("p.problem role=alert").Text(o.problem))
	}
	return box.Add(m.El("label.quiet.pick").Add(
		m.El("input !original-file type=file").Label(p.t(text.OriginalChoose)).Flag("disabled", o.sending).
			Note("change", func(ev *m.Event) { p.sendOriginal(e.ID, ev.Files) }),
		span(p.t(text.OriginalChoose))))
}

// viewBanned tells a fan who was excluded why, wherever they are.
func (p *Panel) viewBanned() *m.Node {
	b := p.banned
	if b == nil {
		return nil
	}
	box := m.El("div.banned !banned role=status").Add(m.El("strong").Text(p.t(text.Excluded)))
	box.Add(m.El("p").Text(p.reason(b.Reason, "of", "ban")))
	box.Add(p.viewNote(b.Note), p.viewDone("p !appealed", appealed(b.Declined), b.Appealed))
	if b.MayAppeal && !b.Appealed {
		acts := m.El("div.acts")
		p.addAppeal(acts, box, "")
		box.Add(acts)
	}
	return box
}

// reason says why moderators or rules decided so; nothing for a reason that is not known here.
func (p *Panel) reason(code, name, value string) string {
	words := p.refusal(code, name, value)
	if words == p.t(text.Unknown) {
		return ""
	}
	return words
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
		return []string{p.reason(e.Reason, "camera", camera(&e.Photo.Capture))}
	}
	if place := p.mine.places[e.ID]; place != nil && place.Rank > 0 {
		told := []string{p.place(place.Rank, place.Of)}
		if place.Final {
			return []string{told[0], p.tn(text.TopPercent, place.Top)}
		}
		if behind := p.behind(place.Rank, place.Behind); behind != "" {
			told = append(told, behind)
		}
		return told
	}
	return nil
}

// addWithdraw asks once, precisely, before it is done.
func (p *Panel) addWithdraw(acts, below *m.Node, e *api.Entry) {
	if p.ended() {
		return
	}
	ask := func(id string) func() {
		return func() { p.mine.asking = id }
	}
	if p.mine.asking != e.ID {
		acts.Add(p.button("button.link !withdraw", text.Withdraw, ask(e.ID)))
		return
	}
	below.Add(m.El("div.ask role=alert").Add(p.el("p", text.WithdrawAsk),
		p.button("button.quiet.danger !withdraw-yes", text.Withdraw, func() { p.withdraw(e.ID) }),
		p.button("button.quiet !withdraw-no", text.Keep, ask(""))))
}
