package standing

import (
	"encoding/binary"
	"errors"

	"fanfare/server/contest"
)

// maxChanges is how many changes one message holds: about 60 bytes each, so a message stays far below the bus's limit.
const maxChanges = 2000

// messageVersion is the first byte of each message. Replicas of two versions run side by side during an update; what
// they cannot read of each other they learn by reconciling.
const messageVersion = 1

var errMessage = errors.New("malformed standing message")

// message is what replicas tell each other: a byte of version, the sender's epoch, the changes, the stale cards. Integers
// are varints, signed ones in zigzag; strings and lists are preceded by their length.
type message struct {
	epoch   uint64
	changes []contest.Change
	stale   []cardID
}

func (m message) encode() []byte {
	w := make(writer, 0, 16+len(m.changes)*64+len(m.stale)*32) // room for identifiers of the usual length
	w = append(w, messageVersion)
	w.uint(m.epoch)
	w.uint(uint64(len(m.changes)))
	for _, c := range m.changes {
		w.string(string(c.Challenge))
		w.string(string(c.Entry))
		w.uint(uint64(c.Number))
		w.int(c.Score)
		w.int(c.Reached)
		w.int(c.Version)
		w.bool(c.Visible)
	}
	w.uint(uint64(len(m.stale)))
	for _, card := range m.stale {
		w.string(string(card.challenge))
		w.string(string(card.entry))
	}
	return w
}

func decode(encoded []byte) (message, error) {
	r := reader{rest: encoded}
	if r.byte() != messageVersion {
		r.fail()
	}
	m := message{epoch: r.uint()}
	for n := r.count(7); n > 0 && !r.failed; n-- {
		m.changes = append(m.changes, contest.Change{
			Challenge: contest.ChallengeID(r.string()),
			Entry:     contest.EntryID(r.string()),
			Number:    r.number(),
			Score:     r.int(),
			Reached:   r.int(),
			Version:   r.int(),
			Visible:   r.bool(),
		})
	}
	for n := r.count(2); n > 0 && !r.failed; n-- {
		m.stale = append(m.stale, cardID{contest.ChallengeID(r.string()), contest.EntryID(r.string())})
	}
	if r.failed || len(r.rest) > 0 {
		return message{}, errMessage
	}
	return m, nil
}

type writer []byte

func (w *writer) uint(v uint64) { *w = binary.AppendUvarint(*w, v) }
func (w *writer) int(v int64)   { *w = binary.AppendVarint(*w, v) }

func (w *writer) bool(v bool) {
	var b byte
	if v {
		b = 1
	}
	*w = append(*w, b)
}

func (w *writer) string(s string) {
	w.uint(uint64(len(s)))
	*w = append(*w, s...)
}

// reader takes fields off the front of a message. After the first failure every field is zero.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) fail() { r.rest, r.failed = nil, true }

// take returns the next n bytes, which are there if it does not fail.
func (r *reader) take(n int) []byte {
	if n <= 0 || n > len(r.rest) {
		r.fail()
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) bool() bool {
	b := r.byte()
	if b > 1 {
		r.fail()
	}
	return b == 1
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.rest)
	r.take(n)
	return v
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.rest)
	r.take(n)
	return v
}

func (r *reader) number() contest.EntryNumber {
	v := r.uint()
	if v > 1<<32-1 {
		r.fail()
	}
	return contest.EntryNumber(v)
}

func (r *reader) string() string {
	n := r.uint()
	if n > uint64(len(r.rest)) {
		r.fail()
		return ""
	}
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}

// count reads a list's length. Each element takes at least size bytes, so a length that cannot be true fails here.
func (r *reader) count(size uint64) uint64 {
	n := r.uint()
	if n > uint64(len(r.rest))/size {
		r.fail()
		return 0
	}
	return n
}
