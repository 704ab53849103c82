package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fanfare/server/access"
	"fanfare/server/app/people"
)

// The limits of how a fan becomes more than a guest. What one mailbox is sent, and how often a code is guessed at, people
// limits as well.
var (
	mailLimit    = limit{perIdentity: 10, perAddress: 1200, window: time.Hour}
	confirmLimit = limit{perIdentity: 30, perAddress: 3000, window: 10 * time.Minute}
	inviteLimit  = limit{perIdentity: 20, perAddress: 600, window: 10 * time.Minute}
)

// qualifyOperations are how a session's fan becomes more than a guest.
func (s *site) qualifyOperations(api huma.API) {
	ask := signed(operation(http.MethodPost, "/session/mail", "ask-mail", "Have a code and a link sent to a mail address, to confirm it"))
	ask.DefaultStatus = http.StatusAccepted
	ask.Middlewares = huma.Middlewares{s.limited(ask, mailLimit)}
	huma.Register(api, ask, s.askMail)
	confirm := signed(operation(http.MethodPost, "/session/mail/confirm", "confirm-mail", "Confirm the mail address by the code in the newest letter"))
	confirm.Middlewares = huma.Middlewares{s.limited(confirm, confirmLimit)}
	huma.Register(api, confirm, s.confirmMail)
	invite := signed(operation(http.MethodPost, "/session/invitation", "use-invitation", "Use an invitation's code, which works for one fan"))
	invite.Middlewares = huma.Middlewares{s.limited(invite, inviteLimit)}
	huma.Register(api, invite, s.useInvitation)
}

type mailInput struct {
	Bearer
	Body struct {
		Mail     string `json:"mail" maxLength:"400" example:"ada@example.org"`
		Language string `json:"lang,omitempty" enum:"zh-CN,en" default:"en" doc:"Of the letter"`
		Letters  string `json:"letters,omitempty" enum:"on,off" default:"off" doc:"Whether the fan wants letters about their entries there. Otherwise the address is forgotten once it is confirmed"`
	}
}

type mailOutput struct {
	Body struct {
		ExpiresAt time.Time `json:"expires_at" doc:"Until when code and link work. The link's page confirms when its button is pressed; then the session's fan is another class, as /me says"`
	}
}

func (s *site) askMail(ctx context.Context, in *mailInput) (*mailOutput, error) {
	session, _, err := s.session(ctx, in.Bearer)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	out := &mailOutput{}
	out.Body.ExpiresAt, err = s.People.AskMail(ctx, session, people.MailRequest{
		Address: in.Body.Mail, Language: in.Body.Language, Letters: in.Body.Letters == "on",
	})
	return out, s.answer(ctx, err)
}

type codeInput struct {
	Bearer
	Body struct {
		Code string `json:"code" maxLength:"40"`
	}
}

// qualifiedOutput is a session after its fan has become more: the bearer stays, the fan may be another one.
type qualifiedOutput struct {
	Body struct {
		ExpiresAt time.Time `json:"expires_at"`
		Fan       fanBody   `json:"fan"`
	}
}

func (s *site) confirmMail(ctx context.Context, in *codeInput) (*qualifiedOutput, error) {
	return s.qualify(ctx, in, s.People.ConfirmCode)
}

func (s *site) useInvitation(ctx context.Context, in *codeInput) (*qualifiedOutput, error) {
	return s.qualify(ctx, in, s.People.UseInvitation)
}

func (s *site) qualify(ctx context.Context, in *codeInput, by func(context.Context, access.Session, string) error) (*qualifiedOutput, error) {
	session, _, err := s.session(ctx, in.Bearer)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	if err := by(ctx, session, in.Body.Code); err != nil {
		return nil, s.answer(ctx, err)
	}
	session, expires, err := s.session(ctx, in.Bearer)
	out := &qualifiedOutput{}
	out.Body.ExpiresAt, out.Body.Fan = expires, fanOf(session)
	return out, s.answer(ctx, err)
}
