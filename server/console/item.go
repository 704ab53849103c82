package console

import (
	"fmt"
	"slices"
	"strings"

	"fanfare/server/app/entries"
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
	Full      string // the largest rendition; empty where there is none
	Twin      *item  // what it looks like
	Caption   []string
	Author    string
	City      string
	Partner   string
	Size      string // in pixels
	Capture   []page.Fact
	Submitted page.Moment
	Status    contest.Status
	Reason    string // in words
	Note      string
	Score     int64
	Flags     []flagLine
	Reports   []reportLine
	Reasons   []reasonLine
	From      string // the page whose buttons these are
	Next      contest.EntryID

	Takedown      contest.TakedownID // the open request that holds it
	Original      bool               // is still kept
	OriginalAsked bool
	Evidence      bool // came
}

// flagLine is one reason to look, in words.
type flagLine struct {
	Title, Text string
	Words       []string
	Link        string // to where it is decided
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

func (c *Console) item(words *page.Context, one entries.Item, from string) item {
	it := c.entryItem(words, one.Entry, one.Challenge)
	it.From = from
	if one.Twin != nil {
		twin := c.entryItem(words, one.Twin.Entry, one.Twin.Challenge)
		it.Twin = &twin
	}
	for _, f := range one.Flags {
		it.Flags = append(it.Flags, flagOf(words, f, one))
	}
	for _, r := range one.Reports {
		at := words.Moment(r.CreatedAt, c.now(), one.Challenge.Location())
		it.Reports = append(it.Reports, reportLine{words.T("report." + r.Reason), r.Note, at})
	}
	it.Reasons = reasonLines()
	return it
}

// entryItem is what is shown of any entry.
func (c *Console) entryItem(words *page.Context, e contest.Entry, ch contest.Challenge) item {
	it := item{
		ID: e.ID, Number: e.Number, Hashtag: ch.Hashtag, Challenge: ch.ID,
		Picture: picture(e, stageSizes, words.Alt(e.Caption, e.Author)), Thumb: thumb(e, ""),
		Caption: page.Paragraphs(e.Caption), Author: e.Author, City: words.ChoiceName(ch.Cities, e.City),
		Partner: words.ChoiceName(ch.Partners, e.Partner), Capture: words.Capture(e.Photo.Capture, ch),
		Submitted: words.Moment(e.SubmittedAt, c.now(), ch.Location()), Status: e.Status, Note: e.Note, Score: e.Score,
		Takedown: e.Takedown, Original: e.Original != "", OriginalAsked: !e.OriginalAsked.IsZero(), Evidence: e.Evidence != "",
	}
	if len(e.Photo.Renditions) > 0 {
		it.Full = photoPath(e.ID, e.Photo.Renditions[0].Name)
		it.Size = fmt.Sprintf("%d × %d", e.Photo.Width, e.Photo.Height)
	}
	if e.Photo.Capture.Software != "" {
		it.Capture = append(it.Capture, page.Fact{Key: "capture.software", Value: e.Photo.Capture.Software})
	}
	if e.Reason != "" {
		it.Reason = reasonText(words, e.Reason)
	}
	return it
}

// hashBits is how many bits of two photos are compared.
const hashBits = 64

// flagOf says why an entry wants a look.
func flagOf(words *page.Context, f contest.Flag, one entries.Item) flagLine {
	line := flagLine{Title: words.T("flag." + string(f.Kind)), Words: f.Words}
	switch f.Kind {
	case contest.NearDuplicate:
		if one.Twin == nil {
			line.Text = words.T("twin.gone")
			break
		}
		line.Title = words.T("flag.twin", "number", one.Twin.Number)
		said := []string{words.T("twin.by", "author", one.Twin.Author)}
		if one.Twin.Fan == one.Fan {
			said[0] = words.T("twin.same_fan")
		}
		if one.Twin.Challenge.ID != one.Challenge.ID {
			said = append(said, words.T("twin.elsewhere", "hashtag", one.Twin.Challenge.Hashtag))
		}
		said = append(said, words.T("twin.distance", "distance", f.Distance, "of", hashBits))
		line.Text = strings.Join(said, " · ")
	case contest.TakedownAsked:
		line.Link = "/console/takedowns"
	case contest.AppealRaised:
		line.Link = "/console/appeals"
	}
	return line
}

func reasonLines() (lines []reasonLine) {
	for i, reason := range contest.ModeratorReasons {
		lines = append(lines, reasonLine{reason, i + 1})
	}
	return lines
}

// May reports whether the entry may be moved to a status, so that a page offers only what works.
func (it item) May(to string) bool {
	return it.Full != "" && contest.MayMove(it.Status, contest.Status(to))
}

// InRace reports whether the entry may still win, so that asking for its original makes sense.
func (it item) InRace() bool { return it.Status == contest.Published || it.Status == contest.Pending }

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
