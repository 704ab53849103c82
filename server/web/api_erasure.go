package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// erasureLimit is narrow for an address: a hall of fans goes home without being deleted, and whoever stuffs votes must not
// wipe their traces as fast as they vote.
var erasureLimit = limit{perIdentity: 5, perAddress: 60, window: time.Hour}

func (s *site) erasureOperations(api huma.API) {
	huma.Register(api, signed(operation(http.MethodGet, "/me/erasure", "preview-erasure", "What deleting everything about the session's fan would delete, and what it would leave")), s.previewErasure)
	erase := signed(operation(http.MethodDelete, "/me", "erase-me", "Delete everything about the session's fan, in all challenges, for good"))
	erase.Description = "Name, sign-in, mail, entries with their photos, uploads, appeals and reports are deleted from everywhere, in backups that are " +
		"restored too. Votes stay counted, under a pseudonym that leads to nobody any more. All sessions of the fan end. Ask the fan once before."
	erase.Middlewares = huma.Middlewares{s.limited(erase, erasureLimit)}
	huma.Register(api, erase, s.eraseMe)
}

type erasurePreview struct {
	Body struct {
		Entries   int  `json:"entries" doc:"Of all challenges; their photos go too"`
		Votes     int  `json:"votes" doc:"They stay counted, and nobody can tell whose they were"`
		MayReturn bool `json:"may_return" doc:"Whether the same person can take part again in challenges that still run: not with a sign-in or mailbox that voted there"`
	}
}

func (s *site) previewErasure(ctx context.Context, in *Bearer) (*erasurePreview, error) {
	session, _, err := s.session(ctx, *in)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	h, err := s.Erasures.Holdings(ctx, session.Fan.ID)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	out := &erasurePreview{}
	out.Body.Entries, out.Body.Votes, out.Body.MayReturn = h.Entries, h.Votes, len(h.Binding) == 0
	return out, nil
}

type erasureInput struct {
	Bearer
	Confirm string `query:"confirm" required:"true" enum:"everything" doc:"Says that the fan was asked"`
}

func (s *site) eraseMe(ctx context.Context, in *erasureInput) (*struct{}, error) {
	session, _, err := s.session(ctx, in.Bearer)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return nil, s.answer(ctx, s.Erasures.Erase(ctx, session.Fan.ID))
}
