package store

import (
	"fmt"
	"time"

	"fanfare/server/contest"
)

// StaffSession is a signed-in browser at the console. Only the hash of the bearer is known here.
type StaffSession struct {
	Hash      string
	Staff     contest.StaffID
	ExpiresAt time.Time

	CreatedAt time.Time
	SeenAt    time.Time
	Agent     string // what the browser calls itself
	Address   string // where it was seen last
	Issuer    string // that vouched for them; empty for none
}

const sessionColumns = "hash, staff, expires_at, created_at, seen_at, agent, address, issuer"

func scanStaffSession(row scanner) (s StaffSession, err error) {
	err = row.Scan(&s.Hash, &s.Staff, timeColumn{&s.ExpiresAt}, timeColumn{&s.CreatedAt}, timeColumn{&s.SeenAt}, &s.Agent, &s.Address, &s.Issuer)
	return s, err
}

// InsertStaffSession stores a session that begins now, where its update came from.
func (tx *Tx) InsertStaffSession(s StaffSession) error {
	_, err := tx.Exec("INSERT INTO staff_sessions ("+sessionColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		s.Hash, s.Staff, millis(s.ExpiresAt), millis(tx.now), millis(tx.now), s.Agent, tx.actor.Address, s.Issuer)
	if err != nil {
		return fmt.Errorf("insert session of staff %s: %w", s.Staff, err)
	}
	return nil
}

// StaffSession returns the session with that hash, expired or not.
func (tx *Tx) StaffSession(hash string) (StaffSession, error) {
	s, err := first(tx, scanStaffSession, "SELECT "+sessionColumns+" FROM staff_sessions WHERE hash = ?", hash)
	if err != nil {
		return s, fmt.Errorf("read staff session: %w", err)
	}
	return s, nil
}

// StaffSessions lists a person's sessions that are not over, those that were used last leading.
func (tx *Tx) StaffSessions(staff contest.StaffID) ([]StaffSession, error) {
	sessions, err := list(tx, scanStaffSession, "SELECT "+sessionColumns+` FROM staff_sessions
		WHERE staff = ? AND expires_at > ? ORDER BY seen_at DESC, hash`, staff, millis(tx.now))
	if err != nil {
		return nil, fmt.Errorf("list sessions of staff %s: %w", staff, err)
	}
	return sessions, nil
}

// TouchStaffSession keeps that a session is used now, and from where.
func (tx *Tx) TouchStaffSession(hash string) error {
	_, err := tx.Exec("UPDATE staff_sessions SET seen_at = ?, address = ? WHERE hash = ?", millis(tx.now), tx.actor.Address, hash)
	if err != nil {
		return fmt.Errorf("touch staff session: %w", err)
	}
	return nil
}

// DeleteStaffSession removes a session; one that is not there is fine.
func (tx *Tx) DeleteStaffSession(hash string) error {
	if _, err := tx.Exec("DELETE FROM staff_sessions WHERE hash = ?", hash); err != nil {
		return fmt.Errorf("delete staff session: %w", err)
	}
	return nil
}

// EndStaffSessions removes a person's sessions but one, empty for none, with what waits for their second factor.
func (tx *Tx) EndStaffSessions(staff contest.StaffID, but string) error {
	_, err := tx.Exec("DELETE FROM staff_sessions WHERE staff = ? AND hash <> ?", staff, but)
	if err == nil {
		_, err = tx.Exec("DELETE FROM sign_ins WHERE staff = ?", staff)
	}
	if err != nil {
		return fmt.Errorf("end sessions of staff %s: %w", staff, err)
	}
	return nil
}

// EndUnprovenSessions removes the sessions of all who have no second factor.
func (tx *Tx) EndUnprovenSessions() error {
	_, err := tx.Exec(`DELETE FROM staff_sessions WHERE staff IN (SELECT id FROM staff WHERE totp = '')
		AND staff NOT IN (SELECT staff FROM passkeys)`)
	if err != nil {
		return fmt.Errorf("end sessions without a second factor: %w", err)
	}
	return nil
}

// SignIn is somebody who has shown a first factor and owes a second. Only the hash of the bearer is known here.
type SignIn struct {
	Hash      string
	Staff     contest.StaffID
	TOTP      string // the secret that is being set up; empty where a second factor is known
	Issuer    string // that vouched for them; empty where they showed a password
	Attempts  int
	ExpiresAt time.Time
}

// InsertSignIn stores one.
func (tx *Tx) InsertSignIn(s SignIn) error {
	_, err := tx.Exec("INSERT INTO sign_ins (hash, staff, totp, issuer, attempts, expires_at) VALUES (?, ?, ?, ?, 0, ?)",
		s.Hash, s.Staff, s.TOTP, s.Issuer, millis(s.ExpiresAt))
	if err != nil {
		return fmt.Errorf("insert sign-in of staff %s: %w", s.Staff, err)
	}
	return nil
}

// SignIn returns the one with that hash, expired or not.
func (tx *Tx) SignIn(hash string) (s SignIn, err error) {
	err = tx.one("SELECT hash, staff, totp, issuer, attempts, expires_at FROM sign_ins WHERE hash = ?", []any{hash},
		&s.Hash, &s.Staff, &s.TOTP, &s.Issuer, &s.Attempts, timeColumn{&s.ExpiresAt})
	if err != nil {
		return s, fmt.Errorf("read sign-in: %w", err)
	}
	return s, nil
}

// AttemptSignIn counts an attempt at the code before it is judged, and returns how many there were with it.
func (tx *Tx) AttemptSignIn(hash string) (attempts int, err error) {
	attempts, err = first(tx, scalar[int], "UPDATE sign_ins SET attempts = attempts + 1 WHERE hash = ? RETURNING attempts", hash)
	if err != nil {
		return 0, fmt.Errorf("count attempt at sign-in: %w", err)
	}
	return attempts, nil
}

// DeleteSignIn ends one; ErrNotFound where it is not there, because somebody was quicker.
func (tx *Tx) DeleteSignIn(hash string) error {
	if err := tx.mustChange("DELETE FROM sign_ins WHERE hash = ?", hash); err != nil {
		return fmt.Errorf("delete sign-in: %w", err)
	}
	return nil
}
