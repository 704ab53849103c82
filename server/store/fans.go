package store

import (
	"fmt"
	"time"

	"fanfare/server/contest"
)

const fanColumns = "id, issuer, subject, name, created_at"

func scanFan(row scanner) (f contest.Fan, err error) {
	err = row.Scan(&f.ID, &f.Issuer, &f.Subject, &f.Name, timeColumn{&f.CreatedAt})
	return f, err
}

// FanFor returns the issuer's subject as a fan, who is created at the first sight. A name that is not empty replaces
// the one known.
func (tx *Tx) FanFor(issuer, subject, name string) (contest.Fan, error) {
	f, err := first(tx, scanFan, `INSERT INTO fans (id, issuer, subject, name, created_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (issuer, subject) DO UPDATE SET name = CASE WHEN excluded.name = '' THEN fans.name ELSE excluded.name END
		RETURNING `+fanColumns, NewID("f_"), issuer, subject, name, millis(tx.now))
	if err != nil {
		return f, fmt.Errorf("find fan %q of %q: %w", subject, issuer, err)
	}
	return f, nil
}

// Fan returns a fan.
func (tx *Tx) Fan(id contest.FanID) (contest.Fan, error) {
	f, err := first(tx, scanFan, "SELECT "+fanColumns+" FROM fans WHERE id = ?", id)
	if err != nil {
		return f, fmt.Errorf("read fan %s: %w", id, err)
	}
	return f, nil
}

// Qualities are what is known of a fan beside their issuer: whether they confirmed a mailbox, and as what they were invited
// to a challenge.
func (tx *Tx) Qualities(challenge contest.ChallengeID, fan contest.FanID) (classes []contest.VoterClass, err error) {
	classes, err = list(tx, scalar[contest.VoterClass], `SELECT class FROM invitations WHERE fan = ? AND challenge = ? AND revoked_at = 0
		UNION SELECT '`+string(contest.MailVoter)+`' FROM mailboxes WHERE fan = ?`, fan, challenge, fan)
	if err != nil {
		return nil, fmt.Errorf("read qualities of fan %s: %w", fan, err)
	}
	return classes, nil
}

// Become makes a guest of a challenge the fan who they turned out to be: entries go over. Votes stay under the guest's
// pseudonym, because nothing in the log is changed.
func (tx *Tx) Become(challenge contest.ChallengeID, guest, fan contest.FanID) error {
	err := tx.mustChange("UPDATE fans SET became = ? WHERE id = ?", fan, guest)
	if err == nil {
		_, err = tx.Exec("UPDATE entries SET fan = ? WHERE fan = ? AND challenge = ?", fan, guest, challenge)
	}
	if err != nil {
		return fmt.Errorf("make guest %s fan %s: %w", guest, fan, err)
	}
	return nil
}

// Token is a fan's session on a site, for one challenge. Only the hash of the bearer is known here.
type Token struct {
	Hash      string
	Fan       contest.FanID
	Site      contest.SiteID // empty for the installation's own pages
	Challenge contest.ChallengeID
	ExpiresAt time.Time
}

// InsertToken stores a token.
func (tx *Tx) InsertToken(t Token) error {
	_, err := tx.Exec("INSERT INTO tokens (hash, fan, site, challenge, expires_at) VALUES (?, ?, ?, ?, ?)",
		t.Hash, t.Fan, t.Site, t.Challenge, millis(t.ExpiresAt))
	if err != nil {
		return fmt.Errorf("insert token of fan %s: %w", t.Fan, err)
	}
	return nil
}

// Token returns the token with that hash, expired or not.
func (tx *Tx) Token(hash string) (Token, error) {
	t, err := first(tx, scanToken, "SELECT hash, fan, site, challenge, expires_at FROM tokens WHERE hash = ?", hash)
	if err != nil {
		return t, fmt.Errorf("read token: %w", err)
	}
	return t, nil
}

// MoveToken makes a session another fan's.
func (tx *Tx) MoveToken(hash string, fan contest.FanID) error {
	if err := tx.mustChange("UPDATE tokens SET fan = ? WHERE hash = ?", fan, hash); err != nil {
		return fmt.Errorf("move token to fan %s: %w", fan, err)
	}
	return nil
}

func scanToken(row scanner) (t Token, err error) {
	err = row.Scan(&t.Hash, &t.Fan, &t.Site, &t.Challenge, timeColumn{&t.ExpiresAt})
	return t, err
}

// DeleteExpiredTokens removes fans' tokens, what waits for their mail's confirmation, staff sessions and set-up links that
// expired at now or before.
func (tx *Tx) DeleteExpiredTokens(now time.Time) error {
	for _, query := range []string{
		"DELETE FROM tokens WHERE expires_at <= ?",
		"DELETE FROM confirmations WHERE expires_at <= ?",
		"DELETE FROM staff_sessions WHERE expires_at <= ?",
		"DELETE FROM setup_links WHERE expires_at <= ?",
	} {
		if _, err := tx.Exec(query, millis(now)); err != nil {
			return fmt.Errorf("delete expired tokens: %w", err)
		}
	}
	return nil
}
