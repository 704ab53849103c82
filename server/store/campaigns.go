package store

import (
	"fmt"

	"fanfare/server/contest"
)

const campaignColumns = "id, name, created_at"

func scanCampaign(row scanner) (c contest.Campaign, err error) {
	err = row.Scan(&c.ID, jsonColumn{&c.Name}, timeColumn{&c.CreatedAt})
	return c, err
}

// CreateCampaign stores a new campaign and returns it with its time, and with an identifier where it had none.
func (tx *Tx) CreateCampaign(c contest.Campaign) (contest.Campaign, error) {
	c.ID, c.CreatedAt = orNew(c.ID, "ca_"), tx.now
	_, err := tx.Exec("INSERT INTO campaigns (id, name, created_at) VALUES (?, ?, ?)", c.ID, asJSON{c.Name}, millis(c.CreatedAt))
	if err != nil {
		return c, fmt.Errorf("create campaign %s: %w", c.ID, err)
	}
	return c, nil
}

// Campaign returns a campaign.
func (tx *Tx) Campaign(id contest.CampaignID) (contest.Campaign, error) {
	c, err := first(tx, scanCampaign, "SELECT "+campaignColumns+" FROM campaigns WHERE id = ?", id)
	if err != nil {
		return c, fmt.Errorf("read campaign %s: %w", id, err)
	}
	return c, nil
}

// RenameCampaign gives a campaign another name.
func (tx *Tx) RenameCampaign(id contest.CampaignID, name contest.Text) error {
	if err := tx.mustChange("UPDATE campaigns SET name = ? WHERE id = ?", asJSON{name}, id); err != nil {
		return fmt.Errorf("rename campaign %s: %w", id, err)
	}
	return nil
}

// Campaigns lists all campaigns, the oldest first.
func (tx *Tx) Campaigns() ([]contest.Campaign, error) {
	cs, err := list(tx, scanCampaign, "SELECT "+campaignColumns+" FROM campaigns ORDER BY created_at, id")
	if err != nil {
		return nil, fmt.Errorf("list campaigns: %w", err)
	}
	return cs, nil
}

const consentColumns = "id, kind, version, text, created_at"

func scanConsent(row scanner) (c contest.Consent, err error) {
	err = row.Scan(&c.ID, &c.Kind, &c.Version, jsonColumn{&c.Text}, timeColumn{&c.CreatedAt})
	return c, err
}

// CreateConsent returns the consent with these words, which becomes the kind's next version when it is new.
func (tx *Tx) CreateConsent(kind string, text contest.Text) (contest.Consent, error) {
	id := contest.ConsentHash(kind, text)
	if err := tx.Lock("consents"); err != nil { // versions are counted on
		return contest.Consent{}, fmt.Errorf("create consent %s: %w", id, err)
	}
	_, err := tx.Exec(`INSERT INTO consents (id, kind, version, text, created_at)
		SELECT ?, ?, COALESCE(MAX(version), 0) + 1, ?, ? FROM consents WHERE kind = ?
		ON CONFLICT (id) DO NOTHING`, id, kind, asJSON{text}, millis(tx.now), kind)
	if err != nil {
		return contest.Consent{}, fmt.Errorf("create consent %s: %w", id, err)
	}
	c, err := first(tx, scanConsent, "SELECT "+consentColumns+" FROM consents WHERE id = ?", id)
	if err != nil {
		return c, fmt.Errorf("read consent %s: %w", id, err)
	}
	return c, nil
}

// Consents returns the consents in the order of the identifiers; ErrNotFound when one is missing.
func (tx *Tx) Consents(ids []contest.ConsentID) ([]contest.Consent, error) {
	consents := make([]contest.Consent, len(ids))
	for i, id := range ids {
		var err error
		if consents[i], err = first(tx, scanConsent, "SELECT "+consentColumns+" FROM consents WHERE id = ?", id); err != nil {
			return nil, fmt.Errorf("read consent %s: %w", id, err)
		}
	}
	return consents, nil
}
