package panel

import (
	"fanfare/widget/api"
	m "fanfare/widget/markup"
	"fanfare/widget/text"
)

func (p *Panel) viewViewer() *m.Node {
	e := p.current()
	if e == nil {
		return nil
	}
	v := &p.viewer
	dialog := m.El("dialog.viewer !viewer").Named("viewer").Label(p.by(text.PhotoBy, e.Caption, e.Author)).
		On("cancel", p.closeViewer).On("close", p.closeViewer).Hear("keydown", p.viewerKey).Add(
		m.El("div.stage").Named("stage").Note("pointerdown", func(e *m.Event) { v.from = e.X }).
			Note("pointerup", p.swiped).Add(p.viewLarge(e)),
		p.viewNotice(),
		p.iconButton("button.icon.shut !viewer-close", iconClose, text.Close, p.closeViewer))
	if v.at > 0 {
		dialog.Add(p.iconButton("button.icon.prev !viewer-previous", iconLeft, text.Previous, func() { p.step(-1) }).Named("prev"))
	}
	if v.at < len(v.ids)-1 {
		dialog.Add(p.iconButton("button.icon.next !viewer-next", iconRight, text.Next, func() { p.step(1) }).Named("next"))
	}
	if v.report.open {
		return dialog.Add(p.viewReport())
	}
	return dialog.Add(p.viewAbout(e))
}

func (p *Panel) viewLarge(e *api.Entry) *m.Node {
	if len(e.Photo.Sizes) == 0 {
		return p.state("div", text.Loading)
	}
	return p.viewPhoto(&e.Photo, "100vw").Named(e.ID).At("alt", p.by(text.PhotoBy, e.Caption, e.Author)).At("draggable", "false")
}

func (p *Panel) viewAbout(e *api.Entry) *m.Node {
	by := e.Author
	if e.City != "" {
		by += " · " + p.named(p.challenge.Cities, e.City) // replies may carry its identifier or its name
	}
	about := m.El("div.about").Named("about").Add(m.El("div.words").Add(
		para("cap", e.Caption), para("by", by), m.El("p.capture !capture").Text(p.capture(&e.Photo.Capture))))
	if e.Status != "published" {
		return about
	}
	return about.Add(m.El("div.acts").Add(
		p.viewVote(e.ID, e.Caption, e.Author, p.votesOf(e.Score)),
		p.viewCompare(e),
		p.button("button.link !report", text.Report, func() { p.viewer.report.open = true }),
		p.viewTakedown(e)))
}

func (p *Panel) viewCompare(e *api.Entry) *m.Node {
	if !p.mayCompare(e) {
		return nil
	}
	return p.button("button.link !compare", text.Compare, func() { p.compare(e) })
}

// viewTakedown leads who is in the photo to the page where they may ask to have it taken down, without an account.
func (p *Panel) viewTakedown(e *api.Entry) *m.Node {
	return p.el("a.link !takedown target=_blank rel=noopener", text.InPhoto).
		At("href", p.opt.Base+"/e/"+api.Escape(e.ID)+"/takedown?lang="+p.say.Tag())
}

// capture is what the camera wrote, as photographers read it.
func (p *Panel) capture(c *api.Capture) string {
	line := ""
	add := func(before, part, after string) {
		if part == "" || part == "0" {
			return
		}
		if line != "" {
			line += " · "
		}
		line += before + part + after
	}
	add("", camera(c), "")
	if c.Model == "" || !contains(c.Lens, c.Model) { // phones call their lens by their own name
		add("", c.Lens, "")
	}
	if !contains(c.Lens, "f/") { // some lenses tell it in their name
		add("f/", c.Aperture, "")
	}
	add("", c.Exposure, " s")
	add("ISO ", c.ISO, "")
	if c.TakenAt != 0 {
		add("", p.say.Say(text.TakenOn, "date", p.date(c.TakenAt)), "")
	}
	add("", c.Place, "")
	return line
}

func contains(s, part string) bool {
	for i := 0; i+len(part) <= len(s); i++ {
		if s[i:i+len(part)] == part {
			return true
		}
	}
	return false
}

// camera is make and model; some makers repeat their name in the model.
func camera(c *api.Capture) string {
	if n := len(c.Make); n == 0 || len(c.Model) >= n && c.Model[:n] == c.Make {
		return c.Model
	}
	return c.Make + " " + c.Model
}

func (p *Panel) viewReport() *m.Node {
	r := &p.viewer.report
	return m.El("form.about.report !report-form").On("submit", p.sendReport).Add(
		m.El("fieldset.reasons").Add(p.el("legend", text.ReportTitle),
			p.viewReason("rights", text.ReportRights), p.viewReason("person", text.ReportPerson),
			p.viewReason("offensive", text.ReportOffensive), p.viewReason("off_topic", text.ReportOffTopic),
			p.viewReason("other", text.ReportOther)),
		m.El("textarea !report-note rows=2 maxlength=500").Label(p.t(text.ReportNote)).At("placeholder", p.t(text.ReportNote)).
			Value(r.note).Note("input", func(e *m.Event) { r.note = e.Value }),
		m.El("p.problem role=alert").Text(r.problem),
		m.El("div.acts").Add(
			p.button("button.quiet !report-cancel", text.Cancel, func() { *r = report{} }),
			m.El("button.main !report-send type=submit").Flag("disabled", r.reason == "" || r.sending).Text(p.t(text.ReportSend))))
}

func (p *Panel) viewReason(reason string, k text.Key) *m.Node {
	r := &p.viewer.report
	return m.El("label.consent").Add(
		m.El("input type=radio name=reason").At("data-testid", "reason-"+reason).Checked(r.reason == reason).
			Note("change", func(*m.Event) { r.reason = reason }),
		span(p.t(k)))
}
