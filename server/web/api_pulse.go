package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

func (s *site) pulseOperations(api huma.API) {
	huma.Register(api, operation(http.MethodGet, "/challenges/{slug}/pulse", "read-pulse", "How many watch now, and how votes come in"), s.readPulse)
}

type pulseOutput struct {
	CacheControl string `header:"Cache-Control"`
	Vary         string `header:"Vary" hidden:"true"`
	Body         struct {
		Watching       int    `json:"watching" doc:"About how many pages show a board of the challenge now"`
		VotesPerMinute *int64 `json:"votes_per_minute,omitempty" doc:"Absent where it may not be seen"`
	}
}

func (s *site) readPulse(ctx context.Context, in *SlugInput) (*pulseOutput, error) {
	c, err := s.Campaigns.Public(ctx, in.Slug)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	out := &pulseOutput{CacheControl: boardCache, Vary: boardVary}
	out.Body.Watching, out.Body.VotesPerMinute, err = s.Pulse(ctx, c.ID)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return out, nil
}
