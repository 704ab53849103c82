package live

import (
	"errors"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"fanfare/widget/wire"
)

// outbox is what waits to be written to one socket: of each kind at most one, the newest.
type outbox struct {
	state  atomic.Int32 // of the writer
	next   atomic.Pointer[cut]
	pong   atomic.Pointer[string]
	quiet  atomic.Bool // a ping is due although no frame is
	fresh  atomic.Bool // the socket entered a room: its next frame is a full one
	ending atomic.Pointer[ending]
	pinged atomic.Int64 // when the last ping was written, on the hub's clock

	// The rest belongs to the writer: the room and counter of the last frame written.
	shown *room
	last  uint64
}

// The states of a writer.
const (
	idle  int32 = iota // there is none
	busy               // it runs
	again              // it runs, and there is something it may not have seen
)

// ending is the wish to close.
type ending struct {
	code  int
	retry time.Duration // told to the client before, if not 0
	by    time.Duration // when the connection is cut, however far the goodbye got
}

var errEnded = errors.New("socket ended")

// offer replaces the frame that waits, if one does.
func (s *socket) offer(c *cut) {
	if s.next.Swap(c) != nil {
		s.hub.dropped.Add(1)
	}
	s.wake()
}

// shut closes the socket; the first wish counts.
func (s *socket) shut(e ending) {
	e.by = s.hub.now() + s.hub.timing.goodbye
	if s.ending.CompareAndSwap(nil, &e) {
		s.wake()
	}
}

// wake sees to it that a writer looks at the outbox. The caller knows that the socket has not ended, so that the hub's
// count of goroutines is not 0.
func (s *socket) wake() {
	for {
		switch s.state.Load() {
		case idle:
			if s.state.CompareAndSwap(idle, busy) {
				s.hub.work.Add(1)
				go s.write()
				return
			}
		case busy:
			if s.state.CompareAndSwap(busy, again) {
				return
			}
		case again:
			return
		}
	}
}

// write empties the outbox and ends. After an error it stays busy for ever, so that nothing is written any more.
func (s *socket) write() {
	defer s.hub.work.Done()
	defer func() {
		if p := recover(); p != nil {
			s.hub.logger.Error("write socket: panic", "panic", p, "stack", string(debug.Stack()))
			s.cut()
		}
	}()
	for {
		switch err := s.flush(); {
		case errors.Is(err, errEnded):
			return
		case err != nil:
			s.cut() // ends the reader
			return
		}
		if s.state.CompareAndSwap(busy, idle) {
			return
		}
		s.state.Store(busy)
	}
}

// flush writes what waits.
func (s *socket) flush() error {
	if e := s.ending.Load(); e != nil {
		return s.sayGoodbye(e)
	}
	if p := s.pong.Swap(nil); p != nil {
		if err := s.control(websocket.PongMessage, []byte(*p)); err != nil {
			return err
		}
	}
	if c := s.next.Swap(nil); c != nil {
		if err := s.show(c); err != nil {
			return err
		}
	}
	if s.quiet.Swap(false) {
		now := s.hub.now()
		s.link.due.Store(int64(now + s.hub.timing.silence))
		return s.ping(now)
	}
	return nil
}

// show writes a frame, and behind it a ping if the last one is a while ago. A reader that takes frames answers it soon;
// the write alone would tell of a stall only after the buffers of two kernels and all between them are full.
func (s *socket) show(c *cut) error {
	if s.fresh.Swap(false) || s.shown != c.room {
		s.shown, s.last = c.room, 0
	}
	now := s.hub.now()
	due := now + s.hub.timing.answer
	probe := now > time.Duration(s.pinged.Load())+s.hub.timing.probe && s.link.due.CompareAndSwap(0, int64(due))
	if !probe {
		s.hasten(due)
	}
	s.deadline(now)
	if err := s.conn.WritePreparedMessage(c.message(s.last)); err != nil {
		return err
	}
	s.last = c.counter
	s.hub.frames.Add(1)
	if probe {
		return s.ping(now)
	}
	return nil
}

// hasten makes a ping that was sent in silence, and is not answered yet, due as soon as one that rides with a frame.
func (s *socket) hasten(due time.Duration) {
	if old := s.link.due.Load(); old > int64(due) {
		s.link.due.CompareAndSwap(old, int64(due))
	}
}

func (s *socket) ping(now time.Duration) error {
	s.pinged.Store(int64(now))
	return s.control(websocket.PingMessage, nil)
}

func (s *socket) sayGoodbye(e *ending) error {
	if e.retry > 0 {
		retry := wire.Retry{AfterMillis: uint64(e.retry.Milliseconds())}
		s.deadline(s.hub.now())
		if err := s.conn.WriteMessage(websocket.BinaryMessage, retry.Append(nil)); err != nil {
			return err
		}
	}
	if err := s.control(websocket.CloseMessage, websocket.FormatCloseMessage(e.code, "")); err != nil &&
		!errors.Is(err, websocket.ErrCloseSent) { // gorilla was first
		return err
	}
	return errEnded // the peer closes now, or tend does
}

func (s *socket) control(kind int, data []byte) error {
	return s.conn.WriteControl(kind, data, time.Now().Add(s.hub.timing.write))
}

// deadline bounds the next write. Gorilla wants it before each one.
func (s *socket) deadline(now time.Duration) {
	_ = s.conn.SetWriteDeadline(s.hub.began.Add(now + s.hub.timing.write)) // cannot fail: it stores the time
}
