package store

import (
	"fmt"
	"time"

	"fanfare/server/contest"
)

// ReportLink is an address at which a campaign's report can be read without an account. Only the hash of its token is known here.
type ReportLink struct {
	ID        string
	Hash      string
	Campaign  contest.CampaignID
	Label     string          // for whom it is
	Staff     contest.StaffID // who made it
	CreatedAt time.Time
	ExpiresAt time.Time
	RevokedAt time.Time // zero while it holds
}

// Holds reports whether the report can be read there at a time.
func (l ReportLink) Holds(now time.Time) bool { return l.RevokedAt.IsZero() && now.Before(l.ExpiresAt) }

const readReportLinks = "SELECT id, hash, campaign, label, staff, created_at, expires_at, revoked_at FROM report_links"

func scanReportLink(row scanner) (l ReportLink, err error) {
	err = row.Scan(&l.ID, &l.Hash, &l.Campaign, &l.Label, &l.Staff, timeColumn{&l.CreatedAt}, timeColumn{&l.ExpiresAt}, timeColumn{&l.RevokedAt})
	return l, err
}

// CreateReportLink stores a new link and returns it with its identifier and its time.
func (tx *Tx) CreateReportLink(l ReportLink) (ReportLink, error) {
	l.ID, l.CreatedAt = NewID("rl_"), tx.now
	_, err := tx.Exec(`INSERT INTO report_links (id, hash, campaign, label, staff, created_at, expires_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, 0)`,
		l.ID, l.Hash, l.Campaign, l.Label, l.Staff, millis(l.CreatedAt), millis(l.ExpiresAt))
	if err != nil {
		return l, fmt.Errorf("create report link %s: %w", l.ID, err)
	}
	return l, nil
}

// ReportLinkByHash returns the link whose token has the hash, whether it holds or not.
func (tx *Tx) ReportLinkByHash(hash string) (ReportLink, error) {
	l, err := first(tx, scanReportLink, readReportLinks+" WHERE hash = ?", hash)
	if err != nil {
		return l, fmt.Errorf("read report link: %w", err)
	}
	return l, nil
}

// ReportLinks lists all links to a campaign's report that were made, the newest first.
func (tx *Tx) ReportLinks(campaign contest.CampaignID) ([]ReportLink, error) {
	links, err := list(tx, scanReportLink, readReportLinks+" WHERE campaign = ? ORDER BY created_at DESC, id DESC", campaign)
	if err != nil {
		return nil, fmt.Errorf("list report links of campaign %s: %w", campaign, err)
	}
	return links, nil
}

// RevokeReportLink ends a campaign's link and returns it; ErrNotFound where none of that identifier was open.
func (tx *Tx) RevokeReportLink(campaign contest.CampaignID, id string) (l ReportLink, err error) {
	err = tx.mustChange("UPDATE report_links SET revoked_at = ? WHERE id = ? AND campaign = ? AND revoked_at = 0", millis(tx.now), id, campaign)
	if err == nil {
		l, err = first(tx, scanReportLink, readReportLinks+" WHERE id = ?", id)
	}
	if err != nil {
		return l, fmt.Errorf("revoke report link %s: %w", id, err)
	}
	return l, nil
}

// ReportReader is somebody who gets a campaign's report by letter.
type ReportReader struct {
	Campaign contest.CampaignID
	Staff    contest.StaffID
	Language string // where they have chosen none
}

// ReportReaders lists who gets a campaign's report; of all campaigns where it is empty.
func (tx *Tx) ReportReaders(campaign contest.CampaignID) ([]ReportReader, error) {
	readers, err := list(tx, func(row scanner) (r ReportReader, err error) {
		err = row.Scan(&r.Campaign, &r.Staff, &r.Language)
		return r, err
	}, "SELECT campaign, staff, language FROM report_readers WHERE campaign = ? OR ? = '' ORDER BY campaign, staff", campaign, campaign)
	if err != nil {
		return nil, fmt.Errorf("list readers of reports: %w", err)
	}
	return readers, nil
}

// SetReportReaders has these people, and nobody else, get a campaign's report.
func (tx *Tx) SetReportReaders(campaign contest.CampaignID, readers []ReportReader) error {
	_, err := tx.Exec("DELETE FROM report_readers WHERE campaign = ?", campaign)
	for _, r := range readers {
		if err == nil {
			_, err = tx.Exec("INSERT INTO report_readers (campaign, staff, language) VALUES (?, ?, ?)", campaign, r.Staff, r.Language)
		}
	}
	if err != nil {
		return fmt.Errorf("set readers of campaign %s: %w", campaign, err)
	}
	return nil
}

// RemovedEntries lists when entries of a challenge were taken away because somebody in them asked, the first one first.
func (tx *Tx) RemovedEntries(challenge contest.ChallengeID) ([]time.Time, error) {
	times, err := list(tx, func(row scanner) (at time.Time, err error) {
		err = row.Scan(timeColumn{&at})
		return at, err
	}, `SELECT t.decided_at FROM takedowns t JOIN entries e ON e.id = t.entry
		WHERE e.challenge = ? AND t.removed = 1 AND t.staff <> '' ORDER BY t.decided_at`, challenge)
	if err != nil {
		return nil, fmt.Errorf("list removed entries of challenge %s: %w", challenge, err)
	}
	return times, nil
}
