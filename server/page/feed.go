package page

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// The elements of an Atom feed (RFC 4287).
type (
	atomFeed struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string      `xml:"xml:lang,attr"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Links   []atomLink  `xml:"link"`
		Author  atomPerson  `xml:"author"`
		Entries []atomEntry `xml:"entry"`
	}
	atomEntry struct {
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Links   []atomLink  `xml:"link"`
		Author  *atomPerson `xml:"author,omitempty"`
		Summary string      `xml:"summary"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr,omitempty"`
		Href string `xml:"href,attr"`
	}
	atomPerson struct {
		Name string `xml:"name"`
	}
)

// FeedItem is an entry of a feed: a winner, or one that staff featured.
type FeedItem struct {
	Place
	Featured bool
	At       time.Time
}

// FeedView is what a challenge's feed tells.
type FeedView struct {
	Results ResultsView
	Items   []FeedItem
}

// Feed writes a challenge's winners and featured entries as an Atom feed.
func (p *Renderer) Feed(w http.ResponseWriter, r *http.Request, v FeedView) error {
	c := p.Context(r)
	out, err := xml.Marshal(c.feed(v))
	if err != nil {
		return fmt.Errorf("write feed: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/atom+xml; charset=utf-8")
	h.Set("Content-Language", string(c.Lang))
	h.Add("Vary", "Accept-Language")
	if r.Method != http.MethodHead {
		w.Write(append([]byte(xml.Header), out...)) // a reader who has gone is no fault of the feed
	}
	return nil
}

func (c *Context) feed(v FeedView) atomFeed {
	ch := v.Results.Challenge
	path := ResultsPath(ch.Slug)
	updated := ch.LaunchedAt
	f := atomFeed{
		Lang: string(c.Lang), ID: c.Absolute(path), Author: atomPerson{"Fanfare"},
		Title: c.T("results.title", "hashtag", ch.Hashtag, "title", c.Text(ch.Title)),
		Links: []atomLink{
			{Rel: "self", Type: "application/atom+xml", Href: c.Absolute(c.Href(path + ".atom"))},
			{Rel: "alternate", Type: "text/html", Href: c.Absolute(c.Href(path))},
		},
	}
	for _, item := range v.Items {
		f.Entries = append(f.Entries, c.feedEntry(v.Results, item))
		updated = later(updated, item.At)
	}
	slices.SortStableFunc(f.Entries, func(a, b atomEntry) int { return cmp.Compare(b.Updated, a.Updated) })
	f.Updated = atomTime(updated)
	return f
}

func (c *Context) feedEntry(v ResultsView, item FeedItem) atomEntry {
	address := c.Absolute(EntryPath(item.Entry))
	e := atomEntry{
		ID: address + "#featured", Title: c.T("feed.featured", "caption", cut(item.Caption, maxTitle)), Updated: atomTime(item.At),
		Links: []atomLink{{Rel: "alternate", Type: "text/html", Href: address}}, Author: &atomPerson{item.Author},
		Summary: c.Alt(item.Caption, item.Author),
	}
	if !item.Featured {
		e.ID, e.Title = address+"#winner", c.T("feed.winner", "rank", item.Rank, "caption", cut(item.Caption, maxTitle))
		if award := c.Text(item.Award); award != "" {
			e.Title = award + c.T("list.colon") + cut(item.Caption, maxTitle)
		}
	}
	if r, ok := rendition(item.Photo, plainName); ok {
		e.Links = append(e.Links, atomLink{Rel: "enclosure", Type: "image/jpeg", Href: c.Absolute(c.PhotoURL(r.Key))})
	}
	return e
}

func atomTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
