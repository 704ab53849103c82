package live

// wheelSlots is how many ticks ahead a wheel looks: with ticks of half a second more than the pause between two pings. What is
// due later is looked at on the way, and set again.
const wheelSlots = 64

// wheel holds the sockets of a shard by the tick at which each is to be looked at next. It costs nothing for sockets of which
// nothing is due, and has no timer of its own.
type wheel struct {
	slots  [wheelSlots]*socket // each the head of a list
	turned int64               // the tick up to which it has turned
}

// spoke is a socket's place in a wheel.
type spoke struct {
	tick         int64 // 0 where it is in none
	before, next *socket
}

// set has the socket looked at when the wheel turns to the tick, in place of what was set before. What is past is the next one.
func (w *wheel) set(s *socket, tick int64) {
	tick = min(max(tick, w.turned+1), w.turned+wheelSlots-1)
	if s.tick == tick {
		return
	}
	w.remove(s)
	head := &w.slots[tick%wheelSlots]
	s.spoke = spoke{tick: tick, next: *head}
	if s.next != nil {
		s.next.before = s
	}
	*head = s
}

func (w *wheel) remove(s *socket) {
	switch {
	case s.tick == 0:
		return
	case s.before == nil:
		w.slots[s.tick%wheelSlots] = s.next
	default:
		s.before.next = s.next
	}
	if s.next != nil {
		s.next.before = s.before
	}
	s.spoke = spoke{}
}

// turn turns the wheel to a tick, and looks at each socket on the way, which is in no slot then.
func (w *wheel) turn(to int64, look func(*socket)) {
	for w.turned = max(w.turned, to-wheelSlots); w.turned < to; {
		w.turned++
		head := &w.slots[w.turned%wheelSlots]
		for s := *head; s != nil; s = *head {
			w.remove(s)
			look(s)
		}
	}
}
