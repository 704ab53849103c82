package upkeep

import "fanfare/server/store"

const numbersRemedy = "fanfare rebuild makes them anew"

// verifyNumbers compares campaigns' numbers of votes with the logs, and their days with their quarter-hours.
func verifyNumbers(tx *store.Tx, tell func(Finding)) error {
	votes := &check{subject: "votes by time", unit: "challenges whose votes are in the numbers as the log says", remedy: numbersRemedy}
	challenges, err := tx.Challenges()
	if err != nil {
		return err
	}
	for _, c := range challenges {
		logged, err := tx.LoggedVotes(c.ID)
		if err != nil {
			return err
		}
		drift, err := tx.VoteDrift(logged)
		if err != nil {
			return err
		}
		votes.looked++
		if len(drift) > 0 {
			first := drift[0]
			votes.fault("%s: the quarter-hour from %s is off by %d votes", c.ID, first.Quarter.Start().Format("2006-01-02 15:04Z"), first.N)
		}
	}
	tell(votes.finding())
	days := &check{subject: "days", unit: "campaigns whose days are what their quarter-hours come to", remedy: numbersRemedy}
	campaigns, err := tx.Campaigns()
	if err != nil {
		return err
	}
	for _, c := range campaigns {
		drifts, err := tx.DayDrifts(c.ID)
		if err != nil {
			return err
		}
		days.looked++
		for _, d := range drifts {
			days.fault("%s: %d %s on %s, and %d in its quarter-hours", c.ID, d.Days, d.Metric, d.Day, d.Quarters)
		}
	}
	tell(days.finding())
	return nil
}
