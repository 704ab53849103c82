package live

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"fanfare/server/bus"
	"fanfare/server/contest"
)

// presenceTopic is where replicas tell each other how many sockets watch which challenge.
const presenceTopic = "presence"

// Bounds of what a message may claim, and of what is kept of others.
const (
	maxReplicas = 64
	maxTold     = 4_000   // challenges in one message, of 100 bytes at most
	maxName     = 64      // bytes of a challenge's identifier
	maxSockets  = 1 << 20 // of one replica
)

// presenceVersion is the first byte of each message; those of other versions are passed over.
const presenceVersion = 1

var errPresence = errors.New("malformed presence message")

// presence knows how many sockets the other replicas have, by challenge. Each tells its own absolute numbers again and again, so that
// a lost message does no harm, and one that is silent for long is taken for gone.
type presence struct {
	bus         bus.Bus // nil in a hub alone
	replica     uint64
	silence     time.Duration
	logger      *slog.Logger
	unsubscribe func()

	mu     sync.Mutex // guards others
	others map[uint64]audience
}

// audience is what another replica told last.
type audience struct {
	heard    time.Time
	watching map[contest.ChallengeID]int
}

// newPresence hears the other replicas by the bus, if there is one.
func newPresence(b bus.Bus, silence time.Duration, logger *slog.Logger) (*presence, error) {
	p := &presence{bus: b, replica: rand.Uint64(), silence: silence, logger: logger, others: map[uint64]audience{}, unsubscribe: func() {}}
	if b == nil {
		return p, nil
	}
	var err error
	if p.unsubscribe, err = b.Subscribe(presenceTopic, p.hear, func() {}); err != nil {
		return nil, fmt.Errorf("hear who watches elsewhere: %w", err)
	}
	return p, nil
}

// tell tells the others how many watch here.
func (p *presence) tell(watching map[contest.ChallengeID]int) {
	if p.bus == nil {
		return
	}
	if err := p.bus.Publish(presenceTopic, encodePresence(p.replica, watching)); err != nil {
		p.logger.Debug("tell who watches", "error", err) // the next beat tells it again
	}
}

// hear notes what another replica told. What cannot be read comes from another version.
func (p *presence) hear(message []byte) {
	replica, watching, err := decodePresence(message)
	if err != nil || replica == p.replica {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.others[replica]; known || len(p.others) < maxReplicas {
		p.others[replica] = audience{time.Now(), watching}
	}
}

// forget takes replicas for gone that told nothing for long.
func (p *presence) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.others, func(_ uint64, a audience) bool { return time.Since(a.heard) > p.silence })
}

// elsewhere is how many sockets watch a challenge at other replicas.
func (p *presence) elsewhere(challenge contest.ChallengeID) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.others {
		n += a.watching[challenge]
	}
	return n
}

// Watching is how many sockets watch the boards of a challenge, at all replicas, as far as this one knows.
func (h *Hub) Watching(challenge contest.ChallengeID) int {
	h.mu.Lock()
	here := h.watching[challenge]
	h.mu.Unlock()
	return here + h.presence.elsewhere(challenge)
}

func (h *Hub) watchingHere() map[contest.ChallengeID]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.watching)
}

// depart counts a socket out; h.mu is held.
func (h *Hub) depart(challenge contest.ChallengeID) {
	if h.watching[challenge]--; h.watching[challenge] == 0 {
		delete(h.watching, challenge)
		delete(h.pulses, challenge)
	}
}

// encodePresence writes a byte of version, the replica, and pairs of a challenge and its sockets up to the end. Integers are varints,
// a challenge is preceded by its length.
func encodePresence(replica uint64, watching map[contest.ChallengeID]int) []byte {
	b := binary.LittleEndian.AppendUint64([]byte{presenceVersion}, replica)
	told := 0
	for challenge, n := range watching {
		if told++; told > maxTold {
			break // a map's order is random, so others are told of the rest by the next ones
		}
		b = binary.AppendUvarint(b, uint64(len(challenge)))
		b = append(b, challenge...)
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}

func decodePresence(b []byte) (replica uint64, watching map[contest.ChallengeID]int, err error) {
	if len(b) < 9 || b[0] != presenceVersion {
		return 0, nil, errPresence
	}
	replica, b = binary.LittleEndian.Uint64(b[1:]), b[9:]
	watching = map[contest.ChallengeID]int{}
	for len(b) > 0 {
		size, n := binary.Uvarint(b)
		if n <= 0 || size > maxName || int(size) > len(b)-n {
			return 0, nil, errPresence
		}
		challenge := contest.ChallengeID(b[n : n+int(size)])
		b = b[n+int(size):]
		sockets, n := binary.Uvarint(b)
		if n <= 0 || sockets > maxSockets || len(watching) == maxTold {
			return 0, nil, errPresence
		}
		watching[challenge], b = int(sockets), b[n:]
	}
	return replica, watching, nil
}
