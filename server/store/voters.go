package store

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"

	"fanfare/server/contest"
)

// VoterFor returns a fan's pseudonym in a challenge, which is drawn at the first sight.
func (tx *Tx) VoterFor(challenge contest.ChallengeID, fan contest.FanID) (contest.VoterID, error) {
	v, err := tx.Voter(challenge, fan)
	if !errors.Is(err, ErrNotFound) {
		return v, err
	}
	v, err = first(tx, scalar[contest.VoterID], `INSERT INTO voters (challenge, fan, voter, at) VALUES (?, ?, ?, ?)
		ON CONFLICT (challenge, fan) DO UPDATE SET fan = excluded.fan RETURNING voter`, challenge, fan, newVoter(), millis(tx.now))
	if err != nil {
		return "", fmt.Errorf("name voter of fan %s: %w", fan, err)
	}
	return v, nil
}

// newVoter draws a pseudonym.
func newVoter() contest.VoterID {
	var id [16]byte
	rand.Read(id[:]) // never fails
	return contest.VoterID(hex.EncodeToString(id[:]))
}

// Voter returns a fan's pseudonym in a challenge; ErrNotFound where there is none, or none any more.
func (tx *Tx) Voter(challenge contest.ChallengeID, fan contest.FanID) (v contest.VoterID, err error) {
	if err := tx.one("SELECT voter FROM voters WHERE challenge = ? AND fan = ?", []any{challenge, fan}, &v); err != nil {
		return "", fmt.Errorf("find voter of fan %s: %w", fan, err)
	}
	return v, nil
}

// FanOf returns whose pseudonym it is; ErrNotFound where nobody's, or of somebody who was erased.
func (tx *Tx) FanOf(challenge contest.ChallengeID, voter contest.VoterID) (fan contest.FanID, err error) {
	if err := tx.one("SELECT fan FROM voters WHERE challenge = ? AND voter = ?", []any{challenge, voter}, &fan); err != nil {
		return "", fmt.Errorf("find fan of voter %s: %w", voter, err)
	}
	return fan, nil
}
