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
	huma.Register(api, operation(http.MethodGet, "/reposting", "read-reposting", "What fans may allow partners to do with their photos, when entering or later; never ticked for them"), s.readReposting)
	read := operation(http.MethodGet, "/entries/{id}/rights", "read-rights", "Where and until when partners may repost an entry")
	read.Description = "With the session of its fan, all that they ever said of it as well, with the exact words that they agreed to."
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

func (s *site) readReposting(context.Context, *struct{}) (*struct{ Body repostingBody }, error) {
	return &struct{ Body repostingBody }{
		repostingBody{string(partner.WordsID), text(partner.Words), names(partner.Outlets), partner.Terms},
	}, nil
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
	Over    bool     `json:"over,omitempty" doc:"Whether the last day is over"`
}

// rightsOf is what the fan said last; nil where they never said anything.
func rightsOf(c contest.Challenge, e contest.Entry, g partner.Grant) *rightsBody {
	if g.Version == 0 {
		return nil
	}
	now := time.Now()
	return &rightsBody{names(g.Outlets), g.LastDay(c.Location()), partner.MayAny(e, g, now) == "", len(g.Outlets) > 0 && !g.Open(now)}
}

// ownRights returns what a visitor said last of their own entries among the list.
func (s *site) ownRights(ctx context.Context, viewer *access.Session, list []contest.Entry) (map[contest.EntryID]partner.Grant, error) {
	var own []contest.Entry
	for _, e := range list {
		if viewer != nil && e.Fan == viewer.Fan.ID {
			own = append(own, e)
		}
	}
	if own == nil {
		return nil, nil
	}
	return s.Entries.Rights(ctx, own)
}

// passportBody is all that a fan said about reposts of an entry.
type passportBody struct {
	Rights  *rightsBody `json:"rights,omitempty" doc:"What is allowed now, and to its fan what they said last; absent where that is nothing"`
	History []saidBody  `json:"history,omitempty" doc:"What the fan said, the newest first; to themselves alone"`
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
	viewer, err := s.viewer(ctx, in.Bearer)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	id := contest.EntryID(in.ID)
	e, err := s.Entries.Visible(ctx, viewer, id)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	if viewer != nil && viewer.Fan.ID == e.Fan {
		return s.passport(ctx, *viewer, id)
	}
	grants, err := s.Entries.Rights(ctx, []contest.Entry{e})
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	c, err := s.Campaigns.Launched(ctx, e.Challenge)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	out := &passportOutput{}
	if r := rightsOf(c, e, grants[id]); r != nil && r.Open {
		out.Body.Rights = r
	}
	return out, nil
}

type allowInput struct {
	EntryInput
	Body struct {
		Outlets []string `json:"outlets" maxItems:"7" doc:"Where partners may repost it; none takes everything back"`
		Months  int      `json:"months,omitempty" minimum:"0" maximum:"36" doc:"For how long from today; a year where neither it nor until is there"`
		Until   string   `json:"until,omitempty" maxLength:"10" doc:"Or the last day, in the challenge's time zone, three years ahead at most" example:"2027-11-22"`
		Consent string   `json:"consent,omitempty" maxLength:"40" doc:"The identifier of the text that the fan agreed to, from /reposting; needed for any outlet"`
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
	b := passportBody{}
	for i, g := range said {
		if i == 0 {
			b.Rights = rightsOf(c, e, g.Grant)
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

// rightsPatience is how long an entry's page waits to learn what partners may: all else on it comes from memory, and is shown while
// the database does not answer.
const rightsPatience = 250 * time.Millisecond

// rightsShown is what an entry's page says of it; nil where the database does not tell in time.
func (s *site) rightsShown(ctx context.Context, e contest.Entry) *partner.Grant {
	ctx, stop := context.WithTimeout(ctx, rightsPatience)
	defer stop()
	grants, err := s.Entries.Rights(ctx, []contest.Entry{e})
	if err != nil {
		return nil
	}
	g := grants[e.ID]
	return &g
}
