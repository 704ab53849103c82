package reports

import (
	"context"
	"errors"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// Why a campaign has no archive yet.
var (
	// ErrRuns says that the campaign, or one of its challenges, is not over.
	ErrRuns = errors.New("the campaign still runs")
	// ErrUncertified says that a challenge's rules conceal its tallies until its result is certified.
	ErrUncertified = errors.New("a result is still to be certified")
)

// Archivable is nil for a campaign that may be archived: its period is over, and its challenges, those that were launched, are and
// hide nothing any more. Else it is ErrRuns or ErrUncertified.
func Archivable(plan kpi.Plan, challenges []contest.Challenge, now time.Time) error {
	if plan.Ends.IsZero() {
		return ErrRuns
	}
	if _, last := kpi.WholeDays(plan.Starts, plan.Ends, plan.Location()); now.Before(last.To) { // the report counts whole days
		return ErrRuns
	}
	for _, ch := range challenges {
		switch {
		case !ch.Launched():
		case now.Before(ch.EndsAt()):
			return ErrRuns
		case ch.Concealed():
			return ErrUncertified
		}
	}
	return nil
}

// Season returns the report that goes into a campaign's archive: that of the public, because an archive is passed on. staff is
// whoever takes the archive; empty for the operator. Errors: store.ErrNotFound, ErrRuns, ErrUncertified.
func (s *Service) Season(ctx context.Context, staff contest.StaffID, id contest.CampaignID) (Closing, error) {
	c, err := s.Closing(ctx, id)
	if err != nil {
		return Closing{}, err
	}
	if err := Archivable(c.Plan.Plan, c.Challenges, c.Now); err != nil {
		return Closing{}, err
	}
	if staff != "" {
		err = s.store.Update(ctx, func(tx *store.Tx) error {
			return tx.Audit(store.Act{Staff: staff, Action: "campaign.archive", Object: "campaign/" + string(id), Note: c.Campaign.Name.EN})
		})
	}
	return c.Public(), err
}
