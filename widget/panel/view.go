package panel

import (
	"fanfare/widget/api"
	"fanfare/widget/link"
	m "fanfare/widget/markup"
	"fanfare/widget/text"
)

// The sections that a fan changes between. Where there is room for two columns the board always stands beside.
const (
	tabBoard   = "board"
	tabGallery = "gallery"
	tabMine    = "mine"
)

// View is what there is to see now.
func (p *Panel) View() *m.Node {
	root := m.El("div.ff !panel").At("lang", p.say.Tag())
	if p.wide() {
		root.Class("ff wide")
	}
	if p.challenge == nil {
		return root.Add(p.viewMissing())
	}
	root.Add(p.viewHead(), p.viewBanned(), p.viewStanding())
	cols := m.El("div.cols").Named("cols")
	if p.wide() {
		cols.Add(m.El("div").Add(p.viewTabs(), p.viewMain()), p.viewBoard())
	} else {
		root.Add(p.viewTabs())
		cols.Add(p.viewBoard(), p.viewMain())
	}
	root.Add(cols, p.viewViewer(), p.viewForm(), p.viewQualify())
	if len(p.viewer.ids) == 0 { // a dialog lies over everything, so it tells itself
		root.Add(p.viewNotice())
	}
	return root
}

// t is a sentence without placeholders.
func (p *Panel) t(k text.Key) string { return p.say.Say(k) }

// el is an element that says a sentence.
func (p *Panel) el(description string, k text.Key) *m.Node { return m.El(description).Text(p.t(k)) }

// tn is a sentence with a number in it.
func (p *Panel) tn(k text.Key, n int64) string { return p.say.Say(k, "n", text.Number(n)) }

// by is a sentence about a photo.
func (p *Panel) by(k text.Key, caption, author string) string {
	return p.say.Say(k, "caption", caption, "author", author)
}

func span(words string) *m.Node { return m.El("span").Text(words) }

// para is a paragraph in a fan's own words, which may run in either direction.
func para(class, words string) *m.Node { return m.El("p dir=auto").Class(class).Text(words) }

// button is a button that does one thing and says it in words.
func (p *Panel) button(description string, k text.Key, do func()) *m.Node {
	return p.el(description, k).At("type", "button").On("click", do)
}

// iconButton says it by an icon.
func (p *Panel) iconButton(description string, path string, k text.Key, do func()) *m.Node {
	return m.El(description).At("type", "button").Label(p.t(k)).On("click", do).Add(icon(path))
}

// state says in a sentence why there is nothing else to see.
func (p *Panel) state(description string, k text.Key) *m.Node {
	return m.El(description).Class("state").Add(p.el("p", k))
}

// viewMissing stands where the challenge is not there: on its way, gone, or out of reach.
func (p *Panel) viewMissing() *m.Node {
	switch p.failure {
	case "":
		return p.state("div !loading", text.Loading)
	case "not_found":
		return p.state("div !missing", text.NoChallenge)
	}
	return p.viewFailed(p.retryChallenge)
}

// viewFailed says that something is out of reach, with the way to ask again.
func (p *Panel) viewFailed(again func()) *m.Node {
	return p.state("div !failed", text.LoadFailed).Named("failed").Add(p.button("button.quiet !try-again", text.TryAgain, again))
}

func (p *Panel) viewHead() *m.Node {
	c := p.challenge
	return m.El("header.head").Add(
		m.El("div.tagline").Add(m.El("span.hashtag").Text(c.Hashtag), p.viewState()),
		m.El("h2.title").Text(c.Title.In(p.say.Chinese)),
		m.El("p.brief").Text(c.Brief.In(p.say.Chinese)),
		m.El("div.deed").Add(m.El("div.facts").Add(p.viewWhen(), p.viewTotals()), p.viewEnter()))
}

// viewState says in a word how fresh the board is.
func (p *Panel) viewState() *m.Node {
	if p.boardless() {
		return nil
	}
	k, class := text.Connecting, "live"
	switch p.link.State() {
	case link.Live:
		k, class = text.Live, "live on"
		if p.ended() || p.overall.AsAt > 0 {
			return nil // what is shown does not move
		}
	case link.Offline:
		k, class = text.Offline, "live off"
	case link.Refused:
		k, class = text.NotLive, "live off"
	}
	return m.El("span !live-state").Class(class).Text(p.t(k))
}

func (p *Panel) viewTotals() *m.Node {
	totals := m.El("p.totals !totals").Add(span(p.tn(text.Photos, int64(p.overall.Entries))))
	if p.scores() {
		totals.Add(span(p.tn(text.Votes, int64(p.overall.Votes))))
	}
	if words := p.tallyWords(); words != "" {
		totals.Add(m.El("span !tally").Text(words))
	}
	return totals.Add(m.El("span !votes-left").Text(p.votesLeft()), p.viewNeed(), p.viewProof())
}

// tallyWords say as of when the numbers are, or when there will be some.
func (p *Panel) tallyWords() string {
	switch {
	case p.overall.AsAt > 0:
		return p.say.Say(text.AsAt, "at", p.date(api.Millis(p.overall.AsAt)))
	case !p.scores():
		return p.t(text.CountedLater)
	}
	return ""
}

func (p *Panel) viewEnter() *m.Node {
	k := text.Enter
	switch {
	case p.banned != nil:
		return nil
	case p.mayEnter() && p.enteredAll():
		return m.El("p.hint !entered-all").Text(p.refusal("too_many_entries", "limit", text.Number(p.challenge.PerFan)))
	case p.mayEnter():
	case p.mayFinish():
		k = text.FinishEntry
	default:
		return nil
	}
	return m.El("button.main !enter type=button").On("click", p.openForm).Add(icon(iconCamera), span(p.t(k)))
}

// viewStanding tells the fan's best place, on the board shown where they have one there. It is the one place that a screen
// reader is told of by itself.
func (p *Panel) viewStanding() *m.Node {
	strip := m.El("div.standing !my-standing role=status aria-live=polite")
	_, best := p.best(p.mine.spots)
	if best != nil {
		strip.Add(span(p.scopeName(p.scope)))
	} else {
		_, best = p.best(p.mine.places)
	}
	if best != nil {
		after := p.behind(best.Rank, best.Behind)
		if best.Final {
			after = p.tn(text.TopPercent, best.Top)
		}
		strip.Add(m.El("strong").Text(p.place(best.Rank, best.Of)), span(after))
	}
	return strip
}

func (p *Panel) place(rank, of int64) string {
	return p.say.Say(text.Place, "rank", text.Number(rank), "of", text.Number(of))
}

// behind tells how many votes gain a place, where that can be seen. A tie goes to who got there first, so it takes one more than the other has.
func (p *Panel) behind(rank, votes int64) string {
	switch {
	case rank == 1:
		return p.t(text.Leading)
	case !p.scores():
		return ""
	}
	return p.tn(text.Behind, votes+1)
}

// tabs are the sections offered.
func (p *Panel) tabs() []string {
	if p.wide() || p.boardless() {
		return []string{tabGallery, tabMine}
	}
	return []string{tabBoard, tabGallery, tabMine}
}

// section is the section shown.
func (p *Panel) section() string {
	if p.tab == tabBoard && (p.wide() || p.boardless()) {
		return tabGallery
	}
	return p.tab
}

func (p *Panel) tabName(tab string) text.Key {
	switch tab {
	case tabBoard:
		return p.boardName()
	case tabGallery:
		return text.Gallery
	}
	return text.Mine
}

func (p *Panel) viewTabs() *m.Node {
	bar := m.El("div.tabs role=tablist").Named("tabs").Label(p.t(text.Sections)).Hear("keydown", p.tabKey)
	for _, tab := range p.tabs() {
		selected := tab == p.section()
		b := p.button("button.tab role=tab", p.tabName(tab), func() { p.chooseTab(tab) }).Named(tab).
			At("id", "tab-"+tab).At("data-testid", "tab-"+tab).Bool("aria-selected", selected)
		if selected {
			b.At("aria-controls", "section-"+tab)
		} else {
			b.At("tabindex", "-1")
		}
		bar.Add(b)
	}
	return bar
}

func (p *Panel) chooseTab(tab string) {
	if p.tab = tab; tab == tabMine {
		p.loadMe()
	}
}

func (p *Panel) tabKey(e *m.Event) bool {
	by := 1
	switch e.Key {
	case "ArrowLeft":
		by = -1
	case "ArrowRight":
	default:
		return false
	}
	tabs := p.tabs()
	for i, tab := range tabs {
		if tab == p.section() {
			p.chooseTab(tabs[(i+by+len(tabs))%len(tabs)])
			break
		}
	}
	p.w.Screen.Focus("tab-" + p.section())
	return true
}

// viewMain is the section beside the board, or in its place.
func (p *Panel) viewMain() *m.Node {
	switch p.section() {
	case tabGallery:
		return p.viewGallery()
	case tabMine:
		return p.viewMine()
	}
	return nil
}

// pane is a section's element, bound to its tab where it has one.
func (p *Panel) pane(tab string) *m.Node {
	n := m.El("section").Class("pane "+tab).Named(tab).At("id", "section-"+tab).At("data-testid", "section-"+tab)
	if p.wide() && tab == tabBoard {
		return n.Label(p.t(p.boardName())).Add(p.el("h3", p.boardName()))
	}
	return n.At("role", "tabpanel").At("aria-labelledby", "tab-"+tab)
}

func (p *Panel) viewNotice() *m.Node {
	n := m.El("div !notice role=status").Text(p.notice.words)
	switch {
	case p.notice.words == "":
		return n.Class("notice none")
	case p.notice.bad:
		return n.Class("notice bad")
	}
	return n.Class("notice")
}
