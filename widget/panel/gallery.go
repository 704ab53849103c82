package panel

import (
	"strconv"

	"fanfare/widget/api"
	"fanfare/widget/port"
)

// The orders of the gallery, by the server's names.
const (
	sortNewest  = "newest"
	sortTop     = "top"
	sortShuffle = "shuffle"
)

// maxSeed bounds the shuffle's seed, as the server does.
const maxSeed = 1<<31 - 1

// pageSize is how many entries a page of the gallery has: about three screens of a phone.
const pageSize = "24"

// gallery is a list of entries, of all or of those found by a query.
type gallery struct {
	sort    string
	seed    string // of the shuffle
	query   string
	ids     []string
	next    string // cursor of the page after; empty at the end
	loading bool
	failed  bool
	fresh   int // grows with each new list, so that a late answer to an old wish is dropped
}

// loadGallery asks for the list anew, or for its next page.
func (p *Panel) loadGallery(more bool) {
	g := &p.gallery
	if !more {
		g.fresh++
		g.next = ""
	}
	g.loading, g.failed = true, false
	wish := g.fresh
	p.w.Network.Fetch(&port.Request{Method: "GET", URL: p.galleryURL()}, func(r *port.Response) {
		if wish != g.fresh {
			return
		}
		g.loading = false
		v := api.Parse(r.Body)
		if g.failed = v == nil || !r.OK(); g.failed {
			return
		}
		if !more {
			g.ids = nil
		}
		p.takePage(api.ReadPage(v))
	})
}

func (p *Panel) galleryURL() string {
	g := &p.gallery
	url := p.own("/entries?limit=" + pageSize + "&sort=" + g.sort)
	if g.query != "" {
		url = p.own("/search?q=" + api.Escape(g.query))
	} else if g.sort == sortShuffle {
		url += "&seed=" + g.seed
	}
	if g.next != "" {
		url += "&cursor=" + api.Escape(g.next)
	}
	return url
}

func (p *Panel) takePage(entries []*api.Entry, next string) {
	g := &p.gallery
	shown := make(map[string]bool, len(g.ids))
	for _, id := range g.ids {
		shown[id] = true
	}
	for _, e := range entries {
		p.meet(e)
		if e.Voted {
			p.votes.cast[e.ID] = true
		}
		if !shown[e.ID] { // an entry that moved to the next page meanwhile
			g.ids = append(g.ids, e.ID)
		}
	}
	g.next = next
}

// order chooses an order. Choosing the shuffle again shuffles again.
func (p *Panel) order(sort string) {
	if p.gallery.sort = sort; sort == sortShuffle {
		p.gallery.seed = strconv.Itoa(int(p.w.Clock.Random() * maxSeed))
	}
	p.gallery.query = ""
	p.loadGallery(false)
}

// search looks for what was typed, once the fan stops typing.
func (p *Panel) search(query string) {
	if query == p.gallery.query {
		return
	}
	p.gallery.query = query
	p.after("search", searchPause, func() { p.loadGallery(false) })
}
