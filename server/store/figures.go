package store

import (
	"fmt"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// DaySum is a number of one of a campaign's own days.
type DaySum struct {
	Day    string
	Metric kpi.Metric
	Value  int64
}

const selectDaySums = `SELECT day, metric, CAST(SUM(value) AS BIGINT) FROM rollup_days
	WHERE campaign = ? AND day >= ? AND day <= ? GROUP BY day, metric`

// DaySums sums what a campaign counted on each day from one to another, that included.
func (tx *Tx) DaySums(campaign contest.CampaignID, from, to string) ([]DaySum, error) {
	sums, err := list(tx, scanDaySum, selectDaySums, campaign, from, to)
	if err != nil {
		return nil, fmt.Errorf("sum days of campaign %s: %w", campaign, err)
	}
	return sums, nil
}

func scanDaySum(row scanner) (s DaySum, err error) {
	err = row.Scan(&s.Day, (*string)(&s.Metric), &s.Value)
	return s, err
}

// GroupSum is a number of a channel and a partner.
type GroupSum struct {
	Channel kpi.ChannelID
	Partner kpi.PartnerID
	Metric  kpi.Metric
	Value   int64
}

const selectGroupSums = `SELECT channel, partner, metric, CAST(SUM(value) AS BIGINT) FROM rollup_days
	WHERE campaign = ? AND day >= ? AND day <= ? GROUP BY channel, partner, metric`

// GroupSums sums what a campaign counted of each channel and partner, from one day to another, that included.
func (tx *Tx) GroupSums(campaign contest.CampaignID, from, to string) ([]GroupSum, error) {
	sums, err := list(tx, scanGroupSum, selectGroupSums, campaign, from, to)
	if err != nil {
		return nil, fmt.Errorf("sum groups of campaign %s: %w", campaign, err)
	}
	return sums, nil
}

func scanGroupSum(row scanner) (s GroupSum, err error) {
	err = row.Scan((*string)(&s.Channel), (*string)(&s.Partner), (*string)(&s.Metric), &s.Value)
	return s, err
}

// selectQuartersOf names the metric behind the key's other columns: a span of days has few enough rows to be gone through.
const selectQuartersOf = `SELECT quarter, challenge, channel, partner, metric, value FROM rollups
	WHERE campaign = ? AND quarter >= ? AND quarter < ? AND metric = ? ORDER BY quarter, challenge, channel, partner`

// QuartersOf lists what a campaign counted of one metric from a quarter-hour on, and before another one, in their order.
func (tx *Tx) QuartersOf(campaign contest.CampaignID, metric kpi.Metric, from, before kpi.Quarter) ([]kpi.Point, error) {
	points, err := list(tx, scanPoint, selectQuartersOf, campaign, int64(from), int64(before), metric)
	if err != nil {
		return nil, fmt.Errorf("read quarter-hours of %s of campaign %s: %w", metric, campaign, err)
	}
	return points, nil
}

// EntryGroup is how many entries came in a quarter-hour from a city and for a partner.
type EntryGroup struct {
	Quarter kpi.Quarter
	City    string
	Partner kpi.PartnerID
	N       int64
}

// standing are the statuses of entries that count: those neither rejected nor withdrawn.
var standing = []any{contest.Processing, contest.Pending, contest.Published}

const selectEntryGroups = `SELECT submitted_at / 900000, city, partner, COUNT(*) FROM entries
	WHERE challenge = ? AND status IN (?, ?, ?) GROUP BY 1, 2, 3`

// EntryGroups counts a challenge's entries that were neither rejected nor withdrawn, by when and where from they came.
func (tx *Tx) EntryGroups(challenge contest.ChallengeID) ([]EntryGroup, error) {
	groups, err := list(tx, scanEntryGroup, selectEntryGroups, append([]any{challenge}, standing...)...)
	if err != nil {
		return nil, fmt.Errorf("count entries of challenge %s: %w", challenge, err)
	}
	return groups, nil
}

func scanEntryGroup(row scanner) (g EntryGroup, err error) {
	err = row.Scan((*int64)(&g.Quarter), &g.City, (*string)(&g.Partner), &g.N)
	return g, err
}

// selectParticipants finds each fan's first entry and first vote that stand. Who was erased is known by a pseudonym alone.
const selectParticipants = `SELECT p.first / 900000, COUNT(*) FROM (SELECT d.fan, MIN(d.at) AS first FROM (
		SELECT e.fan AS fan, MIN(e.submitted_at) AS at FROM entries e JOIN challenges c ON c.id = e.challenge
			WHERE c.campaign = ? AND e.status IN (?, ?, ?) GROUP BY e.fan
		UNION ALL
		SELECT COALESCE(r.fan, v.voter) AS fan, v.at AS at FROM (
				SELECT w.challenge, w.voter, MIN(w.at) AS at FROM challenges c JOIN votes w ON w.challenge = c.id
				WHERE c.campaign = ? AND w.position > 0 GROUP BY w.challenge, w.voter) AS v
			LEFT JOIN voters r ON r.challenge = v.challenge AND r.voter = v.voter
		) AS d GROUP BY d.fan) AS p GROUP BY 1`

// Participants counts the fans of a campaign who have an entry or a vote that stands, by the quarter-hour of their first one. It goes
// through all votes.
func (tx *Tx) Participants(campaign contest.CampaignID) ([]kpi.Point, error) {
	args := append(append([]any{campaign}, standing...), campaign)
	points, err := list(tx, func(row scanner) (p kpi.Point, err error) {
		p.Metric = kpi.Participants
		err = row.Scan((*int64)(&p.Quarter), &p.Value)
		return p, err
	}, selectParticipants, args...)
	if err != nil {
		return nil, fmt.Errorf("count participants of campaign %s: %w", campaign, err)
	}
	return points, nil
}

// CityVotes is how many votes the entries of a city have that count.
type CityVotes struct {
	City  string
	Votes int64
}

// CityVotes sums the votes for a challenge's entries by the cities that these are from. It goes through all entries.
func (tx *Tx) CityVotes(challenge contest.ChallengeID) ([]CityVotes, error) {
	cities, err := list(tx, scanCityVotes, `SELECT e.city, CAST(SUM(t.votes) AS BIGINT) FROM entries e JOIN tallies t ON t.entry = e.id
		WHERE e.challenge = ? GROUP BY e.city`, challenge)
	if err != nil {
		return nil, fmt.Errorf("sum votes of cities of challenge %s: %w", challenge, err)
	}
	return cities, nil
}

func scanCityVotes(row scanner) (c CityVotes, err error) {
	err = row.Scan(&c.City, &c.Votes)
	return c, err
}

// Engagement is what people did with an entry.
type Engagement struct {
	Number               contest.EntryNumber
	Votes, Shares, Views int64
}

// Most engaging first. The roll-ups' metrics stand in the text, so that each is looked up by the whole key.
const selectEngagement = `SELECT t.number, t.votes, COALESCE(s.value, 0), COALESCE(w.value, 0) FROM tallies t
	LEFT JOIN rollup_entries s ON s.challenge = t.challenge AND s.entry = t.number AND s.metric = 'shares'
	LEFT JOIN rollup_entries w ON w.challenge = t.challenge AND w.entry = t.number AND w.metric = 'views'
	WHERE t.challenge = ? AND t.visible = 1 ORDER BY t.votes + COALESCE(s.value, 0) DESC, t.number LIMIT ?`

// Engaging lists the visible entries of a challenge with the most votes and shares. It goes through all of them.
func (tx *Tx) Engaging(challenge contest.ChallengeID, limit int) ([]Engagement, error) {
	entries, err := list(tx, scanEngagement, selectEngagement, challenge, limit)
	if err != nil {
		return nil, fmt.Errorf("find engaging entries of challenge %s: %w", challenge, err)
	}
	return entries, nil
}

func scanEngagement(row scanner) (e Engagement, err error) {
	err = row.Scan(intColumn[contest.EntryNumber]{&e.Number}, &e.Votes, &e.Shares, &e.Views)
	return e, err
}
