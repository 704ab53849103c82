package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"

	"fanfare/server/app/notices"
	"fanfare/server/app/people"
	"fanfare/server/app/staff"
	"fanfare/server/fan"
	"fanfare/server/outbound"
	"fanfare/server/page"
)

// openPost lets fans confirm their mailboxes and tells people what concerns them, where a mail server is configured.
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
	s.app.notices.WriteBy(notices.Mail{Send: p.notice})
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
	drawn, err := p.pages.Letter(page.Lang(l.Language), page.LetterView{Title: l.Title, Code: l.Code, Secret: l.Secret, Minutes: l.Minutes, Letters: l.Letters})
	if err != nil {
		return err
	}
	return p.send(ctx, outbound.Letter{To: l.To, Language: l.Language}, drawn)
}

// toStaff writes to somebody who works here, or is asked to.
func (p post) toStaff(ctx context.Context, l staff.Letter) error {
	path := "/console/reset?token="
	if l.Invites {
		path = "/console/join?token="
	}
	drawn, err := p.pages.StaffLetter(page.Lang(l.Language), page.StaffLetterView{
		Host: p.host, Invites: l.Invites, By: l.By, Role: string(l.Role), Partner: l.For.Name, Campaign: l.For.CampaignName,
		Path: path + l.Secret, Hours: l.Hours, Minutes: l.Minutes,
	})
	if err != nil {
		return err
	}
	return p.send(ctx, outbound.Letter{To: l.To, Language: l.Language}, drawn)
}

// notice tells somebody of what concerns them.
func (p post) notice(ctx context.Context, l notices.Letter) error {
	lang := page.Lang(l.Language)
	if !slices.Contains(page.Langs, lang) {
		lang = page.English
	}
	v := page.NoticeView{Kind: wordsOf(l), Host: p.host, Stop: l.Stop, Fan: l.Fan, Staff: l.Staff, Asked: l.Kind == notices.Decided}
	for _, i := range l.Items {
		v.Items = append(v.Items, page.NoticeItem{
			Challenge: i.Challenge, Entry: i.Entry, Photo: i.Entry.PhotoServed(), Repost: i.Repost, By: i.By, Place: i.Place, Title: i.Title, Lines: i.Lines,
			Path: pathOf(l.Kind, i), Count: i.Count,
		})
	}
	drawn, err := p.pages.NoticeLetter(lang, v)
	if err != nil {
		return err
	}
	carried := outbound.Letter{To: l.To, Language: string(lang), ID: l.ID}
	if l.Stop != "" {
		carried.Stop = p.pages.StopAddress(l.Stop)
	}
	return p.send(ctx, carried, drawn)
}

// wordsOf names the words of a letter: those of its kind, and of an answer by what it is.
func wordsOf(l notices.Letter) string {
	switch {
	case l.Kind == notices.Decided && l.Items[0].Removed:
		return "removed"
	case l.Kind == notices.Decided:
		return "kept"
	}
	return string(l.Kind)
}

// pathOf is the page about what a letter tells of, empty for the challenge's, or the console where somebody works there.
func pathOf(k notices.Kind, i notices.Item) string {
	switch {
	case i.Path != "":
		return i.Path
	case k == notices.Published, k == notices.Decided && i.Entry.PhotoServed():
		return page.EntryPath(i.Entry.ID)
	case k == notices.Won:
		return page.ResultsPath(i.Challenge.Slug)
	case k == notices.Reposted:
		return i.Repost.Address
	case k == notices.Board, k == notices.Reminder:
		return "/console/partner/entries/" + string(i.Entry.ID) + "/kit"
	case k == notices.Takedown:
		return "/console/partner/reposts"
	case k == notices.Queue:
		return "/console/queue"
	}
	return ""
}

func (p post) send(ctx context.Context, l outbound.Letter, drawn page.Letter) error {
	l.Subject, l.Text, l.HTML = drawn.Subject, drawn.Text, drawn.HTML
	err := p.mail.Send(ctx, l)
	if errors.Is(err, outbound.ErrRefused) {
		p.log.Info("a letter was refused for good: its address is mistyped, as a rule", "err", err)
		return nil
	}
	return err
}
