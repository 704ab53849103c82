package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fanfare/server/app/results"
	"fanfare/server/contest"
	"fanfare/server/page"
)

func (s *site) resultOperations(api huma.API) {
	huma.Register(api, operation(http.MethodGet, "/challenges/{slug}/results", "read-results", "How far the result is, and the result"), s.readResults)
}

type resultsInput struct {
	SlugInput
	From   int `query:"from" minimum:"1" maximum:"2147483647" default:"1" doc:"The rank that the part of the ranking begins with"`
	Number int `query:"number" minimum:"1" maximum:"2147483647" doc:"An entry's number: its place is told as well"`
}

type resultsBody struct {
	Now          time.Time         `json:"now"`
	Stage        string            `json:"stage" enum:"open,audit,due,proposed,certified" doc:"A proposed result may still change; only a certified one is one"`
	Ends         time.Time         `json:"ends" doc:"When entries and votes are closed"`
	AuditEnds    time.Time         `json:"audit_ends" doc:"Until then votes are examined"`
	ProposedAt   *time.Time        `json:"proposed_at,omitempty"`
	ConfirmAfter *time.Time        `json:"confirm_after,omitempty" doc:"A lone member of staff may confirm only then"`
	CertifiedAt  *time.Time        `json:"certified_at,omitempty"`
	Certified    []certifiedBody   `json:"certified" doc:"The first result and its amendments; the last one holds"`
	RulesHash    string            `json:"rules_hash"`
	Totals       *voteTotals       `json:"totals,omitempty"`
	Of           int               `json:"of" doc:"Places in the ranking"`
	Winners      []resultPlace     `json:"winners"`
	Featured     []featuredBody    `json:"featured"`
	Places       []resultPlace     `json:"places" doc:"A part of the ranking"`
	Found        *resultPlace      `json:"found,omitempty" doc:"The place of the number asked for"`
	PassedOver   []passedOverEntry `json:"passed_over" doc:"Entries that break a rule; the next moved up"`
}

type certifiedBody struct {
	At     time.Time `json:"at"`
	SHA256 string    `json:"sha256" doc:"Of the bytes at /c/{slug}/results.json?amendment=N, N from 0"`
	By     string    `json:"by" enum:"two,one_after_delay"`
}

type voteTotals struct {
	Counted  int64 `json:"counted"`
	Held     int64 `json:"held" doc:"Nobody decided about them, so they do not count"`
	Excluded int64 `json:"excluded"`
	Leaves   int64 `json:"leaves" doc:"Of the vote log that was counted"`
}

type featuredBody struct {
	Entry   string `json:"entry"`
	Number  uint32 `json:"number"`
	Caption string `json:"caption"`
	Author  string `json:"author"`
	City    string `json:"city,omitempty"`
	Photo   *photo `json:"photo,omitempty"`
}

type resultPlace struct {
	Rank       int    `json:"rank"`
	TopPercent int    `json:"top_percent" doc:"Among so many percent of the best"`
	Score      *int64 `json:"score,omitempty" doc:"Absent where the rules hide numbers until the certification"`
	Award      *text  `json:"award,omitempty"`
	Withdrawn  bool   `json:"withdrawn,omitempty" doc:"Its author had it deleted; the place stays"`
	Number     uint32 `json:"number"`
	Entry      string `json:"entry,omitempty" doc:"Absent where the entry is not shown any more"`
	Caption    string `json:"caption,omitempty"`
	Author     string `json:"author,omitempty"`
	City       string `json:"city,omitempty"`
	Photo      *photo `json:"photo,omitempty"`
}

type passedOverEntry struct {
	Number uint32 `json:"number"`
	Reason string `json:"reason"`
}

func (s *site) readResults(ctx context.Context, in *resultsInput) (*struct{ Body resultsBody }, error) {
	o, err := s.outcome(ctx, in.Slug)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	v, err := s.resultsView(ctx, o, in.From, in.Number)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &struct{ Body resultsBody }{s.resultsBody(o, v)}, nil
}

func (s *site) resultsBody(o results.Outcome, v page.ResultsView) resultsBody {
	c := o.Challenge
	b := resultsBody{
		Now: v.Now.UTC(), Stage: string(v.Stage), Ends: c.EndsAt(), AuditEnds: c.AuditEnds(), ProposedAt: optional(v.ProposedAt),
		ConfirmAfter: optional(v.ConfirmAfter), CertifiedAt: optional(c.CertifiedAt), Certified: []certifiedBody{}, RulesHash: c.RulesHash,
		Of: v.Of, Winners: []resultPlace{}, Featured: []featuredBody{}, Places: s.resultPlaces(v, v.Places), PassedOver: []passedOverEntry{},
	}
	for _, one := range v.Certified {
		by := "two"
		if one.Alone {
			by = "one_after_delay"
		}
		b.Certified = append(b.Certified, certifiedBody{one.At, one.SHA256, by})
	}
	if o.Result != nil && v.Shows == contest.ScoresShown {
		b.Totals = &voteTotals{v.Votes.Counted, v.Votes.Held, v.Votes.Excluded, v.Leaves}
	}
	b.Winners = s.resultPlaces(v, v.Top[:min(v.Winners, len(v.Top))])
	for _, e := range v.Featured {
		b.Featured = append(b.Featured, featuredBody{string(e.Entry), uint32(e.Number), e.Caption, e.Author, e.City, s.photoOf(e.Photo)})
	}
	if v.Found != nil {
		found := s.resultPlace(v, *v.Found)
		b.Found = &found
	}
	for _, over := range v.PassedOver {
		b.PassedOver = append(b.PassedOver, passedOverEntry{uint32(over.Entry), string(over.Reason)})
	}
	return b
}

func (s *site) resultPlaces(v page.ResultsView, places []page.Place) []resultPlace {
	list := make([]resultPlace, len(places))
	for i, p := range places {
		list[i] = s.resultPlace(v, p)
	}
	return list
}

func (s *site) resultPlace(v page.ResultsView, p page.Place) resultPlace {
	b := resultPlace{
		Rank: p.Rank, TopPercent: contest.TopPercent(p.Rank, v.Of), Withdrawn: p.Withdrawn, Number: uint32(p.Number), Entry: string(p.Card.Entry),
		Caption: p.Caption, Author: p.Author, City: p.City,
	}
	if p.Shown {
		b.Photo = s.photoOf(p.Photo)
	}
	if v.Shows == contest.ScoresShown {
		b.Score = &p.Score
	}
	if p.Award != (contest.Text{}) {
		award := text(p.Award)
		b.Award = &award
	}
	return b
}
