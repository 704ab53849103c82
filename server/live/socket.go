package live

import (
	"cmp"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"runtime/debug"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"fanfare/widget/wire"
)

// socket is one client. One goroutine reads, for as long as it lives; its shard writes.
type socket struct {
	hub    *Hub
	shard  *shard
	link   link
	inbox  inbox
	origin string
	seat   netip.Prefix
	born   time.Duration

	ticket atomic.Pointer[Ticket] // of the present room
	joined atomic.Bool            // the first Join arrived

	room   *room  // belongs to the reader
	wishes wishes // guarded by the shard's lock

	outbox
}

// open upgrades the request and starts the socket, on a goroutine of its own so that the handler's stack and buffers
// are freed.
func (h *Hub) open(w http.ResponseWriter, r *http.Request, origin string, seat netip.Prefix) {
	s := &socket{hub: h, origin: origin, seat: seat}
	s.link.hub = h
	// Gorilla shakes hands and is forgotten: who reads and who writes later is ours.
	if _, err := h.upgrader.Upgrade(hijacker{w, &s.link}, r, nil); err != nil { // Upgrade answered
		h.leaveSeat(seat)
		return
	}
	s.begin()
	h.mu.Lock()
	h.sockets[s] = struct{}{}
	s.shard = h.shards[len(h.sockets)%len(h.shards)]
	draining := h.draining
	h.mu.Unlock()
	s.tell(func(*wishes) {}) // its time runs
	if draining {
		s.shut(ending{code: wire.CloseRestarting, retry: h.timing.latest})
	}
	go s.live()
}

func (s *socket) begin() {
	s.born, s.raw, s.inbox.in = s.hub.now(), rawOf(s.link.Conn), &s.link
	s.link.drawn, s.link.intake = s.born, newIntake(s.raw)
	s.pinged = s.born - rand.N(s.hub.timing.probe) // so that those who came together are not pinged together
}

// live is the reader. It ends when the peer is gone, or some time after somebody wished to close. While it waits its stack shall be of
// two kilobytes: what needs more is done elsewhere.
func (s *socket) live() {
	defer s.end()
	for {
		opcode, payload, err := s.inbox.next()
		if err != nil {
			s.part(codeOf(err), false)
			return
		}
		switch opcode {
		case opPong:
		case opPing:
			data := string(payload)
			s.tell(func(w *wishes) { w.pong = &data })
		case opClose:
			code, err := codeOfGoodbye(payload)
			s.part(cmp.Or(code, codeOf(err)), err == nil)
			return
		default:
			if code := s.aside(opcode, payload); code != 0 {
				s.part(code, false)
				return
			}
		}
	}
}

// aside hears a message on another stack: Admit may go down to the database.
func (s *socket) aside(opcode byte, message []byte) (code int) {
	judged := make(chan int)
	go func() { judged <- s.hear(opcode, message) }()
	return <-judged
}

// part closes the socket with a code, or without a word if that is 0.
func (s *socket) part(code int, answer bool) {
	if code != 0 {
		s.shut(ending{code: code})
	}
	if code != 0 && !answer {
		// The peer sees the close frame only if what it sent meanwhile is read: unread input would reset the connection.
		_, _ = io.CopyN(io.Discard, s.link.Conn, lingerBytes)
	}
}

// end leaves everything behind; the shard closes the connection.
func (s *socket) end() {
	if p := recover(); p != nil {
		s.shut(ending{code: s.panicked("read socket", p)})
	}
	s.tell(func(w *wishes) { w.left = true })
	s.hub.leave(s.room, s.shard)
	s.hub.mu.Lock()
	delete(s.hub.sockets, s)
	s.hub.mu.Unlock()
	s.hub.leaveSeat(s.seat)
}

// shut closes the socket; the first wish counts.
func (s *socket) shut(e ending) {
	e.by = s.hub.now() + s.hub.timing.goodbye
	s.tell(func(w *wishes) {
		if w.ending == nil {
			w.ending = &e
		}
	})
}

// hear does what a message asks for: to join a room. It returns the code to close with if there is a reason to.
func (s *socket) hear(opcode byte, message []byte) (code int) {
	defer func() {
		if p := recover(); p != nil {
			code = s.panicked("hear message", p)
		}
	}()
	var join wire.Join
	switch {
	case opcode != opBinary && !utf8.Valid(message):
		return websocket.CloseInvalidFramePayloadData
	case opcode != opBinary:
		return websocket.CloseUnsupportedData
	case join.Decode(message) != nil:
		return wire.CloseProtocol
	}
	s.joined.Store(true)
	return s.join(join)
}

func (s *socket) panicked(doing string, p any) (code int) {
	s.hub.logger.Error(doing+": panic", "panic", p, "stack", string(debug.Stack()))
	return websocket.CloseInternalServerErr
}

// codeOf says with which code to close after reading failed; 0 where the peer is gone.
func codeOf(err error) (code int) {
	switch {
	case errors.Is(err, errFlood):
		return websocket.ClosePolicyViolation
	case errors.Is(err, errLarge):
		return websocket.CloseMessageTooBig
	case errors.Is(err, errBreach):
		return websocket.CloseProtocolError
	}
	return 0
}

// join moves the socket into the room it asks for, and returns the code to close with if it may not.
func (s *socket) join(join wire.Join) (code int) {
	ticket, err := s.admit(join)
	switch {
	case errors.Is(err, ErrRefused):
		return wire.CloseRefused
	case errors.Is(err, ErrToken):
		return wire.CloseRevoked
	case err != nil:
		s.hub.logger.Warn("admit to room", "room", join.Room, "error", err)
		return websocket.CloseTryAgainLater
	}
	before := s.room
	s.room = s.hub.enter(ticket, s.shard)
	s.tell(func(w *wishes) { w.moved, w.room = true, s.room })
	s.hub.leave(before, s.shard) // after that, so that a room which it joins again goes on
	return 0
}

// admit asks for a ticket.
func (s *socket) admit(join wire.Join) (*Ticket, error) {
	ctx, cancel := context.WithTimeout(s.hub.ctx, s.hub.timing.admit)
	defer cancel()
	ticket, err := s.hub.admit.Admit(ctx, s.origin, join.Room, join.Token)
	if err != nil {
		return nil, err
	}
	s.ticket.Store(&ticket)
	return &ticket, nil
}
