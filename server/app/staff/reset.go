package staff

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/store"
)

// resetLength is how long a link can be used that sets a new password.
const resetLength = 30 * time.Minute

// letterJob sends a letter to somebody who works here, or is to.
const letterJob = "staff letter"

// How letters are sent.
const (
	letterWorkers = 2
	letterLease   = 90 * time.Second // longer than a conversation with a mail server
)

// The kinds of letters.
const (
	invitation = "invite"
	reset      = "reset"
)

// Letter asks somebody to join, or lets them set a new password.
type Letter struct {
	To       string
	Language string
	Invites  bool
	By       string // who invites
	Role     access.Role
	For      Partner // whose they are to be; zero where they work for no partner
	Secret   string  // of the link
	Hours    int     // for which it is good; 0 where it is minutes
	Minutes  int
}

// Mail is what sending letters takes.
type Mail struct {
	// Send hands a letter to a mail server. It returns nil also where that will never take it.
	Send  func(context.Context, Letter) error
	Queue *job.Queue
}

// WriteBy has invitations and resets sent as letters. Call it before the queue runs.
func (s *Service) WriteBy(m Mail) {
	s.mail = &m
	m.Queue.Handle(letterJob, letterWorkers, letterLease, s.sendLetter)
}

// Writes reports whether letters can be sent.
func (s *Service) Writes() bool { return s.mail != nil }

// errand is a letterJob's payload. The link's secret is not in it: it is drawn when the letter is written, so that it stands
// in no table.
type errand struct {
	Kind     string
	Email    string
	Language string
	At       time.Time
}

func (s *Service) errand(tx *store.Tx, kind, email, language string) error {
	if s.mail == nil {
		return nil
	}
	payload, err := json.Marshal(errand{kind, email, language, tx.Now()})
	if err != nil {
		return fmt.Errorf("write errand: %w", err)
	}
	return s.mail.Queue.Insert(tx, job.Job{Kind: letterJob, Key: access.HashToken(kind + " " + email), Payload: string(payload)})
}

func (s *Service) sendInvitation(tx *store.Tx, email, language string) error {
	return s.errand(tx, invitation, email, language)
}

// AskReset sends somebody a link that sets a new password. What it answers, and what it does until then, does not depend on
// whether there is such a person. Error: ErrThrottled.
func (s *Service) AskReset(ctx context.Context, email, language string, from Visit) error {
	email = normalMail(email)
	if len(email) > maxMail {
		return nil
	}
	if err := s.count(ctx, attempt{access.HashToken("reset " + email), access.HashToken("reset from " + from.Address)}); err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx *store.Tx) error { return s.errand(tx, reset, email, language) })
}

// sendLetter does a letterJob. What is not needed any more is not sent.
func (s *Service) sendLetter(ctx context.Context, j job.Job) error {
	var e errand
	if err := json.Unmarshal([]byte(j.Payload), &e); err != nil {
		return job.Permanent(fmt.Errorf("read errand: %w", err))
	}
	write := s.writeReset
	if e.Kind == invitation {
		write = s.writeInvitation
	}
	l, err := write(ctx, e)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	l.To, l.Language = e.Email, e.Language
	return s.mail.Send(ctx, l)
}

func (s *Service) writeInvitation(ctx context.Context, e errand) (l Letter, err error) {
	secret := access.NewToken()
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		i, err := tx.RenewStaffInvitation(e.Email, access.HashToken(secret))
		if err != nil {
			return err
		}
		by, err := tx.Staff(i.Staff)
		if err != nil {
			return err
		}
		l = Letter{
			Invites: true, By: by.Name, Role: access.Role(i.Role), Secret: secret, Hours: int(i.ExpiresAt.Sub(tx.Now()).Round(time.Hour) / time.Hour),
		}
		l.For, err = invitedFor(tx, i)
		return err
	})
	return l, err
}

// invitedFor is the partner whose somebody is to be, by its identifier where no campaign names it any more.
func invitedFor(tx *store.Tx, i store.StaffInvitation) (Partner, error) {
	if i.Partner == "" {
		return Partner{}, nil
	}
	all, err := partners(tx)
	for _, p := range all {
		if p.Campaign == i.Campaign && p.Partner == i.Partner {
			return p, err
		}
	}
	campaign, missing := tx.Campaign(i.Campaign)
	return Partner{i.Campaign, campaign.Name, i.Partner, contest.Text{EN: string(i.Partner)}}, errors.Join(err, missing)
}

func (s *Service) writeReset(ctx context.Context, e errand) (l Letter, err error) {
	secret := access.NewToken()
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		if tx.Now().Sub(e.At) > resetLength {
			return store.ErrNotFound // whoever asked has asked again, or given up
		}
		person, err := tx.StaffByEmail(e.Email)
		if err != nil {
			return err
		}
		l = Letter{Secret: secret, Minutes: int(resetLength / time.Minute)}
		return tx.InsertStaffReset(store.StaffReset{Hash: access.HashToken(secret), Staff: person.ID, ExpiresAt: tx.Now().Add(resetLength)})
	})
	return l, err
}

// ResetLink makes the link for a colleague and returns its secret, which is shown this once.
func (s *Service) ResetLink(ctx context.Context, by, id contest.StaffID) (secret string, err error) {
	secret = access.NewToken()
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.Staff(id); err != nil {
			return err
		}
		r := store.StaffReset{Hash: access.HashToken(secret), Staff: id, ExpiresAt: tx.Now().Add(resetLength)}
		return errors.Join(tx.InsertStaffReset(r), tx.Audit(act(by, "staff.reset_link", id, "")))
	})
	return secret, err
}

// ResetValid returns whose password a link sets; ErrLinkUsed where it can be used no more.
func (s *Service) ResetValid(ctx context.Context, token string) (person store.Staff, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		person, err = resets(tx, token)
		return err
	})
	return person, err
}

func resets(tx *store.Tx, token string) (person store.Staff, err error) {
	r, err := tx.StaffReset(access.HashToken(token))
	if err == nil && !tx.Now().Before(r.ExpiresAt) {
		err = store.ErrNotFound
	}
	if err == nil {
		person, err = tx.Staff(r.Staff)
	}
	return person, used(err)
}

// Reset sets a new password by a link, once, and ends all sessions. It lets nobody in: a second factor is still asked for.
// Errors: ErrLinkUsed, *FieldError.
func (s *Service) Reset(ctx context.Context, token, password string) error {
	if err := checkPassword(password); err != nil {
		return err
	}
	if _, err := s.ResetValid(ctx, token); err != nil {
		return err
	}
	hash := access.HashPassword(password)
	return s.store.Update(ctx, func(tx *store.Tx) error {
		person, err := resets(tx, token)
		if err != nil {
			return err
		}
		if err := used(tx.UseStaffReset(access.HashToken(token))); err != nil {
			return err
		}
		if err := setPassword(tx, person.ID, hash, ""); err != nil {
			return err
		}
		return errors.Join(tx.ForgetFailures(attemptOf(person.Email, "").mail), tx.Audit(act(person.ID, "account.reset", person.ID, "")))
	})
}

// ChangePassword sets somebody's own, and ends their other sessions. Errors: *FieldError, ErrThrottled.
func (s *Service) ChangePassword(ctx context.Context, id contest.StaffID, password string, p Proof) error {
	if err := checkPassword(password); err != nil {
		return err
	}
	if err := s.prove(ctx, id, p); err != nil {
		return err
	}
	hash := access.HashPassword(password)
	return s.store.Update(ctx, func(tx *store.Tx) error {
		return errors.Join(setPassword(tx, id, hash, access.HashToken(p.Session)), tx.Audit(act(id, "account.password", id, "")))
	})
}

// setPassword sets a password, ends all sessions but one, and links that would set another.
func setPassword(tx *store.Tx, id contest.StaffID, hash, but string) error {
	return errors.Join(tx.SetPassword(id, hash), tx.EndStaffSessions(id, but), tx.EndStaffResets(id))
}
