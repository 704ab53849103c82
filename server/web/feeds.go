package web

import (
	"context"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"fanfare/server/app/results"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
	"fanfare/server/store"
)

// feedItems is how many of the newest entries a feed has; readers ask several times a day.
const feedItems = 40

// feedFormat is the format that the path ends with.
func feedFormat(r *http.Request) (page.FeedFormat, error) {
	f := page.FeedFormat(chi.URLParam(r, "format"))
	if !f.Known() {
		return "", store.ErrNotFound
	}
	return f, nil
}

// feed tells readers of feeds of a challenge's newest entries, or a board's, and of those that won or were featured.
func (s *site) feed(w http.ResponseWriter, r *http.Request) {
	view, err := s.feedView(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.drawn(w, r, s.Pages.Feed(w, r, view))
}

func (s *site) feedView(r *http.Request) (v page.FeedView, err error) {
	ctx, slug := r.Context(), chi.URLParam(r, "slug")
	if v.Format, err = feedFormat(r); err != nil {
		return v, err
	}
	outcome, err := s.outcome(ctx, slug)
	if err != nil {
		return v, err
	}
	board, err := ScopeInput{r.URL.Query().Get("board")}.board(outcome.Challenge)
	if err == nil && board.Scope.Groups() {
		err = store.ErrNotFound // sums of cities are no photos
	}
	if err != nil {
		return v, err
	}
	v.Challenge, v.About, v.Path = outcome.Challenge, page.BoardPath(slug, board.Scope), page.BoardFeedPath(slug, board.Scope)
	v.Title = s.Pages.Context(r).FeedTitle(outcome.Challenge, board.Scope)
	list, err := s.Entries.Latest(ctx, board, feedItems)
	if err != nil {
		return v, err
	}
	for _, e := range list {
		v.Items = append(v.Items, page.FeedItem{Place: page.Place{Card: cardOf(e), Shown: true}, Occasion: page.NewEntry, At: e.DecidedAt, Tags: e.Tags})
	}
	if board.Scope == (contest.Scope{}) {
		singled, err := s.singledOut(ctx, outcome)
		if err != nil {
			return v, err
		}
		v.Items = append(v.Items, singled...)
	}
	return v, s.feedRights(r, v)
}

// resultsFeed tells readers of feeds of winners and featured entries alone.
func (s *site) resultsFeed(w http.ResponseWriter, r *http.Request) {
	view, err := s.resultsFeedView(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.drawn(w, r, s.Pages.Feed(w, r, view))
}

func (s *site) resultsFeedView(r *http.Request) (v page.FeedView, err error) {
	slug := chi.URLParam(r, "slug")
	if v.Format, err = feedFormat(r); err != nil {
		return v, err
	}
	outcome, err := s.outcome(r.Context(), slug)
	if err != nil {
		return v, err
	}
	v.Challenge, v.About, v.Path = outcome.Challenge, page.ResultsPath(slug), page.ResultsFeedPath(slug)
	v.Title = s.Pages.Context(r).ResultsTitle(outcome.Challenge)
	if v.Items, err = s.singledOut(r.Context(), outcome); err != nil {
		return v, err
	}
	return v, s.feedRights(r, v)
}

// partnerFeed tells of the entries that a partner may repost now.
func (s *site) partnerFeed(w http.ResponseWriter, r *http.Request) {
	view, err := s.partnerFeedView(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.drawn(w, r, s.Pages.Feed(w, r, view))
}

func (s *site) partnerFeedView(r *http.Request) (v page.FeedView, err error) {
	slug, id := chi.URLParam(r, "slug"), kpi.PartnerID(chi.URLParam(r, "partner"))
	if v.Format, err = feedFormat(r); err != nil {
		return v, err
	}
	if v.Challenge, err = s.Campaigns.Public(r.Context(), slug); err != nil {
		return v, err
	}
	granted, err := s.Partners.Granted(r.Context(), v.Challenge, id, feedItems)
	if err != nil {
		return v, err
	}
	v.About, v.Path = page.ChallengePath(slug), page.PartnerFeedPath(slug, id)
	if scopes := granted.Board.Scopes(v.Challenge.Terms); len(scopes) > 0 {
		v.About = page.BoardPath(slug, scopes[0])
	}
	v.Title = s.Pages.Context(r).PartnerFeedTitle(v.Challenge, granted.Name)
	for _, e := range granted.Entries {
		v.Items = append(v.Items, page.FeedItem{Place: page.Place{Card: cardOf(e), Shown: true}, Occasion: page.NewEntry, At: granted.Grants[e.ID].At, Tags: e.Tags})
	}
	return v, s.feedRights(r, v)
}

// singledOut are the winners and the featured entries.
func (s *site) singledOut(ctx context.Context, o results.Outcome) (items []page.FeedItem, err error) {
	view, err := s.resultsView(ctx, o, 1, 0)
	if err != nil {
		return nil, err
	}
	if n := len(view.Certified); n > 0 { // a proposed winner is none yet
		for _, p := range view.Top[:min(view.Winners, len(view.Top))] {
			if p.Shown {
				items = append(items, page.FeedItem{Place: p, Occasion: page.WinningEntry, At: view.Certified[n-1].At})
			}
		}
	}
	marked := map[contest.EntryID]time.Time{}
	for _, m := range o.Marks {
		if m.Kind == contest.Featured {
			marked[m.Entry] = m.At
		}
	}
	for _, card := range view.Featured {
		items = append(items, page.FeedItem{Place: page.Place{Card: card, Shown: true}, Occasion: page.FeaturedEntry, At: marked[card.Entry]})
	}
	return items, nil
}

// feedRights says of each item what its fan lets partners do.
func (s *site) feedRights(r *http.Request, v page.FeedView) error {
	list := make([]contest.Entry, len(v.Items))
	for i, item := range v.Items {
		list[i].ID = item.Entry
	}
	grants, err := s.Entries.Rights(r.Context(), list)
	if err != nil {
		return err
	}
	words, now := s.Pages.Context(r), time.Now()
	for i, item := range v.Items {
		v.Items[i].Rights = words.Reposting(grants[item.Entry], v.Challenge, now)
	}
	return nil
}
