package live

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"fanfare/server/contest"
	"fanfare/server/standing"
	"fanfare/widget/wire"
)

type roomKey struct {
	board standing.Key
	name  string
}

// room is everybody who watches one board. It is there while somebody does, and so is its goroutine.
type room struct {
	hub *Hub
	roomKey
	stop  context.CancelFunc
	ended chan struct{} // closed when its goroutine has

	newest atomic.Pointer[cut]
	pulse  atomic.Pointer[pulse] // its challenge's

	members []int // by shard; guarded by the hub's lock

	// The rest belongs to the room's goroutine.
	cards   map[uint64]wire.Card
	news    uint64 // counter of the newest cut that brought cards
	counter uint64
}

// cut is one frame, encoded once for everybody.
type cut struct {
	version uint64 // the snapshot's
	counter uint64
	made    time.Duration // on the hub's clock
	// after is the counter of the newest earlier cut that brought cards: who has that one needs only the changes.
	after   uint64
	changes []byte        // as they are written, with the cards that are new in it
	full    func() []byte // with all cards
}

// enter counts a member of the ticket's room, which a socket of the shard becomes, and starts the room with the first one.
func (h *Hub) enter(t *Ticket, sh *shard) *room {
	key := roomKey{t.Board, t.Room}
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.rooms[key]
	if r == nil {
		var ctx context.Context
		r = &room{hub: h, roomKey: key, ended: make(chan struct{}), counter: h.counted, members: make([]int, len(h.shards))}
		ctx, r.stop = context.WithCancel(h.ctx)
		h.rooms[key] = r
		h.work.Add(1) // the socket is counted still, so Drain cannot have passed its Wait
		go r.run(ctx)
	}
	r.members[sh.index]++
	h.watching[t.Board.Challenge]++
	return r
}

// leave ends such a membership; the last one ends the room, and waits until its goroutine has: whoever goes from room to room
// leaves no more behind than the one before.
func (h *Hub) leave(r *room, sh *shard) {
	if r != nil && h.last(r, sh) {
		<-r.ended
	}
}

// last counts a member out, and ends the room if nobody is left. The next of its name counts on from where this one stopped, so that
// readers who come back take its frames for newer ones.
func (h *Hub) last(r *room, sh *shard) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.members[sh.index]--
	h.depart(r.board.Challenge)
	for _, n := range r.members {
		if n > 0 {
			return false
		}
	}
	r.stop()
	delete(h.rooms, r.roomKey)
	if c := r.newest.Load(); c != nil {
		h.counted = max(h.counted, c.counter)
	}
	return true
}

// stir wakes the shards that have members of the room. It takes as long for ten members as for ten thousand.
func (h *Hub) stir(r *room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, n := range r.members {
		if n > 0 {
			h.shards[i].stir(r)
		}
	}
}

// run cuts a frame now and after each change, the first change at once and the others a gap apart.
func (r *room) run(ctx context.Context) {
	defer r.hub.work.Done()
	defer close(r.ended)
	changed, cancel := r.hub.boards.Watch(r.board)
	defer cancel()
	r.hub.feel(r)
	pause := time.NewTimer(0)
	defer pause.Stop()
	for failing := false; ; {
		select {
		case <-pause.C:
		case <-ctx.Done():
			return
		}
		if err := r.publish(ctx); err != nil {
			if !failing && ctx.Err() == nil { // once: visitors name rooms, and too many of them have no board
				r.hub.logger.Warn("cut frame", "room", r.name, "error", err)
			}
			failing = true
			pause.Reset(r.hub.timing.retry)
			continue
		}
		failing = false
		pause.Reset(r.hub.timing.gap)
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// publish cuts the board as it is and has it written to every member. A panic is an error: the next change may do better.
func (r *room) publish(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("publish: panic: %v", p)
		}
	}()
	limited, cancel := context.WithTimeout(ctx, r.hub.timing.admit)
	defer cancel()
	snapshot, err := r.hub.boards.Top(limited, r.board, BoardRows)
	if err != nil {
		return fmt.Errorf("read board: %w", err)
	}
	if newest := r.newest.Load(); newest != nil && newest.version == snapshot.Version {
		return nil // the token was for what the newest frame shows already
	}
	r.newest.Store(r.cut(snapshot))
	r.hub.stir(r)
	return nil
}

// shows is what frames call that which a board shows.
func shows(s contest.Shows) wire.Shows {
	switch s {
	case contest.ScoresShown:
		return wire.ShowsScores
	case contest.OrderShown:
		return wire.ShowsOrder
	}
	return wire.ShowsNothing
}

// seconds is a time as frames tell it; 0 for none.
func seconds(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(t.Unix())
}

// cut makes the next frame.
func (r *room) cut(s standing.Snapshot) *cut {
	r.counter++
	frame := wire.Frame{
		Room: r.name, Epoch: r.hub.epoch, Counter: r.counter, Shows: shows(s.Shows), AsAt: seconds(s.AsAt),
		Entries: uint64(s.Entries), Votes: uint64(s.Votes),
	}
	var all []wire.Card
	cards := make(map[uint64]wire.Card, len(s.Rows))
	for _, row := range s.Rows {
		number := uint64(row.Number)
		frame.Rows = append(frame.Rows, wire.Row{Number: number, Score: uint64(row.Score)})
		if !row.HasCard {
			continue
		}
		card := cardOf(row.Card, r.hub.photos)
		cards[number] = card
		all = append(all, card)
		if r.cards[number] != card {
			frame.Cards = append(frame.Cards, card)
		}
	}
	c := &cut{version: s.Version, counter: r.counter, made: r.hub.now(), after: r.news, changes: encode(frame)}
	if len(frame.Cards) > 0 {
		r.news = r.counter
	}
	r.cards = cards
	frame.Cards = all
	c.full = sync.OnceValue(func() []byte { return encode(frame) })
	return c
}

// message is what a socket needs whose last frame of this room had the counter last; 0 for none.
func (c *cut) message(last uint64) []byte {
	if last == 0 || last < c.after {
		return c.full()
	}
	return c.changes
}

// encode writes a frame as sockets get it. Captions are bounded, so all cards of a board fit; should they not, they are left out, and
// clients ask for them by REST.
func encode(f wire.Frame) []byte {
	b := f.Append(nil)
	if len(b) > wire.MaxMessage {
		f.Cards = nil
		b = f.Append(nil)
	}
	return message(b)
}

// mediaPath is where web serves the public bucket; frames name photos as the API does.
const mediaPath = "/m/"

// cardOf is a card whose photo is served at an origin; empty for the page's own.
func cardOf(c standing.Card, photos string) wire.Card {
	card := wire.Card{
		Number: uint64(c.Number), Entry: string(c.Entry), Caption: c.Caption, Author: c.Author, ThumbHash: c.Photo.ThumbHash,
	}
	if n := len(c.Photo.Renditions); n > 0 {
		card.Thumb = photos + mediaPath + c.Photo.Renditions[n-1].Key // the square one is the last
	}
	return card
}
