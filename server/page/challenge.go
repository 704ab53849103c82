package page

import (
	"net/url"
	"strings"
	"time"

	"fanfare/server/contest"
)

type challenge struct {
	Preview, Uncounted   bool
	Slug, Hashtag, Title string
	Brief                []string // paragraphs
	Phase, Deadline      string
	Call                 string // the message of the button; empty where nothing is open
	Entries              int
	Counted              string // how many votes there are; empty where that may not be seen
	Note                 string // what may be seen of the votes now; empty where that is everything
	Results              string // the link to the result, or to when there will be one
	Steps                []step
	Zone                 string
	Rules                []string
	RulesHash, Log       string // Log is a link
	Feed                 string // path, without its format
	Frozen               Moment
	Cities, Partners     []string
	Prizes               PrizeLines
	Hero                 *Tile  // the leading photo, or the newest; nil where there is none, or a result
	HeroNote             string // its message
	Podium               []Tile
	Board                boards
	BoardScope           string // its name for the widget; empty for the board of all entries
	Newest               []Tile
}

// step is one line of a challenge's calendar.
type step struct {
	Key         string // of its name
	Open        bool   // now lies in it
	Past        bool
	Opens, Ends Moment // Ends is zero where only the beginning is known, and that as the earliest
}

// Tile is an entry in a list, in words.
type Tile struct {
	Href            string
	Picture         Picture
	Number          contest.EntryNumber
	Rank            int // 0 where it may not be seen
	Score           int64
	Unit            string // what the score counts: the message's key; empty where it may not be seen
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
		Feeds:       []string{shownFeed(v)},
	}
	if v.Preview {
		head.Scripts, head.Feeds, head.NoIndex = nil, nil, true
	}
	if lead, _, ok := lead(v); ok {
		c.headImage(&head, lead.Photo, lead.Caption, lead.Author)
	}
	c.boardHead(&head, v)
	return head
}

// shownFeed is the path of the feed of what a challenge's page shows: all of it, or one of its boards.
func shownFeed(v ChallengeView) string {
	if v.Board != nil && !v.Board.Scope.Groups() {
		return BoardFeedPath(v.Challenge.Slug, v.Board.Scope)
	}
	return FeedPath(v.Challenge.Slug)
}

// boardHead makes the board of a city or a partner a page of its own, which unfolds under its name and with its photo where they pass
// its address on.
func (c *Context) boardHead(head *Head, v ChallengeView) {
	if v.Board == nil || v.Board.Scope.Kind != contest.CityBoard && v.Board.Scope.Kind != contest.PartnerBoard {
		return
	}
	head.Title = c.boardName(v.Challenge, v.Board.Scope) + " · " + head.Title
	head.Query = "?" + url.Values{"board": {v.Board.Scope.String()}}.Encode()
	if len(v.Board.Cards) > 0 {
		first := v.Board.Cards[0]
		c.headImage(head, first.Photo, first.Caption, first.Author)
	}
}

// lead is the photo that stands for a challenge, with what is said of it: the leading one, or the newest where nobody may
// see which one leads.
func lead(v ChallengeView) (card Card, note string, ok bool) {
	switch {
	case len(v.Top) > 0:
		return v.Top[0], "challenge.leads", true
	case v.Shows == contest.NothingShown && len(v.Newest) > 0:
		return v.Newest[0], "challenge.newest_by", true
	}
	return Card{}, "", false
}

// maxDescription is about what search results and link previews show, in code points.
const maxDescription = 160

func (c *Context) challenge(v ChallengeView) challenge {
	ch := v.Challenge
	if v.Preview {
		ch.LaunchedAt = v.Now
	}
	d := challenge{
		Preview: v.Preview, Uncounted: v.Uncounted,
		Slug: ch.Slug, Hashtag: ch.Hashtag, Title: c.Text(ch.Title), Brief: Paragraphs(c.Text(ch.Brief)),
		Phase: ch.Phase(v.Now), Deadline: c.Deadline(ch, v.Now), Entries: v.Entries, Counted: c.counted(ch, v.Tally), Note: c.tallyNote(ch, v.Tally, v.Now),
		Steps: c.steps(ch, v.Now), Zone: c.Zone(ch, v.Now), Rules: c.Rules(ch), RulesHash: ch.RulesHash, Log: c.Href(LogPath(ch.Slug)), Feed: shownFeed(v),
		Frozen: c.Moment(ch.LaunchedAt, v.Now, ch.Location()), Cities: c.Names(ch.Cities), Partners: c.Names(ch.Partners), Prizes: c.PrizeLines(v.Prizes),
		Newest: c.tiles(v.Newest[:min(len(v.Newest), newestShown)], ch, v.Shows, tileSizes),
	}
	if key := "call." + d.Phase; c.Has(key) {
		d.Call = key
	}
	if awaited := d.Phase == "audit"; awaited || ch.Certified() {
		d.Results = c.Href(ResultsPath(ch.Slug))
	}
	top, title := v.Top[:min(len(v.Top), topPlaces)], "challenge.board"
	if decided(ch, v.Now) {
		n := min(len(top), podium)
		if ch.Rules.Winners > 0 {
			n = min(n, ch.Rules.Winners)
		}
		d.Podium, top, title = c.tiles(top[:n], ch, v.Shows, leadSizes), top[n:], "challenge.places"
	} else if card, note, ok := lead(v); ok {
		d.Hero, d.HeroNote = &c.tiles([]Card{card}, ch, v.Shows, leadSizes)[0], note
	}
	d.Board = c.board(v, title, c.tiles(top, ch, v.Shows, placeSizes))
	if v.Board != nil {
		d.BoardScope = v.Board.Scope.String()
	}
	return d
}

// decided reports whether the board is the result.
func decided(ch contest.Challenge, now time.Time) bool {
	phase := ch.Phase(now)
	return phase == "ended" || phase == "certified"
}

// unit is what a challenge's scores count, as a message's key.
func unit(ch contest.Challenge) string {
	if ch.Rules.InPoints() {
		return "points"
	}
	return "votes"
}

// counted says how many votes, or points, there are; nothing where that may not be seen.
func (c *Context) counted(ch contest.Challenge, t Tally) string {
	if t.Shows != contest.ScoresShown {
		return ""
	}
	return c.N(unit(ch), t.Votes)
}

// tallyNote says what is kept back of the votes; nothing where that is nothing.
func (c *Context) tallyNote(ch contest.Challenge, t Tally, now time.Time) string {
	switch {
	case t.Shows == contest.NothingShown:
		return c.T("seen.hidden")
	case t.Shows == contest.OrderShown:
		return c.T("seen.ranks")
	case !t.AsAt.IsZero():
		return c.T("seen.as_at", "time", c.Moment(t.AsAt, now, ch.Location()).Text)
	}
	return ""
}

func (c *Context) steps(ch contest.Challenge, now time.Time) []step {
	zone := ch.Location()
	one := func(key string, w contest.Window) step {
		return step{key, w.Contains(now), !now.Before(w.Closes), c.Moment(w.Opens, now, zone), c.Moment(w.Closes, now, zone)}
	}
	steps := []step{one("step.entries", ch.Entries), one("step.votes", ch.Votes)}
	if ch.Rules.Certifies() && !ch.Certified() {
		steps = append(steps, step{Key: "step.result", Opens: c.Moment(ch.AuditEnds(), now, zone)})
	}
	return steps
}

func (c *Context) tiles(cards []Card, ch contest.Challenge, shows contest.Shows, sizes string) []Tile {
	tiles := make([]Tile, 0, len(cards))
	counts := ""
	if shows == contest.ScoresShown {
		counts = unit(ch)
	}
	for _, card := range cards {
		alt := c.Alt(card.Caption, card.Author)
		p := c.Picture(card.Photo, sizes, alt)
		if sizes == placeSizes {
			p = c.Square(card.Photo, alt)
		}
		tiles = append(tiles, Tile{
			Href: c.Href(EntryPath(card.Entry)), Picture: p, Number: card.Number, Rank: card.Rank, Score: card.Score, Unit: counts,
			Caption: card.Caption, Author: card.Author, City: c.ChoiceName(ch.Cities, card.City),
		})
	}
	return tiles
}

// Names are those of choices.
func (c *Context) Names(choices []contest.Choice) []string {
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
