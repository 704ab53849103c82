package standing

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"fanfare/server/bus"
	"fanfare/server/contest"
)

// MaxTop is how many rows Top returns at most; it bounds the cards that a board keeps.
const MaxTop = 200

// Topics of the bus.
const (
	topic       = "standing"        // what replicas committed
	rereadTopic = "standing-reread" // challenges whose boards are to be compared with the source
)

// Boards are all boards of this replica. A challenge's entries are loaded when one of its boards is first asked for, and stay.
type Boards struct {
	source  Source
	bus     bus.Bus
	epoch   uint64
	flights *flights
	doubts  chan struct{} // holds a token while a board may be in doubt
	// strangers holds a token while it may not be known where an entry belongs.
	strangers chan struct{}
	// unsubscribe and keepers end what New started.
	unsubscribe []func()
	keepers     sync.WaitGroup

	mu     sync.Mutex // guards boards; never held together with a board's lock
	boards map[contest.ChallengeID]*board

	unpublished, repaired atomic.Uint64
}

// New returns boards that read source, and that tell and hear the other replicas by b, which stays the caller's. Close
// ends them.
func New(source Source, b bus.Bus) (*Boards, error) {
	boards := &Boards{
		source: source, bus: b, epoch: newEpoch(), flights: newFlights(), doubts: make(chan struct{}, 1), strangers: make(chan struct{}, 1),
		boards: map[contest.ChallengeID]*board{},
	}
	reread := func(challenge []byte) { boards.Recheck(contest.ChallengeID(challenge)) }
	for topic, receive := range map[string]func([]byte){topic: boards.receive, rereadTopic: reread} {
		unsubscribe, err := b.Subscribe(topic, receive, boards.doubtAll)
		if err != nil {
			boards.hearNothing()
			return nil, fmt.Errorf("hear other replicas: %w", err)
		}
		boards.unsubscribe = append(boards.unsubscribe, unsubscribe)
	}
	boards.keepers.Go(boards.reconcileOnTimer)
	boards.keepers.Go(boards.introduceAll)
	boards.keepers.Go(boards.tendOnTimer)
	return boards, nil
}

func (b *Boards) hearNothing() {
	for _, unsubscribe := range b.unsubscribe {
		unsubscribe()
	}
}

func newEpoch() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint64(b[:])
}

// Close ends the timer, the subscription and what is being loaded, and waits for them. Boards in memory can still be read.
func (b *Boards) Close() {
	b.hearNothing()
	b.flights.close()
	b.keepers.Wait()
}

// Epoch is drawn at random by New. Versions and counters of two epochs cannot be compared.
func (b *Boards) Epoch() uint64 { return b.epoch }

// Stats are figures for the operator.
type Stats struct {
	Boards, Entries int
	// Repaired counts the differences that reconciling found on boards in memory: changes that the bus lost, or that it
	// overtook.
	Repaired uint64
	// Unpublished counts messages that the bus did not take; the other replicas learn of them by reconciling.
	Unpublished uint64
}

// Stats returns the present figures.
func (b *Boards) Stats() Stats {
	s := Stats{Repaired: b.repaired.Load(), Unpublished: b.unpublished.Load()}
	for _, board := range b.all() {
		if board.loaded.Load() {
			s.Boards++
			s.Entries += board.len()
		}
	}
	return s
}

// Committed applies what the writer committed to the boards in memory, and tells the other replicas. It never waits for
// I/O.
func (b *Boards) Committed(changes []contest.Change) {
	b.apply(changes)
	for ; len(changes) > 0; changes = changes[min(maxChanges, len(changes)):] {
		b.publish(message{epoch: b.epoch, changes: changes[:min(maxChanges, len(changes))]})
	}
}

// Invalidate forgets the entry's card, here and in the other replicas, after its caption or photo changed.
func (b *Boards) Invalidate(challenge contest.ChallengeID, entry contest.EntryID) {
	card := cardID{challenge, entry}
	b.forget(card)
	b.publish(message{epoch: b.epoch, stale: []cardID{card}})
}

func (b *Boards) publish(m message) { b.send(topic, m.encode()) }

func (b *Boards) send(topic string, message []byte) {
	if err := b.bus.Publish(topic, message); err != nil {
		b.unpublished.Add(1)
	}
}

// receive applies what another replica committed. What cannot be read comes from a replica of another version, and is
// learned by reconciling.
func (b *Boards) receive(encoded []byte) {
	m, err := decode(encoded)
	if err != nil || m.epoch == b.epoch {
		return
	}
	b.apply(m.changes)
	for _, card := range m.stale {
		b.forget(card)
	}
}

func (b *Boards) apply(changes []contest.Change) {
	for len(changes) > 0 {
		n := 1
		for n < len(changes) && changes[n].Challenge == changes[0].Challenge {
			n++
		}
		if board := b.inMemory(changes[0].Challenge); board != nil {
			board.apply(changes[:n])
		}
		changes = changes[n:]
	}
}

func (b *Boards) forget(card cardID) {
	if board := b.inMemory(card.challenge); board != nil {
		board.forget(card.entry)
	}
}

// Top returns the first n rows with their cards, MaxTop at most.
func (b *Boards) Top(ctx context.Context, key Key, n int) (Snapshot, error) {
	return b.Page(ctx, key, 1, n)
}

// Page returns up to n rows from the place on (the first is 1) with their cards, MaxTop at most.
func (b *Boards) Page(ctx context.Context, key Key, from, n int) (s Snapshot, err error) {
	board, err := b.ask(ctx, key, func(r ranking) { s = r.page(max(from, 1), min(n, MaxTop)) })
	if err == nil {
		b.fill(ctx, board, key.Scope, &s)
	}
	return s, err
}

// Around returns the entry's row between up to n rows on either side of it, MaxTop in all at most; false if it is not on the
// board. On boards of groups no entry is.
func (b *Boards) Around(ctx context.Context, key Key, number contest.EntryNumber, n int) (s Snapshot, ok bool, err error) {
	board, err := b.ask(ctx, key, func(r ranking) { s, ok = r.around(number, min(max(n, 0), (MaxTop-1)/2)) })
	if err == nil {
		b.fill(ctx, board, key.Scope, &s)
	}
	return s, ok, err
}

// Place returns where the entry stands; false if it is not on the board, and then only Shows and AsAt are set.
func (b *Boards) Place(ctx context.Context, key Key, number contest.EntryNumber) (p Place, ok bool, err error) {
	_, err = b.ask(ctx, key, func(r ranking) { p, ok = r.place(number) })
	return p, ok, err
}

// Order returns up to n entries from the place on (the first is 1), best first. Boards of groups have none.
func (b *Boards) Order(ctx context.Context, key Key, from, n int) (placed []Placed, err error) {
	_, err = b.ask(ctx, key, func(r ranking) { placed = r.order(max(from, 1), n) })
	return placed, err
}

// Watch returns a channel that holds a token when the board changed since the last one was taken: many changes, one
// token. Watching does not load the board. Cancel frees the channel, which is never closed.
func (b *Boards) Watch(key Key) (changed <-chan struct{}, cancel func()) {
	return b.board(key.Challenge).watch(key.Scope)
}

// Pulse is about how many votes a challenge got in the last minute; false where that is not shown, and where the board is not in
// memory.
func (b *Boards) Pulse(challenge contest.ChallengeID) (perMinute int64, shown bool) {
	board := b.inMemory(challenge)
	if board == nil || !board.loaded.Load() {
		return 0, false
	}
	return board.pulse()
}

// board returns the challenge's board, loaded or not.
func (b *Boards) board(challenge contest.ChallengeID) *board {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := b.boards[challenge]
	if found == nil {
		found = newBoard(challenge, b.strangers)
		b.boards[challenge] = found
	}
	return found
}

// inMemory returns the challenge's board, or nil if nobody has asked for it yet.
func (b *Boards) inMemory(challenge contest.ChallengeID) *board {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.boards[challenge]
}

// all returns the boards in memory, loaded or not.
func (b *Boards) all() []*board {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Collect(maps.Values(b.boards))
}
