package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fanfare/server/access"
	"fanfare/server/app/votes"
	"fanfare/server/contest"
)

type voteBody struct {
	Entry   string       `json:"entry"`
	Voted   bool         `json:"voted"`
	Score   *int64       `json:"score,omitempty" doc:"As the public sees it; absent where it may not be seen"`
	Left    int          `json:"votes_left" doc:"In the present period"`
	Period  string       `json:"period" doc:"A day in the challenge's time zone, or all" example:"2026-11-22"`
	Receipt *receiptBody `json:"receipt,omitempty"`
}

type receiptBody struct {
	Log    string `json:"log" doc:"The challenge's identifier, which is in the addresses of its vote log"`
	Entry  string `json:"entry"`
	Period string `json:"period"`
	Leaf   string `json:"leaf" doc:"The log's line about the vote, byte by byte: its SHA-256 behind a zero byte is the leaf's hash. It says that the vote is recorded, and not that it counts"`
	Index  *int64 `json:"index,omitempty" doc:"The leaf's place in the log; absent until the log's next checkpoint where the rules conceal how many votes there are"`
}

func receiptOf(r votes.Receipt) receiptBody {
	return receiptBody{string(r.Log), string(r.Entry), r.Period, r.Leaf, r.Index}
}

type voteOutput struct{ Body voteBody }

// VoteInput names an entry, and the request that must be done once.
type VoteInput struct {
	EntryInput
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"100" doc:"The same key with the same wish is answered as the first time, and changes nothing"`
}

type castInput struct {
	VoteInput
	Body *struct {
		Points    int    `json:"points,omitempty" minimum:"1" maximum:"1000" doc:"A juror's; other points than before change the vote"`
		InsteadOf string `json:"instead_of,omitempty" maxLength:"40" doc:"An entry whose vote of the present period is taken back in the same step"`
	}
}

func (s *site) voteOperations(api huma.API) {
	cast := signed(operation(http.MethodPut, "/entries/{id}/vote", "cast-vote", "Vote for an entry; again changes nothing"))
	cast.Middlewares = huma.Middlewares{s.limited(cast, voteLimit)}
	huma.Register(api, cast, func(ctx context.Context, in *castInput) (*voteOutput, error) {
		wish := in.wish(ctx)
		if in.Body != nil {
			wish.Points, wish.InsteadOf = in.Body.Points, contest.EntryID(in.Body.InsteadOf)
		}
		return s.vote(ctx, in.Bearer, wish, s.Votes.Cast)
	})
	retract := signed(operation(http.MethodDelete, "/entries/{id}/vote", "retract-vote", "Take a vote of the present period back"))
	retract.Middlewares = huma.Middlewares{s.limited(retract, voteLimit)}
	huma.Register(api, retract, func(ctx context.Context, in *VoteInput) (*voteOutput, error) {
		return s.vote(ctx, in.Bearer, in.wish(ctx), s.Votes.Retract)
	})
	receipts := signed(operation(http.MethodGet, "/me/receipts", "read-receipts", "The log's lines about the session's votes that stand, the newest first"))
	huma.Register(api, receipts, s.readReceipts)
}

func (in *VoteInput) wish(ctx context.Context) votes.Wish {
	v := visitorFrom(ctx)
	return votes.Wish{
		Entry: contest.EntryID(in.ID), IdempotencyKey: in.IdempotencyKey, From: votes.Client{Address: bucketOf(v.address), Agent: v.agent},
	}
}

func (s *site) vote(ctx context.Context, b Bearer, wish votes.Wish, act func(context.Context, access.Session, votes.Wish) (votes.Vote, error)) (*voteOutput, error) {
	session, _, err := s.session(ctx, b)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	v, err := act(ctx, session, wish)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	out := &voteOutput{voteBody{Entry: string(v.Entry), Voted: v.Voted, Score: v.Score, Left: v.Left, Period: v.Period}}
	if v.Receipt != nil {
		body := receiptOf(*v.Receipt)
		out.Body.Receipt = &body
	}
	return out, nil
}

type receiptsOutput struct {
	Body struct {
		Receipts []receiptBody `json:"receipts"`
		Next     *time.Time    `json:"next_checkpoint,omitempty" doc:"When the log comes to the votes that have no index yet; absent where it does within seconds"`
	}
}

func (s *site) readReceipts(ctx context.Context, in *Bearer) (*receiptsOutput, error) {
	session, _, err := s.session(ctx, *in)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	receipts, err := s.Votes.Receipts(ctx, session)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	out := &receiptsOutput{}
	out.Body.Receipts = make([]receiptBody, len(receipts.List))
	for i, r := range receipts.List {
		out.Body.Receipts[i] = receiptOf(r)
	}
	if !receipts.Next.IsZero() {
		out.Body.Next = &receipts.Next
	}
	return out, nil
}
