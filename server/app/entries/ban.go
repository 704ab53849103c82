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
// where it is, and with hold their votes wait for a decision. A fan who is banned already stays so, with the reason that was given
// then. Guests can come again as somebody else.
func (s *Service) Ban(ctx context.Context, ban contest.Ban, hold bool) error {
	if !slices.Contains(contest.BanReasons, ban.Reason) {
		return fmt.Errorf("ban %s: %w", ban.Fan, ErrReportReason)
	}
	ban.Note = bounded(ban.Note)
	return s.store.UpdateIn(ctx, ban.Challenge, func(tx *store.Tx) error {
		_, err := tx.Banned(ban.Challenge, ban.Fan)
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		one := ban
		if hold {
			if one.Batch, err = holdVotes(tx, ban); err != nil {
				return err
			}
		}
		if _, err = tx.InsertBan(one); err != nil {
			return err
		}
		return tx.Audit(store.Act{Staff: ban.Staff, Action: "fan.ban", Object: "fan/" + string(ban.Fan), Note: string(ban.Reason)})
	})
}

// holdVotes holds the votes of a fan who is banned, unless the result is certified; the batch is empty where there are none.
func holdVotes(tx *store.Tx, ban contest.Ban) (contest.BatchID, error) {
	c, err := tx.Challenge(ban.Challenge)
	if err != nil || c.Certified() {
		return "", err
	}
	keys, err := tx.KeysOfFan(ban.Challenge, ban.Fan)
	if err != nil {
		return "", err
	}
	b := contest.VoteBatch{
		ID: contest.BatchID(store.NewID("vb_")), Challenge: c.ID, Kind: contest.Hold, Reason: contest.BannedVoter, Staff: ban.Staff,
	}
	ruled, err := tx.RuleVotes(c.ID, store.Ruling{Kind: b.Kind, Keys: keys, Reason: b.Reason, Actor: contest.StaffActor(b.Staff), Batch: b.ID})
	if err != nil || ruled.Changed == 0 {
		return "", err
	}
	b.Changed, b.Skipped = ruled.Changed, ruled.Skipped
	return b.ID, tx.InsertVoteBatch(b)
}

// Lift ends a fan's ban; votes that it held and nobody decided about since count again. Errors: store.ErrNotFound where none holds.
func (s *Service) Lift(ctx context.Context, staff contest.StaffID, challenge contest.ChallengeID, fan contest.FanID) error {
	return s.store.UpdateIn(ctx, challenge, func(tx *store.Tx) error {
		ban, err := tx.Banned(challenge, fan)
		if err != nil {
			return err
		}
		return lift(tx, staff, ban)
	})
}

func lift(tx *store.Tx, staff contest.StaffID, ban contest.Ban) error {
	if err := tx.Audit(store.Act{Staff: staff, Action: "fan.lift", Object: "fan/" + string(ban.Fan)}); err != nil {
		return err
	}
	if err := tx.LiftBan(ban.ID); err != nil || ban.Batch == "" {
		return err
	}
	c, errChallenge := tx.Challenge(ban.Challenge)
	held, err := tx.VoteBatch(ban.Batch)
	if err = errors.Join(err, errChallenge); err != nil || held.UndoneBy != "" || c.Certified() {
		return err
	}
	b := contest.VoteBatch{
		ID: contest.BatchID(store.NewID("vb_")), Challenge: ban.Challenge, Reason: contest.Undone, Staff: staff, Undoes: ban.Batch,
	}
	ruled, err := tx.UndoVotes(ban.Challenge, ban.Batch, contest.StaffActor(staff), b.ID)
	if err != nil {
		return err
	}
	b.Changed, b.Skipped = ruled.Changed, ruled.Skipped
	return tx.InsertVoteBatch(b)
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
			name, errStaff := tx.StaffName(b.Staff)
			if err := errors.Join(errFan, errStaff); err != nil {
				return err
			}
			list[i] = Banned{b, fan.Name, name}
		}
		return nil
	})
	return list, err
}
