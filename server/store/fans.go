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

func scanToken(row scanner) (t Token, err error) {
	err = row.Scan(&t.Hash, &t.Fan, &t.Site, &t.Challenge, timeColumn{&t.ExpiresAt})
	return t, err
}

// DeleteExpiredTokens removes fans' tokens, staff sessions and set-up links that expired at now or before.
func (tx *Tx) DeleteExpiredTokens(now time.Time) error {
	for _, query := range []string{
		"DELETE FROM tokens WHERE expires_at <= ?",
		"DELETE FROM staff_sessions WHERE expires_at <= ?",
		"DELETE FROM setup_links WHERE expires_at <= ?",
	} {
		if _, err := tx.Exec(query, millis(now)); err != nil {
			return fmt.Errorf("delete expired tokens: %w", err)
		}
	}
	return nil
}
