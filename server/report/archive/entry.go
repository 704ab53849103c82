package archive

import (
	"fmt"
	"strconv"

	"fanfare/server/app/results"
	"fanfare/server/contest"
	"fanfare/server/page"
	"fanfare/server/partner"
)

func number(n contest.EntryNumber) string { return strconv.Itoa(int(n)) }

// tile is a place of a challenge, or a photo without one, in a list.
type tile struct {
	Href         string // empty for what is not shown any more
	Picture      page.Picture
	Number       contest.EntryNumber
	Rank         int // 0 for none
	Won          bool
	Caption      string
	Author, City string
	Award, Score string
	Gone         string // why it is not shown
}

// tile describes a line for pages in the challenge's folder.
func (b *book) tile(words *page.Context, l results.Line, of func(contest.Entry) image) tile {
	t := tile{Number: l.Placed.Entry, Rank: l.Rank, Won: b.won(l), Award: words.Text(l.Award), Score: b.score(words, l)}
	if l.Entry == nil {
		t.Gone = words.T("results.gone")
		if l.Withdrawn {
			t.Gone = words.T("results.withdrawn")
		}
		return t
	}
	e := *l.Entry
	t.Href = file(number(e.Number), words.Lang)
	t.Picture = picture("", of(e), words.Alt(e.Caption, e.Author))
	t.Caption, t.Author, t.City = e.Caption, e.Author, words.ChoiceName(b.Cities, e.City)
	return t
}

func (b *book) won(l results.Line) bool {
	return b.outcome.Result != nil && l.Rank > 0 && l.Rank <= b.outcome.Result.Winners
}

// score says how many votes, or points, a line has; empty where that may not be seen.
func (b *book) score(words *page.Context, l results.Line) string {
	if b.shows != contest.ScoresShown {
		return ""
	}
	return words.N(b.unit(), l.Score)
}

// unit is what scores count, as a message's key.
func (b *book) unit() string {
	if b.Rules.InPoints() {
		return "points"
	}
	return "votes"
}

// listView is a list of photos.
type listView struct {
	leaf
	Part           int
	Tiles          []tile
	Previous, Next string
}

// list writes the list of the gallery's number.
func (b *book) list(lines []results.Line, more bool) error {
	part := b.gallery
	return b.draw(b.folder+gallery(part), "season_list", func(words *page.Context, s sheet) (string, any) {
		v := listView{leaf: b.leaf(words, s), Part: part}
		for _, l := range lines {
			v.Tiles = append(v.Tiles, b.tile(words, l, small))
		}
		if part > 1 {
			v.Previous = file(gallery(part-1), words.Lang)
		}
		if more {
			v.Next = file(gallery(part+1), words.Lang)
		}
		return words.T("season.photos.of", "hashtag", b.Hashtag), v
	})
}

// gallery is what a list of photos is called.
func gallery(part int) string {
	if part == 1 {
		return "photos"
	}
	return fmt.Sprintf("photos-%d", part)
}

// entryView is the page of one photo.
type entryView struct {
	leaf
	tile
	Lines     []string // of the caption
	Of        string
	List      string // the list that has it
	Unit      string
	Votes     string
	Over      string
	Facts     []page.Fact
	Submitted string
	Rights    string
}

// entry writes a photo's page.
func (b *book) entry(l results.Line, grant partner.Grant) error {
	e := *l.Entry
	return b.draw(b.folder+number(e.Number), "season_entry", func(words *page.Context, s sheet) (string, any) {
		t := b.tile(words, l, large)
		v := entryView{
			leaf: b.leaf(words, s), tile: t, Lines: page.Paragraphs(e.Caption),
			List: file(gallery(b.gallery), words.Lang), Facts: words.Capture(e.Photo.Capture, b.Challenge), Submitted: words.Day(e.SubmittedAt, b.Location()),
			Rights: words.Rights(e, grant, b.Challenge, b.Now),
		}
		if b.outcome.Result != nil {
			v.Of = words.N("entry.of", len(b.outcome.Result.Places))
		}
		if b.shows == contest.ScoresShown {
			v.Unit, v.Votes = words.T("entry."+b.unit()), words.Number(l.Score)
		}
		if e.PassedOver != "" {
			v.Over = words.T("entry.over", "reason", words.T("over."+string(e.PassedOver)))
		}
		return t.Picture.Alt + " · " + b.Hashtag, v
	})
}
