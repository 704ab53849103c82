package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"fanfare/server/app/people"
	"fanfare/server/fan"
	"fanfare/server/outbound"
	"fanfare/server/page"
)

// openPost lets fans confirm their mailboxes, where a mail server is configured.
func (s *server) openPost() error {
	if s.backends.mail == nil {
		return nil
	}
	disposable, err := s.config.disposableDomains()
	if err != nil {
		return err
	}
	pages, err := page.New(s.config.public.String())
	if err != nil {
		return err
	}
	s.app.campaigns.SendsMail()
	s.app.people.ConfirmBy(people.Mail{Send: post{pages, s.backends.mail, s.log}.send, Queue: s.app.queue, Disposable: disposable})
	return nil
}

// disposableDomains are the mail domains that count for nobody.
func (c config) disposableDomains() (domains fan.Disposable, err error) {
	if c.disposable == "" {
		return fan.ReadDisposable(nil)
	}
	list, err := os.Open(c.disposable)
	if err != nil {
		return nil, fmt.Errorf("--disposable-mail: %w", err)
	}
	defer func() { err = errors.Join(err, list.Close()) }()
	if domains, err = fan.ReadDisposable(list); err != nil {
		return nil, fmt.Errorf("--disposable-mail %s: %w", c.disposable, err)
	}
	return domains, nil
}

// post draws letters and hands them to the mail server.
type post struct {
	pages *page.Renderer
	mail  *outbound.Mail
	log   *slog.Logger
}

func (p post) send(ctx context.Context, l people.Letter) error {
	drawn, err := p.pages.Letter(page.Lang(l.Language), page.LetterView{Title: l.Title, Code: l.Code, Secret: l.Secret, Minutes: l.Minutes})
	if err != nil {
		return err
	}
	err = p.mail.Send(ctx, outbound.Letter{To: l.To, Language: l.Language, Subject: drawn.Subject, Text: drawn.Text, HTML: drawn.HTML})
	if errors.Is(err, outbound.ErrRefused) {
		p.log.Info("a letter was refused for good: its address is mistyped, as a rule", "err", err)
		return nil
	}
	return err
}
