// Package standingtest has boards for the tests of what stands on them.
package standingtest

import (
	"context"
	"testing"
	"time"

	"fanfare/server/bus/membus"
	"fanfare/server/contest"
	"fanfare/server/standing"
)

// Open returns the boards of one process over a source, and closes them when the test ends.
func Open(t testing.TB, from standing.Source) *standing.Boards {
	t.Helper()
	bus := membus.New()
	boards, err := standing.New(from, bus)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { boards.Close(); bus.Close() })
	return boards
}

// Nothing is a source of empty boards.
type Nothing struct{}

// Read implements standing.Source.
func (Nothing) Read(context.Context, contest.ChallengeID) (standing.Reading, error) {
	return standing.Reading{}, nil
}

// Cards implements standing.Source.
func (Nothing) Cards(context.Context, contest.ChallengeID, []contest.EntryID) ([]standing.Card, error) {
	return nil, nil
}

// Members implements standing.Source.
func (Nothing) Members(context.Context, contest.ChallengeID, contest.EntryNumber, contest.EntryNumber) ([]standing.Member, error) {
	return nil, nil
}

// Gains implements standing.Source.
func (Nothing) Gains(context.Context, contest.ChallengeID, time.Time) (standing.Gains, error) {
	return standing.Gains{}, nil
}
