package panel

import (
	"strconv"
	"unicode/utf8"

	"fanfare/widget/api"
	m "fanfare/widget/markup"
	"fanfare/widget/text"
)

func (p *Panel) viewForm() *m.Node {
	if !p.form.open {
		return nil
	}
	body := p.viewFields
	if p.form.sent != nil {
		body = p.viewSent
	}
	return m.El("dialog.sheet !entry-form aria-labelledby=form-title").Named("form").
		On("cancel", p.closeForm).On("close", p.closeForm).Add(
		m.El("div.bar").Add(p.el("h3 id=form-title", text.FormTitle),
			p.iconButton("button.icon !form-close", iconClose, text.Close, p.closeForm)),
		body())
}

func (p *Panel) viewSent() *m.Node {
	return m.El("div.sent !sent role=status").Add(icon(iconCheck),
		p.el("p.title", text.SentTitle), m.El("p").Text(p.tn(text.SentText, p.form.sent.Number)),
		p.button("button.main !sent-done", text.Done, p.showSent))
}

// showSent leads to the fan's photos, which on a phone stand further down than the button that opened the form.
func (p *Panel) showSent() {
	p.tab = tabMine
	p.closeForm()
	p.w.Screen.Focus("tab-" + tabMine)
}

func (p *Panel) viewFields() *m.Node {
	f := &p.form
	list := m.El("div.scroll").Add(p.viewGrace(), p.viewPicker(), p.viewCaption(),
		p.field("author", text.Author, m.El("input type=text autocomplete=name maxlength=40").Value(f.author).
			Note("input", func(e *m.Event) { f.author = e.Value })),
		p.viewChoices("city", text.City, p.challenge.Cities, &f.city),
		p.viewChoices("partner", text.Partner, p.challenge.Partners, &f.partner),
		p.viewTick(m.El("input !place type=checkbox").Checked(f.place).Note("change", func(e *m.Event) { f.place = e.Checked }),
			"place", p.t(text.SharePlace)),
		p.viewConsents(), p.viewRights(&f.rights))
	return m.El("form.fields novalidate").On("submit", p.submit).Add(list, p.viewSend())
}

// viewGrace tells who comes after the closing what may still arrive.
func (p *Panel) viewGrace() *m.Node {
	if p.mayEnter() || !p.mayFinish() {
		return nil
	}
	return m.El("p.hint !grace").Text(p.say.Say(text.GraceHint, "in", p.say.Span(int64(p.graceEnds()-p.now()))))
}

// field puts a label over a control; the control's id joins them. What is wrong with it stands under it.
func (p *Panel) field(name string, k text.Key, control *m.Node) *m.Node {
	id := "field-" + name
	return m.El("div.field").Named(name).Add(m.El("label").At("for", id).Text(p.t(k)),
		control.At("id", id).At("data-testid", name).Flag("disabled", p.form.sending), p.viewProblem(name, control))
}

// viewProblem says what is wrong with a field, and tells the control so. The foot of the form says it aloud.
func (p *Panel) viewProblem(name string, control *m.Node) *m.Node {
	words, field := p.trouble()
	if words == "" || field != name {
		return nil
	}
	id := "problem-" + name
	control.At("aria-describedby", id).At("aria-invalid", "true")
	return m.El("p.problem !field-problem").Named(id).At("id", id).Text(words)
}

func (p *Panel) viewPicker() *m.Node {
	input := m.El("input !photo id=field-photo type=file accept=image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif").
		Label(p.t(text.Choose)).Flag("disabled", p.form.sending).Note("change", func(e *m.Event) { p.choose(e.Files) })
	return m.El("div.field").Named("picker").Add(p.viewChosen(m.El("label.picker").Add(input)), p.viewProblem("photo", input))
}

// viewChosen is the photo in its frame, its name where the browser cannot show it, or what the challenge takes.
func (p *Panel) viewChosen(box *m.Node) *m.Node {
	f := &p.form
	switch {
	case f.picture == "":
		return box.Add(icon(iconCamera), p.el("strong", text.Choose)).Add(p.photoHints()...)
	case f.unseen:
		box.Add(icon(iconCamera), m.El("strong !unseen").Text(f.file.Name), p.el("span", text.NoPreview))
	default:
		box.Class("picker full").Add(m.El("img !preview alt=").Named(f.picture).At("src", f.picture).
			Note("error", func(*m.Event) { f.unseen = true }))
	}
	if f.sending {
		return box
	}
	return box.Add(p.el("span.again", text.ChooseOther))
}

// photoHints say what the challenge takes.
func (p *Panel) photoHints() []*m.Node {
	hints := []*m.Node{span(p.t(text.ChooseHint))}
	if len(p.challenge.Cameras) > 0 {
		hints = append(hints, span(p.say.Say(text.Cameras, "cameras", p.say.List(p.challenge.Cameras))))
	}
	if p.challenge.CaptureRequired {
		hints = append(hints, span(p.t(text.CaptureHint)))
	}
	return hints
}

func (p *Panel) viewCaption() *m.Node {
	f := &p.form
	used := utf8.RuneCountInString(f.caption)
	count := m.El("span.count !caption-count id=caption-count").Text(strconv.Itoa(used) + " / " + strconv.Itoa(maxCaption))
	if used > maxCaption {
		count.Class("count over")
	}
	return p.field("caption", text.Caption, m.El("textarea rows=3 aria-describedby=caption-count").
		At("placeholder", p.t(text.CaptionHint)).Value(f.caption).
		Note("input", func(e *m.Event) { f.caption = e.Value })).Add(count)
}

func (p *Panel) viewChoices(name string, k text.Key, choices []api.Choice, chosen *string) *m.Node {
	if len(choices) == 0 {
		return nil
	}
	list := m.El("select").Value(*chosen).Note("change", func(e *m.Event) { *chosen = e.Value }).Add(
		m.El("option").At("value", "").Text(p.t(text.NoChoice)))
	for i := range choices {
		list.Add(m.El("option").At("value", choices[i].ID).Text(choices[i].Name.In(p.say.Chinese)))
	}
	return p.field(name, k, list)
}

func (p *Panel) viewConsents() *m.Node {
	f := &p.form
	box := m.El("fieldset.consents").Add(p.el("legend", text.Consents))
	for i := range p.challenge.Consents {
		c := &p.challenge.Consents[i]
		tick := m.El("input !consent type=checkbox").Checked(f.agreed[c.ID]).
			Note("change", func(e *m.Event) { f.agreed[c.ID] = e.Checked })
		box.Add(p.viewTick(tick, c.ID, c.Text.In(p.say.Chinese)), p.viewProblem(c.ID, tick))
	}
	return box
}

// viewTick is a box to tick, with the words that it stands for.
func (p *Panel) viewTick(tick *m.Node, name, words string) *m.Node {
	return m.El("label.consent").Named(name).Add(tick.At("id", "field-"+name).Flag("disabled", p.form.sending), span(words))
}

// viewSend is the foot of the form: what stands in the way, how far the upload is, and the button.
func (p *Panel) viewSend() *m.Node {
	f := &p.form
	words, _ := p.trouble()
	foot := m.El("div.foot").Add(m.El("p.problem !form-problem role=alert").Text(words))
	if f.sending {
		return foot.Add(p.viewTransfer(&f.transfer, p.cancelForm)...)
	}
	return foot.Add(p.el("button.main !send type=submit", text.Send).Named("send"))
}
