package wire

// ErrFormat says that bytes are not a message of the expected kind and version.
var ErrFormat error = formatError{}

type formatError struct{}

func (formatError) Error() string { return "wire: malformed message" }

// KindOf returns a message's kind; 0 for an empty one.
func KindOf(message []byte) Kind {
	if len(message) == 0 {
		return 0
	}
	return Kind(message[0])
}

// Append writes the message behind dst and returns the longer slice.
func (m *Join) Append(dst []byte) []byte {
	w := writer(append(dst, byte(KindJoin)))
	w.uint(Version)
	w.string(m.Room)
	w.string(m.Token)
	return w
}

// Decode reads a Join of at most MaxJoin bytes. Fields are copies.
func (m *Join) Decode(message []byte) error {
	r := open(message, KindJoin, MaxJoin)
	r.version()
	m.Room = r.string()
	m.Token = r.string()
	return r.close()
}

// Append writes the message behind dst and returns the longer slice.
func (m *Frame) Append(dst []byte) []byte {
	w := writer(append(dst, byte(KindFrame)))
	if m.plain() {
		w.uint(Version)
	} else {
		w.uint(VersionReserved)
		w.uint(uint64(m.Shows))
		w.uint(m.AsAt)
	}
	w.string(m.Room)
	w.uint(m.Epoch)
	w.uint(m.Counter)
	w.uint(m.Entries)
	scores := m.Shows == ShowsScores
	if scores {
		w.uint(m.Votes)
	}
	w.uint(uint64(len(m.Rows)))
	for _, row := range m.Rows {
		w.uint(row.Number)
		if scores {
			w.uint(row.Score)
		}
	}
	w.uint(uint64(len(m.Cards)))
	for _, card := range m.Cards {
		w.uint(card.Number)
		w.string(card.Entry)
		w.string(card.Caption)
		w.string(card.Author)
		w.string(card.Thumb)
		w.string(card.ThumbHash)
	}
	return w
}

// plain reports whether the frame tells scores as they are now.
func (m *Frame) plain() bool { return m.Shows == ShowsScores && m.AsAt == 0 }

// Decode reads a Frame, reusing the capacity of Rows and Cards. Strings are copies.
func (m *Frame) Decode(message []byte) error {
	r := open(message, KindFrame, MaxMessage)
	m.Shows, m.AsAt = r.shows()
	m.Room = r.string()
	m.Epoch = r.uint()
	m.Counter = r.uint()
	m.Entries = r.uint()
	numbers := 1 // of a row
	m.Votes = 0
	if m.Shows == ShowsScores {
		numbers = 2
		m.Votes = r.uint()
	}
	m.Rows = m.Rows[:0]
	for n := r.count(numbers); n > 0; n-- {
		row := Row{Number: r.uint()}
		if numbers == 2 {
			row.Score = r.uint()
		}
		m.Rows = append(m.Rows, row)
	}
	m.Cards = m.Cards[:0]
	for n := r.count(6); n > 0; n-- {
		m.Cards = append(m.Cards, Card{
			Number: r.uint(), Entry: r.string(), Caption: r.string(), Author: r.string(), Thumb: r.string(), ThumbHash: r.string(),
		})
	}
	return r.close()
}

// Append writes the message behind dst and returns the longer slice.
func (m *Retry) Append(dst []byte) []byte {
	w := writer(append(dst, byte(KindRetry)))
	w.uint(m.AfterMillis)
	return w
}

// Decode reads a Retry.
func (m *Retry) Decode(message []byte) error {
	r := open(message, KindRetry, MaxMessage)
	m.AfterMillis = r.uint()
	return r.close()
}

// Append writes the message behind dst and returns the longer slice. Votes are a list of at most one number.
func (m *Pulse) Append(dst []byte) []byte {
	w := writer(append(dst, byte(KindPulse)))
	w.uint(m.Watching)
	if !m.VotesShown {
		w.uint(0)
		return w
	}
	w.uint(1)
	w.uint(m.VotesPerMinute)
	return w
}

// Decode reads a Pulse.
func (m *Pulse) Decode(message []byte) error {
	r := open(message, KindPulse, MaxMessage)
	m.Watching, m.VotesShown, m.VotesPerMinute = r.uint(), false, 0
	switch r.uint() {
	case 0:
	case 1:
		m.VotesShown, m.VotesPerMinute = true, r.uint()
	default:
		r.fail()
	}
	return r.close()
}

type writer []byte

func (w *writer) uint(v uint64) {
	for v >= 0x80 {
		*w = append(*w, byte(v)|0x80)
		v >>= 7
	}
	*w = append(*w, byte(v))
}

func (w *writer) string(s string) {
	w.uint(uint64(len(s)))
	*w = append(*w, s...)
}

// reader takes fields off the front of a message. After the first failure every field is zero; close tells of it.
type reader struct {
	rest   []byte
	failed bool
}

func open(message []byte, kind Kind, limit int) *reader {
	if len(message) > limit || KindOf(message) != kind {
		return &reader{failed: true}
	}
	return &reader{rest: message[1:]}
}

func (r *reader) version() {
	if r.uint() != Version {
		r.fail()
	}
}

// shows reads a frame's version and what it shows. A frame that could have Version must have it.
func (r *reader) shows() (s Shows, asAt uint64) {
	switch r.uint() {
	case Version:
		return ShowsScores, 0
	case VersionReserved:
		if told := r.uint(); told <= uint64(ShowsNothing) {
			s, asAt = Shows(told), r.uint()
			if s != ShowsScores || asAt != 0 {
				return s, asAt
			}
		}
	}
	r.fail()
	return 0, 0
}

func (r *reader) uint() uint64 {
	var v uint64
	for i, b := range r.rest {
		if i == 9 && b > 1 || i > 0 && b == 0 {
			break // more than 64 bits, or longer than need be
		}
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			r.rest = r.rest[i+1:]
			return v
		}
	}
	r.fail()
	return 0
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

// count reads a list's length; each element takes at least size bytes, so a length that cannot be true fails here.
func (r *reader) count(size int) int {
	n := r.uint()
	if n > MaxRows || n*uint64(size) > uint64(len(r.rest)) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) fail() { r.rest, r.failed = nil, true }

// close fails on bytes left over. With uint refusing padded numbers, a message has exactly one encoding.
func (r *reader) close() error {
	if r.failed || len(r.rest) > 0 {
		return ErrFormat
	}
	return nil
}
