package panel

import (
	"fanfare/widget/api"
	m "fanfare/widget/markup"
	"fanfare/widget/port"
	"fanfare/widget/text"
)

// erase is the wish to have everything deleted, between the question and the answer.
type erase struct {
	_             incomparable
	open, busy    bool
	entries, cast int64 // what would go, and the votes that would stay
	barred        bool  // from coming back for a while
}

// askErase tells what would be deleted before it is.
func (p *Panel) askErase() {
	p.session.Do(&port.Request{Method: "GET", URL: p.url("me/erasure")}, func(r *port.Response) {
		if !r.OK() {
			p.tell(p.problem(r), true)
			return
		}
		v := api.Parse(r.Body)
		p.erase = erase{open: true, entries: v.Int("entries"), cast: v.Int("votes"), barred: !v.True("may_return")}
		p.w.Screen.Focus("erase-keep")
	})
}

func (p *Panel) eraseAll() {
	if p.erase.busy {
		return
	}
	p.erase.busy = true
	p.session.Do(&port.Request{Method: "DELETE", URL: p.url("me?confirm=everything")}, func(r *port.Response) {
		p.erase = erase{}
		if !r.OK() {
			p.tell(p.problem(r), true)
			return
		}
		p.session.Forget()
		p.forgetMe()
		p.tell(p.t(text.Erased), false)
	})
}

// forgetMe lets go of all that this browser keeps of the fan.
func (p *Panel) forgetMe() {
	p.mine, p.votes, p.proof, p.form, p.banned = mine{}, newVotes(), proof{}, form{}, nil
	for _, name := range []string{p.begunName(), "fanfare author", "fanfare receipts " + p.opt.Base + " " + p.opt.Slug} {
		p.w.Store.Save(name, "")
	}
	p.loadGallery(false)
}

// viewErase is the way to have everything deleted, which asks once and says what goes.
func (p *Panel) viewErase() *m.Node {
	if p.session.Bearer() == "" {
		return nil
	}
	if !p.erase.open {
		return m.El("p.erase").Add(p.button("button.link !erase", text.Erase, p.askErase))
	}
	return m.El("div.ask !erase-ask role=alert").Add(
		m.El("p").Text(p.say.Say(text.EraseAsk, "entries", text.Number(p.erase.entries), "votes", text.Number(p.erase.cast))),
		p.viewDone("p", text.EraseReturn, p.erase.barred),
		m.El("div.acts").Add(
			p.button("button.quiet.danger !erase-do", text.EraseDo, p.eraseAll).Flag("disabled", p.erase.busy),
			p.button("button.quiet !erase-keep id=erase-keep", text.Cancel, func() { p.erase = erase{} })))
}
