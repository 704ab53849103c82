package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"fanfare/server/contest"
	"fanfare/server/page"
	"fanfare/server/standing"
	"fanfare/server/store"
)

// What the pages show.
const (
	coverCards  = 3
	topCards    = 10
	boardCards  = 50 // of a board that was asked for
	newestCards = 12
	nearCards   = 2 // on each side of an entry
	maxBoards   = 5 // that an entry's page tells of, those of two tags being the last: each tag's is kept in memory for a while
)

// home is the front page: every launched challenge.
func (s *site) home(w http.ResponseWriter, r *http.Request) {
	list, err := s.launched(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	view := page.HomeView{Now: time.Now()}
	for _, c := range list {
		top, err := s.Boards.Top(r.Context(), standing.Overall(c.ID), coverCards)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		cover := ranked(top)
		if top.Shows == contest.NothingShown {
			if cover, err = s.newest(r.Context(), c.ID, coverCards); err != nil {
				s.fail(w, r, err)
				return
			}
		}
		view.Challenges = append(view.Challenges, page.Summary{Challenge: c, Entries: top.Entries, Tally: tallyOf(top), Top: cover})
	}
	s.drawn(w, r, s.Pages.Home(w, r, view))
}

// challenge is a challenge's page.
func (s *site) challenge(w http.ResponseWriter, r *http.Request) {
	view, err := s.challengeView(r.Context(), chi.URLParam(r, "slug"), r.URL.Query().Get("board"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	view.Uncounted = uncounted(r)
	s.drawn(w, r, s.Pages.Challenge(w, r, view))
}

// challengeView shows a challenge with one of its boards; store.ErrNotFound for one that it has not.
func (s *site) challengeView(ctx context.Context, slug, board string) (page.ChallengeView, error) {
	c, err := s.Campaigns.Public(ctx, slug)
	if err != nil {
		return page.ChallengeView{}, err
	}
	key, err := ScopeInput{board}.board(c)
	if err != nil {
		return page.ChallengeView{}, err
	}
	top, err := s.Boards.Top(ctx, standing.Overall(c.ID), topCards)
	if err != nil {
		return page.ChallengeView{}, err
	}
	now := time.Now()
	v := page.ChallengeView{
		Now: now, Challenge: c, Entries: top.Entries, Tally: tallyOf(top), Top: ranked(top), Boards: boardKinds(c, top, now),
	}
	plan, err := s.Campaigns.Promised(ctx, c.Campaign)
	if err != nil {
		return v, err
	}
	v.Prizes = page.Prizes{List: plan.Prizes, Terms: plan.PrizeTerms}
	if v.Board, err = s.boardView(ctx, key); err != nil {
		return v, err
	}
	v.Newest, err = s.newest(ctx, c.ID, newestCards)
	return v, err
}

// boardView is a board that is not the overall one; nil for that.
func (s *site) boardView(ctx context.Context, key standing.Key) (*page.Board, error) {
	if key.Scope == (contest.Scope{}) {
		return nil, nil
	}
	rows, err := s.Boards.Top(ctx, key, rowsOf(key.Scope))
	if err != nil {
		return nil, err
	}
	v := &page.Board{Scope: key.Scope, Shows: rows.Shows, Cards: ranked(rows)}
	if key.Scope.Groups() && rows.Shows != contest.NothingShown {
		for _, row := range rows.Rows {
			v.Groups = append(v.Groups, page.Group{ID: row.Group, Rank: row.Rank, Members: row.Members, Score: row.Score})
		}
	}
	return v, nil
}

// rowsOf is how many rows of a board a page shows: of groups all that a page bears.
func rowsOf(scope contest.Scope) int {
	if scope.Groups() {
		return standing.MaxTop
	}
	return boardCards
}

// newest are the entries published last, without their scores.
func (s *site) newest(ctx context.Context, c contest.ChallengeID, n int) ([]page.Card, error) {
	list, err := s.Entries.List(ctx, c, "newest", 0, "", n)
	out := make([]page.Card, 0, len(list.Entries))
	for _, e := range list.Entries {
		out = append(out, page.Card{Entry: e.ID, Number: e.Number, Caption: e.Caption, Author: e.Author, City: e.City, Photo: e.Photo})
	}
	return out, err
}

func tallyOf(s standing.Snapshot) page.Tally {
	return page.Tally{Shows: s.Shows, AsAt: s.AsAt, Votes: s.Votes}
}

// entry is the page of one published entry.
func (s *site) entry(w http.ResponseWriter, r *http.Request) {
	view, err := s.entryView(r.Context(), contest.EntryID(chi.URLParam(r, "id")))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	view.Uncounted = uncounted(r)
	s.drawn(w, r, s.Pages.Entry(w, r, view))
}

func (s *site) entryView(ctx context.Context, id contest.EntryID) (page.EntryView, error) {
	c, e, place, err := s.public(ctx, id)
	if err != nil {
		return page.EntryView{}, err
	}
	v := page.EntryView{
		Now: time.Now(), Challenge: c, Entry: e, Rank: place.Rank, Of: place.Of, Behind: place.Behind, Shows: place.Shows, AsAt: place.AsAt,
	}
	v.Rights = s.rightsShown(ctx, e)
	if c.Certified() || place.Rank == 0 {
		return v, nil
	}
	near, _, err := s.Boards.Around(ctx, standing.Overall(c.ID), e.Number, nearCards)
	if err != nil {
		return v, err
	}
	v.Near = ranked(near)
	for _, scope := range boardsOf(c, e) {
		p, on, err := s.Boards.Place(ctx, standing.Key{Challenge: c.ID, Scope: scope}, e.Number)
		if err != nil && !errors.Is(err, standing.ErrCrowded) { // then the page does without it
			return v, err
		}
		if on && p.Rank > 0 {
			v.Places = append(v.Places, page.BoardPlace{Scope: scope, Rank: p.Rank, Of: p.Of})
		}
	}
	return v, nil
}

// boardsOf are the boards beside the overall one that an entry may be on: those of its city, its partner and its first tags, and
// what rises. The challenge's own hashtag is on all entries.
func boardsOf(c contest.Challenge, e contest.Entry) []contest.Scope {
	boards := []contest.Scope{
		{Kind: contest.RisingBoard}, {Kind: contest.CityBoard, ID: e.City}, {Kind: contest.PartnerBoard, ID: e.Partner},
	}
	for _, tag := range e.Tags {
		if key := contest.TagKey(tag); len(boards) < maxBoards && key != "" && key != contest.TagKey(c.Hashtag) {
			boards = append(boards, contest.Scope{Kind: contest.TagBoard, ID: key})
		}
	}
	return slices.DeleteFunc(boards, func(s contest.Scope) bool { return !c.HasBoard(s) })
}

// ranked are the first places as cards; none where no order may be seen.
func ranked(s standing.Snapshot) []page.Card {
	if s.Shows == contest.NothingShown {
		return nil
	}
	out := make([]page.Card, 0, len(s.Rows))
	for _, row := range s.Rows {
		if row.HasCard {
			out = append(out, page.Card{
				Entry: row.Entry, Number: row.Number, Rank: row.Rank, Score: row.Score,
				Caption: row.Caption, Author: row.Author, City: row.City, Photo: row.Photo,
			})
		}
	}
	return out
}

// notFound answers where nothing is. Its page links to itself in another language, and "//host" would lead to a host.
func (s *site) notFound(w http.ResponseWriter, r *http.Request) {
	r.URL.Path = "/" + strings.TrimLeft(r.URL.Path, `/\`)
	s.fail(w, r, store.ErrNotFound)
}

// fail shows an error as a page, and writes what the visitor may not know to the log.
func (s *site) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusInternalServerError
	if p := problemOf(err); p != nil {
		status = p.Status
		if p.retry > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(p.retry))
		}
	} else if !errors.Is(err, context.Canceled) {
		s.Log.ErrorContext(r.Context(), "page failed", "path", r.URL.Path, "err", err)
	}
	s.drawn(w, r, s.Pages.Problem(w, r, status))
}

// drawn ends a page: nothing was written when drawing failed.
func (s *site) drawn(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		s.Log.ErrorContext(r.Context(), "page cannot be drawn", "path", r.URL.Path, "err", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
	}
}

// takedown is the page on which somebody in a photo asks for it to be taken away.
func (s *site) takedown(w http.ResponseWriter, r *http.Request) {
	view, err := s.takedownView(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.drawn(w, r, s.Pages.Takedown(w, r, view))
}

// takedownView is the form of an entry that is public.
func (s *site) takedownView(r *http.Request) (page.TakedownView, error) {
	e, err := s.Entries.Visible(r.Context(), nil, contest.EntryID(chi.URLParam(r, "id")))
	if err != nil {
		return page.TakedownView{}, err
	}
	c, err := s.Campaigns.Challenge(r.Context(), e.Challenge)
	return page.TakedownView{Now: time.Now(), Challenge: c, Entry: e}, err
}

// takeDown takes the form. No redirect follows: the photo is hidden, and so is this page.
func (s *site) takeDown(w http.ResponseWriter, r *http.Request) {
	view, err := s.takedownView(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if err := r.ParseForm(); err != nil {
		s.drawn(w, r, s.Pages.Problem(w, r, http.StatusBadRequest))
		return
	}
	view.Asked = contest.Takedown{Name: r.PostForm.Get("name"), Contact: r.PostForm.Get("contact"), Statement: r.PostForm.Get("statement"), Language: string(s.Pages.Context(r).Lang)}
	view.DecideBy, err = s.Entries.Takedown(r.Context(), view.Entry.ID, view.Asked)
	if refusal, ok := errors.AsType[*contest.Refusal](err); ok {
		view.Missing, err = refusal.Reason, nil
	}
	if err == nil && view.Missing == "" {
		view.Hidden, err = s.hidden(r.Context(), view.Entry.ID)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.drawn(w, r, s.Pages.Takedown(w, r, view))
}

// hidden reports whether an entry is not public now.
func (s *site) hidden(ctx context.Context, id contest.EntryID) (bool, error) {
	_, err := s.Entries.Visible(ctx, nil, id)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// paged holds the requests of a page to a limit; who exceeds it sees a page.
func (s *site) paged(operation string, l limit) func(http.Handler) http.Handler {
	exceeds := s.gauge(operation, l)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if exceeds(w, r) {
				w.Header().Set("Retry-After", strconv.Itoa(l.pause()))
				s.drawn(w, r, s.Pages.Problem(w, r, http.StatusTooManyRequests))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}
