package panel

import (
	"strconv"

	"fanfare/widget/api"
	m "fanfare/widget/markup"
	"fanfare/widget/text"
)

func (p *Panel) viewGallery() *m.Node {
	return p.pane(tabGallery).Add(m.El("div.tools").Add(p.viewSearch(), p.viewOrders()), p.viewFound(), p.viewMore())
}

func (p *Panel) viewSearch() *m.Node {
	g := &p.gallery
	box := m.El("div.search role=search").Add(icon(iconSearch),
		m.El("input !search type=text inputmode=search enterkeyhint=search maxlength=80 autocomplete=off").
			Label(p.t(text.Search)).At("placeholder", p.t(text.Search)).
			Value(g.query).Note("input", func(e *m.Event) { p.search(e.Value) }))
	if g.query != "" {
		box.Add(p.iconButton("button.icon !clear-search", iconClose, text.ClearSearch, func() { p.search("") }))
	}
	return box
}

func (p *Panel) viewOrders() *m.Node {
	orders := m.El("div.orders role=group").Label(p.t(text.Sort)).Add(p.viewOrder("button.order !sort-newest", sortNewest, text.Newest))
	if !p.boardless() {
		orders.Add(p.viewOrder("button.order !sort-top", sortTop, text.Top))
	}
	return orders.Add(p.viewOrder("button.order !sort-shuffle", sortShuffle, text.Shuffle))
}

func (p *Panel) viewOrder(description, sort string, k text.Key) *m.Node {
	return p.button(description, k, func() { p.order(sort) }).Bool("aria-pressed", p.gallery.sort == sort && p.gallery.query == "")
}

// viewFound is the list, or the sentence that stands for it.
func (p *Panel) viewFound() *m.Node {
	g := &p.gallery
	switch {
	case len(g.ids) > 0:
	case g.failed:
		return p.viewFailed(func() { p.loadGallery(false) })
	case g.loading:
		return p.state("div !gallery-loading", text.Loading)
	case g.query != "":
		return m.El("p.state !no-hits role=status").Text(p.say.Say(text.NoHits, "q", g.query))
	case p.now() < p.challenge.Entries.Opens:
		return p.state("div !gallery-empty", text.GallerySoon)
	case p.now() >= p.challenge.Entries.Closes:
		return p.state("div !gallery-empty", text.NobodyEntered)
	default:
		return p.state("div !gallery-empty", text.GalleryEmpty)
	}
	ratios := make([]int, len(g.ids))
	for i, id := range g.ids {
		ratios[i] = proportion(&p.entries[id].Photo)
	}
	grid := m.El("ul.grid !gallery role=list")
	for i, share := range justify(ratios, p.rowRatio()) {
		grid.Add(p.viewCell(p.entries[g.ids[i]], share).Style("--r", decimal(ratios[i], 2)))
	}
	return grid
}

func (p *Panel) viewCell(e *api.Entry, s share) *m.Node {
	pixels := strconv.Itoa(p.galleryWidth()*s.part/10_000) + "px"
	return m.El("li.cell !cell").Named(e.ID).At("data-entry", e.ID).Style("--s", decimal(s.part, 4)).
		Style("--gaps", strconv.Itoa(s.gaps)).Add(
		p.viewOpen(e.Caption, e.Author, func() { p.look(e.ID, p.gallery.ids) }).Add(p.viewPhoto(&e.Photo, pixels)),
		m.El("div.under").Add(para("by", e.Author), p.viewVote(e.ID, e.Caption, e.Author, p.votesOf(e.Score))))
}

// proportion is width by height in hundredths, held between a tall portrait and a panorama so that each photo can be
// seen and none takes more than its row.
func proportion(photo *api.Photo) int {
	if photo.Width <= 0 || photo.Height <= 0 {
		return 100
	}
	return int(min(max(photo.Width*100/photo.Height, 70), 220))
}

// decimal writes a number of hundredths (two places) or ten-thousandths (four) for a style.
func decimal(n, places int) string {
	s := strconv.Itoa(n)
	for len(s) <= places {
		s = "0" + s
	}
	return s[:len(s)-places] + "." + s[len(s)-places:]
}

func (p *Panel) viewMore() *m.Node {
	g := &p.gallery
	switch {
	case g.next == "" || len(g.ids) == 0:
		return nil
	case g.failed:
		return p.viewFailed(func() { p.loadGallery(true) })
	case g.loading:
		return p.el("button.quiet.more !more type=button disabled", text.Loading)
	}
	return p.button("button.quiet.more !more", text.More, func() { p.loadGallery(true) })
}
