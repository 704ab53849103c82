package standing

import (
	"sync"
	"sync/atomic"
	"time"

	"fanfare/server/contest"
	"fanfare/server/rank"
)

// board is what is known of one challenge, and all its boards. It takes changes from its first moment, loaded or not, so that
// none is lost while it is being loaded: versions say what is newer.
type board struct {
	challenge contest.ChallengeID
	loaded    atomic.Bool   // set once, after the first reading of the source was merged
	strangers chan struct{} // of the Boards: gets a token when the source should be asked where an entry belongs

	mu    sync.Mutex // guards everything below; nothing waits while holding it
	known table      // every entry heard of, those that are not visible too
	// touched has the entries that changed since the source began to be read; nil while it is not being read.
	touched  map[contest.EntryNumber]struct{}
	doubtful bool      // it may differ from the source; a reading that begins settles that
	readAt   time.Time // when the last reading that was merged began
	shows    contest.Shows
	asAt     time.Time

	overall list // the visible entries
	members
	lists  map[contest.Scope]*list // those of some entries that are kept, what rises among them
	rising rising
	votes  pulse

	versions uint64 // the last one given: no two boards of the challenge, and no two states of one, share a version
	news     map[contest.Scope]*news
	friends  friends
	cards    map[contest.EntryNumber]*kept
	wishes   map[contest.EntryID]struct{} // whose cards the next reading is to bring
	// forgotten counts calls of forget: cards read before the last of them may be stale.
	forgotten uint64
}

func newBoard(challenge contest.ChallengeID, strangers chan struct{}) *board {
	b := &board{
		challenge: challenge,
		strangers: strangers,
		known:     table{},
		lists:     map[contest.Scope]*list{},
		news:      map[contest.Scope]*news{},
		friends:   friends{},
		cards:     map[contest.EntryNumber]*kept{},
		wishes:    map[contest.EntryID]struct{}{},
	}
	b.overall = list{of: b, ranks: &rank.Board{}, news: b.newsOf(contest.Scope{}), ready: true}
	b.members = newMembers(b)
	return b
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
	now := time.Now()
	for _, c := range changes {
		if c.Entry == "" {
			continue // what another replica sent is wrong
		}
		k := b.known.meet(c.Number)
		if k.entry != "" && c.Version <= k.version {
			continue
		}
		newer++
		k.entry, k.version = c.Entry, c.Version
		b.set(k, c, now)
	}
	return newer
}

// set puts an entry in the places where it belongs, or takes it off them. The lock is held.
func (b *board) set(k *known, c contest.Change, now time.Time) {
	is := rank.Row{Number: uint32(c.Number), Score: c.Score, Reached: c.Reached}
	was, had := b.overall.ranks.Row(is.Number)
	switch {
	case !c.Visible && had:
		b.takeOff(k, was)
	case c.Visible && !had:
		b.bring(k, is)
	case c.Visible && was != is:
		b.move(k, was, is, now)
	}
	b.votes.reach(c.Reached)
}

// bring puts an entry on its boards.
func (b *board) bring(k *known, is rank.Row) {
	b.overall.ranks.Set(is)
	b.seen(contest.EntryNumber(is.Number))
	if k.tags == unknown {
		b.stranger(contest.EntryNumber(is.Number))
		return
	}
	b.join(k.belongs, is)
}

// move brings an entry's new score, or when it was reached, to its boards.
func (b *board) move(k *known, was, is rank.Row, now time.Time) {
	if b.overall.put(is) {
		b.seen(contest.EntryNumber(is.Number))
	}
	for l := range b.listsOf(k.belongs) {
		if l.put(is) {
			b.changed(l.news)
		}
	}
	b.cities.add(k.city, is.Score-was.Score, 0)
	b.partners.add(k.partner, is.Score-was.Score, 0)
	b.gained(is.Number, is.Score-was.Score, is.Reached, now)
}

// takeOff takes an entry off its boards.
func (b *board) takeOff(k *known, was rank.Row) {
	number := contest.EntryNumber(was.Number)
	b.overall.ranks.Remove(was.Number)
	b.seen(number)
	for l := range b.listsOf(k.belongs) {
		l.ranks.Remove(was.Number)
		b.changed(l.news)
	}
	b.cities.add(k.city, -was.Score, -1)
	b.partners.add(k.partner, -was.Score, -1)
	b.fall(was.Number)
	delete(b.cards, number)
}

// show says how much of the board leaves from now on.
func (b *board) show(shows contest.Shows, asAt time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shows == shows && b.asAt.Equal(asAt) {
		return
	}
	live := b.live()
	b.shows, b.asAt = shows, asAt
	if b.live() != live {
		b.endRising() // what is on it came from other scores
	}
	b.wakeAll()
}

// live reports whether the public sees scores of now. The lock is held.
func (b *board) live() bool { return b.shows == contest.ScoresShown && b.asAt.IsZero() }

func (b *board) len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.overall.ranks.Len()
}
