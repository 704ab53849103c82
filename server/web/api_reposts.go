package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fanfare/server/app/keys"
	"fanfare/server/app/partners"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/partner"
	"fanfare/server/store"
)

func (s *site) repostOperations(api huma.API) {
	list := s.keyed(operation(http.MethodGet, "/campaigns/{campaign}/reposts", "list-reposts", "What partners posted, and what it brought, the newest first"), keys.RepostsWrite)
	huma.Register(api, list, s.listReposts)
	tell := s.keyed(created(operation(http.MethodPost, "/campaigns/{campaign}/reposts", "tell-repost", "Tell of a partner's post that shows an entry")), keys.RepostsWrite)
	tell.Description = "The outlet is known by the address, which is never opened. A post is taken only where the entry's fan allows partners that outlet now; otherwise the answer is 403 with the code of the refusal."
	huma.Register(api, tell, s.tellRepost)
}

// RepostsInput asks for a page of reposts. What is absent does not narrow.
type RepostsInput struct {
	CampaignInput
	Conditional
	After   string `query:"after" maxLength:"40" doc:"The next of the page before"`
	Partner string `query:"partner" maxLength:"100"`
	Outlet  string `query:"outlet" enum:"weibo,wechat,xiaohongshu,douyin,instagram,x,site"`
	Due     bool   `query:"takedown_due" doc:"Only those that are to be taken down"`
}

type repostsBody struct {
	Reposts []repostBody `json:"reposts"`
	Next    string       `json:"next,omitempty" doc:"Leads to the page behind this one; absent on the last one"`
}

type repostBody struct {
	ID            string     `json:"id"`
	Partner       string     `json:"partner"`
	Challenge     string     `json:"challenge" doc:"Its slug"`
	Entry         int64      `json:"entry" doc:"Its number within the challenge"`
	EntryID       string     `json:"entry_id"`
	Outlet        string     `json:"outlet" enum:"weibo,wechat,xiaohongshu,douyin,instagram,x,site"`
	Address       string     `json:"address"`
	Link          string     `json:"link,omitempty" doc:"The code of its tracked link. Posts of one entry on one outlet share it, and what it brought stands at each"`
	ToldAt        time.Time  `json:"told_at"`
	Refusal       string     `json:"refusal,omitempty" enum:"not_shown,rights_none,rights_taken,rights_over,rights_outlets" doc:"Why it is to be taken down; absent where it may stay, and where it is gone"`
	TakedownAsked *time.Time `json:"takedown_asked_at,omitempty"`
	TakenDown     *time.Time `json:"taken_down_at,omitempty"`
	Reach         *int64     `json:"reach,omitempty" doc:"As the partner reads it; absent where nobody said it"`
	Clicks        int64      `json:"clicks" doc:"On its link"`
	Orders        int64      `json:"orders"`
	GMV           int64      `json:"gmv" doc:"Minor units of the reporting currency, refunds deducted"`
}

func repostOf(l partners.Line, slugs map[contest.ChallengeID]string) repostBody {
	return repostBody{
		ID: string(l.ID), Partner: string(l.Repost.Partner), Challenge: slugs[l.Repost.Challenge], Entry: int64(l.Number), EntryID: string(l.Repost.Entry), Outlet: string(l.Outlet),
		Address: l.Address, Link: string(l.Link), ToldAt: l.At.UTC(), Refusal: string(l.Refusal), TakedownAsked: given(l.TakedownAsked), TakenDown: given(l.TakenDown),
		Reach: known(l.Reach, !l.ReachAt.IsZero()), Clicks: l.Clicks, Orders: l.Orders, GMV: l.GMV,
	}
}

func (s *site) listReposts(ctx context.Context, in *RepostsInput) (*tagged[repostsBody], error) {
	body, err := s.repostsFor(ctx, in)
	return tag(ctx, s, in.Conditional, body, err)
}

func (s *site) repostsFor(ctx context.Context, in *RepostsInput) (repostsBody, error) {
	body := repostsBody{Reposts: []repostBody{}}
	slugs, err := s.slugs(ctx, in.id())
	if err != nil {
		return body, err
	}
	f := store.RepostFilter{Campaign: in.id(), Partner: kpi.PartnerID(in.Partner), Outlet: partner.Outlet(in.Outlet), Due: in.Due}
	page, err := s.Partners.Page(ctx, f, partner.RepostID(in.After))
	body.Next = string(page.Next)
	for _, l := range page.Lines {
		body.Reposts = append(body.Reposts, repostOf(l, slugs))
	}
	return body, err
}

// RepostInput is a post to tell of.
type RepostInput struct {
	CampaignInput
	IdempotencyKey string `header:"Idempotency-Key" required:"true" minLength:"1" maxLength:"100" doc:"The same key with the same post tells of it once"`
	Body           struct {
		Partner string `json:"partner" maxLength:"100" doc:"One of the plan, or of the challenge"`
		Entry   string `json:"entry_id" maxLength:"100" doc:"The entry that it shows, on the partner's board"`
		Address string `json:"address" maxLength:"8000" doc:"The post's address, or what an app gives to share"`
		Reach   int64  `json:"reach,omitempty" minimum:"0" maximum:"1000000000000000" doc:"How many people it reached, as the platform says"`
	}
}

func (s *site) tellRepost(ctx context.Context, in *RepostInput) (*struct{ Body repostBody }, error) {
	k := keyFrom(ctx)
	r, err := s.Partners.Tell(ctx, partners.Told{
		Campaign: in.id(), Partner: kpi.PartnerID(in.Body.Partner), Entry: contest.EntryID(in.Body.Entry), Pasted: in.Body.Address, Reach: in.Body.Reach,
		Staff: k.Staff, Scope: "reposts/" + k.ID, IdempotencyKey: in.IdempotencyKey,
	})
	if err != nil {
		return nil, s.answer(ctx, repostProblemOf(err))
	}
	slugs, err := s.slugs(ctx, in.id())
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	line, err := s.Partners.Repost(ctx, r.ID)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &struct{ Body repostBody }{repostOf(line, slugs)}, nil
}

// repostProblemOf says what is wrong with a post, or that its fan does not allow it.
func repostProblemOf(err error) error {
	if wrong, ok := errors.AsType[*partners.FieldError](err); ok {
		p := newProblem(http.StatusUnprocessableEntity, "invalid", "Nothing was taken: "+wrong.Error()+".")
		p.Errors = []fieldProblem{{"body." + wrong.Field, wrong.Code}}
		return p
	}
	if refused, ok := errors.AsType[*partners.RightsError](err); ok {
		return newProblem(http.StatusForbidden, string(refused.Refusal), "The fan of the entry does not allow this post.")
	}
	return err
}
