package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fanfare/server/access"
	"fanfare/server/app/people"
	"fanfare/server/contest"
)

type fanBody struct {
	Name  string `json:"name"`
	Guest bool   `json:"guest" doc:"Nothing is known of the fan"`
	Class string `json:"class" enum:"guest,mail,host,invited,jury" doc:"As what the fan votes: as a guest, with a confirmed mail address, by a registered site's word, by invitation, as a juror"`
}

func fanOf(s access.Session) fanBody {
	return fanBody{s.Fan.Name, s.Class == contest.GuestVoter, string(s.Class)}
}

func (s *site) sessionOperations(api huma.API) {
	open := created(operation(http.MethodPost, "/session", "open-session", "Exchange a registered site's token, or nothing where the rules let guests in or let them become more, for a bearer"))
	open.Middlewares = huma.Middlewares{s.limited(open, sessionLimit)}
	huma.Register(api, open, s.openSession)
	s.qualifyOperations(api)
	huma.Register(api, signed(operation(http.MethodGet, "/me", "read-me", "The session's fan, entries and votes")), s.readMe)
	huma.Register(api, signed(operation(http.MethodGet, "/me/standing", "read-standing", "Where the fan's entries stand, from memory")), s.readStanding)
}

type sessionInput struct {
	Body struct {
		Challenge string `json:"challenge" maxLength:"40" doc:"Slug"`
		Token     string `json:"token,omitempty" maxLength:"4096" doc:"A JSON Web Token signed by the registered site"`
		Name      string `json:"name,omitempty" maxLength:"400" doc:"What a guest calls themselves"`
	}
}

type sessionOutput struct {
	Body struct {
		Token     string    `json:"token"`
		ExpiresAt time.Time `json:"expires_at"`
		Fan       fanBody   `json:"fan"`
	}
}

func (s *site) openSession(ctx context.Context, in *sessionInput) (*sessionOutput, error) {
	token, session, expires, err := s.People.OpenSession(ctx, people.SessionRequest{
		Challenge: in.Body.Challenge, Origin: s.pageOrigin(ctx), HostToken: in.Body.Token, Name: in.Body.Name,
	})
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	out := &sessionOutput{}
	out.Body.Token, out.Body.ExpiresAt, out.Body.Fan = token, expires, fanOf(session)
	return out, nil
}

type meOutput struct {
	Body struct {
		Fan       fanBody                 `json:"fan"`
		Challenge string                  `json:"challenge"`
		ExpiresAt time.Time               `json:"expires_at"`
		Entries   []entryBody             `json:"entries" doc:"The fan's own, in any status but withdrawn"`
		Voted     []string                `json:"voted" doc:"Entries voted for in the present period"`
		Points    map[contest.EntryID]int `json:"points,omitempty" doc:"What a juror gave, by entry"`
		Left      int                     `json:"votes_left"`
		Period    string                  `json:"period"`
		Missing   []contest.VoterClass    `json:"missing,omitempty" doc:"Why the fan cannot vote yet: the classes of fans, one of which they must be"`
		Banned    *banBody                `json:"banned,omitempty" doc:"Why the fan may neither enter nor vote"`
		Letters   string                  `json:"letters,omitempty" enum:"on,off" doc:"Whether the fan gets letters about their entries; absent where this server sends none"`
	}
}

func (s *site) readMe(ctx context.Context, in *Bearer) (*meOutput, error) {
	session, expires, err := s.session(ctx, *in)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	c, err := s.Campaigns.Launched(ctx, session.Challenge)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	own, err := s.Entries.Own(ctx, session)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	used, err := s.Votes.Used(ctx, session)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	out := &meOutput{}
	b := &out.Body
	b.Fan, b.Challenge, b.ExpiresAt, b.Left, b.Period, b.Voted = fanOf(session), c.Slug, expires, used.Left, used.Period, []string{}
	b.Banned = banOf(session.Ban)
	for _, id := range used.Entries {
		b.Voted = append(b.Voted, string(id))
	}
	b.Points, b.Missing = used.Points, used.Lacks
	if b.Letters, err = s.lettersOf(ctx, session); err != nil {
		return nil, s.answer(ctx, err)
	}
	b.Entries, err = s.bodies(ctx, c, &session, own)
	return out, s.answer(ctx, err)
}
