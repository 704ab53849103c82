package store

import (
	"fmt"
	"time"
)

// AliveTokens returns those of the hashes whose tokens are there and have not expired at now.
func (tx *Tx) AliveTokens(hashes []string, now time.Time) ([]string, error) {
	in, args := among(hashes)
	hash := func(row scanner) (hash string, err error) {
		err = row.Scan(&hash)
		return hash, err
	}
	alive, err := list(tx, hash, "SELECT hash FROM tokens WHERE expires_at > ? AND hash IN "+in, append([]any{millis(now)}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return alive, nil
}
