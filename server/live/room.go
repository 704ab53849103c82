package live

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"fanfare/server/contest"
	"fanfare/server/standing"
	"fanfare/widget/wire"
)

type roomKey struct {
	board standing.Key
	name  string
}

// room is everybody who watches one board. It stays when they left, for the counter's sake; its goroutine does not.
type room struct {
	hub *Hub
	roomKey

	mu      sync.Mutex // guards what follows
	members []*socket
	stop    context.CancelFunc // of the goroutine that cuts frames; nil while nobody watches
	newest  *cut               // of the present goroutine
	cards   map[uint64]wire.Card
	news    uint64 // counter of the newest cut that brought cards
	counter uint64
}

// cut is one frame, encoded once for everybody.
type cut struct {
	room    *room
	version uint64 // the snapshot's
	counter uint64
	// after is the counter of the newest earlier cut that brought cards: who has that one needs only the changes.
	after   uint64
	changes *websocket.PreparedMessage        // with the cards that are new in it
	full    func() *websocket.PreparedMessage // with all cards
}

// room returns the ticket's room.
func (h *Hub) room(t Ticket) *room {
	key := roomKey{t.Board, t.Room}
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.rooms[key]
	if r == nil {
		r = &room{hub: h, roomKey: key}
		h.rooms[key] = r
	}
	return r
}

// enter makes the socket a member. It is sent the newest board at once, or with the others as soon as there is one.
func (r *room) enter(s *socket) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.place = len(r.members)
	r.members = append(r.members, s)
	s.fresh.Store(true)
	if r.newest != nil {
		s.offer(r.newest)
	}
	if r.stop == nil {
		var ctx context.Context
		ctx, r.stop = context.WithCancel(r.hub.ctx)
		r.hub.work.Add(1) // the socket is counted still, so Drain cannot have passed its Wait
		go r.run(ctx)
	}
}

// leave ends the socket's membership; the last one stops the room. Afterwards the room offers it nothing more.
func (r *room) leave(s *socket) {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := len(r.members) - 1
	r.members[s.place] = r.members[last]
	r.members[s.place].place = s.place
	r.members[last] = nil
	r.members = r.members[:last]
	if last == 0 {
		r.stop()
		r.stop, r.newest, r.cards, r.members = nil, nil, nil, nil
	}
}

func (r *room) occupied() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.members) > 0
}

// run cuts a frame now and after each change, the first change at once and the others a gap apart.
func (r *room) run(ctx context.Context) {
	defer r.hub.work.Done()
	changed, cancel := r.hub.boards.Watch(r.board)
	defer cancel()
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-pause.C:
		case <-ctx.Done():
			return
		}
		if err := r.publish(ctx); err != nil {
			if ctx.Err() == nil {
				r.hub.logger.Warn("cut frame", "room", r.name, "error", err)
			}
			pause.Reset(r.hub.timing.retry)
			continue
		}
		pause.Reset(r.hub.timing.gap)
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// publish cuts the board as it is and offers it to every member. A panic is an error: the next change may do better.
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
	r.mu.Lock()
	defer r.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err() // everybody left meanwhile; another goroutine may serve those who came since
	}
	if r.newest != nil && r.newest.version == snapshot.Version {
		return nil // the token was for what the newest frame shows already
	}
	if r.newest, err = r.cut(snapshot); err != nil {
		return err
	}
	for _, s := range r.members {
		s.offer(r.newest)
	}
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

// cut makes the next frame; r.mu is held.
func (r *room) cut(s standing.Snapshot) (*cut, error) {
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
	changes, err := prepare(frame)
	if err != nil {
		return nil, err
	}
	c := &cut{room: r, version: s.Version, counter: r.counter, after: r.news, changes: changes}
	if len(frame.Cards) > 0 {
		r.news = r.counter
	}
	r.cards = cards
	frame.Cards = all
	c.full = sync.OnceValue(func() *websocket.PreparedMessage {
		full, err := prepare(frame)
		if err != nil { // cannot be: prepare fails for kinds of messages that we do not send
			return changes
		}
		return full
	})
	return c, nil
}

// message is what a socket needs whose last frame of this room had the counter last; 0 for none.
func (c *cut) message(last uint64) *websocket.PreparedMessage {
	if last == 0 || last < c.after {
		return c.full()
	}
	return c.changes
}

// prepare encodes a frame with its websocket header. Captions are bounded, so all cards of a board fit; should they not,
// they are left out, and clients ask for them by REST.
func prepare(f wire.Frame) (*websocket.PreparedMessage, error) {
	b := f.Append(nil)
	if len(b) > wire.MaxMessage {
		f.Cards = nil
		b = f.Append(nil)
	}
	m, err := websocket.NewPreparedMessage(websocket.BinaryMessage, b)
	if err != nil {
		return nil, fmt.Errorf("prepare frame: %w", err)
	}
	return m, nil
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
