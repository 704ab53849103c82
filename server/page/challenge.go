package page

import (
	"strings"
	"time"

	"fanfare/server/contest"
)

type challenge struct {
	Preview              bool
	Slug, Hashtag, Title string
	Brief                []string // paragraphs
	Phase, Deadline      string
	Call                 string // the message of the button; empty where nothing is open
	Entries              int
	Votes                int64
	Steps                []step
	Zone                 string
	Rules                []string
	RulesHash            string
	Frozen               Moment
	Cities, Partners     []string
	Hero                 *tile // the leading photo; nil where there is none, or a result
	Podium               []tile
	Board                []tile
	BoardTitle           string // its message
	Newest               []tile
}

// step is one line of a challenge's calendar.
type step struct {
	Key         string // of its name
	Open        bool   // now lies in it
	Past        bool
	Opens, Ends Moment
}

// tile is an entry in a list.
type tile struct {
	Href            string
	Picture         Picture
	Number          contest.EntryNumber
	Rank            int
	Score           int64
	Caption, Author string
	City            string
}

func (c *Context) challengeHead(v ChallengeView) Head {
	ch := v.Challenge
	head := Head{
		Title:       ch.Hashtag + " " + c.Text(ch.Title),
		Description: cut(c.Text(ch.Brief), maxDescription),
		Class:       "challenge",
		Scripts:     []string{"/embed.js"},
	}
	if v.Preview {
		head.Scripts, head.NoIndex = nil, true
	}
	if len(v.Top) > 0 {
		c.headImage(&head, v.Top[0].Photo, v.Top[0].Caption, v.Top[0].Author)
	}
	return head
}

// maxDescription is about what search results and link previews show, in code points.
const maxDescription = 160

func (c *Context) challenge(v ChallengeView) challenge {
	ch := v.Challenge
	if v.Preview {
		ch.LaunchedAt = v.Now
	}
	d := challenge{
		Preview: v.Preview,
		Slug:    ch.Slug, Hashtag: ch.Hashtag, Title: c.Text(ch.Title), Brief: Paragraphs(c.Text(ch.Brief)),
		Phase: ch.Phase(v.Now), Deadline: c.Deadline(ch, v.Now), Entries: v.Entries, Votes: v.Votes,
		Steps: c.steps(ch, v.Now), Zone: c.Zone(ch, v.Now), Rules: c.Rules(ch), RulesHash: ch.RulesHash,
		Frozen: c.Moment(ch.LaunchedAt, v.Now, ch.Location()), Cities: c.names(ch.Cities), Partners: c.names(ch.Partners),
		BoardTitle: "challenge.board", Newest: c.tiles(v.Newest[:min(len(v.Newest), newestShown)], ch, tileSizes),
	}
	if key := "call." + d.Phase; c.Has(key) {
		d.Call = key
	}
	top := v.Top[:min(len(v.Top), topPlaces)]
	if ch.Ended(v.Now) {
		n := min(len(top), podium)
		d.Podium, top, d.BoardTitle = c.tiles(top[:n], ch, leadSizes), top[n:], "challenge.places"
	} else if len(top) > 0 {
		d.Hero = &c.tiles(top[:1], ch, leadSizes)[0]
	}
	d.Board = c.tiles(top, ch, placeSizes)
	return d
}

func (c *Context) steps(ch contest.Challenge, now time.Time) []step {
	zone := ch.Location()
	one := func(key string, w contest.Window) step {
		return step{key, w.Contains(now), !now.Before(w.Closes), c.Moment(w.Opens, now, zone), c.Moment(w.Closes, now, zone)}
	}
	return []step{one("step.entries", ch.Entries), one("step.votes", ch.Votes)}
}

func (c *Context) tiles(cards []Card, ch contest.Challenge, sizes string) []tile {
	tiles := make([]tile, 0, len(cards))
	for _, card := range cards {
		alt := c.Alt(card.Caption, card.Author)
		p := c.Picture(card.Photo, sizes, alt)
		if sizes == placeSizes {
			p = c.Square(card.Photo, alt)
		}
		tiles = append(tiles, tile{
			Href: c.Href(EntryPath(card.Entry)), Picture: p, Number: card.Number, Rank: card.Rank, Score: card.Score,
			Caption: card.Caption, Author: card.Author, City: c.ChoiceName(ch.Cities, card.City),
		})
	}
	return tiles
}

func (c *Context) names(choices []contest.Choice) []string {
	names := make([]string, 0, len(choices))
	for _, choice := range choices {
		names = append(names, c.Text(choice.Name))
	}
	return names
}

// Paragraphs splits a text at its empty lines; what is left of line breaks is shown as such by the stylesheet.
func Paragraphs(text string) []string {
	var out []string
	for p := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}
