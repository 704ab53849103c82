package live

import (
	"runtime/debug"
	"time"

	"fanfare/server/contest"
	"fanfare/widget/wire"
)

// pulse is what the rooms of a challenge are told of its life, encoded once.
type pulse struct {
	shown   wire.Pulse
	message []byte        // as it is written
	since   time.Duration // on the hub's clock
}

// roughly is a number as a board shows it: exact up to a hundred, and to two digits above, so that it is told again only when it
// changed visibly.
func roughly(n uint64) uint64 {
	step := uint64(1)
	for n/step >= 100 {
		step *= 10
	}
	return (n + step/2) / step * step
}

// read takes a challenge's pulse.
func (h *Hub) read(challenge contest.ChallengeID) wire.Pulse {
	p := wire.Pulse{Watching: roughly(uint64(h.Watching(challenge)))}
	votes, shown := h.boards.Pulse(challenge)
	if p.VotesShown = shown; shown {
		p.VotesPerMinute = roughly(uint64(max(votes, 0)))
	}
	return p
}

// feel gives the room its challenge's pulse, newly taken if it is another one than the rooms were told last. It goes out with the
// next frame; a pulse that no frame took along goes by itself, one beat later.
func (h *Hub) feel(r *room) {
	shown := h.read(r.board.Challenge)
	h.mu.Lock()
	told := h.pulses[r.board.Challenge]
	if told == nil || told.shown != shown {
		told = &pulse{shown: shown, message: message(shown.Append(nil)), since: h.now()}
		h.pulses[r.board.Challenge] = told
	}
	h.mu.Unlock()
	if r.pulse.Swap(told) != told {
		return
	}
	if c := r.newest.Load(); c != nil && c.made < told.since {
		h.stir(r)
	}
}

// beat tells the other replicas who watches here, and feels the pulse of every room.
func (h *Hub) beat() {
	defer func() {
		if p := recover(); p != nil {
			h.logger.Error("feel pulse: panic", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	h.presence.tell(h.watchingHere())
	h.presence.forget()
	h.mu.Lock()
	rooms := make([]*room, 0, len(h.rooms))
	for _, r := range h.rooms {
		rooms = append(rooms, r)
	}
	h.mu.Unlock()
	for _, r := range rooms {
		h.feel(r)
	}
}
