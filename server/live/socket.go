package live

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"runtime/debug"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"fanfare/widget/wire"
)

// socket is one client. One goroutine reads, for as long as it lives; another writes, only while there is something to
// write. Writes of all kinds go through that one, but for the close frames with which gorilla itself answers.
type socket struct {
	hub    *Hub
	conn   *websocket.Conn
	link   link
	origin string
	seat   netip.Prefix
	born   time.Duration

	ticket atomic.Pointer[Ticket] // of the present room
	spoke  atomic.Bool            // the first Join arrived

	room  *room // belongs to the reader
	place int   // among the room's members; guarded by the room's lock

	outbox
}

func (s *socket) begin(conn *websocket.Conn) {
	s.conn, s.born = conn, s.hub.now()
	s.link.drawn = s.born
	s.pinged.Store(int64(s.born))
	conn.SetReadLimit(wire.MaxJoin)
	conn.SetPingHandler(func(data string) error {
		s.pong.Store(&data)
		s.wake()
		return nil
	})
}

// live is the reader. It ends when the peer is gone, or some time after somebody wished to close.
func (s *socket) live() {
	defer s.end()
	if code := s.converse(); code != 0 {
		s.shut(ending{code: code})
		// The peer sees the close frame only if what it sent meanwhile is read: unread input would reset the connection.
		_, _ = io.CopyN(io.Discard, s.link.Conn, lingerBytes)
	}
}

// end leaves everything behind. The writer may run still; the closed connection ends it.
func (s *socket) end() {
	if s.room != nil {
		s.room.leave(s)
	}
	s.cut()
	s.hub.mu.Lock()
	delete(s.hub.sockets, s)
	s.hub.mu.Unlock()
	s.hub.leaveSeat(s.seat)
}

// cut closes the connection without a word.
func (s *socket) cut() { _ = s.conn.Close() } // nothing is left to do if that fails

// converse reads Joins until there is a reason to close, and returns its code; 0 if there is nobody left to tell.
func (s *socket) converse() (code int) {
	defer func() {
		if p := recover(); p != nil {
			s.hub.logger.Error("read socket: panic", "panic", p, "stack", string(debug.Stack()))
			code = websocket.CloseInternalServerErr
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
			return websocket.CloseInvalidFramePayloadData
		case kind != websocket.BinaryMessage:
			return websocket.CloseUnsupportedData
		case join.Decode(message) != nil:
			return wire.CloseProtocol
		}
		s.spoke.Store(true)
		if code := s.join(join); code != 0 {
			return code
		}
	}
}

// codeOf says with which code to close after reading failed. Gorilla already wrote those of a protocol error and of a
// message too big.
func codeOf(err error) int {
	var closed *websocket.CloseError
	var network net.Error
	switch {
	case errors.Is(err, errFlood):
		return websocket.ClosePolicyViolation
	case errors.Is(err, websocket.ErrReadLimit):
		return websocket.CloseMessageTooBig
	case errors.As(err, &closed), errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return 0
	}
	return websocket.CloseProtocolError
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
	room := s.hub.room(ticket)
	if room == s.room {
		return 0 // the frames go on
	}
	if s.room != nil {
		s.room.leave(s)
		s.next.Store(nil) // of the room left
	}
	s.room = room
	room.enter(s)
	return 0
}

// admit asks for a ticket, again if a session was revoked meanwhile: the ticket is in place before the last look, so a
// Revoke either is seen here or sees it.
func (s *socket) admit(join wire.Join) (Ticket, error) {
	ctx, cancel := context.WithTimeout(s.hub.ctx, s.hub.timing.admit)
	defer cancel()
	for {
		seen := s.hub.revocations.Load()
		ticket, err := s.hub.admit.Admit(ctx, s.origin, join.Room, join.Token)
		if err != nil {
			return Ticket{}, err
		}
		s.ticket.Store(&ticket)
		if s.hub.revocations.Load() == seen {
			return ticket, nil
		}
	}
}

// tend does what time asks for; late says that waiting was not the peer's fault.
func (s *socket) tend(now time.Duration, late bool) {
	if ending := s.ending.Load(); ending != nil {
		if now > ending.by {
			s.cut()
		}
		return
	}
	due := time.Duration(s.link.due.Load())
	switch {
	case late:
	case !s.spoke.Load() && now > s.born+s.hub.timing.join:
		s.shut(ending{code: wire.CloseProtocol})
	case due != 0 && now > due:
		s.shut(ending{code: wire.CloseSlow})
	case due == 0 && now > time.Duration(s.pinged.Load())+s.hub.timing.ping:
		s.quiet.Store(true)
		s.wake()
	}
}
