package store

import (
	"fmt"
	"time"

	"fanfare/server/contest"
)

// Confirmation is a letter whose code is waited for. A session has one at a time.
type Confirmation struct {
	Token    string // hash of the session's bearer
	Link     string // the secret of the letter's link
	Code     string // the same for typing; empty once it was used or guessed at too often
	Attempts int    // at the code
	Mailbox  string // keyed hash of the mailbox
	Domain   string
	Address  string // empty once it was confirmed
	Language string
	Letters  bool // the fan wants letters about their entries at the address

	CreatedAt, ExpiresAt, ConfirmedAt time.Time
}

const confirmationColumns = "token, link, code, attempts, mailbox, domain, address, language, letters, created_at, expires_at, confirmed_at"

func scanConfirmation(row scanner) (c Confirmation, err error) {
	err = row.Scan(&c.Token, &c.Link, &c.Code, &c.Attempts, &c.Mailbox, &c.Domain, &c.Address, &c.Language, boolColumn{&c.Letters},
		timeColumn{&c.CreatedAt}, timeColumn{&c.ExpiresAt}, timeColumn{&c.ConfirmedAt})
	return c, err
}

// AskConfirmation stores a confirmation in the place of the session's former one.
func (tx *Tx) AskConfirmation(c Confirmation) error {
	_, err := tx.Exec("DELETE FROM confirmations WHERE token = ?", c.Token)
	if err == nil {
		_, err = tx.Exec("INSERT INTO confirmations ("+confirmationColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			c.Token, c.Link, c.Code, c.Attempts, c.Mailbox, c.Domain, c.Address, c.Language, bit(c.Letters), millis(tx.now), millis(c.ExpiresAt), millis(c.ConfirmedAt))
	}
	if err != nil {
		return fmt.Errorf("store confirmation: %w", err)
	}
	return nil
}

// Confirmation returns a session's confirmation, expired or not.
func (tx *Tx) Confirmation(token string) (Confirmation, error) {
	c, err := first(tx, scanConfirmation, "SELECT "+confirmationColumns+" FROM confirmations WHERE token = ?", token)
	if err != nil {
		return c, fmt.Errorf("read confirmation: %w", err)
	}
	return c, nil
}

// ConfirmationByLink returns the confirmation whose link has the secret, expired or not.
func (tx *Tx) ConfirmationByLink(link string) (Confirmation, error) {
	c, err := first(tx, scanConfirmation, "SELECT "+confirmationColumns+" FROM confirmations WHERE link = ?", link)
	if err != nil {
		return c, fmt.Errorf("read confirmation by link: %w", err)
	}
	return c, nil
}

// SaveConfirmation stores what has become of a confirmation.
func (tx *Tx) SaveConfirmation(c Confirmation) error {
	err := tx.mustChange("UPDATE confirmations SET code = ?, attempts = ?, address = ?, confirmed_at = ? WHERE token = ?",
		c.Code, c.Attempts, c.Address, millis(c.ConfirmedAt), c.Token)
	if err != nil {
		return fmt.Errorf("save confirmation: %w", err)
	}
	return nil
}

// CountLetter counts a letter to a mailbox, and reports when the next one may go: now, unless there were as many as the
// limit within the window, or the last one went less than a pause ago. Then nothing is counted.
func (tx *Tx) CountLetter(mailbox string, limit int, window, pause time.Duration) (next time.Time, err error) {
	if next, err = tx.countLetter(mailbox, limit, window, pause); err != nil {
		return next, fmt.Errorf("count letter: %w", err)
	}
	return next, nil
}

const deleteLetters = "DELETE FROM letters WHERE since <= ?"

func (tx *Tx) countLetter(mailbox string, limit int, window, pause time.Duration) (time.Time, error) {
	if err := tx.Lock("letters " + mailbox); err != nil {
		return time.Time{}, err
	}
	if _, err := tx.Exec(deleteLetters, millis(tx.now.Add(-window))); err != nil {
		return time.Time{}, err
	}
	var sent int
	var since, last time.Time
	letters, err := list(tx, func(row scanner) (struct{}, error) {
		return struct{}{}, row.Scan(&sent, timeColumn{&since}, timeColumn{&last})
	}, "SELECT sent, since, last_at FROM letters WHERE mailbox = ?", mailbox)
	switch {
	case err != nil:
		return time.Time{}, err
	case len(letters) > 0 && sent >= limit:
		return since.Add(window), nil
	case len(letters) > 0 && tx.now.Before(last.Add(pause)):
		return last.Add(pause), nil
	}
	_, err = tx.Exec(`INSERT INTO letters (mailbox, sent, since, last_at) VALUES (?, 1, ?, ?)
		ON CONFLICT (mailbox) DO UPDATE SET sent = letters.sent + 1, last_at = excluded.last_at`, mailbox, millis(tx.now), millis(tx.now))
	return tx.now, err
}

// MailboxOwner returns the fan who confirmed a mailbox; ErrNotFound where nobody did.
func (tx *Tx) MailboxOwner(mailbox string) (fan contest.FanID, err error) {
	if err := tx.one("SELECT fan FROM mailboxes WHERE mailbox = ?", []any{mailbox}, &fan); err != nil {
		return "", fmt.Errorf("find owner of mailbox: %w", err)
	}
	return fan, nil
}

// InsertMailbox stores that a fan confirmed a mailbox; ErrConflict where somebody did already.
func (tx *Tx) InsertMailbox(mailbox, domain string, fan contest.FanID) error {
	_, err := tx.Exec("INSERT INTO mailboxes (mailbox, domain, fan, confirmed_at) VALUES (?, ?, ?, ?)", mailbox, domain, fan, millis(tx.now))
	if err != nil {
		return fmt.Errorf("insert mailbox of fan %s: %w", fan, err)
	}
	return nil
}
