package standing

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"fanfare/server/bus/membus"
	"fanfare/server/contest"
)

// TestReadersAndWritersTogether lets voters, readers and watchers at two replicas, and compares both boards with the
// database at the end.
func TestReadersAndWritersTogether(t *testing.T) {
	const (
		writers = 8
		entries = 20 // of each writer, so that a writer's versions grow
		votes   = 300
	)
	shared := membus.New()
	defer shared.Close()
	db := newDatabase()
	populate(db, writers*entries)
	replicas := []*Boards{open(t, db, shared), open(t, db, shared)}
	ctx, stop := context.WithCancel(t.Context())
	var voting, reading sync.WaitGroup
	for w := range writers {
		voting.Go(func() { vote(replicas, db, w*entries, entries, func(n int) bool { return n < votes }) })
	}
	for _, boards := range replicas {
		reading.Go(func() { follow(ctx, t, boards) })
		reading.Go(func() { ask(ctx, t, boards, writers*entries) })
		reading.Go(func() { browse(ctx, t, boards) })
		reading.Go(func() {
			for ctx.Err() == nil {
				boards.doubtAll()
				boards.settle(ctx)
				boards.Invalidate(night, "e_1")
			}
		})
	}
	voting.Wait()
	stop()
	reading.Wait()
	model := top(t, alone(t, db))
	deadline := time.Now().Add(10 * time.Second) // what the bus still holds may arrive until then
	for _, boards := range replicas {
		for s := top(t, boards); !same(s, model); s = top(t, boards) {
			if time.Now().After(deadline) {
				t.Fatalf("board = %s (%d, %d), want %s (%d, %d)", show(s), s.Entries, s.Votes, show(model), model.Entries, model.Votes)
			}
			boards.doubtAll()
			boards.settle(t.Context())
		}
		if err := boards.meet(t.Context(), boards.board(night)); err != nil { // or the last entries' groups might be on their way
			t.Fatal(err)
		}
		expectRows(t, boards, db)
	}
}

func same(a, b Snapshot) bool {
	return show(a) == show(b) && a.Entries == b.Entries && a.Votes == b.Votes
}

// vote raises scores, and at times hides an entry or shows it again, at each replica in turn; as in the database, each
// change has a new version and is committed before it is told.
func vote(replicas []*Boards, db *database, first, entries int, more func(votes int) bool) {
	random := rand.New(rand.NewPCG(1, uint64(first)))
	now := make([]contest.Change, entries)
	for i := range now {
		now[i] = hidden(contest.EntryNumber(first+i+1), 0)
	}
	for n := 0; more(n); n++ {
		c := &now[random.IntN(entries)]
		c.Version++
		if random.IntN(10) == 0 {
			c.Visible = !c.Visible
		} else {
			c.Visible = true
			c.Score++
			c.Reached = c.Version
		}
		db.put(*c)
		replicas[n%len(replicas)].Committed([]contest.Change{*c})
	}
}

// follow is a live room: it waits for tokens and takes snapshots, whose rows must be in order and whose versions grow.
func follow(ctx context.Context, t *testing.T, boards *Boards) {
	changed, cancel := boards.Watch(overall)
	defer cancel()
	var last uint64
	for ctx.Err() == nil {
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
		s, err := boards.Top(ctx, overall, 20)
		if err != nil {
			continue // the context ended
		}
		if s.Version < last {
			t.Errorf("version fell from %d to %d", last, s.Version)
		}
		last = s.Version
		for i, row := range s.Rows {
			if row.Rank != i+1 || i > 0 && row.Score > s.Rows[i-1].Score {
				t.Errorf("row %d is out of order: %+v", i, row)
			}
		}
	}
}

// ask asks for places.
func ask(ctx context.Context, t *testing.T, boards *Boards, entries int) {
	for ctx.Err() == nil {
		number := contest.EntryNumber(rand.IntN(entries) + 1)
		place, ok, err := boards.Place(ctx, overall, number)
		if err == nil && ok && (place.Rank < 1 || place.Rank > place.Of || place.Behind < 0) {
			t.Errorf("place of %d = %+v", number, place)
		}
		if _, err := boards.Order(ctx, overall, 1, 10); err != nil && ctx.Err() == nil {
			t.Errorf("Order: %v", err)
		}
	}
}

// browse looks at boards of all kinds, whose rows must be in order, and watches some for a while.
func browse(ctx context.Context, t *testing.T, boards *Boards) {
	for ctx.Err() == nil {
		key := key(t, append(scopes, "rising")[rand.IntN(len(scopes)+1)])
		_, cancel := boards.Watch(key)
		s, err := boards.Top(ctx, key, 20)
		for i, row := range s.Rows {
			if i > 0 && row.Rank != 0 && (row.Rank <= s.Rows[i-1].Rank || row.Score > s.Rows[i-1].Score) {
				t.Errorf("row %d of board %q is out of order: %+v", i, key.Scope, row)
			}
		}
		if err != nil && ctx.Err() == nil {
			t.Errorf("board %q: %v", key.Scope, err)
		}
		boards.Pulse(night)
		cancel()
	}
}
