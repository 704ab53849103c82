package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"fanfare/cmd/fanbench/load"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// openFile opens a database that nobody serves.
func openFile(file string, options ...store.Option) (s *store.Store, closed func() error, err error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)&_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		return nil, nil, fmt.Errorf("open database: %w", err)
	}
	db.SetMaxOpenConns(1)
	if s, err = store.Open(db, db, store.SQLite, nil, options...); err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return s, func() error { s.Close(); return db.Close() }, nil
}

// What a filled campaign has: a month's days, of which each has some of everything.
const filledDays = 30

var (
	filledChannels = []kpi.ChannelID{"weibo", "wechat", "douyin", "xiaohongshu", "bilibili", "newsletter"}
	filledPartners = []kpi.PartnerID{"wuhan-tourism", "chongqing-tourism", "lens-maker", "phone-maker"}
	// filledMetrics are what pages tell of, with how often of a thousand events each comes.
	filledMetrics = []struct {
		metric kpi.Metric
		share  int64
	}{{kpi.Impressions, 700}, {kpi.Views, 200}, {kpi.Visits, 80}, {kpi.Shares, 20}}
)

// leave leaves a data folder whose campaign has counted many events.
func (c *counting) leave(ctx context.Context, server target, out io.Writer) error {
	if err := os.CopyFS(c.folder, os.DirFS(server.data)); err != nil {
		return fmt.Errorf("copy prepared data: %w", err)
	}
	s, closed, err := openFile(filepath.Join(c.folder, "fanfare.db"))
	if err != nil {
		return err
	}
	rows, err := fillEvents(ctx, s, c.filled)
	if err = errors.Join(err, closed()); err != nil {
		return fmt.Errorf("fill campaign: %w", err)
	}
	return json.NewEncoder(out).Encode(map[string]any{"bench": "events", "filled": c.filled, "rows": rows, "data": c.folder})
}

// fillEvents gives the challenge's campaign a plan of the last month, and spreads events over it. It returns how many rows hold them.
func fillEvents(ctx context.Context, s *store.Store, events int64) (rows int64, err error) {
	var c contest.Challenge
	now := time.Now().Truncate(kpi.QuarterLength)
	first := now.AddDate(0, 0, -filledDays)
	err = s.Update(ctx, func(tx *store.Tx) (err error) {
		if c, err = tx.ChallengeBySlug(load.Challenge); err != nil {
			return err
		}
		_, err = tx.AmendPlan(c.Campaign, filledPlan(first, now.AddDate(0, 0, 1), events), "", "filled by fanbench") // the demo launched its own
		return err
	})
	var entries contest.EntryNumber
	if err == nil {
		err = s.View(ctx, func(tx *store.Tx) error {
			head, err := tx.Head(c.ID)
			entries = head.Entries
			return err
		})
	}
	left := events
	random := rand.New(rand.NewPCG(1, 2)) // the same each time
	last := kpi.QuarterOf(now)
	for q := kpi.QuarterOf(first); err == nil && q < last; q++ {
		due := left / int64(last-q)
		counts := quarterOf(c, q, due, entries, random)
		for _, n := range counts {
			left -= n.N
		}
		if q == last-1 {
			counts, left = append(counts, store.Count{Campaign: c.Campaign, N: left, Cell: kpi.Cell{Quarter: q, Challenge: c.ID, Metric: kpi.Impressions}}), 0
		}
		err = s.Update(ctx, func(tx *store.Tx) error { return tx.Count(counts...) })
	}
	if err == nil {
		err = s.View(ctx, func(tx *store.Tx) (err error) {
			rows, err = tx.CountRows(store.Table{Name: "rollups"})
			return err
		})
	}
	return rows, err
}

func filledPlan(first, end time.Time, events int64) kpi.Plan {
	p := kpi.StartingPlan()
	p.Starts, p.Ends = first, end
	for _, id := range filledChannels {
		p.Channels = append(p.Channels, kpi.Channel{ID: id, Name: contest.Text{ZH: string(id), EN: string(id)}})
	}
	for _, id := range filledPartners {
		p.Partners = append(p.Partners, contest.Choice{ID: string(id), Name: contest.Text{ZH: string(id), EN: string(id)}})
	}
	p.Targets = map[kpi.Metric]int64{}
	for _, m := range filledMetrics {
		p.Targets[m.metric] = events * m.share / 1000
	}
	return p
}

// quarterOf spreads what a quarter-hour has over its cells; of few events most cells get none.
func quarterOf(c contest.Challenge, q kpi.Quarter, events int64, entries contest.EntryNumber, random *rand.Rand) (counts []store.Count) {
	channels := append([]kpi.ChannelID{""}, filledChannels...)
	partners := append([]kpi.PartnerID{""}, filledPartners...)
	cells := int64(len(channels) * len(partners))
	for _, channel := range channels {
		for _, partner := range partners {
			for _, m := range filledMetrics {
				n := events * m.share * (50 + random.Int64N(100)) / 100 / 1000 / cells
				if n == 0 {
					continue
				}
				count := store.Count{Campaign: c.Campaign, N: n, Cell: kpi.Cell{Quarter: q, Challenge: c.ID, Channel: channel, Partner: partner, Metric: m.metric}}
				if m.metric == kpi.Views || m.metric == kpi.Shares {
					count.Entry = 1 + contest.EntryNumber(random.Uint32N(uint32(entries)))
				}
				counts = append(counts, count)
			}
		}
	}
	return counts
}
