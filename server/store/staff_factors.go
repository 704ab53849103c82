package store

import (
	"fmt"
	"time"

	"fanfare/server/contest"
)

// SetTOTP gives a person the secret of one-time codes, of which the one of a time step was taken; an empty one takes it
// from them.
func (tx *Tx) SetTOTP(id contest.StaffID, secret string, step int64) error {
	err := tx.mustChange("UPDATE staff SET totp = ?, totp_step = ?, totp_wrong = 0 WHERE id = ? AND left_at = 0", secret, step, id)
	if err != nil {
		return fmt.Errorf("set second factor of staff %s: %w", id, err)
	}
	return nil
}

// TakeTOTP takes the code of a time step; ErrNotFound where it, or a later one, was taken before.
func (tx *Tx) TakeTOTP(id contest.StaffID, step int64) error {
	err := tx.mustChange("UPDATE staff SET totp_step = ?, totp_wrong = 0 WHERE id = ? AND totp_step < ?", step, id, step)
	if err != nil {
		return fmt.Errorf("take code of staff %s: %w", id, err)
	}
	return nil
}

// TryTOTP counts a guess at a person's codes as wrong before it is judged, so that many at once are not all let through, and
// returns how many there were within the window. The first one after a window begins the next.
func (tx *Tx) TryTOTP(id contest.StaffID, window time.Duration) (wrong int, err error) {
	ended := millis(tx.now.Add(-window))
	wrong, err = first(tx, scalar[int], `UPDATE staff SET totp_wrong = CASE WHEN totp_wrong_at <= ? THEN 1 ELSE totp_wrong + 1 END,
		totp_wrong_at = CASE WHEN totp_wrong_at <= ? OR totp_wrong = 0 THEN ? ELSE totp_wrong_at END
		WHERE id = ? AND left_at = 0 RETURNING totp_wrong`, ended, ended, millis(tx.now), id)
	if err != nil {
		return 0, fmt.Errorf("count guess at codes of staff %s: %w", id, err)
	}
	return wrong, nil
}

// SetRecoveryCodes replaces what stands in for a person's one-time codes, by the hashes.
func (tx *Tx) SetRecoveryCodes(id contest.StaffID, hashes []string) error {
	_, err := tx.Exec("DELETE FROM staff_codes WHERE staff = ?", id)
	for _, hash := range hashes {
		if err == nil {
			_, err = tx.Exec("INSERT INTO staff_codes (staff, hash) VALUES (?, ?)", id, hash)
		}
	}
	if err != nil {
		return fmt.Errorf("set recovery codes of staff %s: %w", id, err)
	}
	return nil
}

// UseRecoveryCode uses one up; ErrNotFound where it is not, or no longer, one of theirs.
func (tx *Tx) UseRecoveryCode(id contest.StaffID, hash string) error {
	if err := tx.mustChange("DELETE FROM staff_codes WHERE staff = ? AND hash = ?", id, hash); err != nil {
		return fmt.Errorf("use recovery code of staff %s: %w", id, err)
	}
	return nil
}

// RecoveryCodes counts those that a person has left.
func (tx *Tx) RecoveryCodes(id contest.StaffID) (n int, err error) {
	if err := tx.one("SELECT COUNT(*) FROM staff_codes WHERE staff = ?", []any{id}, &n); err != nil {
		return 0, fmt.Errorf("count recovery codes of staff %s: %w", id, err)
	}
	return n, nil
}
