package store

import (
	"fmt"

	"fanfare/server/contest"
)

const siteColumns = "s.id, s.campaign, s.name, s.secret, s.old_secret, s.old_until, s.created_at"

func scanSite(row scanner) (s contest.Site, err error) {
	err = row.Scan(&s.ID, &s.Campaign, &s.Name, &s.Secret, &s.OldSecret, timeColumn{&s.OldUntil}, timeColumn{&s.CreatedAt})
	return s, err
}

// CreateSite stores a new site and returns it with its time, and with an identifier where it had none.
func (tx *Tx) CreateSite(s contest.Site) (contest.Site, error) {
	s.ID, s.CreatedAt = orNew(s.ID, "s_"), tx.now
	_, err := tx.Exec("INSERT INTO sites (id, campaign, name, secret, old_secret, old_until, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		s.ID, s.Campaign, s.Name, s.Secret, s.OldSecret, millis(s.OldUntil), millis(s.CreatedAt))
	if err == nil {
		err = tx.insertOrigins(s)
	}
	if err != nil {
		return s, fmt.Errorf("create site %s: %w", s.ID, err)
	}
	return s, nil
}

// SaveSite stores a site's present name, origins and secrets.
func (tx *Tx) SaveSite(s contest.Site) error {
	err := tx.mustChange("UPDATE sites SET name = ?, secret = ?, old_secret = ?, old_until = ? WHERE id = ?",
		s.Name, s.Secret, s.OldSecret, millis(s.OldUntil), s.ID)
	if err == nil {
		_, err = tx.Exec("DELETE FROM site_origins WHERE site = ?", s.ID)
	}
	if err == nil {
		err = tx.insertOrigins(s)
	}
	if err != nil {
		return fmt.Errorf("save site %s: %w", s.ID, err)
	}
	return nil
}

func (tx *Tx) insertOrigins(s contest.Site) error {
	for i, origin := range s.Origins {
		_, err := tx.Exec(`INSERT INTO site_origins (site, origin, position) VALUES (?, ?, ?)
			ON CONFLICT (site, origin) DO NOTHING`, s.ID, origin, i)
		if err != nil {
			return err
		}
	}
	return nil
}

// DeleteSite removes a site and the tokens given out for it.
func (tx *Tx) DeleteSite(id contest.SiteID) error {
	_, err := tx.Exec("DELETE FROM tokens WHERE site = ?", id)
	if err == nil {
		err = tx.mustChange("DELETE FROM sites WHERE id = ?", id)
	}
	if err != nil {
		return fmt.Errorf("delete site %s: %w", id, err)
	}
	return nil
}

// Site returns a site.
func (tx *Tx) Site(id contest.SiteID) (contest.Site, error) {
	sites, err := tx.sites("SELECT "+siteColumns+" FROM sites s WHERE s.id = ?", id)
	if err == nil && len(sites) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return contest.Site{}, fmt.Errorf("read site %s: %w", id, err)
	}
	return sites[0], nil
}

// Sites lists a campaign's sites, the oldest first.
func (tx *Tx) Sites(campaign contest.CampaignID) ([]contest.Site, error) {
	sites, err := tx.sites("SELECT "+siteColumns+" FROM sites s WHERE s.campaign = ? ORDER BY s.created_at, s.id", campaign)
	if err != nil {
		return nil, fmt.Errorf("list sites of campaign %s: %w", campaign, err)
	}
	return sites, nil
}

// SitesByOrigin lists the sites, of any campaign, that have registered an origin.
func (tx *Tx) SitesByOrigin(origin string) ([]contest.Site, error) {
	sites, err := tx.sites("SELECT "+siteColumns+` FROM sites s JOIN site_origins o ON o.site = s.id
		WHERE o.origin = ? ORDER BY s.created_at, s.id`, origin)
	if err != nil {
		return nil, fmt.Errorf("find sites of origin %q: %w", origin, err)
	}
	return sites, nil
}

func (tx *Tx) sites(query string, args ...any) ([]contest.Site, error) {
	sites, err := list(tx, scanSite, query, args...)
	for i := range sites {
		if err != nil {
			break
		}
		sites[i].Origins, err = list(tx, scalar[string], "SELECT origin FROM site_origins WHERE site = ? ORDER BY position", sites[i].ID)
	}
	return sites, err
}
