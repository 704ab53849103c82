package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"fanfare/server/app/results"
	"fanfare/server/contest"
	"fanfare/server/page"
)

// What the page of a result shows: as many places as the rules let win, and a part of the ranking.
const (
	firstPlaces  = 3  // shown large where the rules name no winners
	placesAPage  = 50 // of the ranking
	maxTopPlaces = 100
)

// resultsPage is the page of a challenge's result, or of the way to it.
func (s *site) resultsPage(w http.ResponseWriter, r *http.Request) {
	outcome, err := s.outcome(r.Context(), chi.URLParam(r, "slug"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	query := r.URL.Query()
	view, err := s.resultsView(r.Context(), outcome, positive(query.Get("from")), positive(query.Get("number")))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.drawn(w, r, s.Pages.Results(w, r, view))
}

// positive reads a number from 1 on; 0 for anything else.
func positive(text string) int {
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}

func (s *site) outcome(ctx context.Context, slug string) (results.Outcome, error) {
	c, err := s.Campaigns.Public(ctx, slug)
	if err != nil {
		return results.Outcome{}, err
	}
	return s.Results.Outcome(ctx, c)
}

// resultsView shows the ranking from a rank on, or the part that holds the number that was asked for.
func (s *site) resultsView(ctx context.Context, o results.Outcome, from, asked int) (page.ResultsView, error) {
	v := page.ResultsView{Now: time.Now(), Challenge: o.Challenge, Stage: o.Stage, Shows: o.Shows, Asked: contest.EntryNumber(asked)}
	if p := o.Proposal; p != nil {
		v.ProposedAt = p.ProposedAt
		if v.Alone = p.Others == 0; v.Alone {
			v.ConfirmAfter = p.ProposedAt.Add(contest.PublicDelay)
		}
	}
	for _, c := range o.Certified {
		v.Certified = append(v.Certified, page.Certified{At: c.ConfirmedAt, SHA256: c.SHA256, Alone: c.ConfirmedBy == c.ProposedBy})
	}
	featured, err := s.Results.Featured(ctx, o)
	if err != nil {
		return v, err
	}
	for _, e := range featured {
		v.Featured = append(v.Featured, cardOf(e))
	}
	if o.Result == nil {
		return v, nil
	}
	v.Winners, v.Votes, v.Leaves, v.PassedOver, v.Of = o.Result.Winners, o.Result.Votes, o.Result.Leaves, o.Result.PassedOver, len(o.Result.Places)
	if v.Top, err = s.places(ctx, o, 1, topOf(o)); err != nil {
		return v, err
	}
	if place, ok := o.Place(v.Asked); ok {
		found, err := s.places(ctx, o, place.Rank, 1)
		if err != nil {
			return v, err
		}
		v.Found = &found[0]
		from = place.Rank - (place.Rank-1)%placesAPage
	}
	v.From = min(max(from, 1), max(v.Of, 1))
	v.Places, err = s.places(ctx, o, v.From, placesAPage)
	return v, err
}

// topOf is how many places are shown large.
func topOf(o results.Outcome) int {
	if o.Result.Winners == 0 {
		return firstPlaces
	}
	return min(o.Result.Winners, maxTopPlaces)
}

func (s *site) places(ctx context.Context, o results.Outcome, from, n int) ([]page.Place, error) {
	lines, err := s.Results.Lines(ctx, o, from, n)
	if err != nil {
		return nil, err
	}
	places := make([]page.Place, len(lines))
	for i, l := range lines {
		p := page.Place{Withdrawn: l.Withdrawn, Award: l.Award}
		if p.Shown = l.Entry != nil; p.Shown {
			p.Card = cardOf(*l.Entry)
		}
		p.Number, p.Rank, p.Score = l.Placed.Entry, l.Rank, 0
		if o.Shows == contest.ScoresShown {
			p.Score = l.Score
		}
		places[i] = p
	}
	return places, nil
}

func cardOf(e contest.Entry) page.Card {
	return page.Card{Entry: e.ID, Number: e.Number, Caption: e.Caption, Author: e.Author, City: e.City, Photo: e.Photo}
}

// resultsJSON serves the exact bytes of a certified result, those that its hash is of.
func (s *site) resultsJSON(w http.ResponseWriter, r *http.Request) {
	c, err := s.Campaigns.Public(r.Context(), chi.URLParam(r, "slug"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	amendment := -1
	if asked := r.URL.Query().Get("amendment"); asked != "" {
		if amendment, err = strconv.Atoi(asked); err != nil || amendment < 0 {
			s.notFound(w, r)
			return
		}
	}
	text, err := s.Results.Text(r.Context(), c.ID, amendment)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Access-Control-Allow-Origin", "*") // anybody's page may check it
	h.Set("Cache-Control", "no-cache")
	w.Write([]byte(text)) // a visitor who has gone is no fault of ours
}
