package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fanfare/server/access"
	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/partner"
)

// rightsLimit lets a fan change their mind about each of their entries a few times.
var rightsLimit = limit{perIdentity: 60, perAddress: 600, window: time.Hour}

func (s *site) rightsOperations(api huma.API) {
	read := signed(operation(http.MethodGet, "/entries/{id}/rights", "read-rights", "What one ever allowed partners to do with one's own entry"))
	huma.Register(api, read, s.readRights)
	allow := signed(operation(http.MethodPut, "/entries/{id}/rights", "allow-reposts", "Say where and until when partners may repost one's own entry"))
	allow.Description = "It counts at once, in place of what was said before. No outlets take everything back; then partners are asked to take their posts down."
	allow.Middlewares = huma.Middlewares{s.limited(allow, rightsLimit)}
	huma.Register(api, allow, s.allowReposts)
}

// repostingBody is what a fan may allow when entering.
type repostingBody struct {
	Consent string   `json:"consent" doc:"The identifier of the text: with it among the consents of an entry, partners may repost the photo"`
	Text    text     `json:"text" doc:"What the fan agrees to, word by word"`
	Outlets []string `json:"outlets" enum:"weibo,wechat,xiaohongshu,douyin,instagram,x,site" doc:"Where reposts can be allowed"`
	Months  []int    `json:"months" doc:"The terms to offer; the longest is that of a fan who chooses none"`
}

func reposting() repostingBody {
	return repostingBody{string(partner.WordsID), text(partner.Words), names(partner.Outlets), partner.Terms}
}

func names(outlets []partner.Outlet) []string {
	out := make([]string, len(outlets))
	for i, o := range outlets {
		out[i] = string(o)
	}
	return out
}

func outletsOf(names []string) []partner.Outlet {
	out := make([]partner.Outlet, len(names))
	for i, name := range names {
		out[i] = partner.Outlet(name)
	}
	return out
}

// rightsBody is what an entry's fan allows partners.
type rightsBody struct {
	Outlets []string `json:"outlets" doc:"Where partners may repost it; none: nowhere any more"`
	Until   string   `json:"until,omitempty" format:"date" doc:"The last day, in the challenge's time zone"`
	Open    bool     `json:"open" doc:"Whether partners may repost it now: the entry is shown, and the day is not over"`
}

// rightsOf says what a visitor is told: everybody what is allowed now, and the fan what they said last.
func rightsOf(c contest.Challenge, e contest.Entry, g partner.Grant, mine bool) *rightsBody {
	open := partner.MayAny(e, g, time.Now()) == ""
	if !open && !(mine && g.Version > 0) {
		return nil
	}
	return &rightsBody{names(g.Outlets), g.LastDay(c.Location()), open}
}

// passportBody is all that a fan said about reposts of an entry.
type passportBody struct {
	Rights  *rightsBody `json:"rights,omitempty" doc:"What counts now; absent where the fan never said anything"`
	History []saidBody  `json:"history" doc:"The newest first"`
}

// saidBody is one thing that a fan said.
type saidBody struct {
	Version int       `json:"version"`
	At      time.Time `json:"at"`
	Outlets []string  `json:"outlets"`
	Until   string    `json:"until,omitempty" format:"date"`
	Consent string    `json:"consent,omitempty" doc:"The identifier of the words that were agreed to; absent where all was taken back"`
	Text    *text     `json:"text,omitempty" doc:"Those words"`
}

type passportOutput struct{ Body passportBody }

func (s *site) readRights(ctx context.Context, in *EntryInput) (*passportOutput, error) {
	session, _, err := s.session(ctx, in.Bearer)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return s.passport(ctx, session, contest.EntryID(in.ID))
}

type allowInput struct {
	EntryInput
	Body struct {
		Outlets []string `json:"outlets" maxItems:"7" doc:"Where partners may repost it; none takes everything back"`
		Months  int      `json:"months,omitempty" minimum:"0" maximum:"36" doc:"For how long from today; a year where neither it nor until is there"`
		Until   string   `json:"until,omitempty" maxLength:"10" doc:"Or the last day, in the challenge's time zone, three years ahead at most" example:"2027-11-22"`
		Consent string   `json:"consent,omitempty" maxLength:"40" doc:"The identifier of the text that the fan agreed to, from the challenge's reposting; needed for any outlet"`
	}
}

func (s *site) allowReposts(ctx context.Context, in *allowInput) (*passportOutput, error) {
	session, _, err := s.session(ctx, in.Bearer)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	id, b := contest.EntryID(in.ID), in.Body
	wish := partner.Wish{Outlets: outletsOf(b.Outlets), Months: b.Months, LastDay: b.Until, Text: contest.ConsentID(b.Consent)}
	if err := s.Entries.Allow(ctx, session, id, wish); err != nil {
		return nil, s.answer(ctx, err)
	}
	return s.passport(ctx, session, id)
}

// passport answers with an own entry's.
func (s *site) passport(ctx context.Context, fan access.Session, id contest.EntryID) (*passportOutput, error) {
	c, err := s.Campaigns.Launched(ctx, fan.Challenge)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	e, err := s.Entries.Entry(ctx, id)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	said, err := s.Entries.OwnPassport(ctx, fan, id)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &passportOutput{passportBodyOf(c, e, said)}, nil
}

func passportBodyOf(c contest.Challenge, e contest.Entry, said entries.Passport) passportBody {
	b := passportBody{History: []saidBody{}}
	for i, g := range said {
		if i == 0 {
			b.Rights = rightsOf(c, e, g.Grant, true)
		}
		line := saidBody{Version: g.Version, At: g.At, Outlets: names(g.Outlets), Until: g.LastDay(c.Location()), Consent: string(g.Text)}
		if g.Text != "" {
			words := text(g.Words)
			line.Text = &words
		}
		b.History = append(b.History, line)
	}
	return b
}
