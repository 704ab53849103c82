package store

import (
	"crypto/rand"
	"errors"
	"fmt"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// Audience is whose visitors are counted on a day: a campaign's, or of those a challenge's, or those who came by a channel.
type Audience struct {
	Campaign  contest.CampaignID
	Day       string // the campaign's own
	Challenge contest.ChallengeID
	Channel   kpi.ChannelID
}

// Sketch returns the sketch of an audience, nil where there is none. Until the commit nobody else gets one.
func (tx *Tx) Sketch(a Audience) (sketch []byte, err error) {
	if err := tx.Lock("reach"); err != nil {
		return nil, err
	}
	err = tx.one("SELECT sketch FROM reach WHERE campaign = ? AND day = ? AND challenge = ? AND channel = ?",
		[]any{a.Campaign, a.Day, a.Challenge, a.Channel}, &sketch)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("read reach of campaign %s: %w", a.Campaign, err)
	}
	return sketch, nil
}

// SaveSketch keeps an audience's sketch, and the number that it stands for.
func (tx *Tx) SaveSketch(a Audience, sketch []byte, value int64) error {
	_, err := tx.Exec(`INSERT INTO reach (campaign, day, challenge, channel, value, sketch) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (campaign, day, challenge, channel) DO UPDATE SET value = excluded.value, sketch = excluded.sketch`,
		a.Campaign, a.Day, a.Challenge, a.Channel, value, sketch)
	if err != nil {
		return fmt.Errorf("save reach of campaign %s: %w", a.Campaign, err)
	}
	return nil
}

// Reach lists how many visitors each of a campaign's days had, from a day to another one, that included: of the campaign, with neither
// challenge nor channel, of each challenge, and of each channel. Of two days' visitors nobody knows who came on both.
func (tx *Tx) Reach(campaign contest.CampaignID, from, to string) ([]DayPoint, error) {
	points, err := list(tx, scanReach, `SELECT day, challenge, channel, value FROM reach
		WHERE campaign = ? AND day >= ? AND day <= ? ORDER BY day, challenge, channel`, campaign, from, to)
	if err != nil {
		return nil, fmt.Errorf("read reach of campaign %s: %w", campaign, err)
	}
	return points, nil
}

func scanReach(row scanner) (p DayPoint, err error) {
	p.Metric = kpi.Reach
	err = row.Scan(&p.Day, (*string)(&p.Challenge), (*string)(&p.Channel), &p.Value)
	return p, err
}

// ReachSalt returns what visitors are hashed with on a campaign's day, which is drawn when it is first asked for.
func (tx *Tx) ReachSalt(campaign contest.CampaignID, day string) (salt []byte, err error) {
	drawn := make([]byte, secretBytes)
	rand.Read(drawn)
	_, err = tx.Exec("INSERT INTO reach_salts (campaign, day, salt) VALUES (?, ?, ?) ON CONFLICT (campaign, day) DO NOTHING", campaign, day, drawn)
	if err == nil {
		err = tx.one("SELECT salt FROM reach_salts WHERE campaign = ? AND day = ?", []any{campaign, day}, &salt)
	}
	if err != nil {
		return nil, fmt.Errorf("find salt of campaign %s: %w", campaign, err)
	}
	return salt, nil
}

// ForgetSalts deletes the salts of days before one.
func (tx *Tx) ForgetSalts(before string) error {
	if _, err := tx.Exec("DELETE FROM reach_salts WHERE day < ?", before); err != nil {
		return fmt.Errorf("forget salts of reach: %w", err)
	}
	return nil
}
