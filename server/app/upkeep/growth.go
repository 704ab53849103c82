package upkeep

import (
	"context"
	"time"

	"fanfare/media/blob"
	"fanfare/server/store"
)

// Pace is what part of an installation's rows and photos is of the last days.
type Pace struct {
	rows, photos float64
	over         time.Duration
}

// recent are the rows of a table: all, those of the last days, and when the first was written.
type recent struct{ all, late, first int64 }

func (r recent) share() float64 {
	if r.all == 0 {
		return 0
	}
	return float64(r.late) / float64(r.all)
}

// PaceOf counts entries and votes. What a copy or a restored backup wrote today counts as of the day that it happened.
func PaceOf(ctx context.Context, s *store.Store) (Pace, error) {
	var entries, leaves recent
	var now time.Time
	err := s.Snapshot(ctx, func(tx *store.Tx) (err error) {
		now = tx.Now()
		since := now.Add(-forecastSpan).UnixMilli()
		entries, err = countRecent(tx, "SELECT COUNT(*), COUNT(*) FILTER (WHERE submitted_at > ?), COALESCE(MIN(submitted_at), 0) FROM entries", since)
		if err == nil {
			leaves, err = countRecent(tx, "SELECT COUNT(*), COUNT(*) FILTER (WHERE at > ?), COALESCE(MIN(at), 0) FROM vote_log", since)
		}
		return err
	})
	all := recent{all: entries.all + leaves.all, late: entries.late + leaves.late}
	over := forecastSpan
	if entries.all > 0 {
		over = min(over, now.Sub(time.UnixMilli(entries.first)))
	}
	return Pace{all.share(), entries.share(), over}, err
}

func countRecent(tx *store.Tx, query string, since int64) (r recent, err error) {
	rows, err := tx.Query(query, since)
	if err != nil {
		return r, err
	}
	defer rows.Close()
	for rows.Next() {
		err = rows.Scan(&r.all, &r.late, &r.first)
	}
	if err != nil {
		return r, err
	}
	return r, rows.Err()
}

// Growth is what the last days added, where rows take that many bytes in all and photos that many.
func (p Pace) Growth(rows, photos int64) Growth {
	return Growth{Bytes: int64(p.rows*float64(rows) + p.photos*float64(photos)), Over: p.over}
}

// MediaSize adds up a bucket.
func MediaSize(ctx context.Context, b *blob.Bucket) (bytes int64, err error) {
	for o, err := range b.List(ctx, "") {
		if err != nil {
			return 0, err
		}
		bytes += o.Size
	}
	return bytes, nil
}
