package panel

import (
	"strconv"

	"fanfare/widget/api"
	m "fanfare/widget/markup"
	"fanfare/widget/port"
	"fanfare/widget/text"
)

// rights is what a fan is about to allow partners: in the form of an entry, or about one of their own.
type rights struct {
	_       incomparable
	allowed bool            // ticked, never for the fan
	barred  map[string]bool // by outlet: those that the fan took out of all
	term    string          // in months; "day" for until
	until   string          // as a browser's date field writes it
	entry   string          // the own entry that it is about; empty in the form
	sending bool
	problem string
	said    []api.Said // of an own entry, the newest first
}

// byDay is the term that ends on a day of the fan's choice.
const byDay = "day"

func newRights() rights { return rights{barred: map[string]bool{}, term: "12"} }

// loadReposting asks once what fans may allow, when a fan may soon be asked.
func (p *Panel) loadReposting() {
	if p.reposting != nil {
		return
	}
	p.w.Network.Fetch(&port.Request{Method: "GET", URL: p.url("reposting")}, func(r *port.Response) {
		if r.OK() && p.reposting == nil {
			p.reposting = api.ReadReposting(api.Parse(r.Body))
		}
	})
}

// wanted are the outlets that stay allowed.
func (p *Panel) wanted(r *rights) string {
	list := ""
	if p.reposting == nil {
		return list
	}
	for _, o := range p.reposting.Outlets {
		if r.allowed && !r.barred[o] {
			list += "," + o
		}
	}
	if list == "" {
		return ""
	}
	return list[1:]
}

// dayMissing reports a term that ends on a day which the fan has not said.
func (r *rights) dayMissing() bool { return r.allowed && r.term == byDay && r.until == "" }

// granted are the fields of an entry that allow reposts; none where the fan allows none.
func (p *Panel) granted(r *rights) []string {
	outlets := p.wanted(r)
	if outlets == "" {
		return nil
	}
	fields := []string{"consents", p.reposting.Consent, "repost", outlets}
	if r.term == byDay {
		return append(fields, "repost_until", r.until)
	}
	return append(fields, "repost_months", r.term)
}

// viewRights is a box to tick, with the exact words; ticked, it asks where and until when.
func (p *Panel) viewRights(r *rights) *m.Node {
	if p.reposting == nil {
		return nil
	}
	box := m.El("fieldset.consents !rights").Add(p.el("legend", text.Reposts),
		p.viewTick(m.El("input !rights-allow type=checkbox").Checked(r.allowed).Note("change", func(e *m.Event) { r.allowed = e.Checked }),
			"rights", p.reposting.Text.In(p.say.Chinese)))
	if !r.allowed {
		return box
	}
	outlets := m.El("div.outlets role=group").Label(p.t(text.RepostWhere))
	for _, o := range p.reposting.Outlets {
		outlets.Add(p.viewTick(m.El("input !outlet type=checkbox").At("value", o).Checked(!r.barred[o]).
			Note("change", func(e *m.Event) { r.barred[o] = !e.Checked }), "outlet-"+o, p.outletName(o)))
	}
	return box.Add(outlets, p.viewTerm(r))
}

func (p *Panel) viewTerm(r *rights) *m.Node {
	list := m.El("select").Value(r.term).Note("change", func(e *m.Event) { r.term = e.Value })
	for _, months := range p.reposting.Months {
		list.Add(m.El("option").At("value", months).Text(p.say.Say(text.Months, "n", months)))
	}
	list.Add(m.El("option").At("value", byDay).Text(p.t(text.ByDay)))
	box := m.El("div.term").Add(p.field("repost-term", text.RepostTerm, list))
	if r.term == byDay {
		box.Add(p.field("repost-until", text.RepostDay, m.El("input type=date required").Value(r.until).
			Note("change", func(e *m.Event) { r.until = e.Value })))
	}
	return box
}

// addRights tells what the fan allows partners to do with an own entry, and lets them change it.
func (p *Panel) addRights(words, acts, below *m.Node, e *api.Entry) {
	if p.reposting == nil {
		return
	}
	words.Add(m.El("p.fate !rights-now tabindex=-1").At("id", rightsID(e.ID)).Text(p.rightsNow(e.Own.Rights)))
	r := &p.mine.rights
	if r.entry != e.ID {
		acts.Add(p.button("button.link !rights-change", text.RepostChange, func() { p.changeRights(e) }))
		return
	}
	below.Add(m.El("form.ask !rights-form novalidate").On("submit", p.sendRights).Add(p.viewRights(r),
		m.El("p.problem role=alert").Text(r.problem),
		m.El("button.main !rights-save type=submit").Flag("disabled", r.sending).Text(p.t(text.Save)),
		p.button("button.quiet !rights-cancel", text.Cancel, p.closeRights), p.viewSaid(r.said)))
}

// changeRights opens the form, and asks what the fan said before.
func (p *Panel) changeRights(e *api.Entry) {
	p.mine.rights = p.rightsOf(e)
	p.session.Do(&port.Request{Method: "GET", URL: p.url("entries/" + api.Escape(e.ID) + "/rights")}, func(r *port.Response) {
		if r.OK() && p.mine.rights.entry == e.ID {
			p.mine.rights.said = api.ReadSaid(api.Parse(r.Body))
		}
	})
}

// viewSaid is what the fan said of an entry, and when.
func (p *Panel) viewSaid(said []api.Said) *m.Node {
	if len(said) == 0 {
		return nil
	}
	list := m.El("ol.said !rights-said").Label(p.t(text.RepostSaid))
	for i := range said {
		list.Add(m.El("li").Named(strconv.Itoa(len(said)-i)).Add(span(p.date(said[i].At)), span(p.rightsNow(&said[i].Rights))))
	}
	return m.El("div.history").Add(p.el("h4", text.RepostSaid), list)
}

// rightsNow says what the fan allows.
func (p *Panel) rightsNow(r *api.Rights) string {
	if r == nil || len(r.Outlets) == 0 {
		return p.t(text.RepostNone)
	}
	if r.Over {
		return p.say.Say(text.RepostOver, "until", p.say.Day(r.Until))
	}
	names := make([]string, len(r.Outlets))
	for i, o := range r.Outlets {
		names[i] = p.outletName(o)
	}
	return p.say.Say(text.RepostNow, "until", p.say.Day(r.Until), "outlets", p.say.List(names))
}

// rightsOf begins with what the fan allows by now.
func (p *Panel) rightsOf(e *api.Entry) rights {
	r := newRights()
	r.entry = e.ID
	now := e.Own.Rights
	if now == nil || len(now.Outlets) == 0 {
		return r
	}
	r.allowed, r.term, r.until = true, byDay, now.Until
	for _, o := range p.reposting.Outlets {
		r.barred[o] = true
	}
	for _, o := range now.Outlets {
		delete(r.barred, o)
	}
	return r
}

func (p *Panel) sendRights() {
	r := &p.mine.rights
	if r.sending {
		return
	}
	if r.dayMissing() {
		r.problem = p.refusal("term_invalid", "", "")
		return
	}
	r.sending, r.problem = true, ""
	body := []string{"*outlets", p.wanted(r), "consent", p.reposting.Consent}
	if r.term == byDay {
		body = append(body, "until", r.until)
	} else {
		body = append(body, "#months", r.term)
	}
	entry := r.entry
	p.session.Do(&port.Request{Method: "PUT", URL: p.url("entries/" + api.Escape(entry) + "/rights"), Body: body}, func(answer *port.Response) {
		r.sending = false
		if !answer.OK() {
			r.problem = p.problem(answer)
			return
		}
		if e := p.entries[entry]; e != nil {
			e.Own.Rights = api.ReadRights(api.Parse(answer.Body).At("rights"))
		}
		p.tell(p.t(text.RepostSaved), false)
		p.closeRights()
	})
}

// closeRights folds the form up, and leads back to what it was about: the page is shorter by the form's height then.
func (p *Panel) closeRights() {
	entry := p.mine.rights.entry
	p.mine.rights = rights{}
	p.w.Screen.Focus(rightsID(entry))
}

// rightsID is the id attribute of the line that says what a fan allows.
func rightsID(entry string) string { return "rights-" + entry }

// outletName is an outlet's name. What is not known here has its code: a reader sees that rather than nothing.
func (p *Panel) outletName(outlet string) string {
	switch outlet {
	case "weibo":
		return p.t(text.Weibo)
	case "wechat":
		return p.t(text.WeChat)
	case "xiaohongshu":
		return p.t(text.Xiaohongshu)
	case "douyin":
		return p.t(text.Douyin)
	case "instagram":
		return "Instagram"
	case "x":
		return "X"
	case "site":
		return p.t(text.OwnSite)
	}
	return outlet
}
