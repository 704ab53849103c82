package store

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/partner"
)

const repostColumns = `r.id, r.campaign, r.challenge, r.entry, r.partner, r.outlet, r.address, r.link, r.granted, r.staff, r.at,
	r.takedown_asked, r.taken_down`

func repostFields(r *partner.Repost) []any {
	return []any{
		&r.ID, &r.Campaign, &r.Challenge, &r.Entry, &r.Partner, &r.Outlet, &r.Address, &r.Link, &r.Grant, &r.Staff, timeColumn{&r.At},
		timeColumn{&r.TakedownAsked}, timeColumn{&r.TakenDown},
	}
}

func scanRepost(row scanner) (r partner.Repost, err error) {
	err = row.Scan(repostFields(&r)...)
	return r, err
}

// CreateRepost stores a new repost and returns it with its identifier and time; post is the key that all addresses of its post have.
// ErrConflict where that post of the entry is there.
func (tx *Tx) CreateRepost(r partner.Repost, number contest.EntryNumber, post string) (partner.Repost, error) {
	r.ID, r.At = orNew(r.ID, "rp_"), tx.now
	_, err := tx.Exec(`INSERT INTO reposts (id, campaign, challenge, entry, number, partner, outlet, address, post, link, granted, staff, at,
		takedown_asked, taken_down) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.ID, r.Campaign, r.Challenge, r.Entry, number, r.Partner, r.Outlet, r.Address, post, r.Link, r.Grant, r.Staff, millis(r.At),
		millis(r.TakedownAsked), millis(r.TakenDown))
	if err != nil {
		return r, fmt.Errorf("create repost of entry %s: %w", r.Entry, err)
	}
	return r, nil
}

// SaveRepost stores whether a repost is to be taken down, and whether it was. Nothing else of it changes.
func (tx *Tx) SaveRepost(r partner.Repost) error {
	err := tx.mustChange("UPDATE reposts SET takedown_asked = ?, taken_down = ? WHERE id = ?", millis(r.TakedownAsked), millis(r.TakenDown), r.ID)
	if err != nil {
		return fmt.Errorf("save repost %s: %w", r.ID, err)
	}
	return nil
}

// Repost returns one.
func (tx *Tx) Repost(id partner.RepostID) (partner.Repost, error) {
	r, err := first(tx, scanRepost, "SELECT "+repostColumns+" FROM reposts r WHERE r.id = ?", id)
	if err != nil {
		return r, fmt.Errorf("read repost %s: %w", id, err)
	}
	return r, nil
}

// RepostOf returns the repost of an entry in a post; ErrNotFound where there is none.
func (tx *Tx) RepostOf(entry contest.EntryID, post string) (partner.Repost, error) {
	r, err := first(tx, scanRepost, "SELECT "+repostColumns+" FROM reposts r WHERE r.entry = ? AND r.post = ?", entry, post)
	if err != nil {
		return r, fmt.Errorf("find repost of entry %s: %w", entry, err)
	}
	return r, nil
}

// RepostsOf lists the reposts of entries, the oldest first.
func (tx *Tx) RepostsOf(entries ...contest.EntryID) ([]partner.Repost, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	in, args := among(entries)
	reposts, err := list(tx, scanRepost, "SELECT "+repostColumns+" FROM reposts r WHERE r.entry IN "+in+" ORDER BY r.at, r.id", args...)
	if err != nil {
		return nil, fmt.Errorf("list reposts of %d entries: %w", len(entries), err)
	}
	return reposts, nil
}

// SetRepostReach stores how many people a post reached, as somebody reads it now.
func (tx *Tx) SetRepostReach(id partner.RepostID, reach int64, staff contest.StaffID) error {
	_, err := tx.Exec(`INSERT INTO repost_figures (repost, at, reach, staff) VALUES (?, ?, ?, ?)
		ON CONFLICT (repost, at) DO UPDATE SET reach = excluded.reach, staff = excluded.staff`, id, millis(tx.now), reach, staff)
	if err != nil {
		return fmt.Errorf("set reach of repost %s: %w", id, err)
	}
	return nil
}

// RepostFilter finds reposts of a campaign. What is empty does not narrow.
type RepostFilter struct {
	Campaign contest.CampaignID
	ID       partner.RepostID
	Partner  kpi.PartnerID
	Entry    contest.EntryID
	Outlet   partner.Outlet
	Due      bool // that somebody was asked to take down, and that are not gone
	// From and To bound when they were told of; To is the first quarter-hour that is out. 0 does not.
	From, To kpi.Quarter
}

func (f RepostFilter) where() (string, []any) {
	conditions, args := []string{"r.campaign = ?"}, []any{f.Campaign}
	narrow := func(on bool, condition string, values ...any) {
		if on {
			conditions, args = append(conditions, condition), append(args, values...)
		}
	}
	narrow(f.ID != "", "r.id = ?", f.ID)
	narrow(f.Partner != "", "r.partner = ?", f.Partner)
	narrow(f.Entry != "", "r.entry = ?", f.Entry)
	narrow(f.Outlet != "", "r.outlet = ?", f.Outlet)
	narrow(f.Due, "r.takedown_asked > 0 AND r.taken_down = 0")
	narrow(f.From != 0, "r.at >= ?", f.From.Start().UnixMilli())
	narrow(f.To != 0, "r.at < ?", f.To.Start().UnixMilli())
	return strings.Join(conditions, " AND "), args
}

// RepostFigures is a repost with what it brought.
type RepostFigures struct {
	partner.Repost
	Number  contest.EntryNumber // the entry's
	Reach   int64               // as the partner reads it
	ReachAt time.Time           // zero where nobody said it yet
	Clicks  int64               // on its link
	Brought
}

// Brought is what came by a link.
type Brought struct {
	Orders int64
	GMV    int64 // minor units of the reporting currency, refunds deducted
}

const selectReposts = "SELECT " + repostColumns + `, r.number, COALESCE(f.reach, 0), COALESCE(f.at, 0), COALESCE(c.clicks, 0) FROM reposts r
	LEFT JOIN repost_figures f ON f.repost = r.id AND f.at = (SELECT MAX(g.at) FROM repost_figures g WHERE g.repost = r.id)
	LEFT JOIN link_clicks c ON c.code = r.link WHERE `

// Reposts lists what a filter finds, the newest first, behind a repost of the page before; empty for the first page. Orders count in the
// reporting currency.
func (tx *Tx) Reposts(f RepostFilter, reporting kpi.Currency, after partner.RepostID, limit int) ([]RepostFigures, error) {
	condition, args := f.where()
	if after != "" {
		last, err := tx.Repost(after)
		if err != nil || last.Campaign != f.Campaign {
			return nil, fmt.Errorf("list reposts: %w", ErrCursor)
		}
		condition, args = condition+" AND (r.at, r.id) < (?, ?)", append(args, millis(last.At), last.ID)
	}
	return tx.repostsBy(f.Campaign, reporting, condition+" ORDER BY r.at DESC, r.id DESC LIMIT ?", append(args, limit))
}

// DueReposts lists of what a filter finds that which is to be taken down, what waits longest first.
func (tx *Tx) DueReposts(f RepostFilter, reporting kpi.Currency, limit int) ([]RepostFigures, error) {
	f.Due = true
	condition, args := f.where()
	return tx.repostsBy(f.Campaign, reporting, condition+" ORDER BY r.takedown_asked, r.id LIMIT ?", append(args, limit))
}

func (tx *Tx) repostsBy(campaign contest.CampaignID, reporting kpi.Currency, condition string, args []any) ([]RepostFigures, error) {
	scan := func(row scanner) (r RepostFigures, err error) {
		err = row.Scan(append(repostFields(&r.Repost), intColumn[contest.EntryNumber]{&r.Number}, &r.Reach, timeColumn{&r.ReachAt}, &r.Clicks)...)
		return r, err
	}
	reposts, err := list(tx, scan, selectReposts+condition, args...)
	if err != nil {
		return nil, fmt.Errorf("list reposts of campaign %s: %w", campaign, err)
	}
	return reposts, tx.bring(campaign, reporting, reposts)
}

// bring fills in what the links of reposts brought.
func (tx *Tx) bring(campaign contest.CampaignID, reporting kpi.Currency, reposts []RepostFigures) error {
	var codes []kpi.LinkCode
	for _, r := range reposts {
		if r.Link != "" {
			codes = append(codes, r.Link)
		}
	}
	if len(codes) == 0 {
		return nil
	}
	type line struct {
		link kpi.LinkCode
		Brought
	}
	scan := func(row scanner) (l line, err error) {
		err = row.Scan(&l.link, &l.Orders, &l.GMV)
		return l, err
	}
	in, args := among(codes)
	lines, err := list(tx, scan, `SELECT link, COUNT(*), CAST(SUM(reported - reported_refunds) AS BIGINT) FROM orders
		WHERE counted = 1 AND link <> '' AND campaign = ? AND reporting = ? AND link IN `+in+" GROUP BY link", append([]any{campaign, reporting}, args...)...)
	if err != nil {
		return fmt.Errorf("add up orders of reposts of campaign %s: %w", campaign, err)
	}
	brought := map[kpi.LinkCode]Brought{}
	for _, l := range lines {
		brought[l.link] = l.Brought
	}
	for i, r := range reposts {
		reposts[i].Brought = brought[r.Link]
	}
	return nil
}

// RepostSum is what a partner's reposts come to. A link that several posts share counts once.
type RepostSum struct {
	Partner kpi.PartnerID
	Reposts int64
	Due     int64 // to be taken down
	Reach   int64
	Clicks  int64
	Brought
}

const selectRepostSums = `SELECT p.partner, p.reposts, p.due, p.reach, COALESCE(b.clicks, 0), COALESCE(b.orders, 0), COALESCE(b.gmv, 0) FROM (
		SELECT r.partner, COUNT(*) AS reposts, COUNT(CASE WHEN r.takedown_asked > 0 AND r.taken_down = 0 THEN 1 END) AS due,
			CAST(SUM(COALESCE(f.reach, 0)) AS BIGINT) AS reach
		FROM reposts r LEFT JOIN repost_figures f ON f.repost = r.id AND f.at = (SELECT MAX(g.at) FROM repost_figures g WHERE g.repost = r.id)
		WHERE r.campaign = ? GROUP BY r.partner) AS p
	LEFT JOIN (
		SELECT d.partner, CAST(SUM(c.clicks) AS BIGINT) AS clicks, CAST(SUM(o.orders) AS BIGINT) AS orders, CAST(SUM(o.gmv) AS BIGINT) AS gmv
		FROM (SELECT DISTINCT partner, link FROM reposts WHERE campaign = ? AND link <> '') AS d
		LEFT JOIN link_clicks c ON c.code = d.link
		LEFT JOIN (SELECT link, COUNT(*) AS orders, SUM(reported - reported_refunds) AS gmv FROM orders
			WHERE counted = 1 AND link <> '' AND campaign = ? AND reporting = ? GROUP BY link) AS o ON o.link = d.link
		GROUP BY d.partner) AS b ON b.partner = p.partner
	ORDER BY 2 DESC, 1`

// RepostSums adds up a campaign's reposts by partner, the busiest first.
func (tx *Tx) RepostSums(campaign contest.CampaignID, reporting kpi.Currency) ([]RepostSum, error) {
	scan := func(row scanner) (s RepostSum, err error) {
		err = row.Scan(&s.Partner, &s.Reposts, &s.Due, &s.Reach, &s.Clicks, &s.Orders, &s.GMV)
		return s, err
	}
	sums, err := list(tx, scan, selectRepostSums, campaign, campaign, campaign, reporting)
	if err != nil {
		return nil, fmt.Errorf("add up reposts of campaign %s: %w", campaign, err)
	}
	return sums, nil
}

const selectRepostPoints = `SELECT at / 900000, challenge, outlet, partner, COUNT(*) FROM reposts
	WHERE campaign = ? AND at >= ? AND at < ? GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`

// RepostPoints counts a campaign's reposts by when they were told of, from one quarter-hour to before another. Their channel is the
// outlet's. One that was taken down was made all the same.
func (tx *Tx) RepostPoints(campaign contest.CampaignID, from, before kpi.Quarter) ([]kpi.Point, error) {
	scan := func(row scanner) (p kpi.Point, err error) {
		p.Metric = kpi.Reposts
		err = row.Scan((*int64)(&p.Quarter), &p.Challenge, &p.Channel, &p.Partner, &p.Value)
		return p, err
	}
	points, err := list(tx, scan, selectRepostPoints, campaign, from.Start().UnixMilli(), before.Start().UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("count reposts of campaign %s: %w", campaign, err)
	}
	return points, nil
}

// The statements about entries that may be reposted read few of the others: each begins with an index that is in the order asked for.
const (
	mayBeShown  = " AND e.status = 'published' AND e.takedown = '' AND e.passed_over = ''"
	selectGiven = selectEntries + `WHERE e.challenge = ?` + mayBeShown + `
		AND EXISTS (SELECT 1 FROM grants g WHERE g.entry = e.id AND g.until > ?` + newestGrant + `)`
	selectGivenInCity    = selectGiven + " AND e.city = ? AND e.city <> '' ORDER BY e.number DESC LIMIT ?"
	selectGivenToPartner = selectGiven + " AND e.partner = ? AND e.partner <> '' ORDER BY e.number DESC LIMIT ?"
	selectGivenLast      = "SELECT " + entryColumns + ` FROM grants g CROSS JOIN entries e CROSS JOIN tallies t
		WHERE g.challenge = ? AND g.until > 0 AND g.until > ? AND e.id = g.entry AND t.entry = e.id` + newestGrant + mayBeShown + `
		ORDER BY g.at DESC, g.entry DESC LIMIT ?`
)

// GrantedEntries lists the entries of a challenge on a partner's board that are shown and that their fans let be reposted, the newest
// first. Of a board that is the whole challenge it chooses those that were allowed last.
func (tx *Tx) GrantedEntries(challenge contest.ChallengeID, b partner.Board, limit int) (entries []contest.Entry, err error) {
	now := millis(tx.now)
	switch {
	case b.Partner == "":
		return nil, nil
	case b.Whole:
		entries, err = list(tx, scanEntry, selectGivenLast, challenge, now, limit)
	default:
		var theirs []contest.Entry
		if entries, err = list(tx, scanEntry, selectGivenInCity, challenge, now, b.Partner, limit); err == nil {
			theirs, err = list(tx, scanEntry, selectGivenToPartner, challenge, now, b.Partner, limit)
		}
		entries = append(entries, theirs...)
	}
	if err != nil {
		return nil, fmt.Errorf("list granted entries of challenge %s: %w", challenge, err)
	}
	slices.SortFunc(entries, func(a, b contest.Entry) int { return cmp.Compare(b.Number, a.Number) })
	entries = slices.CompactFunc(entries, func(a, b contest.Entry) bool { return a.ID == b.ID })
	return entries[:min(len(entries), limit)], nil
}
