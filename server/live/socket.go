package live

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"fanfare/widget/wire"
)

// socket is one client. One goroutine reads, for as long as it lives, on a stack of two kilobytes: what needs more runs beside it.
// Its shard writes.
type socket struct {
	hub    *Hub
	shard  *shard
	conn   *websocket.Conn
	link   link
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
	conn, err := h.upgrader.Upgrade(hijacker{w, &s.link}, r, nil)
	if err != nil { // Upgrade answered
		h.leaveSeat(seat)
		return
	}
	s.begin(conn)
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

func (s *socket) begin(conn *websocket.Conn) {
	s.conn, s.born, s.raw = conn, s.hub.now(), rawOf(s.link.Conn)
	s.link.drawn, s.link.upgraded = s.born, true
	s.pinged = s.born - rand.N(s.hub.timing.probe) // so that those who came together are not pinged together
	conn.SetReadLimit(wire.MaxJoin)
	conn.SetPingHandler(func(data string) error {
		s.tell(func(w *wishes) { w.pong = &data })
		return nil
	})
	conn.SetCloseHandler(func(int, string) error { return nil }) // the reader sees it too
}

// live is the reader. It ends when the peer is gone, or some time after somebody wished to close.
func (s *socket) live() {
	defer s.end()
	code, answer := s.converse()
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
	s.hub.leave(s.room, s.shard)
	s.tell(func(w *wishes) { w.left = true })
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

// converse reads Joins until there is a reason to close, and returns its code; 0 if there is nobody left to tell. Answer says that
// the peer said goodbye first.
func (s *socket) converse() (code int, answer bool) {
	defer func() {
		if p := recover(); p != nil {
			code = s.panicked("read socket", p)
		}
	}()
	for {
		kind, message, err := s.conn.ReadMessage()
		if err != nil {
			return codeOf(err)
		}
		var join wire.Join
		switch {
		case kind != websocket.BinaryMessage && !utf8.Valid(message):
			return websocket.CloseInvalidFramePayloadData, false
		case kind != websocket.BinaryMessage:
			return websocket.CloseUnsupportedData, false
		case join.Decode(message) != nil:
			return wire.CloseProtocol, false
		}
		s.joined.Store(true)
		// Admit may go down to the database; its stack goes with its goroutine, and the reader's stays small.
		judged := make(chan int)
		go func() { judged <- s.join(join) }()
		if code := <-judged; code != 0 {
			return code, false
		}
	}
}

func (s *socket) panicked(doing string, p any) (code int) {
	s.hub.logger.Error(doing+": panic", "panic", p, "stack", string(debug.Stack()))
	return websocket.CloseInternalServerErr
}

// codeOf says with which code to close after reading failed, and whether that answers the peer's goodbye.
func codeOf(err error) (code int, answer bool) {
	var closed *websocket.CloseError
	var network net.Error
	switch {
	case errors.Is(err, errFlood):
		return websocket.ClosePolicyViolation, false
	case errors.Is(err, websocket.ErrReadLimit):
		return websocket.CloseMessageTooBig, false
	case errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure: // which gorilla calls an end without a goodbye
		return closed.Code, true
	case closed != nil, errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return 0, false
	}
	return websocket.CloseProtocolError, false
}

// join moves the socket into the room it asks for, and returns the code to close with if it may not.
func (s *socket) join(join wire.Join) (code int) {
	defer func() {
		if p := recover(); p != nil {
			code = s.panicked("admit to room", p)
		}
	}()
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
	s.hub.leave(before, s.shard) // after that, so that a room which it joins again goes on
	s.tell(func(w *wishes) { w.moved, w.room = true, s.room })
	return 0
}

// admit asks for a ticket, again if a session was revoked meanwhile: the ticket is in place before the last look, so a
// Revoke either is seen here or sees it.
func (s *socket) admit(join wire.Join) (*Ticket, error) {
	ctx, cancel := context.WithTimeout(s.hub.ctx, s.hub.timing.admit)
	defer cancel()
	for {
		seen := s.hub.revocations.Load()
		ticket, err := s.hub.admit.Admit(ctx, s.origin, join.Room, join.Token)
		if err != nil {
			return nil, err
		}
		s.ticket.Store(&ticket)
		if s.hub.revocations.Load() == seen {
			return &ticket, nil
		}
	}
}
