package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fanfare/server/contest"
)

// Limits of what goes to moderators. A takedown hides a photo at once, so one household may ask for a few an hour.
var (
	takedownLimit = limit{perIdentity: 10, perAddress: 10, window: time.Hour}
	appealLimit   = limit{perIdentity: 10, perAddress: 200, window: time.Hour}
)

// takeDown names the operation, which the page of the same purpose shares its limit with.
const takeDown = "take-down"

func (s *site) judgingOperations(api huma.API) {
	takedown := created(operation(http.MethodPost, "/entries/{id}/takedowns", takeDown, "Ask that a photo be taken away, being in it; needs no session"))
	takedown.Middlewares = huma.Middlewares{s.limited(takedown, takedownLimit)}
	huma.Register(api, takedown, s.askTakedown)
	appeal := created(signed(operation(http.MethodPost, "/challenges/{slug}/appeals", "appeal", "Ask once for a second look at a rejection or a ban")))
	appeal.Middlewares = huma.Middlewares{s.limited(appeal, appealLimit)}
	huma.Register(api, appeal, s.appeal)
}

type takedownInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Name      string `json:"name,omitempty" maxLength:"200"`
		Contact   string `json:"contact" maxLength:"200" doc:"How to answer: a mail address, a number"`
		Statement string `json:"statement" maxLength:"1000" doc:"In one's own words: who in the photo, and why it should go"`
		Language  string `json:"lang,omitempty" enum:"zh-CN,en" default:"en" doc:"Of the answer, which goes to a mail address by itself"`
	}
}

type takedownOutput struct {
	Body struct {
		DecideBy time.Time `json:"decide_by" doc:"The photo is hidden until then, or until it is decided"`
	}
}

func (s *site) askTakedown(ctx context.Context, in *takedownInput) (*takedownOutput, error) {
	asked := contest.Takedown{Name: in.Body.Name, Contact: in.Body.Contact, Statement: in.Body.Statement, Language: in.Body.Language}
	by, err := s.Entries.Takedown(ctx, contest.EntryID(in.ID), asked)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	out := &takedownOutput{}
	out.Body.DecideBy = by
	return out, nil
}

type appealInput struct {
	SlugInput
	Bearer
	Body struct {
		Entry string `json:"entry,omitempty" maxLength:"40" doc:"The rejected entry; left out against a ban"`
		Text  string `json:"text" maxLength:"1000"`
	}
}

func (s *site) appeal(ctx context.Context, in *appealInput) (*struct{}, error) {
	session, _, err := s.session(ctx, in.Bearer)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	if err := s.inChallenge(ctx, session, in.Slug); err != nil {
		return nil, s.answer(ctx, err)
	}
	return nil, s.answer(ctx, s.Entries.Appeal(ctx, session, contest.EntryID(in.Body.Entry), in.Body.Text))
}

// banBody is a ban as its fan sees it.
type banBody struct {
	Reason    string `json:"reason" doc:"A stable code"`
	Note      string `json:"note,omitempty" doc:"The moderator's own words"`
	MayAppeal bool   `json:"may_appeal"`
	Appealed  bool   `json:"appealed"`
	Declined  bool   `json:"appeal_declined,omitempty" doc:"The ban stands after the appeal"`
}

func banOf(ban *contest.Ban) *banBody {
	if ban == nil {
		return nil
	}
	return &banBody{string(ban.Reason), ban.Note, ban.Appealed.IsZero(), !ban.Appealed.IsZero(), !ban.Answered.IsZero()}
}

// OwnBody is what an entry's fan alone sees of it.
type OwnBody struct {
	Reason        string `json:"reason,omitempty" doc:"Why one's own was rejected; a stable code"`
	Note          string `json:"note,omitempty" doc:"The moderator's own words about it"`
	MayAppeal     bool   `json:"may_appeal,omitempty" doc:"Whether a second look can be asked for"`
	Appealed      bool   `json:"appealed,omitempty"`
	Declined      bool   `json:"appeal_declined,omitempty" doc:"The rejection stands after the appeal"`
	OriginalAsked bool   `json:"original_asked,omitempty" doc:"The organisers ask for the camera's own file: an upload with the purpose original"`
	OriginalSent  bool   `json:"original_sent,omitempty"`
	// UnderReview is there where votes for it do not count, or did not.
	UnderReview *reviewBody `json:"under_review,omitempty" doc:"Votes for it that wait for a decision, or do not count"`
	// Rights are there where the fan ever said anything about reposts.
	Rights *rightsBody `json:"rights,omitempty" doc:"Where one allows partners to repost it; others read it at /entries/{id}/rights"`
}

func ownOf(e contest.Entry) OwnBody {
	return OwnBody{
		Reason: string(e.Reason), Note: e.Note, MayAppeal: e.MayAppeal(), Appealed: !e.Appealed.IsZero(), Declined: e.AppealDeclined(),
		OriginalAsked: !e.OriginalAsked.IsZero(), OriginalSent: e.Evidence != "",
	}
}
