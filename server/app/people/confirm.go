package people

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/fan"
	"fanfare/server/job"
	"fanfare/server/store"
)

// How mailboxes are confirmed. A mailbox that is guessed at for a day yields to one guesser in 20,000.
const (
	codeDigits   = 6
	codeLife     = 15 * time.Minute
	maxGuesses   = 5 // at one code
	maxLetters   = 10
	letterWindow = 24 * time.Hour
	letterPause  = 30 * time.Second // between two letters to one mailbox: the first may be on its way
)

// letterJob sends the letter of a session's confirmation.
const letterJob = "letter"

// How letters are sent: a hall of fans who confirm at once wait for half a minute.
const (
	letterWorkers = 8
	letterLease   = 90 * time.Second // longer than a conversation with a mail server
)

// mailboxSecret keys the hashes of mailboxes: without it, nobody who reads the table finds out by trying addresses whose
// they are.
const mailboxSecret = "mailbox"

// Letter asks the owner of a mailbox to confirm it.
type Letter struct {
	To       string
	Language string
	Code     string
	Secret   string       // of the link, whose page confirms when its button is pressed, and never by being opened
	Title    contest.Text // of the challenge
	Minutes  int          // for which both are good
	Letters  bool         // it was asked for to get letters about entries
}

// Mail is what confirming mailboxes takes.
type Mail struct {
	// Send hands a letter to a mail server. It returns nil also where that will never take it.
	Send       func(context.Context, Letter) error
	Queue      *job.Queue
	Disposable fan.Disposable
}

// ConfirmBy lets fans confirm their mailboxes. Without it they cannot. Call it before the queue runs.
func (s *Service) ConfirmBy(m Mail) {
	s.mail = &m
	m.Queue.Handle(letterJob, letterWorkers, letterLease, s.sendLetter)
}

// WaitError is ErrThrottled until a time.
type WaitError struct{ Until time.Time }

func (e *WaitError) Error() string { return fmt.Sprintf("%v until %v", ErrThrottled, e.Until) }

// Unwrap makes it an ErrThrottled.
func (e *WaitError) Unwrap() error { return ErrThrottled }

// MailRequest asks for a mailbox to be confirmed.
type MailRequest struct {
	Address  string // as the fan typed it
	Language string // of the letter
	Letters  bool   // the fan wants letters about their entries there; without it the address is forgotten once it is confirmed
}

// AskMail sends a code and a link to the mailbox that a fan says is theirs, and returns until when they are good. What it
// answers does not depend on whether the mailbox is known. Errors: ErrMailNotConfigured, fan.ErrAddress,
// fan.ErrDisposable, *WaitError, and a *contest.Refusal for fans who are banned.
func (s *Service) AskMail(ctx context.Context, session access.Session, r MailRequest) (expires time.Time, err error) {
	box, err := s.mailbox(session, r.Address)
	if err != nil {
		return time.Time{}, err
	}
	ask := store.Confirmation{
		Token: session.TokenHash, Link: access.NewToken(), Code: newCode(), Domain: box.Domain(), Address: box.Address, Language: r.Language,
		Letters: r.Letters,
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		if ask.Mailbox, err = sealMailbox(tx, box); err != nil {
			return err
		}
		next, err := tx.CountLetter(ask.Mailbox, maxLetters, letterWindow, letterPause)
		if err != nil {
			return err
		}
		if next.After(tx.Now()) {
			return &WaitError{next}
		}
		ask.ExpiresAt = tx.Now().Add(codeLife)
		if err := tx.AskConfirmation(ask); err != nil {
			return err
		}
		return s.mail.Queue.Insert(tx, job.Job{Kind: letterJob, Key: ask.Token})
	})
	s.forgetSession(session.TokenHash) // from now on it changes by what is done elsewhere
	return ask.ExpiresAt, err
}

// forgetSession has a session looked up again, which this process remembers for a few seconds.
func (s *Service) forgetSession(hash string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, hash)
}

// mailbox judges whether a session's fan may confirm the mailbox that they typed.
func (s *Service) mailbox(session access.Session, typed string) (fan.Mailbox, error) {
	if s.mail == nil {
		return fan.Mailbox{}, ErrMailNotConfigured
	}
	if session.Ban != nil {
		return fan.Mailbox{}, &contest.Refusal{Reason: contest.Banned}
	}
	box, err := fan.ParseMailbox(typed)
	if err != nil {
		return box, err
	}
	return box, s.mail.Disposable.Check(box)
}

// sealMailbox returns the hash by which a mailbox is known.
func sealMailbox(tx *store.Tx, m fan.Mailbox) (string, error) {
	secret, err := tx.Secret(mailboxSecret)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(m.Key))
	return hex.EncodeToString(mac.Sum(nil)), nil
}

// newCode draws a code.
func newCode() string {
	end := new(big.Int).Exp(big.NewInt(10), big.NewInt(codeDigits), nil)
	n, err := rand.Int(rand.Reader, end)
	if err != nil {
		panic(err) // it never fails: the program ends instead (crypto/rand)
	}
	return fmt.Sprintf("%0*d", codeDigits, n)
}

// sendLetter does a letterJob. What was confirmed or has ended meanwhile needs no letter.
func (s *Service) sendLetter(ctx context.Context, j job.Job) error {
	var l Letter
	var due bool
	err := s.store.View(ctx, func(tx *store.Tx) error {
		c, err := tx.Confirmation(j.Key)
		if err != nil {
			return err
		}
		token, err := tx.Token(c.Token)
		if err != nil {
			return err
		}
		challenge, err := tx.Challenge(token.Challenge)
		due = c.Code != "" && tx.Now().Before(c.ExpiresAt)
		l = Letter{
			To: c.Address, Language: c.Language, Code: c.Code, Secret: c.Link, Title: challenge.Title, Minutes: int(codeLife / time.Minute),
			Letters: c.Letters,
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && !due {
		return nil
	}
	if err != nil {
		return err
	}
	return s.mail.Send(ctx, l)
}

// ConfirmCode confirms the mailbox of a session's letter by the code in it. Errors: ErrCode, ErrCodeEnded (expired, used
// up by guesses, or never asked for), ErrMailTaken, and a *contest.Refusal for fans who are banned.
func (s *Service) ConfirmCode(ctx context.Context, session access.Session, code string) error {
	code = strings.Join(strings.Fields(code), "")
	return s.confirm(ctx, session.Challenge, session.TokenHash, func(c *store.Confirmation) error {
		switch {
		case !c.ConfirmedAt.IsZero():
			return nil
		case c.Code == "":
			return ErrCodeEnded
		case subtle.ConstantTimeCompare([]byte(c.Code), []byte(code)) == 1:
			return nil
		}
		if c.Attempts++; c.Attempts >= maxGuesses {
			c.Code = ""
		}
		return ErrCode
	})
}

// ConfirmLink confirms a mailbox by the secret of the link in its letter. Errors: ErrCodeEnded, ErrMailTaken, and
// a *contest.Refusal for fans who are banned.
func (s *Service) ConfirmLink(ctx context.Context, link string) error {
	var token store.Token
	err := s.store.View(ctx, func(tx *store.Tx) error {
		c, err := tx.ConfirmationByLink(link)
		if err != nil {
			return err
		}
		token, err = tx.Token(c.Token)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return ErrCodeEnded
	}
	if err != nil {
		return err
	}
	return s.confirm(ctx, token.Challenge, token.Hash, func(c *store.Confirmation) error {
		if c.Link != link { // another letter was asked for meanwhile
			return ErrCodeEnded
		}
		return nil
	})
}

// confirm ends a session's confirmation where judge lets it. What judge changed is kept also where it does not.
func (s *Service) confirm(ctx context.Context, challenge contest.ChallengeID, token string, judge func(*store.Confirmation) error) error {
	var judged error
	err := s.store.UpdateIn(ctx, challenge, func(tx *store.Tx) error {
		c, err := tx.Confirmation(token)
		if errors.Is(err, store.ErrNotFound) || err == nil && !tx.Now().Before(c.ExpiresAt) {
			return ErrCodeEnded
		}
		if err != nil {
			return err
		}
		if judged = judge(&c); judged != nil {
			return tx.SaveConfirmation(c)
		}
		if !c.ConfirmedAt.IsZero() {
			return nil // the answer got lost, or the button was pressed twice
		}
		if err := attach(tx, c); err != nil {
			return err
		}
		if err := keepAddress(tx, c); err != nil {
			return err
		}
		c.Code, c.Address, c.ConfirmedAt = "", "", tx.Now()
		return tx.SaveConfirmation(c)
	})
	s.forgetSession(token)
	return errors.Join(judged, err)
}

// keepAddress keeps the address of a fan who asked for letters.
func keepAddress(tx *store.Tx, c store.Confirmation) error {
	if !c.Letters {
		return nil
	}
	token, err := tx.Token(c.Token) // whose fan may be another one by now
	if err != nil {
		return err
	}
	return tx.SaveCorrespondent(store.Correspondent{Person: store.FanPerson(token.Fan), Address: c.Address, Language: c.Language})
}

// attach makes a confirmed mailbox one fan's: its owner's, whom a guest turns out to be, or else the session's. A guest
// who has confirmed another one is somebody else at the same device.
func attach(tx *store.Tx, c store.Confirmation) error {
	if err := tx.Lock("mailbox " + c.Mailbox); err != nil { // two sessions that confirm it at once
		return err
	}
	p, err := personOf(tx, c.Token)
	if err == nil {
		err = mayReturn(tx, p.Challenge, store.MailboxIssuer, c.Mailbox)
	}
	if err != nil {
		return err
	}
	owner, err := tx.MailboxOwner(c.Mailbox)
	if errors.Is(err, store.ErrNotFound) {
		if p.guest && p.Mail {
			return p.switchTo(tx, c, "")
		}
		return tx.InsertMailbox(c.Mailbox, c.Domain, p.Fan.ID)
	}
	switch {
	case err != nil || owner == p.Fan.ID:
		return err
	case !p.guest:
		return ErrMailTaken
	}
	return p.switchTo(tx, c, owner)
}

// person is who has a session.
type person struct {
	store.Session
	guest bool // nobody but their own: no site vouches for them and no invitation does
}

// personOf returns who has the session; a *contest.Refusal where they are banned.
func personOf(tx *store.Tx, tokenHash string) (person, error) {
	s, err := tx.Session(tokenHash)
	if err == nil && s.Banned {
		err = &contest.Refusal{Reason: contest.Banned}
	}
	return person{s, issued(s.Fan) == contest.GuestVoter && !s.Invited && !s.Jury}, err
}

// switchTo makes a guest's session the owner's of the confirmed mailbox; of somebody new where it has none. What a guest
// of whom nothing else was known has entered goes along.
func (p person) switchTo(tx *store.Tx, c store.Confirmation, owner contest.FanID) error {
	if owner == "" {
		f, err := tx.FanFor(GuestIssuer, access.NewToken(), p.Fan.Name)
		if err != nil {
			return err
		}
		owner = f.ID
		if err := tx.InsertMailbox(c.Mailbox, c.Domain, owner); err != nil {
			return err
		}
	}
	if !p.Mail {
		if err := tx.Become(p.Challenge, p.Fan.ID, owner); err != nil {
			return err
		}
	}
	if _, err := tx.VoterFor(p.Challenge, owner); err != nil {
		return err
	}
	for _, fan := range []contest.FanID{p.Fan.ID, owner} {
		if err := excludeOwn(tx, p.Challenge, fan, owner); err != nil {
			return err
		}
	}
	return tx.MoveToken(p.Hash, owner)
}

// excludeOwn lets no vote count of a fan for what turns out to be one person's own, unless the result is certified.
func excludeOwn(tx *store.Tx, challenge contest.ChallengeID, fan, author contest.FanID) error {
	c, err := tx.Challenge(challenge)
	if err != nil || c.Certified() {
		return err
	}
	voter, err := tx.Voter(challenge, fan)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	votes, err := tx.VotesOf(challenge, voter)
	ruling := store.Ruling{Kind: contest.Exclude, Reason: contest.OwnEntry, Actor: contest.RulesActor}
	for _, v := range votes {
		e, errEntry := tx.Candidate(v.Entry)
		if err = errors.Join(err, errEntry); err == nil && e.Fan == author {
			ruling.Keys = append(ruling.Keys, contest.VoteKey{Entry: v.Number, Voter: voter, Period: v.Period})
		}
	}
	if err != nil || len(ruling.Keys) == 0 {
		return err
	}
	_, err = tx.RuleVotes(challenge, ruling)
	return err
}
