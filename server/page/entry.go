package page

import (
	"math"
	"net/url"
	"strconv"
	"strings"

	"fanfare/server/contest"
)

type entry struct {
	Back, Hashtag, Title string // Back is the link to the challenge
	Vote                 string // the link to where this entry can be voted for; empty when votes are closed
	Deadline             string
	Final                bool   // the rank is that of the result
	Note                 string // what may be seen of the votes now
	Picture              Picture
	Full                 string // the largest rendition
	Number               contest.EntryNumber
	Caption              []string
	Author, City         string
	Rank, Of             int
	Top                  int    // among how many percent of the best, by the certified result; 0 before
	Over                 string // why it has no place in that
	Results              string // the link to it
	Score                int64
	Unit                 string // what the score counts; empty where it may not be seen
	Behind               string // what is missing for the next place
	Places               []onBoard
	Near                 []Tile
	Capture              []Fact
	Submitted            Moment
	Address              string
	Log                  string // the link to the vote log
	Takedown             string // the link for somebody who is in the photo
	Rights               string // what partners may; empty where that is not known
	Shares               []share
	Counted              string // the slug of the challenge for which the page counts its visitor; empty where it does not
}

// onBoard is the entry's place on one of its boards, with the way there.
type onBoard struct{ Href, Name, Place string }

// Fact is a labelled value; Key is the label's message.
type Fact struct{ Key, Value string }

// share is a link that opens another service with this page filled in. No script of theirs is loaded.
type share struct{ Key, Href string }

func (c *Context) entryHead(v EntryView) Head {
	e := v.Entry
	head := Head{
		Title:       c.T("entry.title", "caption", cut(e.Caption, maxTitle), "author", e.Author),
		Description: c.T("entry.description", "hashtag", v.Challenge.Hashtag, "title", c.Text(v.Challenge.Title), "number", e.Number, "caption", cut(e.Caption, maxDescription)),
		Class:       "entry",
		Entry:       e.ID,
	}
	if !v.Uncounted {
		head.Scripts = []string{assetPath("collect.js")}
	}
	c.headImage(&head, e.Photo, e.Caption, e.Author)
	return head
}

// maxTitle is about what a browser's tab and a link preview show, in code points.
const maxTitle = 60

func (c *Context) entry(v EntryView) entry {
	e, ch := v.Entry, v.Challenge
	address := c.Absolute(EntryPath(e.ID))
	d := entry{
		Back: c.Href(ChallengePath(ch.Slug)), Hashtag: ch.Hashtag, Title: c.Text(ch.Title),
		Deadline: c.Deadline(ch, v.Now), Final: decided(ch, v.Now),
		Note:    c.tallyNote(ch, Tally{Shows: v.Shows, AsAt: v.AsAt}, v.Now),
		Picture: c.Picture(e.Photo, photoSizes, c.Alt(e.Caption, e.Author)),
		Number:  e.Number, Caption: Paragraphs(e.Caption), Author: e.Author,
		City: c.ChoiceName(ch.Cities, e.City), Rank: v.Rank, Of: v.Of, Score: e.Score,
		Capture: c.Capture(e.Photo.Capture, ch), Submitted: c.Moment(e.SubmittedAt, v.Now, ch.Location()),
		Address: address, Log: c.Href(LogPath(v.Challenge.Slug)), Takedown: c.Href(TakedownPath(e.ID)), Shares: c.shares(v, address),
	}
	if v.Rights != nil {
		d.Rights = c.Rights(e, *v.Rights, ch, v.Now)
	}
	if v.Shows == contest.ScoresShown {
		d.Unit = unit(ch)
	}
	if ch.Certified() {
		c.final(&d, v)
	}
	c.around(&d, v)
	if !v.Uncounted {
		d.Counted = ch.Slug
	}
	if largest, ok := rendition(e.Photo, "2048"); ok {
		d.Full = c.PhotoURL(largest.Key)
	}
	if ch.Votes.Contains(v.Now) {
		d.Deadline = c.T("deadline.votes_close", "span", c.Span(v.Now, ch.Votes.Closes))
		d.Vote = c.Href(ChallengePath(ch.Slug) + "#" + string(e.ID))
	}
	return d
}

// around says where the entry stands on its boards, and among whom.
func (c *Context) around(d *entry, v EntryView) {
	ch := v.Challenge
	if d.Unit != "" && v.Behind > 0 {
		d.Behind = c.N("entry.behind."+d.Unit, v.Behind)
	}
	for _, p := range v.Places {
		d.Places = append(d.Places, onBoard{
			c.Href(BoardPath(ch.Slug, p.Scope)), c.boardName(ch, p.Scope), c.T("entry.place", "rank", c.Number(p.Rank), "of", c.Number(p.Of)),
		})
	}
	if len(v.Near) > 1 {
		d.Near = c.tiles(v.Near, ch, v.Shows, placeSizes)
	}
}

// final says what the certified result says of the entry.
func (c *Context) final(d *entry, v EntryView) {
	d.Results = c.Href(ResultsPath(v.Challenge.Slug) + "?number=" + strconv.Itoa(int(v.Entry.Number)))
	if v.Rank > 0 {
		d.Top = contest.TopPercent(v.Rank, v.Of)
	}
	if reason := v.Entry.PassedOver; reason != "" {
		d.Over = c.T("entry.over", "reason", c.T("over."+string(reason)))
	}
}

func (c *Context) shares(v EntryView, address string) []share {
	text := c.T("share.text", "hashtag", v.Challenge.Hashtag, "caption", cut(v.Entry.Caption, maxTitle), "author", v.Entry.Author)
	weibo := url.Values{"url": {address}, "title": {text}}
	if r, ok := rendition(v.Entry.Photo, "1024"); ok {
		weibo.Set("pic", c.Absolute(c.PhotoURL(r.Key)))
	}
	x := url.Values{"url": {address}, "text": {text}}
	mail := url.Values{"subject": {v.Challenge.Hashtag}, "body": {text + "\n" + address}}
	return []share{
		{"share.weibo", "https://service.weibo.com/share/share.php?" + weibo.Encode()},
		{"share.x", "https://x.com/intent/post?" + x.Encode()},
		{"share.mail", "mailto:?" + strings.ReplaceAll(mail.Encode(), "+", "%20")},
	}
}

// Capture lists what the camera wrote, as labelled values; what is unknown is left out.
func (c *Context) Capture(capture contest.Capture, ch contest.Challenge) []Fact {
	var facts []Fact
	add := func(key, value string) {
		if value != "" {
			facts = append(facts, Fact{key, value})
		}
	}
	add("capture.camera", camera(capture))
	add("capture.lens", capture.Lens)
	var how []string
	if capture.Exposure != "" {
		how = append(how, capture.Exposure+" s")
	}
	if capture.Aperture != "" {
		how = append(how, "ƒ/"+capture.Aperture)
	}
	if capture.ISO > 0 {
		how = append(how, "ISO "+strconv.Itoa(capture.ISO))
	}
	add("capture.exposure", strings.Join(how, " · "))
	if !capture.TakenAt.IsZero() {
		add("capture.taken", c.stamp(capture.TakenAt, ch.Location()))
	}
	if capture.Place != nil {
		add("capture.place", c.place(*capture.Place))
	}
	return facts
}

// place writes a place in degrees: "30.6° N, 114.3° E".
func (c *Context) place(p contest.Place) string {
	lat, lon := "place.north", "place.east"
	if p.Lat < 0 {
		lat = "place.south"
	}
	if p.Lon < 0 {
		lon = "place.west"
	}
	degrees := func(v float64) string { return strconv.FormatFloat(math.Abs(v), 'f', 1, 64) }
	return c.T("place", "lat", c.T(lat, "degrees", degrees(p.Lat)), "lon", c.T(lon, "degrees", degrees(p.Lon)))
}

// camera joins make and model, without the make where the model begins with its first word: "NIKON CORPORATION" makes the
// "NIKON Z 6".
func camera(capture contest.Capture) string {
	first, _, _ := strings.Cut(strings.ToLower(capture.Make), " ")
	if strings.HasPrefix(strings.ToLower(capture.Model), first) {
		return capture.Model
	}
	return strings.TrimSpace(capture.Make + " " + capture.Model)
}
