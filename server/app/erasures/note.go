package erasures

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"fanfare/server/contest"
)

// Note is one line of the journal: whom to erase again from a database that was brought back, and since when they are
// erased. The fan's identifier is hashed, so that the journal names nobody whom a database does not name.
type Note struct {
	Fan string    `json:"fan_sha256"` // of the identifier, in lower-case hexadecimal
	At  time.Time `json:"at"`         // to the millisecond, UTC
}

// notesOf are the notes of fans' erasures.
func notesOf(fans []contest.FanID, at time.Time) (notes []Note) {
	for _, fan := range fans {
		notes = append(notes, Note{Hash(fan), at.UTC().Truncate(time.Millisecond)})
	}
	return notes
}

// Hash is how the journal names a fan. The identifiers have 65 random bits, so nobody finds them by trying.
func Hash(fan contest.FanID) string {
	sum := sha256.Sum256([]byte(fan))
	return hex.EncodeToString(sum[:])
}

// Line is the note as files and objects hold it.
func (n Note) Line() string {
	line, _ := json.Marshal(n) // a text and a time of this millennium always marshal
	return string(line) + "\n"
}

// Prefix is where the bucket keeps the journal, an object a note.
const Prefix = "erasures/"

// key names the note's object, so that listing the objects is reading the journal, in the order of time.
func (n Note) key() string { return fmt.Sprintf("%s%013d-%s", Prefix, n.At.UnixMilli(), n.Fan) }

// parseKey reads what key wrote.
func parseKey(key string) (Note, error) {
	at, fan, _ := strings.Cut(strings.TrimPrefix(key, Prefix), "-")
	ms, err := strconv.ParseInt(at, 10, 64)
	n := Note{fan, time.UnixMilli(ms).UTC()}
	if err != nil || !n.plausible() || n.key() != key {
		return Note{}, fmt.Errorf("%w: object %s", ErrJournal, key)
	}
	return n, nil
}

// plausible reports whether Fan is a hash and At a time that keys can hold.
func (n Note) plausible() bool {
	sum, err := hex.DecodeString(n.Fan)
	ms := n.At.UnixMilli()
	return err == nil && len(sum) == sha256.Size && hex.EncodeToString(sum) == n.Fan && ms > 0 && ms < 1e13
}

// ErrJournal says that something is no journal of erasures.
var ErrJournal = errors.New("not a journal of erasures")

// maxLine is the longest line of a journal, in bytes: a hash and a time.
const maxLine = 256

// ReadNotes reads the lines of a journal; empty ones are passed over. What is none is ErrJournal.
func ReadNotes(r io.Reader) (notes []Note, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, maxLine), maxLine)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		note, err := parseLine(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		notes = append(notes, note)
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("%w: it has a line of more than %d bytes", ErrJournal, maxLine)
	} else if err != nil {
		return nil, fmt.Errorf("read journal of erasures: %w", err)
	}
	return notes, nil
}

func parseLine(line string) (Note, error) {
	var n Note
	d := json.NewDecoder(strings.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&n); err != nil {
		return n, fmt.Errorf("%w: %w", ErrJournal, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return n, fmt.Errorf("%w: more than one value", ErrJournal)
	}
	if n.At = n.At.UTC().Truncate(time.Millisecond); !n.plausible() {
		return n, fmt.Errorf("%w: want fan_sha256 and at", ErrJournal)
	}
	return n, nil
}
