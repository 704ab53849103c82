package store

import (
	"fmt"
	"slices"
	"time"

	"fanfare/server/contest"
)

// Key is what another program shows to be let in to the API. Only the hash of the bearer is known here.
type Key struct {
	ID         string
	Hash       string
	Name       string
	Scopes     []string           // what it may be used for
	Campaign   contest.CampaignID // that it is for; empty for all
	Staff      contest.StaffID    // who made it
	By         string             // their name; set when it is read
	CreatedAt  time.Time
	LastUsedAt time.Time // to the minute; zero for never
	ExpiresAt  time.Time // zero for never
	RevokedAt  time.Time // zero while it holds
}

// May reports whether a key may be used for something.
func (k Key) May(scope string) bool { return slices.Contains(k.Scopes, scope) }

// Holds reports whether a key lets anybody in at a time.
func (k Key) Holds(now time.Time) bool {
	return k.RevokedAt.IsZero() && (k.ExpiresAt.IsZero() || now.Before(k.ExpiresAt))
}

const keyColumns = `k.id, k.hash, k.name, k.scopes, k.campaign, k.staff, COALESCE(s.name, ''), k.created_at, k.last_used_at, k.expires_at, k.revoked_at
	FROM api_keys k LEFT JOIN staff s ON s.id = k.staff`

func scanKey(row scanner) (k Key, err error) {
	err = row.Scan(&k.ID, &k.Hash, &k.Name, jsonColumn{&k.Scopes}, &k.Campaign, &k.Staff, &k.By, timeColumn{&k.CreatedAt},
		timeColumn{&k.LastUsedAt}, timeColumn{&k.ExpiresAt}, timeColumn{&k.RevokedAt})
	return k, err
}

// CreateKey stores a new key and returns it with its identifier and its time.
func (tx *Tx) CreateKey(k Key) (Key, error) {
	k.ID, k.CreatedAt = NewID("ak_"), tx.now
	_, err := tx.Exec(`INSERT INTO api_keys (id, hash, name, scopes, campaign, staff, created_at, last_used_at, expires_at, revoked_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, 0)`, k.ID, k.Hash, k.Name, asJSON{k.Scopes}, k.Campaign, k.Staff, millis(k.CreatedAt), millis(k.ExpiresAt))
	if err != nil {
		return k, fmt.Errorf("create key %s: %w", k.ID, err)
	}
	return k, nil
}

// KeyByHash returns the key whose bearer has the hash, whether it holds or not.
func (tx *Tx) KeyByHash(hash string) (Key, error) {
	k, err := first(tx, scanKey, "SELECT "+keyColumns+" WHERE k.hash = ?", hash)
	if err != nil {
		return k, fmt.Errorf("read key: %w", err)
	}
	return k, nil
}

// Keys lists all keys that were made, the newest first.
func (tx *Tx) Keys() ([]Key, error) {
	keys, err := list(tx, scanKey, "SELECT "+keyColumns+" ORDER BY k.created_at DESC, k.id DESC")
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	return keys, nil
}

// CountKeys counts the keys that nobody has revoked.
func (tx *Tx) CountKeys() (n int, err error) {
	if err := tx.one("SELECT COUNT(*) FROM api_keys WHERE revoked_at = 0", nil, &n); err != nil {
		return 0, fmt.Errorf("count keys: %w", err)
	}
	return n, nil
}

// RevokeKey ends a key and returns it; ErrNotFound where none of that identifier holds.
func (tx *Tx) RevokeKey(id string) (Key, error) {
	err := tx.mustChange("UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at = 0", millis(tx.now), id)
	var k Key
	if err == nil {
		k, err = first(tx, scanKey, "SELECT "+keyColumns+" WHERE k.id = ?", id)
	}
	if err != nil {
		return k, fmt.Errorf("revoke key %s: %w", id, err)
	}
	return k, nil
}

// UseKey keeps when a key was used last.
func (tx *Tx) UseKey(id string, at time.Time) error {
	if _, err := tx.Exec("UPDATE api_keys SET last_used_at = ? WHERE id = ? AND last_used_at < ?", millis(at), id, millis(at)); err != nil {
		return fmt.Errorf("note use of key %s: %w", id, err)
	}
	return nil
}
