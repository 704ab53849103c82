package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"fanfare/server/app/people"
	"fanfare/server/app/staff"
	"fanfare/server/fan"
	"fanfare/server/outbound"
	"fanfare/server/page"
)

// openPost lets fans confirm their mailboxes and writes to staff, where a mail server is configured.
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
	p := post{pages, s.backends.mail, s.config.public.Host, s.log}
	s.app.people.ConfirmBy(people.Mail{Send: p.confirm, Queue: s.app.queue, Disposable: disposable})
	s.app.staff.WriteBy(staff.Mail{Send: p.toStaff, Queue: s.app.queue})
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
	host  string // of the public address
	log   *slog.Logger
}

func (p post) confirm(ctx context.Context, l people.Letter) error {
	drawn, err := p.pages.Letter(page.Lang(l.Language), page.LetterView{Title: l.Title, Code: l.Code, Secret: l.Secret, Minutes: l.Minutes})
	if err != nil {
		return err
	}
	return p.send(ctx, l.To, l.Language, drawn)
}

// toStaff writes to somebody who works here, or is asked to.
func (p post) toStaff(ctx context.Context, l staff.Letter) error {
	path := "/console/reset?token="
	if l.Invites {
		path = "/console/join?token="
	}
	drawn, err := p.pages.StaffLetter(page.Lang(l.Language), page.StaffLetterView{
		Host: p.host, Invites: l.Invites, By: l.By, Path: path + l.Secret, Hours: l.Hours, Minutes: l.Minutes,
	})
	if err != nil {
		return err
	}
	return p.send(ctx, l.To, l.Language, drawn)
}

func (p post) send(ctx context.Context, to, language string, drawn page.Letter) error {
	err := p.mail.Send(ctx, outbound.Letter{To: to, Language: language, Subject: drawn.Subject, Text: drawn.Text, HTML: drawn.HTML})
	if errors.Is(err, outbound.ErrRefused) {
		p.log.Info("a letter was refused for good: its address is mistyped, as a rule", "err", err)
		return nil
	}
	return err
}
