package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"fanfare/server/app/keys"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// The limits of operations with a key: a dashboard of ten campaigns asks for all of them every second, and writes come in batches.
var (
	keyReadLimit  = limit{perIdentity: 600, perAddress: 6000, window: time.Minute}
	keyWriteLimit = limit{perIdentity: 120, perAddress: 1200, window: time.Minute}
)

// keyed has an operation ask for a key with a scope. Where its path names a campaign, the key must be for that one.
func (s *site) keyed(o huma.Operation, scope keys.Scope) huma.Operation {
	l := keyReadLimit
	if o.Method != http.MethodGet {
		l = keyWriteLimit
	}
	o.Security = []map[string][]string{{"key": {string(scope)}}}
	o.Middlewares = huma.Middlewares{s.limited(o, l), s.holder(string(scope))}
	return o
}

// holder lets those on who have a key with a scope, before anything else of the request is looked at.
func (s *site) holder(scope string) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humachi.Unwrap(ctx)
		k, err := s.keyOf(r, scope, contest.CampaignID(ctx.Param("campaign")))
		var p *problem
		if errors.As(s.answer(r.Context(), err), &p) {
			p.write(w)
			return
		}
		actor := store.Actor{Staff: k.Staff, Address: ClientOf(r), Key: k.Name}
		next(huma.WithContext(ctx, context.WithValue(store.WithActor(r.Context(), actor), keyOfRequest{}, k)))
	}
}

// keyOf returns the key of a request for a campaign, "" for none. Another campaign is not there.
func (s *site) keyOf(r *http.Request, scope string, campaign contest.CampaignID) (store.Key, error) {
	bearer := bearerOf(r.Header.Get("Authorization"))
	if bearer == "" {
		return store.Key{}, newProblem(http.StatusUnauthorized, "unauthorized", "Send a key as the bearer: an administrator makes it in the console.")
	}
	k, err := s.Keys.Open(r.Context(), bearer)
	switch {
	case err != nil:
		return k, err
	case !k.May(scope):
		p := newProblem(http.StatusForbidden, "scope_missing", "The key may not be used for this: it lacks the scope "+scope+".")
		p.Params = map[string]string{"scope": scope}
		return k, p
	case campaign != "" && k.Campaign != "" && k.Campaign != campaign:
		return k, store.ErrNotFound
	}
	return k, nil
}

type keyOfRequest struct{}

// keyFrom is the key that a keyed operation was called with.
func keyFrom(ctx context.Context) store.Key {
	k, _ := ctx.Value(keyOfRequest{}).(store.Key)
	return k
}

// CampaignInput names a campaign.
type CampaignInput struct {
	Campaign string `path:"campaign" doc:"Its identifier, from GET /api/v1/campaigns"`
}

// CampaignRead asks for what is of a campaign, unless the reader has it.
type CampaignRead struct {
	CampaignInput
	Conditional
}

func (in CampaignInput) id() contest.CampaignID { return contest.CampaignID(in.Campaign) }

// tagged is an answer that is not sent to who has it.
type tagged[T any] struct {
	Status int
	ETag   string `header:"ETag"`
	Body   T
}

// tag answers a read, or says that the reader has it already.
func tag[T any](ctx context.Context, s *site, c Conditional, body T, err error) (*tagged[T], error) {
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	plain, err := json.Marshal(body)
	if err != nil {
		return nil, s.answer(ctx, fmt.Errorf("encode answer: %w", err))
	}
	sum := sha256.Sum256(plain)
	out := &tagged[T]{Status: http.StatusOK, ETag: fmt.Sprintf(`W/"%s"`, hex.EncodeToString(sum[:12])), Body: body}
	if has(c.IfNoneMatch, out.ETag) {
		out.Status = http.StatusNotModified
	}
	return out, nil
}

// slugs are those of a campaign's challenges.
func (s *site) slugs(ctx context.Context, campaign contest.CampaignID) (map[contest.ChallengeID]string, error) {
	challenges, err := s.Campaigns.In(ctx, campaign)
	slugs := make(map[contest.ChallengeID]string, len(challenges))
	for _, c := range challenges {
		slugs[c.ID] = c.Slug
	}
	return slugs, err
}

// given is a time that may be missing.
func given(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// known is a number that may be missing.
func known(n int64, is bool) *int64 {
	if !is {
		return nil
	}
	return &n
}
