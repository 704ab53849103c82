package store

import (
	"errors"
	"fmt"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// LoggedVotes returns what a challenge's log says of its votes, as far as it is booked in the campaign's numbers.
func (tx *Tx) LoggedVotes(challenge contest.ChallengeID) (Fold, error) {
	f := Fold{Challenge: challenge}
	var campaign contest.CampaignID
	err := tx.one("SELECT c.campaign, f.position FROM vote_folds f JOIN challenges c ON c.id = f.challenge WHERE f.challenge = ?",
		[]any{challenge}, &campaign, &f.To)
	if errors.Is(err, ErrNotFound) {
		return f, nil // nothing is booked
	}
	if err == nil {
		f.Counts, err = tx.foldedCounts(campaign, challenge, 0, f.To)
	}
	if err != nil {
		return Fold{}, fmt.Errorf("read votes of challenge %s from its log: %w", challenge, err)
	}
	return f, nil
}

// VoteDrift returns what is missing of logged votes in the campaign's numbers: nothing, unless somebody changed one of the two, or
// lines did not yet say whether they change anything. Quarter-hours are compared as wholes, because the partner of an entry that was
// erased is known to nobody any more.
func (tx *Tx) VoteDrift(logged Fold) ([]Count, error) {
	campaign, err := tx.CampaignOf(logged.Challenge)
	var booked []kpi.Point
	if err == nil {
		booked, err = list(tx, scanPoint, `SELECT quarter, challenge, channel, partner, metric, value FROM rollups
			WHERE campaign = ? AND metric = ? AND challenge = ?`, campaign, kpi.Votes, logged.Challenge)
	}
	if err != nil {
		return nil, fmt.Errorf("compare votes of challenge %s with its log: %w", logged.Challenge, err)
	}
	return driftOf(campaign, logged.Counts, booked), nil
}

// driftOf is what has to be added to what is booked, of quarter-hours whose sum is another one.
func driftOf(campaign contest.CampaignID, log []Count, booked []kpi.Point) (drift []Count) {
	sums, cells := map[kpi.Quarter]int64{}, map[kpi.Cell]int64{}
	for _, c := range log {
		sums[c.Quarter] += c.N
		cells[c.Cell] += c.N
	}
	for _, p := range booked {
		sums[p.Quarter] -= p.Value
		cells[p.Cell] -= p.Value
	}
	for cell, n := range cells {
		if sums[cell.Quarter] != 0 && n != 0 {
			drift = append(drift, Count{Campaign: campaign, Cell: cell, N: n})
		}
	}
	return drift
}

// MendVotes adds what is missing of logged votes and returns of how many cells it was; ErrConflict where more was booked meanwhile. Call
// it in an update of the challenge: what is missing is looked up there, so that two who mend at once add it once.
func (tx *Tx) MendVotes(logged Fold) (cells int, err error) {
	if err := tx.mustBeIn(logged.Challenge); err != nil {
		return 0, err
	}
	err = tx.mustChange("UPDATE vote_folds SET position = position WHERE challenge = ? AND position = ?", logged.Challenge, logged.To)
	if errors.Is(err, ErrNotFound) {
		err = ErrConflict
	}
	var missing []Count
	if err == nil {
		missing, err = tx.VoteDrift(logged)
	}
	if err == nil {
		err = tx.Count(missing...)
	}
	if err != nil {
		return 0, fmt.Errorf("mend votes of challenge %s: %w", logged.Challenge, err)
	}
	return len(missing), nil
}

// selectDisputed reads all lines of votes that were decided about: the others change what counts, each.
const selectDisputed = `SELECT position, kind, entry, voter, period, was, idle FROM vote_log WHERE challenge = ? AND (voter, period, entry) IN (
		SELECT voter, period, entry FROM vote_log WHERE challenge = ? AND kind NOT IN ('cast', 'retract')) ORDER BY position`

// disputed is a line of a vote that was decided about.
type disputed struct {
	contest.VoteKey
	position int64
	kind     contest.LeafKind
	was      contest.VoteState
	idle     bool
}

func scanDisputed(row scanner) (d disputed, err error) {
	var idle int64
	err = row.Scan(&d.position, &d.kind, &d.Entry, &d.Voter, &d.Period, &d.was, &idle)
	d.idle = idle != 0
	return d, err
}

// MisreadLines lists the lines of a challenge's log that say wrongly whether they change which votes count, as all lines did from before
// they said so; by position, with what each must say.
func (tx *Tx) MisreadLines(challenge contest.ChallengeID) (wrong map[int64]bool, err error) {
	lines, err := list(tx, scanDisputed, selectDisputed, challenge, challenge)
	if err != nil {
		return nil, fmt.Errorf("read lines of challenge %s: %w", challenge, err)
	}
	type vote struct {
		state  contest.VoteState
		stands bool
	}
	votes := map[contest.VoteKey]vote{}
	wrong = map[int64]bool{}
	for _, l := range lines {
		v, known := votes[l.VoteKey]
		if !known {
			v.state = contest.Counted
		}
		var idle bool
		switch l.kind {
		case contest.Cast, contest.Retract:
			idle, v.stands = v.state != contest.Counted, l.kind == contest.Cast
		default:
			idle = !v.stands
			v.state, _ = l.was.After(l.kind)
		}
		votes[l.VoteKey] = v
		if idle != l.idle {
			wrong[l.position] = idle
		}
	}
	return wrong, nil
}

// CorrectLine has a line of a challenge's log say whether it changes which votes count. It is not part of the leaf.
func (tx *Tx) CorrectLine(challenge contest.ChallengeID, position int64, idle bool) error {
	err := tx.mustChange("UPDATE vote_log SET idle = ? WHERE challenge = ? AND position = ?", bit(idle), challenge, position)
	if err != nil {
		return fmt.Errorf("correct line %d of challenge %s: %w", position, challenge, err)
	}
	return nil
}

// DayDrift is a day of a campaign whose sum is not that of its quarter-hours.
type DayDrift struct {
	Day            string
	Metric         kpi.Metric
	Days, Quarters int64
}

// DayDrifts lists a campaign's days that are not what their quarter-hours come to.
func (tx *Tx) DayDrifts(campaign contest.CampaignID) (drifts []DayDrift, err error) {
	zone, err := tx.zone(campaign)
	if err != nil {
		return nil, fmt.Errorf("read the time zone of campaign %s: %w", campaign, err)
	}
	quarters, err := tx.Quarters(campaign, 0, endOfTime)
	if err != nil {
		return nil, err
	}
	days, err := tx.Days(campaign, "", lastDay)
	if err != nil {
		return nil, err
	}
	sums := map[DayPoint]int64{}
	for _, p := range quarters {
		sums[cellOf{campaign, p.Cell}.day(zone).DayPoint] += p.Value
	}
	for _, d := range days {
		value := d.Value
		d.Value = 0
		if sums[d] != value {
			drifts = append(drifts, DayDrift{d.Day, d.Metric, value, sums[d]})
		}
		delete(sums, d)
	}
	for d, n := range sums {
		if n != 0 {
			drifts = append(drifts, DayDrift{d.Day, d.Metric, 0, n})
		}
	}
	return drifts, nil
}

// What lies behind all days.
const (
	endOfTime kpi.Quarter = 1 << 40
	lastDay               = "9999-12-31"
)

// RebuildDays sums a campaign's days anew from its quarter-hours.
func (tx *Tx) RebuildDays(campaign contest.CampaignID) error {
	if err := tx.rebuildDays(campaign); err != nil {
		return fmt.Errorf("sum days of campaign %s: %w", campaign, err)
	}
	return nil
}
