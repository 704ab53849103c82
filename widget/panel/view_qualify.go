package panel

import (
	m "fanfare/widget/markup"
	"fanfare/widget/text"
)

// viewNeed tells a fan what is missing before they can vote, and leads there.
func (p *Panel) viewNeed() *m.Node {
	classes, k := p.need()
	if classes == nil {
		return nil
	}
	return p.button("button.need !need", k, p.becomeVoter)
}

func (p *Panel) viewQualify() *m.Node {
	q := &p.qualify
	if !q.open {
		return nil
	}
	list := m.El("div.scroll")
	title, invitation := text.QualifyTitle, p.admits("invited") || p.admits("jury")
	if q.letters {
		title = text.Letters
		list.Add(p.el("p", text.LettersWhy))
	} else if len(p.lacking()) == 0 && q.entry == "" {
		title = text.HaveInvitation
	} else {
		list.Add(p.el("p", text.QualifyWhy), p.viewDone("p", text.QualifyThen, q.entry != ""))
	}
	if p.admits("mail") {
		list.Add(p.viewMailStep())
		if invitation {
			list.Add(p.el("p.or", text.Or))
		}
	}
	if invitation {
		list.Add(p.viewAsk("invitation", text.Invitation, m.El("input type=text autocomplete=off autocapitalize=characters maxlength=40"), &q.invite, text.UseInvitation, p.useInvitation))
	}
	return m.El("dialog.sheet !qualify aria-labelledby=qualify-title").Named("qualify").
		On("cancel", p.closeQualify).On("close", p.closeQualify).Add(
		m.El("div.bar").Add(p.el("h3 id=qualify-title", title),
			p.iconButton("button.icon !qualify-close", iconClose, text.Close, p.closeQualify)), list)
}

// viewMailStep asks for the address, and then for the code in the letter.
func (p *Panel) viewMailStep() *m.Node {
	q := &p.qualify
	if !q.sent {
		return p.viewAsk("mail", text.Mail, m.El("input type=email autocomplete=email inputmode=email maxlength=320"), &q.mail, text.MailSend, p.askMail)
	}
	return p.viewAsk("code", text.MailCode, m.El("input type=text inputmode=numeric autocomplete=one-time-code maxlength=12"), &q.code, text.MailConfirm, p.confirmMail).
		Add(m.El("p.hint").Text(p.say.Say(text.MailSent, "mail", q.mail)),
			p.button("button.link !mail-again", text.MailAgain, func() { q.sent, q.problem = false, "" }))
}

// viewAsk is one field with the button that sends it, and why that came to nothing.
func (p *Panel) viewAsk(name string, label text.Key, control *m.Node, value *string, send text.Key, do func()) *m.Node {
	q, id := &p.qualify, "field-"+name
	form := m.El("form.ask novalidate").Named(name).At("data-testid", "ask-"+name).On("submit", func() {
		q.asked = name
		do()
	}).Add(
		m.El("div.field").Add(m.El("label").At("for", id).Text(p.t(label)),
			control.At("id", id).At("data-testid", name).Flag("disabled", q.busy).Value(*value).
				Note("input", func(e *m.Event) { *value = e.Value })))
	if q.asked == name {
		form.Add(m.El("p.problem !qualify-problem role=alert").Text(q.problem))
	}
	return form.Add(p.el("button.main type=submit", send).Flag("disabled", q.busy))
}
