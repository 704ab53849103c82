package store

import (
	"errors"
	"fmt"
	"time"

	"fanfare/server/contest"
)

// Setting returns an installation's setting; ErrNotFound when it was never set.
func (tx *Tx) Setting(name string) (value string, err error) {
	if err := tx.one("SELECT value FROM settings WHERE name = ?", []any{name}, &value); err != nil {
		return "", fmt.Errorf("read setting %q: %w", name, err)
	}
	return value, nil
}

// SetSetting stores a setting.
func (tx *Tx) SetSetting(name, value string) error {
	_, err := tx.Exec("INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	if err != nil {
		return fmt.Errorf("set setting %q: %w", name, err)
	}
	return nil
}

// VoteScope is the scope of a voter's keys. It names the pseudonym, because results name leaves: what another replica keeps while
// it still knows the session of a fan who was just erased must not lead from the log to them.
func VoteScope(challenge contest.ChallengeID, voter contest.VoterID) string {
	return "vote/" + string(challenge) + "/" + string(voter)
}

// Idempotent looks up what a request with this key was answered before. Found is false for a new key; ErrKeyReused
// says that the key came with another request. Scope keeps one caller's keys apart from another's. No ledger knows this
// table, so it is read and written past them.
func (tx *Tx) Idempotent(scope, key, requestHash string) (result string, found bool, err error) {
	var hash string
	err = one(direct{tx}, "SELECT request_hash, result FROM idempotency WHERE scope = ? AND key = ?", []any{scope, key}, &hash, &result)
	switch {
	case errors.Is(err, ErrNotFound):
		return "", false, nil
	case err != nil:
		return "", false, fmt.Errorf("read idempotency key: %w", err)
	case hash != requestHash:
		return "", false, fmt.Errorf("read idempotency key: %w", ErrKeyReused)
	}
	return result, true, nil
}

// SaveIdempotent keeps a request's result under its key; ErrConflict when the key is there.
func (tx *Tx) SaveIdempotent(scope, key, requestHash, result string) error {
	_, err := tx.exec("INSERT INTO idempotency (scope, key, request_hash, result, created_at) VALUES (?, ?, ?, ?, ?)",
		scope, key, requestHash, result, millis(tx.now))
	if err != nil {
		return fmt.Errorf("save idempotency key: %w", err)
	}
	return nil
}

// DeleteIdempotent forgets the keys saved before a time.
func (tx *Tx) DeleteIdempotent(before time.Time) error {
	if _, err := tx.Exec("DELETE FROM idempotency WHERE created_at < ?", millis(before)); err != nil {
		return fmt.Errorf("delete idempotency keys: %w", err)
	}
	return nil
}
