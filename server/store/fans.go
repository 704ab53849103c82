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

// Session is a token and all that decides what its fan may do.
type Session struct {
	Token
	Fan   contest.Fan
	Voter contest.VoterID // the fan's in the challenge
	Qualities
	Banned bool
	// Awaits says that a letter's code may be used at any moment.
	Awaits bool
}

// Qualities are what is known of a fan in a challenge beside their issuer.
type Qualities struct{ Mail, Invited, Jury bool }

// Session returns the session whose token has the hash, expired or not, in one question: every fan who is active has it
// asked every few seconds.
func (tx *Tx) Session(hash string) (s Session, err error) {
	err = tx.one(`SELECT t.hash, t.site, t.challenge, t.expires_at, f.id, f.issuer, f.subject, f.name, f.created_at, v.voter,
		(SELECT COUNT(*) FROM bans b WHERE b.challenge = t.challenge AND b.fan = t.fan AND b.lifted_at = 0),
		(SELECT COUNT(*) FROM confirmations c WHERE c.token = t.hash AND c.confirmed_at = 0 AND c.expires_at > ?),
		(SELECT COUNT(*) FROM mailboxes m WHERE m.fan = t.fan),
		(SELECT COUNT(*) FROM invitations i WHERE i.fan = t.fan AND i.fan <> '' AND i.challenge = t.challenge AND i.revoked_at = 0 AND i.class = ?),
		(SELECT COUNT(*) FROM invitations i WHERE i.fan = t.fan AND i.fan <> '' AND i.challenge = t.challenge AND i.revoked_at = 0 AND i.class = ?)
		FROM tokens t JOIN fans f ON f.id = t.fan JOIN voters v ON v.challenge = t.challenge AND v.fan = t.fan WHERE t.hash = ?`,
		[]any{millis(tx.now), contest.InvitedVoter, contest.JuryVoter, hash},
		&s.Hash, &s.Site, &s.Challenge, timeColumn{&s.ExpiresAt}, &s.Fan.ID, &s.Fan.Issuer, &s.Fan.Subject, &s.Fan.Name, timeColumn{&s.Fan.CreatedAt},
		&s.Voter, boolColumn{&s.Banned}, boolColumn{&s.Awaits}, boolColumn{&s.Mail}, boolColumn{&s.Invited}, boolColumn{&s.Jury})
	if err != nil {
		return s, fmt.Errorf("read session: %w", err)
	}
	s.Token.Fan = s.Fan.ID
	return s, nil
}

func scanToken(row scanner) (t Token, err error) {
	err = row.Scan(&t.Hash, &t.Fan, &t.Site, &t.Challenge, timeColumn{&t.ExpiresAt})
	return t, err
}

// DeleteExpiredTokens removes fans' tokens, what waits for their mail's confirmation, and staff's sessions and links that
// expired at now or before.
func (tx *Tx) DeleteExpiredTokens(now time.Time) error {
	for _, query := range []string{
		"DELETE FROM tokens WHERE expires_at <= ?",
		"DELETE FROM confirmations WHERE expires_at <= ?",
		"DELETE FROM staff_sessions WHERE expires_at <= ?",
		"DELETE FROM setup_links WHERE expires_at <= ?",
		"DELETE FROM sign_ins WHERE expires_at <= ?",
		"DELETE FROM ceremonies WHERE expires_at <= ?",
		"DELETE FROM staff_invitations WHERE expires_at <= ?",
		"DELETE FROM staff_resets WHERE expires_at <= ?",
	} {
		if _, err := tx.Exec(query, millis(now)); err != nil {
			return fmt.Errorf("delete expired tokens: %w", err)
		}
	}
	return nil
}
