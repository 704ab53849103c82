package live

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"fanfare/widget/wire"
)

// shard writes to its part of the sockets: everything, control frames too, so that no two writes meet in one stream. It is one
// goroutine that never waits for a socket. What a socket's kernel does not take at once is written by a goroutine of that moment, and
// until it is through the socket is passed over; then it gets the newest frame, whatever it missed.
type shard struct {
	hub   *Hub
	index int // among the hub's shards
	wake  chan struct{}

	frames, dropped atomic.Int64

	mu      sync.Mutex // guards what follows, and the wishes of the shard's sockets
	waiting []*socket  // those with wishes
	stirred map[*room]struct{}

	// The rest belongs to the shard's goroutine.
	crowds  map[*room][]*socket // its members of each room
	wheel   wheel
	pen     *pen
	scratch []byte
	now     time.Duration  // when this round began, on the hub's clock
	looked  time.Duration  // when the wheel turned last
	late    bool           // the whole process stood still since, so nobody is judged by the time
	written int            // writes since others had a turn
	writers sync.WaitGroup // the goroutines that wait for a socket's kernel

	taken []taken // reused by each round, as is rooms
	rooms []*room
}

// taken is a socket with the wishes it had.
type taken struct {
	socket *socket
	wishes wishes
}

// wishes are what others want of a socket, until its shard takes them. The shard's lock guards them.
type wishes struct {
	pong   *string // the newest ping's data
	ending *ending // the first
	room   *room
	moved  bool // to room
	free   bool // what its kernel did not take at once is written
	left   bool // its reader has ended
	queued bool // the socket is among those waiting
}

// turns is after how many writes, each a few microseconds, a shard lets other goroutines run: half a processor is its own for as
// long as it takes to write to thousands, and votes shall not wait for that.
const turns = 64

func newShard(h *Hub, index int) *shard {
	return &shard{
		hub: h, index: index, wake: make(chan struct{}, 1),
		stirred: map[*room]struct{}{}, crowds: map[*room][]*socket{}, pen: newPen(),
	}
}

// tell changes the socket's wishes and wakes its shard.
func (s *socket) tell(change func(*wishes)) {
	sh := s.shard
	sh.mu.Lock()
	change(&s.wishes)
	if !s.wishes.queued {
		s.wishes.queued = true
		sh.waiting = append(sh.waiting, s)
	}
	sh.mu.Unlock()
	sh.rouse()
}

// stir has the shard look which of its members lack something that the room has.
func (sh *shard) stir(r *room) {
	sh.mu.Lock()
	sh.stirred[r] = struct{}{}
	sh.mu.Unlock()
	sh.rouse()
}

func (sh *shard) rouse() {
	select {
	case sh.wake <- struct{}{}:
	default: // it is awake, or will be
	}
}

// run serves the shard's sockets until the hub ends, which is when all readers have ended.
func (sh *shard) run() {
	ticker := time.NewTicker(sh.hub.timing.tick)
	defer ticker.Stop()
	for sh.looked = sh.hub.now(); ; {
		select {
		case <-sh.hub.ctx.Done():
			sh.round() // those who left last
			sh.writers.Wait()
			sh.round() // those to whom goodbye was still being said
			return
		case <-sh.wake:
			sh.now = sh.hub.now()
			sh.round()
		case <-ticker.C:
			sh.now = sh.hub.now()
			sh.look()
		}
	}
}

// round does what others wished for, and writes to the members of stirred rooms.
func (sh *shard) round() {
	sh.mu.Lock()
	for _, s := range sh.waiting {
		sh.taken = append(sh.taken, taken{s, s.wishes})
		s.wishes = wishes{}
	}
	clear(sh.waiting)
	sh.waiting = sh.waiting[:0]
	for r := range sh.stirred {
		sh.rooms = append(sh.rooms, r)
	}
	clear(sh.stirred)
	sh.mu.Unlock()
	for _, t := range sh.taken {
		sh.take(t.socket, t.wishes)
	}
	for _, r := range sh.rooms {
		for _, s := range sh.crowds[r] {
			sh.serve(s)
		}
	}
	clear(sh.taken)
	clear(sh.rooms)
	sh.taken, sh.rooms = sh.taken[:0], sh.rooms[:0]
}

// take fulfils a socket's wishes.
func (sh *shard) take(s *socket, w wishes) {
	if w.free {
		s.writing = false
	}
	if w.ending != nil && s.ending == nil {
		s.ending = w.ending
	}
	if s.left = s.left || w.left; s.left {
		sh.leave(s)
		return
	}
	if w.moved {
		sh.move(s, w.room)
	}
	if w.pong != nil {
		s.pong = w.pong
	}
	sh.serve(s)
	sh.schedule(s)
}

// leave closes the connection of a socket without a reader, after the goodbye if there is one to say.
func (sh *shard) leave(s *socket) {
	sh.move(s, nil)
	sh.wheel.remove(s)
	if s.ending != nil {
		sh.serve(s)
	}
	if !s.writing {
		s.said = true
		s.link.cut()
		return
	}
	_ = s.link.Conn.SetWriteDeadline(time.Now().Add(sh.hub.timing.goodbye)) // fails if it is closed already
}

// move makes the socket a member of the room, where it needs the whole board; of none, if that is nil.
func (sh *shard) move(s *socket, to *room) {
	if s.in == to {
		return
	}
	if from := sh.crowds[s.in]; s.in != nil {
		last := len(from) - 1
		from[s.place] = from[last]
		from[s.place].place = s.place
		from[last] = nil
		if sh.crowds[s.in] = from[:last]; last == 0 {
			delete(sh.crowds, s.in)
		}
	}
	s.in, s.last, s.missed = to, 0, 0
	if to != nil {
		s.place = len(sh.crowds[to])
		sh.crowds[to] = append(sh.crowds[to], s)
	}
}

// look turns the wheel.
func (sh *shard) look() {
	tick := sh.hub.timing.tick
	// After a pause of the whole process the answers are still unread: judge nobody by it.
	sh.late = sh.now-sh.looked > tick+sh.hub.timing.answer/2
	sh.looked = sh.now
	sh.wheel.turn(int64(sh.now/tick), sh.tend)
}

// tend does what time asks for.
func (sh *shard) tend(s *socket) {
	due := time.Duration(s.link.due.Load())
	switch {
	case s.ending != nil:
		if sh.now > s.ending.by {
			s.link.cut() // ends the reader
			return
		}
	case sh.late:
	case !s.joined.Load() && sh.now > s.born+sh.hub.timing.join:
		sh.end(s, wire.CloseSlow) // its Join may be late, or in a hole: it shall come back
	case s.writing && sh.now > s.since+sh.hub.timing.answer, due != 0 && sh.now > due:
		sh.end(s, wire.CloseSlow)
	case due == 0 && sh.now > s.pinged+sh.hub.timing.ping:
		s.quiet = true
		sh.serve(s)
	}
	sh.schedule(s)
}

// schedule sets when the socket is looked at next.
func (sh *shard) schedule(s *socket) {
	t := &sh.hub.timing
	at := s.pinged + t.ping // also while a ping waits for its answer: that comes without a word to the wheel
	if due := time.Duration(s.link.due.Load()); due != 0 && (due < at || at < sh.now) {
		at = due
	}
	if s.writing {
		at = min(at, s.since+t.answer)
	}
	if !s.joined.Load() {
		at = min(at, s.born+t.join)
	}
	if s.ending != nil {
		at = s.ending.by
	}
	sh.wheel.set(s, int64(at/t.tick)+1)
}

// end closes the socket, unless it is being closed. Who was silent for so long is given half the time for a goodbye.
func (sh *shard) end(s *socket, code int) {
	if s.ending == nil {
		s.ending = &ending{code: code, by: sh.now + sh.hub.timing.goodbye/2}
		sh.serve(s)
	}
}

// serve writes what the socket lacks, as far as it may be written to now.
func (sh *shard) serve(s *socket) {
	defer func() {
		if p := recover(); p != nil {
			sh.hub.logger.Error("write socket: panic", "panic", p, "stack", string(debug.Stack()))
			s.said = true
			s.link.cut()
		}
	}()
	switch {
	case s.said:
	case s.writing:
		sh.pass(s)
	default:
		if p := sh.compose(s); len(p) > 0 {
			sh.write(s, p)
		}
	}
}

// write hands the bytes to the kernel, and what it does not take to a goroutine that waits for it.
func (sh *shard) write(s *socket, p []byte) {
	if sh.written++; sh.written%turns == 0 {
		runtime.Gosched()
	}
	n := 0
	if s.raw != nil {
		var err error
		if n, err = sh.pen.write(s.raw, p); err != nil {
			s.said = true
			s.link.cut()
			return
		}
	}
	if n == len(p) {
		return
	}
	rest := append([]byte(nil), p[n:]...)
	s.writing, s.since = true, sh.now
	sh.writers.Go(func() { s.finish(rest) })
}

// finish writes the rest and waits as long as it takes: the shard ends that if it takes too long. After an error the socket stays
// as it is, so that nothing is written any more.
func (s *socket) finish(rest []byte) {
	if _, err := s.link.Conn.Write(rest); err != nil {
		s.link.cut() // ends the reader
		return
	}
	s.tell(func(w *wishes) { w.free = true })
}
