package store

import (
	"fmt"
	"time"

	"fanfare/server/contest"
)

const challengeColumns = `id, campaign, slug, hashtag, title, brief, time_zone, entries_open, entries_close,
	votes_open, votes_close, rules, cities, partners, consents, launched_at, rules_hash, certified_at, created_at`

func scanChallenge(row scanner) (c contest.Challenge, err error) {
	err = row.Scan(&c.ID, &c.Campaign, &c.Slug, &c.Hashtag, jsonColumn{&c.Title}, jsonColumn{&c.Brief}, &c.TimeZone,
		timeColumn{&c.Entries.Opens}, timeColumn{&c.Entries.Closes}, timeColumn{&c.Votes.Opens}, timeColumn{&c.Votes.Closes},
		jsonColumn{&c.Rules}, jsonColumn{&c.Cities}, jsonColumn{&c.Partners}, jsonColumn{&c.Consents},
		timeColumn{&c.LaunchedAt}, &c.RulesHash, timeColumn{&c.CertifiedAt}, timeColumn{&c.CreatedAt})
	return c, err
}

// CreateChallenge stores a new challenge, a draft, and returns it with its time, and with an identifier where it had
// none; ErrConflict when the slug is taken.
func (tx *Tx) CreateChallenge(c contest.Challenge) (contest.Challenge, error) {
	c.ID, c.CreatedAt = orNew(c.ID, "ch_"), tx.now
	c.LaunchedAt, c.RulesHash, c.CertifiedAt = time.Time{}, "", time.Time{}
	c.Terms = stored(c.Terms)
	_, err := tx.Exec("INSERT INTO challenges ("+challengeColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		c.ID, c.Campaign, c.Slug, c.Hashtag, asJSON{c.Title}, asJSON{c.Brief}, c.TimeZone,
		millis(c.Entries.Opens), millis(c.Entries.Closes), millis(c.Votes.Opens), millis(c.Votes.Closes),
		asJSON{c.Rules}, asJSON{c.Cities}, asJSON{c.Partners}, asJSON{c.Consents},
		0, "", 0, millis(c.CreatedAt))
	if err != nil {
		return c, fmt.Errorf("create challenge %s: %w", c.Slug, err)
	}
	_, err = tx.Exec("INSERT INTO heads (challenge, entries, leaves, log_key, concealed) VALUES (?, 0, 0, ?, ?)",
		c.ID, newLogKey().Encode(), bit(c.Concealed()))
	if err != nil {
		return c, fmt.Errorf("create head of challenge %s: %w", c.ID, err)
	}
	return c, nil
}

// SaveChallenge stores a challenge's present form. Launching is saving it with LaunchedAt and the RulesHash of its
// Terms. From then on only slug, hashtag, title and brief may change: other terms are refused as AlreadyLaunched.
func (tx *Tx) SaveChallenge(c contest.Challenge) error {
	before, err := tx.Challenge(c.ID)
	if err != nil {
		return err
	}
	c.Terms = stored(c.Terms)
	if before.Launched() {
		return tx.saveLaunched(before, c)
	}
	if c.Launched() && c.RulesHash != c.Terms.Hash() {
		return fmt.Errorf("save challenge %s: rules hash %q is not of its terms", c.ID, c.RulesHash)
	}
	err = tx.mustChange(`UPDATE challenges SET slug = ?, hashtag = ?, title = ?, brief = ?, time_zone = ?,
		entries_open = ?, entries_close = ?, votes_open = ?, votes_close = ?, rules = ?, cities = ?, partners = ?,
		consents = ?, launched_at = ?, rules_hash = ? WHERE id = ? AND launched_at = 0`,
		c.Slug, c.Hashtag, asJSON{c.Title}, asJSON{c.Brief}, c.TimeZone,
		millis(c.Entries.Opens), millis(c.Entries.Closes), millis(c.Votes.Opens), millis(c.Votes.Closes),
		asJSON{c.Rules}, asJSON{c.Cities}, asJSON{c.Partners}, asJSON{c.Consents},
		millis(c.LaunchedAt), c.RulesHash, c.ID)
	if err == nil {
		_, err = tx.Exec("UPDATE heads SET concealed = ? WHERE challenge = ?", bit(c.Concealed()), c.ID)
	}
	if err != nil {
		return fmt.Errorf("save challenge %s: %w", c.ID, err)
	}
	return nil
}

func (tx *Tx) saveLaunched(before, c contest.Challenge) error {
	sameLaunch := millis(c.LaunchedAt) == millis(before.LaunchedAt) && c.RulesHash == before.RulesHash
	if !sameLaunch || c.Terms.Hash() != before.Terms.Hash() {
		return fmt.Errorf("save challenge %s: %w", c.ID, &contest.Refusal{Reason: contest.AlreadyLaunched})
	}
	err := tx.mustChange("UPDATE challenges SET slug = ?, hashtag = ?, title = ?, brief = ? WHERE id = ?",
		c.Slug, c.Hashtag, asJSON{c.Title}, asJSON{c.Brief}, c.ID)
	if err != nil {
		return fmt.Errorf("save challenge %s: %w", c.ID, err)
	}
	return nil
}

// stored returns the terms as a database gives them back, so that their hash is the same before and after.
func stored(t contest.Terms) contest.Terms {
	for _, at := range []*time.Time{&t.Entries.Opens, &t.Entries.Closes, &t.Votes.Opens, &t.Votes.Closes} {
		if !at.IsZero() {
			*at = time.UnixMilli(at.UnixMilli()).UTC()
		}
	}
	return t
}

// Challenge returns a challenge.
func (tx *Tx) Challenge(id contest.ChallengeID) (contest.Challenge, error) {
	c, err := first(tx, scanChallenge, "SELECT "+challengeColumns+" FROM challenges WHERE id = ?", id)
	if err != nil {
		return c, fmt.Errorf("read challenge %s: %w", id, err)
	}
	return c, nil
}

// CampaignOf returns the campaign of a challenge, and reads nothing else of it.
func (tx *Tx) CampaignOf(id contest.ChallengeID) (campaign contest.CampaignID, err error) {
	if err := tx.one("SELECT campaign FROM challenges WHERE id = ?", []any{id}, &campaign); err != nil {
		return "", fmt.Errorf("read campaign of challenge %s: %w", id, err)
	}
	return campaign, nil
}

// ChallengeBySlug returns the challenge of that name.
func (tx *Tx) ChallengeBySlug(slug string) (contest.Challenge, error) {
	c, err := first(tx, scanChallenge, "SELECT "+challengeColumns+" FROM challenges WHERE slug = ?", slug)
	if err != nil {
		return c, fmt.Errorf("read challenge %q: %w", slug, err)
	}
	return c, nil
}

// Challenges lists all challenges, drafts among them, the oldest first.
func (tx *Tx) Challenges() ([]contest.Challenge, error) {
	cs, err := list(tx, scanChallenge, "SELECT "+challengeColumns+" FROM challenges ORDER BY created_at, id")
	if err != nil {
		return nil, fmt.Errorf("list challenges: %w", err)
	}
	return cs, nil
}

// ChallengesOf lists a campaign's challenges, the oldest first.
func (tx *Tx) ChallengesOf(campaign contest.CampaignID) ([]contest.Challenge, error) {
	cs, err := list(tx, scanChallenge, "SELECT "+challengeColumns+" FROM challenges WHERE campaign = ? ORDER BY created_at, id", campaign)
	if err != nil {
		return nil, fmt.Errorf("list challenges of campaign %s: %w", campaign, err)
	}
	return cs, nil
}
