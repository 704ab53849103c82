package throttle

import (
	"encoding/binary"
	"errors"
	"time"
)

// messageVersion is the first byte of each message; those of other versions are passed over.
const messageVersion = 1

// Bounds of what a message may claim.
const (
	maxName   = 100
	maxCount  = 1 << 30
	maxWindow = 24 * time.Hour
)

var errMessage = errors.New("malformed throttle message")

// message is what replicas tell each other: a byte of version, the sender, whether it asks for everything, and groups up
// to the end. A group is the counter's name, its window in seconds, the window's beginning in Unix seconds, and pairs of a
// key's eight bytes and a count. Other integers are varints; the name and the pairs are preceded by their number.
type message struct {
	replica uint64
	asking  bool
	groups  []group
}

// group are counts of one counter and one window.
type group struct {
	counter string
	window  time.Duration
	start   int64
	counts  []count
}

// count is how often a replica counted a key.
type count struct {
	id uint64
	n  int
}

func (m message) encode() []byte {
	b := []byte{messageVersion}
	b = binary.LittleEndian.AppendUint64(b, m.replica)
	b = append(b, 0)
	if m.asking {
		b[len(b)-1] = 1
	}
	for _, g := range m.groups {
		b = binary.AppendUvarint(b, uint64(len(g.counter)))
		b = append(b, g.counter...)
		b = binary.AppendUvarint(b, uint64(g.window/time.Second))
		b = binary.AppendVarint(b, g.start)
		b = binary.AppendUvarint(b, uint64(len(g.counts)))
		for _, c := range g.counts {
			b = binary.LittleEndian.AppendUint64(b, c.id)
			b = binary.AppendUvarint(b, uint64(c.n))
		}
	}
	return b
}

func decode(encoded []byte) (m message, err error) {
	r := reader{rest: encoded}
	r.failed = r.uint8() != messageVersion
	m.replica = r.uint64()
	m.asking = r.uint8() == 1
	for len(r.rest) > 0 && !r.failed {
		m.groups = append(m.groups, r.group())
	}
	if r.failed {
		return message{}, errMessage
	}
	return m, nil
}

// reader takes fields off the front of a message. Once it failed, what it returns means nothing.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) group() group {
	g := group{counter: string(r.take(r.uvarint(maxName)))}
	g.window = time.Duration(r.uvarint(uint64(maxWindow/time.Second))) * time.Second
	g.start = r.varint()
	// A pair takes nine bytes at least, so a number that cannot be true fails before memory is spent on it.
	for n := r.uvarint(uint64(len(r.rest) / 9)); n > 0 && !r.failed; n-- {
		g.counts = append(g.counts, count{r.uint64(), int(r.uvarint(maxCount))})
	}
	return g
}

func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.rest, r.failed = nil, true
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) uint8() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// uvarint reads a number that is max at most.
func (r *reader) uvarint(max uint64) uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > max {
		r.rest, r.failed = nil, true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.rest)
	if n <= 0 {
		r.rest, r.failed = nil, true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}
