package numbers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"fanfare/server/contest"
	"fanfare/server/store"
)

const (
	// readAnew names the setting that says that all logs were gone through whose lines are from before they said what they change.
	readAnew = "numbers.log_read_anew"
	// correctTogether is how many lines of a log are corrected in one commit.
	correctTogether = 1000
)

// mendOnce goes through logs that were begun by a version whose lines did not say whether they change anything; nothing where that is done.
func (s *Service) mendOnce(ctx context.Context) error {
	err := s.store.View(ctx, func(tx *store.Tx) error {
		_, err := tx.Setting(readAnew)
		return err
	})
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if _, err := s.mendVotes(ctx); err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx *store.Tx) error { return tx.SetSetting(readAnew, "1") })
}

// Rebuild brings all campaigns' numbers of votes to what the logs say, and all days to what their quarter-hours come to. It returns how
// many quarter-hours of votes were others.
func (s *Service) Rebuild(ctx context.Context) (mended int, err error) {
	if err := s.Fold(ctx); err != nil {
		return 0, err
	}
	if mended, err = s.mendVotes(ctx); err != nil {
		return mended, err
	}
	var campaigns []contest.Campaign
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		campaigns, err = tx.Campaigns()
		return err
	})
	for _, c := range campaigns {
		if err == nil {
			err = s.store.Update(ctx, func(tx *store.Tx) error { return tx.RebuildDays(c.ID) })
		}
	}
	return mended, err
}

// mendVotes corrects the lines of all logs, and then what is booked of them.
func (s *Service) mendVotes(ctx context.Context) (mended int, err error) {
	launched, err := s.launched(ctx)
	for _, id := range launched {
		if err == nil {
			err = s.correctLines(ctx, id)
		}
		if err == nil {
			var n int
			n, err = s.mendChallenge(ctx, id)
			mended += n
		}
	}
	if err != nil {
		return mended, fmt.Errorf("mend votes: %w", err)
	}
	return mended, nil
}

func (s *Service) correctLines(ctx context.Context, id contest.ChallengeID) error {
	var wrong map[int64]bool
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		wrong, err = tx.MisreadLines(id)
		return err
	})
	for some := range slices.Chunk(slices.Sorted(maps.Keys(wrong)), correctTogether) {
		if err != nil {
			break
		}
		err = s.store.UpdateIn(ctx, id, func(tx *store.Tx) error {
			for _, position := range some {
				if err := tx.CorrectLine(id, position, wrong[position]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return err
}

// mendChallenge adds what is missing of a challenge's votes, and tries again where more was booked meanwhile.
func (s *Service) mendChallenge(ctx context.Context, id contest.ChallengeID) (cells int, err error) {
	for {
		var logged store.Fold
		var missing []store.Count
		err := s.store.View(ctx, func(tx *store.Tx) (err error) {
			if logged, err = tx.LoggedVotes(id); err != nil {
				return err
			}
			missing, err = tx.VoteDrift(logged)
			return err
		})
		if err != nil || len(missing) == 0 {
			return 0, err
		}
		err = s.store.UpdateIn(ctx, id, func(tx *store.Tx) (err error) {
			cells, err = tx.MendVotes(logged)
			return err
		})
		if !errors.Is(err, store.ErrConflict) {
			return cells, err
		}
	}
}
