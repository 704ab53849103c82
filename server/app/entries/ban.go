package entries

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// Ban keeps a fan from entering, voting and reporting in a challenge, within seconds everywhere; what they entered stays
// where it is. A fan who is banned already stays so, with the reason that was given then. Guests can come again as somebody
// else.
func (s *Service) Ban(ctx context.Context, staff contest.StaffID, challenge contest.ChallengeID, fan contest.FanID, reason contest.Reason, note string) error {
	if !slices.Contains(contest.BanReasons, reason) {
		return fmt.Errorf("ban %s: %w", fan, ErrReportReason)
	}
	return s.store.UpdateIn(ctx, challenge, func(tx *store.Tx) error {
		_, err := tx.Banned(challenge, fan)
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		_, err = tx.InsertBan(contest.Ban{Challenge: challenge, Fan: fan, Reason: reason, Note: bounded(note), Staff: staff})
		return err
	})
}

// Lift ends a fan's ban. Errors: store.ErrNotFound where none holds.
func (s *Service) Lift(ctx context.Context, challenge contest.ChallengeID, fan contest.FanID) error {
	return s.store.UpdateIn(ctx, challenge, func(tx *store.Tx) error {
		ban, err := tx.Banned(challenge, fan)
		if err != nil {
			return err
		}
		return tx.LiftBan(ban.ID)
	})
}

// Banned is a ban with the names of whom it is about and who said it.
type Banned struct {
	contest.Ban
	Name      string
	StaffName string
}

// Bans lists the bans that hold in a challenge, the newest first.
func (s *Service) Bans(ctx context.Context, challenge contest.ChallengeID) (list []Banned, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		bans, err := tx.Bans(challenge)
		if err != nil {
			return err
		}
		list = make([]Banned, len(bans))
		for i, b := range bans {
			fan, errFan := tx.Fan(b.Fan)
			name, errStaff := staffName(tx, b.Staff)
			if err := errors.Join(errFan, errStaff); err != nil {
				return err
			}
			list[i] = Banned{b, fan.Name, name}
		}
		return nil
	})
	return list, err
}
