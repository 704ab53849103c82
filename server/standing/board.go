package standing

import (
	"sync"
	"sync/atomic"
	"time"

	"fanfare/server/contest"
	"fanfare/server/rank"
)

// board is one challenge's board. It takes changes from its first moment, loaded or not, so that none is lost while it
// is being loaded: versions say what is newer.
type board struct {
	challenge contest.ChallengeID
	loaded    atomic.Bool // set once, after the first reading of the source was merged

	mu    sync.Mutex // guards everything below; nothing waits while holding it
	ranks rank.Board // the visible entries
	// known has every entry heard of, those that are not visible too: so a late change cannot bring them back.
	known map[contest.EntryNumber]known
	// touched has the entries that changed since the source began to be read; nil while it is not being read.
	touched  map[contest.EntryNumber]struct{}
	doubtful bool // it may differ from the source; a reading that begins settles that
	version  uint64
	shows    contest.Shows
	asAt     time.Time
	watchers map[chan struct{}]struct{}
	cards    map[contest.EntryNumber]Card
	// forgotten counts calls of forget: cards read before the last of them may be stale.
	forgotten uint64
}

type known struct {
	entry   contest.EntryID
	version int64
}

func newBoard(challenge contest.ChallengeID) *board {
	return &board{
		challenge: challenge,
		known:     map[contest.EntryNumber]known{},
		watchers:  map[chan struct{}]struct{}{},
		cards:     map[contest.EntryNumber]Card{},
	}
}

// apply takes the changes that are newer than what is known.
func (b *board) apply(changes []contest.Change) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.touched != nil {
		for _, c := range changes {
			b.touched[c.Number] = struct{}{}
		}
	}
	b.take(changes)
}

// take does what apply does, and returns how many changes were newer. The lock is held.
func (b *board) take(changes []contest.Change) (newer int) {
	shown := false
	for _, c := range changes {
		if k, ok := b.known[c.Number]; ok && c.Version <= k.version {
			continue
		}
		newer++
		shown = b.set(c) || shown
	}
	if shown {
		b.changed()
	}
	return newer
}

// set puts the change in place, and reports whether the board shows a difference. The lock is held.
func (b *board) set(c contest.Change) (shown bool) {
	b.known[c.Number] = known{c.Entry, c.Version}
	was, had := b.ranks.Row(uint32(c.Number))
	if !c.Visible {
		b.ranks.Remove(uint32(c.Number))
		delete(b.cards, c.Number)
		return had
	}
	is := rank.Row{Number: uint32(c.Number), Score: c.Score, Reached: c.Reached}
	if !had || b.shows == contest.ScoresShown {
		b.ranks.Set(is)
		return !had || was != is
	}
	before, _ := b.ranks.Rank(is.Number)
	b.ranks.Set(is)
	after, _ := b.ranks.Rank(is.Number)
	return before != after // that a score moved alone must not be seen by a new version either
}

// show says how much of the board leaves from now on.
func (b *board) show(shows contest.Shows, asAt time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shows != shows || !b.asAt.Equal(asAt) {
		b.shows, b.asAt = shows, asAt
		b.changed()
	}
}

// changed tells the watchers. The lock is held.
func (b *board) changed() {
	b.version++
	for watcher := range b.watchers {
		select {
		case watcher <- struct{}{}:
		default: // it has a token already
		}
	}
}

func (b *board) watch() (changed <-chan struct{}, cancel func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	watcher := make(chan struct{}, 1)
	b.watchers[watcher] = struct{}{}
	return watcher, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.watchers, watcher)
	}
}

func (b *board) len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ranks.Len()
}

func (b *board) place(number contest.EntryNumber) (Place, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	row, _ := b.ranks.Row(uint32(number))
	at, ok := b.ranks.Rank(uint32(number))
	if !ok {
		return Place{Shows: b.shows, AsAt: b.asAt}, false
	}
	place := Place{Rank: shownRank(b.shows, at), Of: b.ranks.Len(), Score: shownScore(b.shows, row.Score), Shows: b.shows, AsAt: b.asAt}
	if better, ok := b.ranks.At(at - 1); ok {
		place.Behind = shownScore(b.shows, better.Score-row.Score)
	}
	return place, true
}

func (b *board) order(from, n int) []Placed {
	b.mu.Lock()
	defer b.mu.Unlock()
	from = max(from, 1)
	page := b.ranks.Page(from, n)
	placed := make([]Placed, len(page))
	for i, row := range page {
		number := contest.EntryNumber(row.Number)
		placed[i] = Placed{Entry: b.known[number].entry, Number: number, Rank: shownRank(b.shows, from+i), Score: shownScore(b.shows, row.Score)}
	}
	return placed
}

// page returns up to n rows from the place on, with the cards that are in memory.
func (b *board) page(from, n int) Snapshot {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rows(from, b.ranks.Page(from, n))
}

// around returns the entry's row and up to n on either side.
func (b *board) around(number contest.EntryNumber, n int) (Snapshot, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	rank, ok := b.ranks.Rank(uint32(number))
	return b.rows(max(rank-n, 1), b.ranks.Neighbours(uint32(number), n)), ok
}

// rows makes a snapshot of a page; the lock is held.
func (b *board) rows(from int, page []rank.Row) Snapshot {
	s := Snapshot{
		Entries: b.ranks.Len(), Votes: shownScore(b.shows, b.ranks.Total()), Rows: make([]Row, len(page)), Shows: b.shows, AsAt: b.asAt, Version: b.version,
	}
	for i, row := range page {
		number := contest.EntryNumber(row.Number)
		s.Rows[i] = Row{Rank: shownRank(b.shows, from+i), Score: shownScore(b.shows, row.Score), Card: Card{Number: number, Entry: b.known[number].entry}}
	}
	b.fill(s.Rows)
	return s
}

// pulse is not counted yet.
func (b *board) pulse() (int64, bool) { return 0, false }
