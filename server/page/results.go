package page

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"fanfare/server/contest"
)

// Place is one line of a result.
type Place struct {
	Card
	// Shown is false for an entry that is not public any more: its place stays, and of the card only Number, Rank and
	// Score are there. Withdrawn says that its author wished so.
	Shown, Withdrawn bool
	Award            contest.Text
}

// Certified is one certified result of a challenge.
type Certified struct {
	At     time.Time
	SHA256 string
	// Alone says that one member of staff confirmed what they proposed, after a day in public.
	Alone bool
}

// ResultsView is how far a challenge's result is, and the result as far as it is public.
type ResultsView struct {
	Now       time.Time
	Challenge contest.Challenge
	Stage     contest.Stage
	// ProposedAt is when the open proposal was made, Alone whether nobody but its author can confirm it: then it stands in
	// public until ConfirmAfter.
	ProposedAt, ConfirmAfter time.Time
	Alone                    bool
	Certified                []Certified // the first one and its amendments
	Winners                  int         // the first so many places win
	Shows                    contest.Shows
	Votes                    contest.VoteTotals
	Leaves                   int64
	Top                      []Place // the winners, or the first places where the rules name none
	Featured                 []Card
	// Places are a part of the ranking, of Of places in all. From is the rank that the part begins with.
	Places   []Place
	From, Of int
	// Asked is the number that somebody looks for; Found is its place, nil where it has none.
	Asked      contest.EntryNumber
	Found      *Place
	PassedOver []contest.PassedOver
}

// results is what the template draws.
type results struct {
	Hashtag, Title    string
	Back              string // link to the challenge
	Language          string // that was asked for, which the form keeps; empty for none
	Stage             string
	Status            string // in a sentence
	Steps             []stageStep
	Zone              string
	Podium            []PlaceTile // the first three
	Winners           []PlaceTile // those behind them
	WinnersTitle      string      // its message
	Featured          []Tile
	Places            []PlaceTile
	Of                int
	From, To          int
	Previous, Next    string // links; empty where there is none
	Search            bool   // a place can be looked for
	Asked             string
	Found             *PlaceTile
	FoundText         string
	PassedOver        []overView
	Scores            bool
	Unit              string // what scores count: the message's key
	Votes             contest.VoteTotals
	Leaves            int64
	Log, JSON         string // links
	Feed              string // path of it, without its format
	SHA256, RulesHash string
	By                string // who certified it
	History           []amendment
}

// PlaceTile is a place of a result, in words.
type PlaceTile struct {
	Tile
	Shown bool
	Gone  string // why it is not shown
	Award string
	Top   int // among how many percent of the best
	// Here is the place that somebody looks for; Won one of the winners'.
	Here, Won bool
}

type overView struct {
	Number contest.EntryNumber
	Score  int64
	Reason string
	Here   bool
}

type stageStep struct {
	Key  string // of its name
	Now  bool
	Past bool
	When string
}

type amendment struct {
	Text   string
	SHA256 string
	Link   string
}

// Results writes the page of a challenge's result.
func (p *Renderer) Results(w http.ResponseWriter, r *http.Request, v ResultsView) error {
	c := p.Context(r)
	return p.Render(w, r, http.StatusOK, "results", c.resultsHead(v), c.results(v))
}

func (c *Context) resultsHead(v ResultsView) Head {
	ch := v.Challenge
	head := Head{
		Title:       c.ResultsTitle(ch),
		Description: c.resultStatus(v), Class: "results", Feeds: []string{ResultsFeedPath(ch.Slug)},
	}
	for _, place := range v.Top {
		if place.Shown {
			c.headImage(&head, place.Photo, place.Caption, place.Author)
			break
		}
	}
	return head
}

func (c *Context) results(v ResultsView) results {
	ch := v.Challenge
	path := ResultsPath(ch.Slug)
	d := results{
		Hashtag: ch.Hashtag, Title: c.Text(ch.Title), Back: c.Href(ChallengePath(ch.Slug)),
		Stage: string(v.Stage), Status: c.resultStatus(v), Steps: c.resultSteps(v), Zone: c.Zone(ch, v.Now),
		Of: v.Of, From: v.From, To: v.From + len(v.Places) - 1, Search: v.Of > 0, WinnersTitle: "results.winners",
		Scores: v.Shows == contest.ScoresShown, Unit: unit(ch), Votes: v.Votes, Leaves: v.Leaves, RulesHash: ch.RulesHash,
		Log: c.Href(LogPath(ch.Slug)), Feed: ResultsFeedPath(ch.Slug),
	}
	if c.explicit {
		d.Language = string(c.Lang)
	}
	switch {
	case v.Winners == 0:
		d.WinnersTitle = "results.first"
	case v.Stage == contest.StageProposed:
		d.WinnersTitle = "results.would_win"
	}
	top := c.placeTiles(v, v.Top, leadSizes)
	n := min(len(top), podium)
	d.Podium, d.Winners = top[:n], top[n:]
	d.Featured = c.tiles(v.Featured, ch, contest.NothingShown, tileSizes)
	d.Places = c.placeTiles(v, v.Places, placeSizes)
	d.Previous, d.Next = c.turn(path, v.From-placesShown, v.From > 1), c.turn(path, d.To+1, d.To < v.Of)
	c.found(&d, v)
	for _, over := range v.PassedOver {
		d.PassedOver = append(d.PassedOver, overView{over.Entry, over.Score, c.T("over." + string(over.Reason)), over.Entry == v.Asked})
	}
	if n := len(v.Certified); n > 0 {
		d.SHA256, d.JSON = v.Certified[n-1].SHA256, path+".json"
		d.By = c.T("results.by_two")
		if v.Certified[n-1].Alone {
			d.By = c.T("results.by_one")
		}
		d.History = c.amendments(v)
	}
	return d
}

// placesShown is how many places of a ranking a page shows.
const placesShown = 50

// turn links to another part of the ranking.
func (c *Context) turn(path string, from int, there bool) string {
	if !there {
		return ""
	}
	return c.Href(path + "?" + url.Values{"from": {strconv.Itoa(max(from, 1))}}.Encode() + "#places")
}

// resultStatus says in a sentence how far the result is.
func (c *Context) resultStatus(v ResultsView) string {
	zone := v.Challenge.Location()
	switch v.Stage {
	case contest.StageOpen:
		return c.T("results.status.open", "ends", c.Moment(v.Challenge.EndsAt(), v.Now, zone).Text)
	case contest.StageAudit:
		return c.T("results.status.audit", "until", c.Moment(v.Challenge.AuditEnds(), v.Now, zone).Text)
	case contest.StageProposed:
		at := c.Moment(v.ProposedAt, v.Now, zone).Text
		if v.Alone {
			return c.T("results.status.alone", "at", at, "until", c.Moment(v.ConfirmAfter, v.Now, zone).Text)
		}
		return c.T("results.status.proposed", "at", at)
	case contest.StageCertified:
		return c.T("results.status.certified", "at", c.Moment(v.Challenge.CertifiedAt, v.Now, zone).Text)
	}
	if !v.Challenge.Rules.Certifies() {
		return c.T("results.status.board")
	}
	return c.T("results.status.due")
}

// resultSteps are the way from the votes to the result.
func (c *Context) resultSteps(v ResultsView) []stageStep {
	if v.Stage == contest.StageCertified || v.Stage == contest.StageDue && !v.Challenge.Rules.Certifies() {
		return nil
	}
	zone := v.Challenge.Location()
	when := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return c.Moment(t, v.Now, zone).Text
	}
	order := []contest.Stage{contest.StageOpen, contest.StageAudit, contest.StageDue, contest.StageProposed, contest.StageCertified}
	times := map[contest.Stage]time.Time{contest.StageOpen: v.Challenge.EndsAt(), contest.StageAudit: v.Challenge.AuditEnds(), contest.StageProposed: v.ConfirmAfter}
	var steps []stageStep
	past := true
	for _, stage := range order {
		now := stage == v.Stage
		past = past && !now
		if stage == contest.StageAudit && v.Challenge.Rules.AuditHours == 0 && !now {
			continue
		}
		steps = append(steps, stageStep{"results.step." + string(stage), now, past, when(times[stage])})
	}
	return steps
}

func (c *Context) placeTiles(v ResultsView, places []Place, sizes string) []PlaceTile {
	tiles := make([]PlaceTile, 0, len(places))
	for _, p := range places {
		tiles = append(tiles, c.PlaceTile(v, p, sizes))
	}
	return tiles
}

// PlaceTile describes a place of a result. sizes says how wide its picture stands on the page.
func (c *Context) PlaceTile(v ResultsView, p Place, sizes string) PlaceTile {
	tile := PlaceTile{
		Tile: c.tiles([]Card{p.Card}, v.Challenge, v.Shows, sizes)[0], Shown: p.Shown, Award: c.Text(p.Award),
		Top: contest.TopPercent(p.Rank, v.Of), Here: p.Number == v.Asked, Won: p.Rank > 0 && p.Rank <= v.Winners,
	}
	if p.Shown {
		return tile
	}
	tile.Gone = c.T("results.gone")
	if p.Withdrawn {
		tile.Gone = c.T("results.withdrawn")
	}
	return tile
}

// found answers who looks for a number.
func (c *Context) found(d *results, v ResultsView) {
	if v.Asked == 0 {
		return
	}
	d.Asked = strconv.Itoa(int(v.Asked))
	if v.Found == nil {
		d.FoundText = c.T("results.not_found", "number", v.Asked)
		for _, over := range v.PassedOver {
			if over.Entry == v.Asked {
				d.FoundText = c.T("results.passed_over", "number", v.Asked, "reason", c.T("over."+string(over.Reason)))
			}
		}
		return
	}
	tile := c.PlaceTile(v, *v.Found, placeSizes)
	d.Found = &tile
	d.FoundText = c.N("results.found", v.Of, "number", v.Asked, "rank", c.Number(v.Found.Rank), "percent", tile.Top)
}

// amendments tells of a result that took the place of another, the newest first.
func (c *Context) amendments(v ResultsView) []amendment {
	if len(v.Certified) < 2 {
		return nil
	}
	zone := v.Challenge.Location()
	var list []amendment
	for i := len(v.Certified) - 1; i >= 0; i-- {
		key := "results.amended"
		if i == 0 {
			key = "results.first_result"
		}
		one := v.Certified[i]
		list = append(list, amendment{
			c.T(key, "at", c.Moment(one.At, v.Now, zone).Text), one.SHA256,
			ResultsPath(v.Challenge.Slug) + ".json?amendment=" + strconv.Itoa(i),
		})
	}
	return list
}
