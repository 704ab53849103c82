package store

import (
	"fmt"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// codeLength makes codes of 40 random bits: short on paper, and a campaign has some hundred.
const codeLength = 8

const linkColumns = "l.code, l.campaign, l.challenge, l.channel, l.partner, l.entry, l.target, l.label, l.staff, l.created_at, l.retired_at"

func linkFields(l *kpi.Link) []any {
	return []any{
		&l.Code, &l.Campaign, &l.Challenge, &l.Channel, &l.Partner, intColumn[contest.EntryNumber]{&l.Entry}, &l.Target, &l.Label, &l.Staff,
		timeColumn{&l.CreatedAt}, timeColumn{&l.RetiredAt},
	}
}

// CreateLink stores a new link and returns it with its time, and with a code where it had none.
func (tx *Tx) CreateLink(l kpi.Link) (kpi.Link, error) {
	l.CreatedAt = tx.now
	if l.Code == "" {
		l.Code = kpi.LinkCode(NewID("")[:codeLength])
	}
	_, err := tx.Exec(`INSERT INTO links (code, campaign, challenge, channel, partner, entry, target, label, staff, created_at, retired_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		l.Code, l.Campaign, l.Challenge, l.Channel, l.Partner, l.Entry, l.Target, l.Label, l.Staff, millis(l.CreatedAt), millis(l.RetiredAt))
	if err != nil {
		return l, fmt.Errorf("create link %s: %w", l.Code, err)
	}
	return l, nil
}

// SaveLink stores where a link leads, what it is called, and whether it is retired. Whom its clicks are due to never changes.
func (tx *Tx) SaveLink(l kpi.Link) error {
	err := tx.mustChange("UPDATE links SET target = ?, label = ?, retired_at = ? WHERE code = ?", l.Target, l.Label, millis(l.RetiredAt), l.Code)
	if err != nil {
		return fmt.Errorf("save link %s: %w", l.Code, err)
	}
	return nil
}

// Link returns the link of a code.
func (tx *Tx) Link(code kpi.LinkCode) (kpi.Link, error) {
	l, err := first(tx, func(row scanner) (l kpi.Link, err error) {
		err = row.Scan(linkFields(&l)...)
		return l, err
	}, "SELECT "+linkColumns+" FROM links l WHERE l.code = ?", code)
	if err != nil {
		return l, fmt.Errorf("read link %s: %w", code, err)
	}
	return l, nil
}

// LinkClicks is a link and how often it was opened.
type LinkClicks struct {
	kpi.Link
	Clicks    int64
	ClickedAt time.Time // the last time; zero for never
}

// ofKit are links that a kit made by itself: one for each partner, entry and outlet. They stand with the reposts, because they are many.
const ofKit = "l.entry <> 0 AND l.partner <> ''"

// KitLink returns the link of a partner's kit; ErrNotFound where none was made.
func (tx *Tx) KitLink(campaign contest.CampaignID, c kpi.Credit) (kpi.Link, error) {
	l, err := first(tx, func(row scanner) (l kpi.Link, err error) {
		err = row.Scan(linkFields(&l)...)
		return l, err
	}, "SELECT "+linkColumns+" FROM links l WHERE "+ofKit+" AND l.campaign = ? AND l.partner = ? AND l.challenge = ? AND l.entry = ? AND l.channel = ?",
		campaign, c.Partner, c.Challenge, c.Entry, c.Channel)
	if err != nil {
		return l, fmt.Errorf("find link of partner %s for entry %d: %w", c.Partner, c.Entry, err)
	}
	return l, nil
}

// Links lists the links of a campaign that staff made, the oldest first, those made together by channel and partner.
func (tx *Tx) Links(campaign contest.CampaignID) ([]LinkClicks, error) {
	links, err := list(tx, func(row scanner) (l LinkClicks, err error) {
		err = row.Scan(append(linkFields(&l.Link), &l.Clicks, timeColumn{&l.ClickedAt})...)
		return l, err
	}, "SELECT "+linkColumns+`, COALESCE(c.clicks, 0), COALESCE(c.clicked_at, 0) FROM links l LEFT JOIN link_clicks c ON c.code = l.code
		WHERE l.campaign = ? AND NOT (`+ofKit+`) ORDER BY l.created_at, l.channel, l.partner, l.code`, campaign)
	if err != nil {
		return nil, fmt.Errorf("list links of campaign %s: %w", campaign, err)
	}
	return links, nil
}

// CountLinks counts what Links lists.
func (tx *Tx) CountLinks(campaign contest.CampaignID) (n int, err error) {
	if err := tx.one("SELECT COUNT(*) FROM links l WHERE l.campaign = ? AND NOT ("+ofKit+")", []any{campaign}, &n); err != nil {
		return 0, fmt.Errorf("count links of campaign %s: %w", campaign, err)
	}
	return n, nil
}

// Clicked counts clicks on a link, for itself and among the campaign's numbers.
func (tx *Tx) Clicked(l kpi.Link, n int64) error {
	_, err := tx.Exec(`INSERT INTO link_clicks (code, clicks, clicked_at) VALUES (?, ?, ?)
		ON CONFLICT (code) DO UPDATE SET clicks = link_clicks.clicks + excluded.clicks, clicked_at = excluded.clicked_at`, l.Code, n, millis(tx.now))
	if err != nil {
		return fmt.Errorf("count clicks on link %s: %w", l.Code, err)
	}
	return tx.Count(Count{Campaign: l.Campaign, Entry: l.Entry, N: n, Cell: kpi.Cell{
		Quarter: kpi.QuarterOf(tx.now), Challenge: l.Challenge, Channel: l.Channel, Partner: l.Partner, Metric: kpi.Clicks,
	}})
}

// ClickedBefore tells how often a link was opened before clicks on it were counted here, and when last. The campaign's numbers are told
// apart from it. A link that has clicks keeps those, so that telling again adds nothing.
func (tx *Tx) ClickedBefore(code kpi.LinkCode, n int64, last time.Time) error {
	_, err := tx.Exec("INSERT INTO link_clicks (code, clicks, clicked_at) VALUES (?, ?, ?) ON CONFLICT (code) DO NOTHING", code, n, millis(last))
	if err != nil {
		return fmt.Errorf("tell of earlier clicks on link %s: %w", code, err)
	}
	return nil
}
