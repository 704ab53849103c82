package store

import (
	"fmt"
	"time"
)

// maxFailureKeys is how many keys are remembered at once, so that guessing fills no disk.
const maxFailureKeys = 10_000

// CountFailures counts a failure of each key, and reports whether none of them had reached the limit within the window;
// otherwise it counts nothing. Where too many keys are remembered, those that failed least are forgotten first: a flood of
// invented keys pushes itself out, and not the one that is being guessed.
func (tx *Tx) CountFailures(keys []string, window time.Duration, limit int) (allowed bool, err error) {
	allowed, err = tx.countFailures(keys, window, limit)
	if err != nil {
		return false, fmt.Errorf("count sign-in failures: %w", err)
	}
	return allowed, nil
}

func (tx *Tx) countFailures(keys []string, window time.Duration, limit int) (bool, error) {
	if len(keys) == 0 {
		return true, nil
	}
	if err := tx.Lock("sign-in failures"); err != nil {
		return false, err
	}
	if _, err := tx.Exec("DELETE FROM sign_in_failures WHERE since < ?", millis(tx.now.Add(-window))); err != nil {
		return false, err
	}
	in, args := among(keys)
	full, err := list(tx, scalar[int], "SELECT 1 FROM sign_in_failures WHERE key IN "+in+" AND failures >= ?", append(args, limit)...)
	if err != nil || len(full) > 0 {
		return false, err
	}
	for _, key := range keys {
		_, err := tx.Exec(`INSERT INTO sign_in_failures (key, failures, since) VALUES (?, 1, ?)
			ON CONFLICT (key) DO UPDATE SET failures = sign_in_failures.failures + 1`, key, millis(tx.now))
		if err != nil {
			return false, err
		}
	}
	return true, tx.boundFailures()
}

func (tx *Tx) boundFailures() error {
	var n int
	if err := tx.one("SELECT COUNT(*) FROM sign_in_failures", nil, &n); err != nil || n <= maxFailureKeys {
		return err
	}
	_, err := tx.Exec(`DELETE FROM sign_in_failures WHERE key IN (
		SELECT key FROM sign_in_failures ORDER BY failures, since LIMIT ?)`, n-maxFailureKeys)
	return err
}

// TakeBackFailure makes a key's failures one less.
func (tx *Tx) TakeBackFailure(key string) error {
	_, err := tx.Exec("UPDATE sign_in_failures SET failures = failures - 1 WHERE key = ?", key)
	if err == nil {
		_, err = tx.Exec("DELETE FROM sign_in_failures WHERE key = ? AND failures <= 0", key)
	}
	if err != nil {
		return fmt.Errorf("take sign-in failure back: %w", err)
	}
	return nil
}

// ForgetFailures forgets a key's failures.
func (tx *Tx) ForgetFailures(key string) error {
	if _, err := tx.Exec("DELETE FROM sign_in_failures WHERE key = ?", key); err != nil {
		return fmt.Errorf("forget sign-in failures: %w", err)
	}
	return nil
}
