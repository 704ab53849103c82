package store

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"fanfare/server/contest"
)

// Passkey is a key that somebody's device holds.
type Passkey struct {
	ID         string // of the credential, in base64url
	Staff      contest.StaffID
	Name       string
	PublicKey  []byte
	Transports []string // how a browser reaches the device
	Synced     bool     // the device may copy it to others of its owner
	Uses       uint32   // as the device counts them

	CreatedAt time.Time
	UsedAt    time.Time // zero for never
}

const passkeyColumns = "id, staff, name, public_key, transports, synced, uses, created_at, used_at"

func scanPasskey(row scanner) (p Passkey, err error) {
	var key, transports string
	var synced int
	if err := row.Scan(&p.ID, &p.Staff, &p.Name, &key, &transports, &synced, &p.Uses, timeColumn{&p.CreatedAt}, timeColumn{&p.UsedAt}); err != nil {
		return p, err
	}
	p.Transports, p.Synced = strings.Fields(transports), synced == 1
	p.PublicKey, err = base64.RawURLEncoding.DecodeString(key)
	return p, err
}

// InsertPasskey stores one that is made now; ErrConflict where the credential is known.
func (tx *Tx) InsertPasskey(p Passkey) error {
	synced := 0
	if p.Synced {
		synced = 1
	}
	_, err := tx.Exec("INSERT INTO passkeys ("+passkeyColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)", p.ID, p.Staff, p.Name,
		base64.RawURLEncoding.EncodeToString(p.PublicKey), strings.Join(p.Transports, " "), synced, p.Uses, millis(tx.now))
	if err != nil {
		return fmt.Errorf("insert passkey of staff %s: %w", p.Staff, err)
	}
	return nil
}

// Passkeys lists a person's, those that were made first leading.
func (tx *Tx) Passkeys(staff contest.StaffID) ([]Passkey, error) {
	keys, err := list(tx, scanPasskey, "SELECT "+passkeyColumns+" FROM passkeys WHERE staff = ? ORDER BY created_at, id", staff)
	if err != nil {
		return nil, fmt.Errorf("list passkeys of staff %s: %w", staff, err)
	}
	return keys, nil
}

// CountPasskeys counts how many each person has who has some.
func (tx *Tx) CountPasskeys() (map[contest.StaffID]int, error) {
	type counted struct {
		staff contest.StaffID
		n     int
	}
	all, err := list(tx, func(row scanner) (c counted, err error) {
		err = row.Scan(&c.staff, &c.n)
		return c, err
	}, "SELECT staff, COUNT(*) FROM passkeys GROUP BY staff")
	if err != nil {
		return nil, fmt.Errorf("count passkeys: %w", err)
	}
	counts := make(map[contest.StaffID]int, len(all))
	for _, c := range all {
		counts[c.staff] = c.n
	}
	return counts, nil
}

// UsePasskey keeps that a passkey is used now and how often its device says it was; ErrNotFound where it is gone, or was
// used since it had been used before as often as that.
func (tx *Tx) UsePasskey(id string, before, uses uint32) error {
	if err := tx.mustChange("UPDATE passkeys SET uses = ?, used_at = ? WHERE id = ? AND uses = ?", uses, millis(tx.now), id, before); err != nil {
		return fmt.Errorf("use passkey: %w", err)
	}
	return nil
}

// DeletePasskey removes one of a person's; ErrNotFound where it is none of theirs.
func (tx *Tx) DeletePasskey(staff contest.StaffID, id string) error {
	if err := tx.mustChange("DELETE FROM passkeys WHERE staff = ? AND id = ?", staff, id); err != nil {
		return fmt.Errorf("delete passkey of staff %s: %w", staff, err)
	}
	return nil
}

// DeletePasskeys removes all of a person's.
func (tx *Tx) DeletePasskeys(staff contest.StaffID) error {
	if _, err := tx.Exec("DELETE FROM passkeys WHERE staff = ?", staff); err != nil {
		return fmt.Errorf("delete passkeys of staff %s: %w", staff, err)
	}
	return nil
}

// Ceremony is what was asked of a browser, which answers once. Only the hash of the bearer is known here.
type Ceremony struct {
	Hash      string
	Kind      string
	Staff     contest.StaffID // whose it is; empty where the answer tells
	State     string
	ExpiresAt time.Time
}

// InsertCeremony stores one, in the place of those that nobody answered in time: anybody may begin them.
func (tx *Tx) InsertCeremony(c Ceremony) error {
	_, err := tx.Exec("DELETE FROM ceremonies WHERE expires_at <= ?", millis(tx.now))
	if err == nil {
		_, err = tx.Exec("INSERT INTO ceremonies (hash, kind, staff, state, expires_at) VALUES (?, ?, ?, ?, ?)", c.Hash, c.Kind, c.Staff, c.State, millis(c.ExpiresAt))
	}
	if err != nil {
		return fmt.Errorf("insert ceremony: %w", err)
	}
	return nil
}

// TakeCeremony takes the one with that hash away and returns it; ErrNotFound where it is of another kind, too old, or was
// taken before.
func (tx *Tx) TakeCeremony(hash, kind string) (Ceremony, error) {
	c, err := first(tx, func(row scanner) (c Ceremony, err error) {
		err = row.Scan(&c.Hash, &c.Kind, &c.Staff, &c.State, timeColumn{&c.ExpiresAt})
		return c, err
	}, "DELETE FROM ceremonies WHERE hash = ? AND kind = ? AND expires_at > ? RETURNING hash, kind, staff, state, expires_at", hash, kind, millis(tx.now))
	if err != nil {
		return c, fmt.Errorf("take ceremony: %w", err)
	}
	return c, nil
}
