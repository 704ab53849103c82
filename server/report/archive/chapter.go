package archive

import (
	"errors"
	"slices"
	"strings"
	"time"

	"fanfare/server/app/audits"
	"fanfare/server/app/results"
	"fanfare/server/contest"
	"fanfare/server/ledger"
	"fanfare/server/page"
)

// How many places a challenge's page shows: the winners in large, no more than podium of them, and those behind them in a row.
const (
	podium = 3
	first  = 9
)

// chapterPage is a challenge's page.
type chapterPage struct {
	leaf
	HasPhotos        bool
	Brief            []string
	Period, Photos   string
	Counted          string
	Status           string
	Podium, More     []page.PlaceTile
	PodiumTitle      string // its message
	Featured         []page.PlaceTile
	Prizes           page.PrizeLines
	Rules            []string
	Cities, Partners []string
	RulesHash        string
	Result           bool // there is a certified one
	ResultHash, By   string
	Votes            contest.VoteTotals
	HasVotes         bool
}

// page writes the challenge's own page, with the photos that the archive has.
func (b *book) page() error {
	top, err := b.top()
	if err != nil {
		return err
	}
	featured, err := b.keeper.Results.Featured(b.ctx, b.outcome)
	if err != nil {
		return err
	}
	featured = slices.DeleteFunc(featured, func(e contest.Entry) bool { return b.shown[e.ID] == "" })
	if err := errors.Join(b.text(b.folder+"rules.json", b.Terms.JSON()), b.result()); err != nil {
		return err
	}
	votes, seen, err := b.votes()
	if err != nil {
		return err
	}
	return b.draw(b.folder+"index", "season_challenge", func(words *page.Context, s sheet) (string, any) {
		v := b.describe(words, s)
		if seen {
			v.Votes, v.HasVotes, v.Counted = votes, true, words.N("votes", votes.Counted)
		}
		places, title := b.leading()
		v.PodiumTitle = title
		for i, l := range top {
			if i < places {
				v.Podium = append(v.Podium, b.tile(words, l, b.shows, large))
			} else {
				v.More = append(v.More, b.tile(words, l, b.shows, small))
			}
		}
		for _, e := range featured {
			v.Featured = append(v.Featured, b.tile(words, results.Line{Placed: contest.Placed{Entry: e.Number}, Entry: &e}, contest.NothingShown, small))
		}
		return b.Hashtag + " " + v.Title, v
	})
}

// top are the first places.
func (b *book) top() (top []results.Line, err error) {
	for lines, err := range b.lists() {
		if err != nil {
			return nil, err
		}
		top = lines[:min(first, len(lines))]
		break
	}
	for i, l := range top {
		if l.Entry != nil && b.shown[l.Entry.ID] == "" {
			top[i].Entry = nil
		}
	}
	return top, nil
}

// votes are those that the result counts, or the board where the rules make no result; seen as far as they may be.
func (b *book) votes() (votes contest.VoteTotals, seen bool, err error) {
	if b.shows != contest.ScoresShown {
		return votes, false, nil
	}
	if r := b.outcome.Result; r != nil {
		return r.Votes, true, nil
	}
	t, err := b.keeper.Audits.Totals(b.ctx, b.Challenge.ID)
	return t.Votes, t.Open != ledger.OpenNone, err
}

// leading says how many places stand in large, and which message names them: winners, where the rules name some.
func (b *book) leading() (places int, title string) {
	r := b.outcome.Result
	switch {
	case r == nil || r.Winners == 0:
		return podium, "results.first"
	case len(b.outcome.Certified) == 0:
		return min(podium, r.Winners), "results.would_win"
	}
	return min(podium, r.Winners), "results.winners"
}

// describe says what a challenge was.
func (b *book) describe(words *page.Context, s sheet) chapterPage {
	v := chapterPage{
		leaf: b.leaf(words, s), HasPhotos: b.photos > 0, Brief: page.Paragraphs(words.Text(b.Brief)), Period: days(words, b.Challenge),
		Photos: words.N("entries", b.photos), Rules: words.Rules(b.Challenge), RulesHash: b.RulesHash,
		Prizes: words.PrizeLines(page.Prizes{List: b.Plan.Prizes, Terms: b.Plan.PrizeTerms}),
		Cities: words.Names(b.Cities), Partners: words.Names(b.Partners),
	}
	switch n := len(b.outcome.Certified); {
	case n > 0:
		newest := b.outcome.Certified[n-1]
		v.Result, v.ResultHash, v.By = true, newest.SHA256, words.T("results.by_two")
		if newest.ConfirmedBy == newest.ProposedBy {
			v.By = words.T("results.by_one")
		}
		v.Status = words.T("results.status.certified", "at", words.Day(newest.ConfirmedAt, b.Location()))
	case !b.Challenge.Rules.Certifies():
		v.Status = words.T("results.status.board")
	default:
		v.Status = words.T("season.uncertified")
	}
	return v
}

// result writes the exact text of the certified result, whose hash its page names.
func (b *book) result() error {
	if len(b.outcome.Certified) == 0 {
		return nil
	}
	text, err := b.keeper.Results.Text(b.ctx, b.Challenge.ID, -1)
	if err != nil {
		return err
	}
	return b.text(b.folder+"result.json", []byte(text))
}

// logPage says what a vote log is, and how to count it again.
type logPage struct {
	leaf
	File, Key  string
	Checkpoint string
	Size       string
	RulesHash  string
}

// exportPause is how long to wait for others' exports.
const exportPause = time.Second

// export opens the vote log, when others are done with theirs.
func (b *book) export() (*audits.Export, error) {
	for {
		e, err := b.keeper.Audits.Export(b.ctx, b.Challenge.ID)
		if !errors.Is(err, audits.ErrBusy) {
			return e, err
		}
		select {
		case <-time.After(exportPause):
		case <-b.ctx.Done():
			return nil, b.ctx.Err()
		}
	}
}

// log writes the vote log with all that checks it.
func (b *book) log() error {
	e, err := b.export()
	if err != nil {
		return err
	}
	defer e.Close()
	name := b.folder + "log/" + e.Name()
	out, err := b.to.Create(name)
	if err == nil {
		err = e.Write(b.ctx, out)
	}
	if err != nil {
		return err
	}
	totals, err := b.keeper.Audits.Totals(b.ctx, b.Challenge.ID)
	if err != nil {
		return err
	}
	for file, content := range map[string][]byte{
		"verify.mjs": ledger.Verifier(), "checkpoint.txt": []byte(totals.Checkpoint), "key.txt": []byte(totals.Key + "\n"),
	} {
		if err := b.text(b.folder+"log/"+file, content); err != nil {
			return err
		}
	}
	return b.draw(b.folder+"log", "season_log", func(words *page.Context, s sheet) (string, any) {
		return words.T("log.title", "hashtag", b.Hashtag), logPage{
			leaf: b.leaf(words, s), File: e.Name(), Key: totals.Key,
			Checkpoint: strings.TrimSpace(totals.Checkpoint), Size: words.N("log.lines", totals.Size), RulesHash: b.RulesHash,
		}
	})
}
