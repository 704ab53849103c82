package web

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fanfare/server/contest"
	"fanfare/server/standing"
	"fanfare/server/store"
)

// maxNeighbours is how many rows the API shows on each side of an entry at most: as many as a page has, together.
const maxNeighbours = 50

// How caches may keep boards: whatever stands between may answer all who ask within a second with one copy, so a snapshot is a
// second old behind a cache, and everybody's: no header but these makes another one.
const (
	boardCache = "public, max-age=1"
	boardVary  = "Accept-Encoding, Origin"
)

type boardBody struct {
	Scope   string     `json:"scope" doc:"The board, as it was asked for; empty for the overall one"`
	Entries int        `json:"entries" doc:"On the board; of a board of cities or partners, in all of them"`
	Votes   *int64     `json:"votes,omitempty" doc:"Absent where it may not be seen"`
	Shows   string     `json:"shows" enum:"scores,order,nothing"`
	AsAt    *time.Time `json:"as_at,omitempty" doc:"When the scores were so; absent where they are those of now"`
	Rows    []boardRow `json:"rows"`
}

type boardRow struct {
	Rank    int    `json:"rank,omitempty" doc:"On a board of friends, among all entries. Absent where it may not be seen, the rows being in the order of their numbers then, and where a group has no place: it has no entries, or too few for an average"`
	Entry   string `json:"entry,omitempty" doc:"Absent for a group"`
	Number  uint32 `json:"number" doc:"The entry's; of a group, its place in the challenge's list, from 1"`
	Group   string `json:"group,omitempty" doc:"The identifier of a city or a partner, on boards of those"`
	Members int    `json:"members,omitempty" doc:"How many entries the group has"`
	Score   *int64 `json:"score,omitempty" doc:"Votes; those of the last hour on the rising board, hundredths of a vote on boards of averages. Absent where it may not be seen"`
	Caption string `json:"caption,omitempty"`
	Author  string `json:"author,omitempty"`
	City    string `json:"city,omitempty"`
	Photo   *photo `json:"photo,omitempty"`
}

// ScopeInput names a board of a challenge.
type ScopeInput struct {
	Scope string `query:"scope" maxLength:"300" doc:"Which board: empty for all entries; city/ID, partner/ID or tag/NAME for some; rising for what gained most within the last hour; friends/3.12.45 for entries by their numbers; cities and partners for those by their sums, with /average behind by their means" example:"city/shanghai"`
}

// board is the key of a board that the challenge has; store.ErrNotFound for another one.
func (in ScopeInput) board(c contest.Challenge) (standing.Key, error) {
	scope, ok := contest.ParseScope(in.Scope)
	if !ok || !c.HasBoard(scope) {
		return standing.Key{}, store.ErrNotFound
	}
	return standing.Key{Challenge: c.ID, Scope: scope}, nil
}

// boardNamed finds a public challenge by its name, and a board that it has.
func (s *site) boardNamed(ctx context.Context, slug SlugInput, scope ScopeInput) (c contest.Challenge, key standing.Key, err error) {
	if c, err = s.Campaigns.Public(ctx, slug.Slug); err == nil {
		key, err = scope.board(c)
	}
	return c, key, err
}

func (s *site) boardOperations(api huma.API) {
	board := operation(http.MethodGet, "/challenges/{slug}/board", "read-board", "A board: its first places, those from a rank on, or the neighbours of an entry")
	board.Description = "Rendered once for each change. Caches may keep it for a second, so it may be a second old behind one."
	board.Responses = answers[boardBody](api)
	huma.Register(api, board, s.readBoard)
	huma.Register(api, operation(http.MethodGet, "/challenges/{slug}/entries/{number}/place", "read-place", "Where an entry stands on a board"), s.readPlace)
}

// answers describes a rendered answer.
func answers[Body any](api huma.API) map[string]*huma.Response {
	content := func(kind string, of reflect.Type) map[string]*huma.MediaType {
		return map[string]*huma.MediaType{kind: {Schema: api.OpenAPI().Components.Schemas.Schema(of, true, "")}}
	}
	return map[string]*huma.Response{
		"200":     {Description: "OK", Content: content("application/json", reflect.TypeFor[Body]())},
		"304":     {Description: "What If-None-Match names is still so"},
		"default": {Description: "Error", Content: content("application/problem+json", reflect.TypeFor[problem]())},
	}
}

type boardInput struct {
	SlugInput
	ScopeInput
	Conditional
	From   int `query:"from" minimum:"1" maximum:"2147483647" default:"1" doc:"The place that the rows begin with"`
	Around int `query:"around" minimum:"1" maximum:"2147483647" doc:"Instead of from: the number of an entry, whose row comes between its neighbours"`
	Limit  int `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"Rows at most; around an entry, so many on each side, 50 at most"`
}

func (s *site) readBoard(ctx context.Context, in *boardInput) (*renderedOutput, error) {
	_, key, err := s.boardNamed(ctx, in.SlugInput, in.ScopeInput)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	part := boardPart{from: in.From, around: in.Around, limit: in.Limit}
	if in.Around > 0 {
		part.from, part.limit = 0, min(in.Limit, maxNeighbours)
	}
	out, err := s.ofBoard(ctx, rendering{key, part}, in.Conditional, func() (any, error) {
		board, err := part.rows(ctx, s.Boards, key)
		return s.boardBody(key, board), err
	})
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	out.CacheControl, out.Vary = boardCache, boardVary
	return out, nil
}

// ofBoard answers what render makes of a board, once for each of its versions.
func (s *site) ofBoard(ctx context.Context, name rendering, c Conditional, render func() (any, error)) (*renderedOutput, error) {
	now, err := s.Boards.Top(ctx, name.board, 0)
	if err != nil {
		return nil, err
	}
	return s.rendered.answer(name, now.Version, c, render)
}

// boardPart is a part of a board: rows from a place on, or around an entry.
type boardPart struct{ from, around, limit int }

func (p boardPart) rows(ctx context.Context, boards *standing.Boards, key standing.Key) (standing.Snapshot, error) {
	if p.around == 0 {
		return boards.Page(ctx, key, p.from, p.limit)
	}
	board, on, err := boards.Around(ctx, key, contest.EntryNumber(p.around), p.limit)
	if err == nil && !on {
		err = store.ErrNotFound
	}
	return board, err
}

func (s *site) boardBody(key standing.Key, board standing.Snapshot) boardBody {
	body := boardBody{
		Scope: key.Scope.String(), Entries: board.Entries, Votes: scored(board.Shows, board.Votes),
		Shows: shown(board.Shows), AsAt: optional(board.AsAt.UTC()), Rows: make([]boardRow, len(board.Rows)),
	}
	for i, row := range board.Rows {
		body.Rows[i] = boardRow{
			Rank: row.Rank, Entry: string(row.Entry), Number: uint32(row.Number), Group: row.Group, Members: row.Members, Score: scored(board.Shows, row.Score),
			Caption: row.Caption, Author: row.Author, City: row.City, Photo: s.photoOf(row.Photo),
		}
	}
	return body
}

// boardKinds are the kinds of boards beside the overall one that a challenge has now, whose overall one is given.
func boardKinds(c contest.Challenge, overall standing.Snapshot, now time.Time) (kinds []contest.ScopeKind) {
	if overall.Shows == contest.NothingShown {
		return kinds
	}
	for _, kind := range []struct {
		scope contest.ScopeKind
		has   bool
	}{
		{contest.RisingBoard, rises(c, overall, now)},
		{contest.CityBoard, len(c.Cities) > 0}, {contest.CitiesBoard, c.HasBoard(contest.Scope{Kind: contest.CitiesBoard})},
		{contest.PartnerBoard, len(c.Partners) > 0}, {contest.PartnersBoard, c.HasBoard(contest.Scope{Kind: contest.PartnersBoard})},
		{contest.TagBoard, true}, {contest.FriendsBoard, true},
	} {
		if kind.has {
			kinds = append(kinds, kind.scope)
		}
	}
	return kinds
}

// rises reports whether a challenge has a board of what rises: while votes come in, and a while after, where everybody sees them at once.
func rises(c contest.Challenge, overall standing.Snapshot, now time.Time) bool {
	live := overall.Shows == contest.ScoresShown && overall.AsAt.IsZero()
	return live && !now.Before(c.Votes.Opens) && now.Before(c.Votes.Closes.Add(standing.RisingWindow))
}
