package store_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// BenchmarkCast measures votes as the use case casts them (read the entry, count the voter's votes, judge, cast), 64 at
// a time, where each commit reaches the disk.
func BenchmarkCast(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkCast(b, storetest.OpenSQLite(b, nil)) })
	b.Run("postgres", func(b *testing.B) {
		benchmarkCast(b, storetest.StartPostgres(b, "fsync=on", "full_page_writes=on").Open(b, nil))
	})
}

func benchmarkCast(b *testing.B, s *store.Store) {
	id, entries, err := field(b.Context(), s, 200)
	var challenge contest.Challenge
	if err == nil {
		err = s.View(b.Context(), func(tx *store.Tx) error { challenge, err = tx.Challenge(id); return err })
	}
	if err != nil {
		b.Fatal(err)
	}
	challenge.LaunchedAt = challenge.CreatedAt
	before := s.Stats()
	var n atomic.Int64
	b.SetParallelism(64 / runtime.GOMAXPROCS(0))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			ballot := storetest.Ballot(challenge.ID, entries[i%int64(len(entries))], fmt.Sprint("f_", i/3))
			if err := s.UpdateIn(context.Background(), challenge.ID, func(tx *store.Tx) error { return judgeAndCast(tx, challenge, ballot) },
				store.Ballot{Entry: ballot.Entry, Voter: ballot.Voter, Period: challenge.PeriodAt}); err != nil {
				b.Error(err)
			}
		}
	})
	after := s.Stats()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "votes/s")
	b.ReportMetric(float64(after.Updates-before.Updates)/float64(after.Commits-before.Commits), "votes/commit")
}

func judgeAndCast(tx *store.Tx, c contest.Challenge, b contest.Ballot) error {
	period := c.PeriodAt(tx.Now())
	e, err := tx.Candidate(b.Entry)
	if err != nil {
		return err
	}
	used, err := tx.Used(b, period, false)
	if err != nil {
		return err
	}
	weight, err := c.MayVote(tx.Now(), e, b, used)
	if err != nil {
		return err
	}
	_, err = tx.Cast(b, period, weight, store.Origin{Source: "0123456789abcdef", Agent: "0123456789abcdef"})
	return err
}
