package live

import (
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"fanfare/widget/wire"
)

// outbox is what a shard knows of what one socket has got: of each kind of news at most one waits, the newest. It belongs to the
// shard.
type outbox struct {
	raw syscall.RawConn // nil where the kernel is not to be written to directly

	in     *room
	place  int    // among the shard's members of the room
	last   uint64 // counter of the last frame written; 0 for none of this room
	missed uint64 // frames of the room since, counted as dropped
	pulse  *pulse // the last one written

	pong   *string       // a ping to be answered
	pinged time.Duration // when the last ping was written, on the hub's clock
	since  time.Duration // when the writing of a goroutine began
	ending *ending       // nil while nobody wishes to close

	quiet   bool // a ping is due although no frame is
	writing bool // a goroutine writes what the kernel did not take at once
	said    bool // nothing is written any more
	left    bool // nobody reads any more
	spoke
}

// ending is the wish to close.
type ending struct {
	code  int
	retry time.Duration // told to the client before, if not 0
	by    time.Duration // when the connection is cut, however far the goodbye got
}

// compose returns what the socket lacks, in the order in which it is to be written. The bytes are shared, or the shard's own until it
// composes again.
func (sh *shard) compose(s *socket) []byte {
	if s.ending != nil {
		s.said = true
		return sh.goodbye(s.ending)
	}
	frame := sh.frame(s)
	ping := sh.pings(s, frame != nil)
	beat := s.beat()
	if s.pong == nil && !ping && beat == nil {
		return frame
	}
	b := sh.scratch[:0]
	if s.pong != nil {
		b = appendMessage(b, opPong, []byte(*s.pong))
		s.pong = nil
	}
	b = append(b, frame...)
	if beat != nil {
		b = append(b, beat.message...)
		s.pulse = beat
	}
	if ping {
		b = appendMessage(b, opPing, nil)
		if frame == nil {
			b = appendMessage(b, opBinary, nil) // a page is not shown pings, and takes long silence for a dead line
		}
		s.pinged = sh.now
		sh.schedule(s)
	}
	sh.scratch = b
	return b
}

// frame is the newest board, if the socket has not got it.
func (sh *shard) frame(s *socket) []byte {
	c := s.newest()
	if c == nil {
		return nil
	}
	sh.pass(s)
	b := c.message(s.last)
	s.last, s.missed = c.counter, 0
	sh.frames.Add(1)
	return b
}

// newest is the newest board of the socket's room, if it is another one than the socket got last.
func (s *socket) newest() *cut {
	if s.in == nil {
		return nil
	}
	if c := s.in.newest.Load(); c != nil && c.counter != s.last {
		return c
	}
	return nil
}

// pass counts the frames between the last one written and the newest: nobody will see them.
func (sh *shard) pass(s *socket) {
	c := s.newest()
	if c == nil || s.last == 0 {
		return
	}
	missed := c.counter - s.last - 1
	sh.dropped.Add(int64(missed - s.missed))
	s.missed = missed
}

// beat is the newest pulse of the socket's challenge, if the socket has not got it and a board.
func (s *socket) beat() *pulse {
	if s.last == 0 {
		return nil
	}
	if p := s.in.pulse.Load(); p != s.pulse {
		return p
	}
	return nil
}

// pings reports whether a ping is to be written, and notes by when it must be answered. One is written when the socket was silent
// for long, and behind a frame if the last one is a while ago: a reader that takes frames answers it soon, and the write alone would
// tell of a stall only after the buffers of two kernels and all between them are full.
func (sh *shard) pings(s *socket, framed bool) bool {
	t, due := &sh.hub.timing, &s.link.due
	switch {
	case framed && sh.now > s.pinged+t.probe && due.CompareAndSwap(0, int64(sh.now+t.answer)):
	case framed:
		hasten(s, sh.now+t.answer)
		return false
	case s.quiet:
		due.Store(int64(sh.now + t.silence))
	default:
		return false
	}
	s.quiet = false
	return true
}

// hasten makes a ping that was sent in silence, and is not answered yet, due as soon as one that rides with a frame.
func hasten(s *socket, by time.Duration) {
	if due := s.link.due.Load(); due > int64(by) {
		s.link.due.CompareAndSwap(due, int64(by))
	}
}

// goodbye is a close frame, and before it when to come back if that is told.
func (sh *shard) goodbye(e *ending) []byte {
	b := sh.scratch[:0]
	if e.retry > 0 {
		retry := wire.Retry{AfterMillis: uint64(e.retry.Milliseconds())}
		b = appendMessage(b, opBinary, retry.Append(nil))
	}
	sh.scratch = appendMessage(b, opClose, websocket.FormatCloseMessage(e.code, ""))
	return sh.scratch
}
