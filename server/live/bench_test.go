package live

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/standing"
)

// still are boards of twenty rows of which one changes with each reading.
type still struct {
	snapshot standing.Snapshot
}

func (b *still) Top(context.Context, standing.Key, int) (standing.Snapshot, error) {
	b.snapshot.Version++
	b.snapshot.Rows[0].Score++
	return b.snapshot, nil
}
func (b *still) Watch(standing.Key) (<-chan struct{}, func())     { return nil, func() {} }
func (b *still) Pulse(contest.ChallengeID) (votes int64, ok bool) { return 0, false }

// What a change costs its room: to read and to encode the board, and to tell the shards, however many watch. The shards themselves stand
// still here; they would share the processor.
func BenchmarkPublish(b *testing.B) {
	for _, members := range []int{10, 10_000} {
		b.Run(fmt.Sprint(members), func(b *testing.B) {
			r := crowded(b, members)
			b.ReportAllocs()
			for b.Loop() {
				if err := r.publish(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// crowded is a room with so many members.
func crowded(b *testing.B, members int) *room {
	board := &still{}
	for i := range BoardRows {
		board.snapshot.Rows = append(board.snapshot.Rows, standing.Row{Rank: i + 1, Score: 48_000 - int64(i)*300, HasCard: true, Card: card(i*397 + 1)})
	}
	h, err := newHub(board, &fakeAdmit{}, DefaultLimits, "", nil, slog.New(slog.DiscardHandler), defaultTiming)
	if err != nil {
		b.Fatal(err)
	}
	h.cancel()
	h.keepers.Wait()
	r := &room{hub: h, roomKey: roomKey{name: "night"}, members: make([]int, len(h.shards))}
	for i := range members {
		s := &socket{hub: h, shard: h.shards[i%len(h.shards)]}
		r.members[s.shard.index]++
		s.tell(func(w *wishes) { w.moved, w.room = true, r })
	}
	return r
}
