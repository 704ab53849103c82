package store

import (
	"fmt"

	"fanfare/server/contest"
)

// Membership says to which groups of a challenge an entry belongs.
type Membership struct {
	Number  contest.EntryNumber
	City    string
	Partner string
	Tags    []string
}

// Memberships lists where the published entries of a challenge belong whose numbers are from first to last.
func (tx *Tx) Memberships(challenge contest.ChallengeID, first, last contest.EntryNumber) ([]Membership, error) {
	memberships, err := list(tx, scanMembership, selectMemberships, challenge, contest.Published, first, last)
	if err != nil {
		return nil, fmt.Errorf("read memberships in challenge %s: %w", challenge, err)
	}
	return memberships, nil
}

const selectMemberships = "SELECT number, city, partner, tags FROM entries WHERE challenge = ? AND status = ? AND number BETWEEN ? AND ? ORDER BY number"

func scanMembership(row scanner) (m Membership, err error) {
	err = row.Scan(&m.Number, &m.City, &m.Partner, jsonColumn{&m.Tags})
	return m, err
}
