package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// Count is a number to be added to what a campaign has counted.
type Count struct {
	Campaign contest.CampaignID
	kpi.Cell
	Entry contest.EntryNumber // that it is about, within the cell's challenge; 0 for none
	N     int64
}

// counting is what one call adds.
type counting struct {
	batch  string // that it came with; empty for none
	counts []Count
}

// Count adds numbers. They are written at the commit, together with those of its other updates, and not seen before.
func (tx *Tx) Count(counts ...Count) error { return tx.CountOnce("", counts...) }

// CountOnce is Count for numbers that came as a batch with an identifier. A batch that was counted today or yesterday counts nothing.
func (tx *Tx) CountOnce(batch string, counts ...Count) error {
	texts := []any{batch}
	for _, c := range counts {
		texts = append(texts, c.Campaign, c.Challenge, c.Channel, c.Partner, c.Metric)
	}
	if err := checkTexts(texts); err != nil {
		return fmt.Errorf("count: %w", err)
	}
	if len(counts) > 0 {
		tx.counts = append(tx.counts, counting{batch, counts})
	}
	return nil
}

// settleCounts adds what was counted. All processes write the tables and their rows in one order, so that no two wait for each other.
func (tx *Tx) settleCounts(all []counting) error {
	if len(all) == 0 {
		return nil
	}
	fresh, err := tx.keepBatches(all)
	if err != nil {
		return fmt.Errorf("keep batches of events: %w", err)
	}
	s := sums{cells: map[cellOf]int64{}, entries: map[entryOf]int64{}}
	for _, c := range all {
		if c.batch != "" && !fresh[c.batch] {
			continue
		}
		delete(fresh, c.batch)
		s.add(c.counts)
	}
	if err := s.write(tx); err != nil {
		return fmt.Errorf("write roll-ups: %w", err)
	}
	return nil
}

// The statements that keep batches; those of the day before are looked at as well, because a batch may come again after midnight.
const (
	insertBatch = `INSERT INTO event_batches (day, id) SELECT ?, ?
		WHERE NOT EXISTS (SELECT 1 FROM event_batches WHERE day = ? AND id = ?) ON CONFLICT (day, id) DO NOTHING`
	insertBatches = `INSERT INTO event_batches (day, id) SELECT f.day, f.id FROM unnest(?::bigint[], ?::text[], ?::bigint[]) AS f (day, id, before)
		WHERE NOT EXISTS (SELECT 1 FROM event_batches b WHERE b.day = f.before AND b.id = f.id) ON CONFLICT (day, id) DO NOTHING RETURNING id`
)

// keepBatches keeps the batches, and returns those that came for the first time.
func (tx *Tx) keepBatches(all []counting) (fresh map[string]bool, err error) {
	fresh = map[string]bool{}
	for _, c := range all {
		if c.batch != "" {
			fresh[c.batch] = true
		}
	}
	ids := slices.Sorted(maps.Keys(fresh))
	today := batchDay(tx.now)
	if tx.dialect == Postgres && len(ids) > 0 {
		days, before := slices.Repeat([]int64{today}, len(ids)), slices.Repeat([]int64{today - 1}, len(ids))
		kept, err := list(direct{tx}, scalar[string], insertBatches, days, ids, before)
		clear(fresh)
		for _, id := range kept {
			fresh[id] = true
		}
		return fresh, err
	}
	for _, id := range ids {
		result, err := tx.exec(insertBatch, today, id, today-1, id)
		if err != nil {
			return nil, err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			delete(fresh, id)
		}
	}
	return fresh, nil
}

// batchDay is the day in UTC that a time lies in, counted from 1970.
func batchDay(t time.Time) int64 { return t.Unix() / int64(24*time.Hour/time.Second) }

// ForgetBatches forgets batches of events from before yesterday, at most so many, and reports whether there are more.
func (tx *Tx) ForgetBatches(limit int) (more bool, err error) {
	result, err := tx.exec(`DELETE FROM event_batches WHERE (day, id) IN
		(SELECT day, id FROM event_batches WHERE day < ? ORDER BY day, id LIMIT ?)`, batchDay(tx.now)-1, limit)
	if err != nil {
		return false, fmt.Errorf("forget batches of events: %w", err)
	}
	n, err := result.RowsAffected()
	return n == int64(limit), err
}

// sums are what a commit adds to rows.
type sums struct {
	cells   map[cellOf]int64
	entries map[entryOf]int64
}

type cellOf struct {
	campaign contest.CampaignID
	kpi.Cell
}

type entryOf struct {
	challenge contest.ChallengeID
	entry     contest.EntryNumber
	metric    kpi.Metric
}

type dayOf struct {
	campaign contest.CampaignID
	DayPoint // without a value
}

func (s sums) add(counts []Count) {
	for _, c := range counts {
		s.cells[cellOf{c.Campaign, c.Cell}] += c.N
		if c.Entry != 0 {
			s.entries[entryOf{c.Challenge, c.Entry, c.Metric}] += c.N
		}
	}
}

// The statements that add to rows.
var (
	addToQuarters = insertInto("rollups", "campaign, quarter, challenge, channel, partner, metric, value",
		"text", "bigint", "text", "text", "text", "text", "bigint").
		with(" ON CONFLICT (campaign, quarter, challenge, channel, partner, metric) DO UPDATE SET value = rollups.value + excluded.value")
	addToDays = insertInto("rollup_days", "campaign, day, challenge, channel, partner, metric, value",
		"text", "text", "text", "text", "text", "text", "bigint").
		with(" ON CONFLICT (campaign, day, challenge, channel, partner, metric) DO UPDATE SET value = rollup_days.value + excluded.value")
	addToEntries = insertInto("rollup_entries", "challenge, entry, metric, value", "text", "bigint", "text", "bigint").
			with(" ON CONFLICT (challenge, entry, metric) DO UPDATE SET value = rollup_entries.value + excluded.value")
)

func (s sums) write(tx *Tx) error {
	quarters := rowsOf(s.cells, func(c cellOf, n int64) []any {
		return []any{string(c.campaign), int64(c.Quarter), string(c.Challenge), string(c.Channel), string(c.Partner), string(c.Metric), n}
	})
	if err := tx.insert(addToQuarters, quarters); err != nil {
		return err
	}
	days, err := s.days(tx)
	if err != nil {
		return err
	}
	if err := tx.insert(addToDays, rowsOf(days, dayOf.row)); err != nil {
		return err
	}
	return tx.insert(addToEntries, rowsOf(s.entries, func(e entryOf, n int64) []any {
		return []any{string(e.challenge), int64(e.entry), string(e.metric), n}
	}))
}

// days are the cells' sums by the campaigns' own days.
func (s sums) days(tx *Tx) (map[dayOf]int64, error) {
	zones, days := map[contest.CampaignID]*time.Location{}, map[dayOf]int64{}
	for c, n := range s.cells {
		zone := zones[c.campaign]
		if zone == nil {
			err := tx.lockShared(daysLock(c.campaign))
			if err == nil {
				zone, err = tx.zone(c.campaign)
			}
			if err != nil {
				return nil, err
			}
			zones[c.campaign] = zone
		}
		days[c.day(zone)] += n
	}
	return days, nil
}

// day is the day in a time zone that a cell's number belongs to.
func (c cellOf) day(zone *time.Location) dayOf {
	return dayOf{c.campaign, DayPoint{
		Day: kpi.DayOf(c.Quarter.Start(), zone), Challenge: c.Challenge, Channel: c.Channel, Partner: c.Partner, Metric: c.Metric,
	}}
}

func (d dayOf) row(n int64) []any {
	return []any{string(d.campaign), d.Day, string(d.Challenge), string(d.Channel), string(d.Partner), string(d.Metric), n}
}

// rowsOf turns sums into rows, in an order that is everywhere the same.
func rowsOf[K comparable](sums map[K]int64, row func(K, int64) []any) [][]any {
	rows := make([][]any, 0, len(sums))
	for k, n := range sums {
		rows = append(rows, row(k, n))
	}
	slices.SortFunc(rows, compareRows)
	return rows
}

// compareRows compares rows of texts and integers.
func compareRows(a, b []any) int {
	for i := range a {
		order := 0
		switch v := a[i].(type) {
		case string:
			order = cmp.Compare(v, b[i].(string))
		case int64:
			order = cmp.Compare(v, b[i].(int64))
		}
		if order != 0 {
			return order
		}
	}
	return 0
}
