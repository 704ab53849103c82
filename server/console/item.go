package console

import (
	"fmt"
	"slices"

	"fanfare/server/contest"
	"fanfare/server/page"
)

// Widths at which the moderators' photos stand.
const (
	stageSizes = "(min-width: 64rem) 60vw, 100vw"
	cardSizes  = "(min-width: 48rem) 14rem, 45vw"
)

// item is an entry as moderators see it.
type item struct {
	ID        contest.EntryID
	Number    contest.EntryNumber
	Hashtag   string
	Challenge contest.ChallengeID
	Picture   page.Picture
	Thumb     page.Picture
	Full      string // the largest rendition
	Caption   []string
	Tags      []string
	Author    string
	City      string
	Partner   string
	Capture   []page.Fact
	Submitted page.Moment
	Status    contest.Status
	Reason    string // in words
	Note      string
	Score     int64
	Reports   []reportLine
	Reasons   []reasonLine
	From      string // the page whose buttons these are
	Next      contest.EntryID
}

type reportLine struct {
	Reason string // in words
	Note   string
	At     page.Moment
}

// reasonLine is a reason to choose, with the key that chooses it.
type reasonLine struct {
	Reason contest.Reason
	Key    int
}

func (c *Console) item(words *page.Context, e contest.Entry, ch contest.Challenge, reports []contest.Report, from string) item {
	now, zone := c.now(), ch.Location()
	it := item{
		ID: e.ID, Number: e.Number, Hashtag: ch.Hashtag, Challenge: ch.ID,
		Picture: words.Picture(e.Photo, stageSizes, words.Alt(e.Caption, e.Author)), Thumb: words.Square(e.Photo, ""),
		Caption: page.Paragraphs(e.Caption), Tags: e.Tags, Author: e.Author, City: words.ChoiceName(ch.Cities, e.City),
		Partner: words.ChoiceName(ch.Partners, e.Partner), Capture: words.Capture(e.Photo.Capture, ch),
		Submitted: words.Moment(e.SubmittedAt, now, zone), Status: e.Status, Note: e.Note, Score: e.Score, From: from,
	}
	if len(e.Photo.Renditions) > 0 {
		it.Full = words.PhotoURL(e.Photo.Renditions[0].Key)
	}
	if e.Reason != "" {
		it.Reason = reasonText(words, e.Reason)
	}
	for _, r := range reports {
		it.Reports = append(it.Reports, reportLine{words.T("report." + r.Reason), r.Note, words.Moment(r.CreatedAt, now, zone)})
	}
	for i, reason := range contest.ModeratorReasons {
		it.Reasons = append(it.Reasons, reasonLine{reason, i + 1})
	}
	return it
}

// May reports whether the entry may be moved to a status, so that a page offers only what works.
func (it item) May(to string) bool {
	return it.Full != "" && contest.MayMove(it.Status, contest.Status(to))
}

// reasonText says why an entry was rejected. Rules' refusals without words of their own are rare here; a code says more
// than nothing.
func reasonText(words *page.Context, reason contest.Reason) string {
	if key := "reason." + string(reason); words.Has(key) {
		return words.T(key)
	}
	return string(reason)
}

// entryPath is the console's page of an entry.
func entryPath(id contest.EntryID) string { return fmt.Sprintf("/console/entries/%s", id) }

// position finds an entry among the items; the first where it is not there.
func position(items []item, id contest.EntryID) int {
	return max(0, slices.IndexFunc(items, func(it item) bool { return it.ID == id }))
}
