package web

import (
	"context"

	"fanfare/server/contest"
	"fanfare/server/standing"
	"fanfare/server/store"
)

type place struct {
	Entry  string `json:"entry"`
	Number uint32 `json:"number"`
	Rank   int    `json:"rank,omitempty" doc:"Absent where it may not be seen; on a board of friends, among all"`
	Of     int    `json:"of"`
	Final  bool   `json:"final,omitempty" doc:"By the certified result"`
	Top    int    `json:"top_percent,omitempty" doc:"Among so many percent of the best; told of the certified result"`
	Score  *int64 `json:"score,omitempty" doc:"Absent where it may not be seen"`
	Behind *int64 `json:"behind,omitempty" doc:"Votes behind the next better place; absent where it may not be seen"`
}

// placeOf says where an entry stands; final by the certified result.
func placeOf(entry contest.EntryID, number contest.EntryNumber, p standing.Place, final bool) place {
	one := place{
		Entry: string(entry), Number: uint32(number), Rank: p.Rank, Of: p.Of, Final: final,
		Score: scored(p.Shows, p.Score), Behind: scored(p.Shows, p.Behind),
	}
	if final {
		one.Top = contest.TopPercent(p.Rank, p.Of)
	}
	return one
}

// decides reports whether the certified result says where entries stand on a board: on the one of all entries, once there is a
// result.
func decides(c contest.Challenge, scope contest.Scope) bool {
	return c.Certified() && scope == contest.Scope{}
}

// rankOf returns what tells where entries stand on a board of a challenge.
func (s *site) rankOf(ctx context.Context, c contest.Challenge, scope contest.Scope) (func(contest.EntryNumber) (standing.Place, bool, error), error) {
	if !decides(c, scope) {
		return func(number contest.EntryNumber) (standing.Place, bool, error) {
			return s.Boards.Place(ctx, standing.Key{Challenge: c.ID, Scope: scope}, number)
		}, nil
	}
	o, err := s.Results.Recent(ctx, c)
	if err != nil {
		return nil, err
	}
	return func(number contest.EntryNumber) (standing.Place, bool, error) {
		p, ok := o.Place(number)
		if !ok {
			return standing.Place{}, false, nil
		}
		place := standing.Place{Rank: p.Rank, Of: len(o.Result.Places), Score: p.Score, Shows: o.Shows}
		if p.Rank > 1 {
			place.Behind = o.Result.Places[p.Rank-2].Score - p.Score
		}
		return place, true, nil
	}, nil
}

type placeInput struct {
	SlugInput
	ScopeInput
	Number int `path:"number" minimum:"1" maximum:"2147483647"`
}

type placeOutput struct {
	CacheControl string `header:"Cache-Control"`
	Vary         string `header:"Vary" hidden:"true"`
	Body         place
}

func (s *site) readPlace(ctx context.Context, in *placeInput) (*placeOutput, error) {
	c, key, err := s.boardNamed(ctx, in.SlugInput, in.ScopeInput)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	number := contest.EntryNumber(in.Number)
	rankOf, err := s.rankOf(ctx, c, key.Scope)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	p, ranked, err := rankOf(number)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	public, on, err := s.Boards.Place(ctx, standing.Overall(c.ID), number)
	if err == nil && !(on && ranked) {
		err = store.ErrNotFound
	}
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &placeOutput{boardCache, boardVary, placeOf(public.Entry, number, p, decides(c, key.Scope))}, nil
}

type standingInput struct {
	Bearer
	ScopeInput
}

type standingOutput struct {
	Body struct {
		Entries    []place `json:"entries" doc:"Those of the fan's that are on the board"`
		RetryAfter int     `json:"retry_after" doc:"Seconds until it is worth asking again"`
	}
}

func (s *site) readStanding(ctx context.Context, in *standingInput) (*standingOutput, error) {
	session, _, err := s.session(ctx, in.Bearer)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	c, err := s.Campaigns.Launched(ctx, session.Challenge)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	key, err := in.board(c)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	own, err := s.Entries.OwnNumbers(ctx, session)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	rankOf, err := s.rankOf(ctx, c, key.Scope)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	out := &standingOutput{}
	out.Body.Entries, out.Body.RetryAfter = []place{}, standingPause
	for _, e := range own {
		p, on, err := rankOf(e.Number)
		if err != nil {
			return nil, s.answer(ctx, err)
		}
		if on {
			out.Body.Entries = append(out.Body.Entries, placeOf(e.Entry, e.Number, p, decides(c, key.Scope)))
		}
	}
	return out, nil
}
