package page

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/feeds"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// FeedFormat is what a feed is written in; it ends the feed's path.
type FeedFormat string

// The formats.
const (
	Atom     FeedFormat = "atom" // RFC 4287
	RSS      FeedFormat = "rss"  // RSS 2.0, www.rssboard.org/rss-specification
	JSONFeed FeedFormat = "json" // JSON Feed 1.1, www.jsonfeed.org
)

var feedTypes = map[FeedFormat]string{Atom: "application/atom+xml", RSS: "application/rss+xml", JSONFeed: "application/feed+json"}

// Known reports whether there is such a format.
func (f FeedFormat) Known() bool { return feedTypes[f] != "" }

// Occasion is why an entry stands in a feed.
type Occasion string

// The occasions.
const (
	NewEntry      Occasion = "new"
	FeaturedEntry Occasion = "featured"
	WinningEntry  Occasion = "winner"
)

// FeedItem is an entry of a feed.
type FeedItem struct {
	Place
	Occasion Occasion
	At       time.Time
	Tags     []string
	Rights   string // what its fan lets partners do, in the page's language; may be empty
}

// FeedView is what a feed tells.
type FeedView struct {
	Challenge contest.Challenge
	Format    FeedFormat
	Title     string // in the page's language
	About     string // path of the page that shows the same to people
	Path      string // of the feed, without its format
	Items     []FeedItem
}

// FeedPath is the path of a challenge's feed, or of one of its boards', without its format: FeedAddress adds that.
func FeedPath(slug string) string { return ChallengePath(slug) + "/feed" }

// ResultsFeedPath is the path of the feed of winners and featured entries, without its format.
func ResultsFeedPath(slug string) string { return ResultsPath(slug) + "/feed" }

// FeedAddress is where a feed is in one format. Its path may have a query.
func FeedAddress(path string, f FeedFormat) string {
	path, query, asks := strings.Cut(path, "?")
	path += "." + string(f)
	if asks {
		path += "?" + query
	}
	return path
}

// BoardFeedPath is the path of a board's feed, without its format.
func BoardFeedPath(slug string, scope contest.Scope) string {
	if scope == (contest.Scope{}) {
		return FeedPath(slug)
	}
	return FeedPath(slug) + "?" + url.Values{"board": {scope.String()}}.Encode()
}

// FeedLink is a feed in one format.
type FeedLink struct{ Name, Type, Address string }

// Feeds offers a feed in every format.
func (c *Context) Feeds(path string) []FeedLink {
	return []FeedLink{
		{"RSS", feedTypes[RSS], c.Href(FeedAddress(path, RSS))},
		{"Atom", feedTypes[Atom], c.Href(FeedAddress(path, Atom))},
		{"JSON Feed", feedTypes[JSONFeed], c.Href(FeedAddress(path, JSONFeed))},
	}
}

// FeedTitle names a challenge's feed, or that of one of its boards.
func (c *Context) FeedTitle(ch contest.Challenge, board contest.Scope) string {
	if board == (contest.Scope{}) {
		return c.T("feed.challenge", "hashtag", ch.Hashtag, "title", c.Text(ch.Title))
	}
	return c.T("feed.board", "hashtag", ch.Hashtag, "title", c.Text(ch.Title), "board", c.boardName(ch, board))
}

// ResultsTitle names a challenge's result.
func (c *Context) ResultsTitle(ch contest.Challenge) string {
	return c.T("results.title", "hashtag", ch.Hashtag, "title", c.Text(ch.Title))
}

// PartnerFeedPath is the path of the feed of what a partner may repost in a challenge, without its format.
func PartnerFeedPath(slug string, p kpi.PartnerID) string {
	return ChallengePath(slug) + "/partners/" + url.PathEscape(string(p)) + "/feed"
}

// PartnerFeedTitle names that feed.
func (c *Context) PartnerFeedTitle(ch contest.Challenge, partner contest.Text) string {
	return c.T("feed.partner", "hashtag", ch.Hashtag, "title", c.Text(ch.Title), "partner", c.Text(partner))
}

// Feed writes a feed, the newest item first.
func (p *Renderer) Feed(w http.ResponseWriter, r *http.Request, v FeedView) error {
	c := p.Context(r)
	v.Items = slices.SortedStableFunc(slices.Values(v.Items), func(a, b FeedItem) int { return b.At.Compare(a.At) })
	f, err := c.feed(v)
	if err != nil {
		return fmt.Errorf("write feed: %w", err)
	}
	out, err := c.encodeFeed(f, v)
	if err != nil {
		return fmt.Errorf("write feed: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", feedTypes[v.Format]+"; charset=utf-8")
	h.Set("Content-Language", string(c.Lang))
	h.Set("Access-Control-Allow-Origin", "*") // anybody's page may read it
	h.Add("Vary", "Accept-Language")
	if r.Method != http.MethodHead {
		w.Write(out) // a reader who has gone is no fault of the feed
	}
	return nil
}

func (c *Context) feed(v FeedView) (*feeds.Feed, error) {
	f := &feeds.Feed{
		Id: c.Absolute(v.About), Title: v.Title, Description: c.Text(v.Challenge.Brief),
		Link: &feeds.Link{Href: c.Absolute(c.Href(v.About))}, Author: &feeds.Author{Name: "Fanfare"}, Updated: v.Challenge.LaunchedAt.UTC(),
	}
	for _, item := range v.Items {
		i, err := c.feedItem(item)
		if err != nil {
			return nil, err
		}
		f.Items = append(f.Items, i)
		f.Updated = later(f.Updated, i.Updated)
	}
	return f, nil
}

// feedItem leaves the description to each format: one takes it for HTML, another for text.
func (c *Context) feedItem(item FeedItem) (*feeds.Item, error) {
	address := c.Absolute(EntryPath(item.Entry))
	i := &feeds.Item{
		Id: address + "#" + string(item.Occasion), IsPermaLink: "false", Title: c.feedTitle(item), Link: &feeds.Link{Href: address},
		Author: &feeds.Author{Name: item.Author}, Created: item.At.UTC(), Updated: item.At.UTC(),
	}
	picture := c.Picture(item.Photo, "", c.Alt(item.Caption, item.Author))
	var b strings.Builder
	err := c.page.shared.ExecuteTemplate(&b, "feed-item", c.With(feedContent{item, address, picture, Paragraphs(item.Caption)}))
	i.Content = strings.Map(inXML, b.String())
	if r, ok := rendition(item.Photo, plainName); ok {
		i.Enclosure = &feeds.Enclosure{Url: c.Absolute(c.PhotoURL(r.Key)), Type: "image/jpeg", Length: strconv.Itoa(r.Bytes)}
	}
	return i, err
}

// inXML leaves out what no XML document may have (XML 1.0 §2.2): RSS has its HTML in a CDATA section, in which nothing is escaped.
func inXML(r rune) rune {
	if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
		return -1
	}
	return r
}

// feedContent is an item as a reader of feeds shows it.
type feedContent struct {
	FeedItem
	Address string
	Picture Picture
	Lines   []string
}

func (c *Context) feedTitle(item FeedItem) string {
	caption := cmp.Or(cut(item.Caption, maxTitle), c.T("entry.number", "number", item.Number))
	switch item.Occasion {
	case FeaturedEntry:
		return c.T("feed.featured", "caption", caption)
	case WinningEntry:
		if award := c.Text(item.Award); award != "" {
			return award + c.T("list.colon") + caption
		}
		return c.T("feed.winner", "rank", item.Rank, "caption", caption)
	}
	return caption
}

// encodeFeed adds what a format says of itself, its address and its language, and what it calls a summary.
func (c *Context) encodeFeed(f *feeds.Feed, v FeedView) ([]byte, error) {
	self := c.Absolute(c.Href(FeedAddress(v.Path, v.Format)))
	summary := func(i int) string { return c.Alt(v.Items[i].Caption, v.Items[i].Author) }
	switch v.Format {
	case JSONFeed:
		out := (&feeds.JSON{Feed: f}).JSONFeed()
		out.FeedUrl, out.Language = self, string(c.Lang)
		for i, item := range out.Items {
			item.Summary, item.Tags = summary(i), v.Items[i].Tags
		}
		return json.MarshalIndent(out, "", " ")
	case RSS:
		out := (&feeds.Rss{Feed: f}).RssFeed()
		out.Language, out.ManagingEditor = string(c.Lang), "" // which would have to be a mail address, as authors
		for i, item := range out.Items {
			item.Description, item.Author = html.EscapeString(summary(i)), ""
		}
		return document(feeds.RssFeedXml{Version: "2.0", ContentNamespace: contentNamespace, Channel: out})
	}
	out := (&feeds.Atom{Feed: f}).AtomFeed()
	out.Id = f.Id
	for i, entry := range out.Entries {
		entry.Summary = &feeds.AtomSummary{Type: "text", Content: summary(i)}
	}
	links := []atomLink{{Rel: "self", Type: feedTypes[Atom], Href: self}, {Rel: "alternate", Type: "text/html", Href: f.Link.Href}}
	return document(atomFeed{AtomFeed: out, Lang: string(c.Lang), Links: links})
}

// contentNamespace is that of RSS items with HTML (web.resource.org/rss/1.0/modules/content).
const contentNamespace = "http://purl.org/rss/1.0/modules/content/"

// What the library leaves out of Atom: the feed's language and its own address.
type (
	atomFeed struct {
		*feeds.AtomFeed
		Lang  string     `xml:"xml:lang,attr"`
		Links []atomLink `xml:"link"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`
	}
)

func document(v any) ([]byte, error) {
	out, err := xml.MarshalIndent(v, "", " ")
	return append([]byte(xml.Header), out...), err
}
