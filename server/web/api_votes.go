package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"fanfare/server/access"
	"fanfare/server/app/votes"
	"fanfare/server/contest"
)

type voteBody struct {
	Entry  string `json:"entry"`
	Voted  bool   `json:"voted"`
	Score  int64  `json:"score"`
	Left   int    `json:"votes_left" doc:"In the present period"`
	Period string `json:"period" doc:"A day in the challenge's time zone, or all" example:"2026-11-22"`
}

type voteOutput struct{ Body voteBody }

func (s *site) voteOperations(api huma.API) {
	cast := signed(operation(http.MethodPut, "/entries/{id}/vote", "cast-vote", "Vote for an entry; again changes nothing"))
	cast.Middlewares = huma.Middlewares{s.limited(cast, voteLimit)}
	huma.Register(api, cast, func(ctx context.Context, in *EntryInput) (*voteOutput, error) {
		return s.vote(ctx, in, s.Votes.Cast)
	})
	retract := signed(operation(http.MethodDelete, "/entries/{id}/vote", "retract-vote", "Take a vote of the present period back"))
	retract.Middlewares = huma.Middlewares{s.limited(retract, voteLimit)}
	huma.Register(api, retract, func(ctx context.Context, in *EntryInput) (*voteOutput, error) {
		return s.vote(ctx, in, s.Votes.Retract)
	})
}

func (s *site) vote(ctx context.Context, in *EntryInput, act func(context.Context, access.Session, contest.EntryID) (votes.Vote, error)) (*voteOutput, error) {
	session, _, err := s.session(ctx, in.Bearer)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	v, err := act(ctx, session, contest.EntryID(in.ID))
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &voteOutput{voteBody{string(v.Entry), v.Voted, v.Score, v.Left, v.Period}}, nil
}
