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

// tile describes a line for pages in the challenge's folder, with its score as far as that is shown.
func (b *book) tile(words *page.Context, l results.Line, shows contest.Shows, of func(contest.Entry) image) page.PlaceTile {
	v := page.ResultsView{Challenge: b.Challenge, Shows: shows}
	if b.outcome.Result != nil {
		v.Winners, v.Of = b.outcome.Result.Winners, len(b.outcome.Result.Places)
	}
	p := page.Place{
		Card:  page.Card{Number: l.Placed.Entry, Rank: l.Rank, Score: l.Score},
		Shown: l.Entry != nil, Withdrawn: l.Withdrawn, Award: l.Award,
	}
	if l.Entry == nil {
		return words.PlaceTile(v, p, "")
	}
	p.Caption, p.Author, p.City = l.Entry.Caption, l.Entry.Author, l.Entry.City
	t := words.PlaceTile(v, p, "")
	t.Href, t.Picture = file(number(p.Number), words.Lang), picture("", of(*l.Entry), t.Picture.Alt)
	return t
}

// listView is a list of photos.
type listView struct {
	leaf
	Part           int
	Tiles          []page.PlaceTile
	Previous, Next string
}

// list writes the list of the gallery's number.
func (b *book) list(lines []results.Line, more bool) error {
	part := b.gallery
	return b.draw(b.folder+gallery(part), "season_list", func(words *page.Context, s sheet) (string, any) {
		v := listView{leaf: b.leaf(words, s), Part: part}
		for _, l := range lines {
			v.Tiles = append(v.Tiles, b.tile(words, l, b.shows, small))
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
	page.PlaceTile
	Lines     []string // of the caption
	Final     bool     // the rank is the last
	Of        int      // how many have one
	List      string   // the list that has it
	Over      string
	Facts     []page.Fact
	Submitted string
	Rights    string
}

// entry writes a photo's page.
func (b *book) entry(l results.Line, grant partner.Grant) error {
	e := *l.Entry
	return b.draw(b.folder+number(e.Number), "season_entry", func(words *page.Context, s sheet) (string, any) {
		t := b.tile(words, l, b.shows, large)
		v := entryView{
			leaf: b.leaf(words, s), PlaceTile: t, Lines: page.Paragraphs(e.Caption), Final: true,
			List: file(gallery(b.gallery), words.Lang), Facts: words.Capture(e.Photo.Capture, b.Challenge), Submitted: words.Day(e.SubmittedAt, b.Location()),
			Rights: words.Rights(e, grant, b.Challenge, b.Now),
		}
		if b.outcome.Result != nil {
			v.Of = len(b.outcome.Result.Places)
		}
		if e.PassedOver != "" {
			v.Over = words.T("entry.over", "reason", words.T("over."+string(e.PassedOver)))
		}
		return t.Picture.Alt + " · " + b.Hashtag, v
	})
}
