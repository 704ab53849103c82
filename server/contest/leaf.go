package contest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// LeafKind is what a line of the vote log says.
type LeafKind string

// The kinds of leaves.
const (
	Cast    LeafKind = "cast"
	Retract LeafKind = "retract"
	Hold    LeafKind = "hold"    // the vote waits for a decision and does not count
	Release LeafKind = "release" // it counts after all
	Exclude LeafKind = "exclude" // it does not count
	Restore LeafKind = "restore" // it counts again
	Pad     LeafKind = "pad"     // nothing: it stands where the number of votes is not to be seen
)

// Leaf is one line of a challenge's vote log. Position counts from 1 without gaps; it is not part of the line's bytes.
type Leaf struct {
	Position int64
	Kind     LeafKind
	Entry    EntryNumber
	Voter    VoterID
	Period   string
	Weight   int        // of a cast
	Class    VoterClass // of a cast
	Reason   Reason     // of a decision
	Actor    string     // of a decision: RulesActor, or StaffActor of who took it
	At       time.Time
}

// RulesActor is the actor of what the rules decided by themselves.
const RulesActor = "rules"

const staffPrefix = "staff:"

// StaffActor is the actor of what a member of staff decided.
func StaffActor(id StaffID) string { return staffPrefix + string(id) }

// LogKey is the secret of a challenge's vote log that its salts are made from. It never leaves the installation.
type LogKey [sha256.Size]byte

// ParseLogKey reads a key as Encode writes it.
func ParseLogKey(text string) (k LogKey, err error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(k) {
		return k, errors.New("no key of a vote log: want 64 hexadecimal digits")
	}
	return LogKey(b), nil
}

// Encode returns the key in hexadecimal, for the database.
func (k LogKey) Encode() string { return hex.EncodeToString(k[:]) }

// String keeps the key out of messages.
func (k LogKey) String() string { return "(key of a vote log)" }

// Salt makes the hash of a leaf say nothing of it to who does not know the salt.
type Salt [16]byte

// Salt returns the salt of the leaf at a position.
func (k LogKey) Salt(position int64) Salt { return k.salt("leaf", position) }

// PadSalt returns the salt of the pad at an index of the tree.
func (k LogKey) PadSalt(index int64) Salt { return k.salt("pad", index) }

// salt is HMAC-SHA256 (RFC 2104), written out: crypto/hmac's allocates a kilobyte, and each vote and each leaf of an export
// needs one.
func (k LogKey) salt(of string, n int64) Salt {
	var key [sha256.BlockSize]byte
	copy(key[:], k[:])
	inner := make([]byte, 0, 2*sha256.BlockSize)
	outer := make([]byte, 0, 2*sha256.BlockSize)
	for _, b := range key {
		inner, outer = append(inner, b^0x36), append(outer, b^0x5c)
	}
	said := sha256.Sum256(binary.BigEndian.AppendUint64(append(inner, of...), uint64(n)))
	mac := sha256.Sum256(append(outer, said[:]...))
	return Salt(mac[:len(Salt{})])
}

// Append appends the leaf's bytes, the ones that are hashed: one line of JSON without spaces, its fields in fixed order.
func (l Leaf) Append(dst []byte, salt Salt) []byte {
	dst = append(slices.Grow(dst, lineLength), leafBegin...)
	dst = append(dst, l.Kind...)
	dst = append(dst, `","entry":`...)
	dst = strconv.AppendUint(dst, uint64(l.Entry), 10)
	dst = append(append(dst, `,"voter":"`...), l.Voter...)
	dst = append(append(dst, `","period":"`...), l.Period...)
	switch l.Kind {
	case Cast:
		dst = strconv.AppendInt(append(dst, `","weight":`...), int64(l.Weight), 10)
		dst = append(append(dst, `,"class":"`...), l.Class...)
	case Hold, Release, Exclude, Restore:
		dst = append(append(dst, `","reason":"`...), l.Reason...)
		dst = append(append(dst, `","actor":"`...), l.Actor...)
	}
	dst = strconv.AppendInt(append(dst, `","at":`...), l.At.UnixMilli(), 10)
	return appendSalt(append(dst, ','), salt)
}

const leafBegin = `{"v":1,"kind":"`

// lineLength is room for most leaves.
const lineLength = 256

// AppendPad appends the bytes of a pad.
func AppendPad(dst []byte, salt Salt) []byte {
	dst = append(append(dst, leafBegin...), Pad...)
	return appendSalt(append(dst, `",`...), salt)
}

func appendSalt(dst []byte, salt Salt) []byte {
	dst = append(dst, `"salt":"`...)
	return append(hex.AppendEncode(dst, salt[:]), `"}`...)
}

// ParseLeaf reads what Append or AppendPad wrote, and refuses everything else: each leaf has one form. The leaf has no position.
func ParseLeaf(line []byte) (Leaf, Salt, error) {
	r := lineReader{rest: line}
	var l Leaf
	r.expect(leafBegin)
	l.Kind = LeafKind(r.text())
	if l.Kind != Pad {
		r.readLeaf(&l)
	}
	r.expect(`,"salt":"`)
	text, err := hex.DecodeString(r.text())
	r.expect(`}`)
	if r.failed || err != nil || len(text) != len(Salt{}) || len(r.rest) > 0 {
		return Leaf{}, Salt{}, errors.New("parse leaf: not in the form of a leaf")
	}
	salt := Salt(text)
	if err := l.check(); err != nil {
		return Leaf{}, Salt{}, fmt.Errorf("parse leaf: %w", err)
	}
	if !bytes.Equal(l.line(salt), line) {
		return Leaf{}, Salt{}, errors.New("parse leaf: numbers or digits in another form than a leaf's")
	}
	return l, salt, nil
}

// line returns the bytes of a leaf or a pad.
func (l Leaf) line(salt Salt) []byte {
	if l.Kind == Pad {
		return AppendPad(nil, salt)
	}
	return l.Append(nil, salt)
}

// readLeaf reads what stands between kind and salt.
func (r *lineReader) readLeaf(l *Leaf) {
	r.expect(`,"entry":`)
	l.Entry = EntryNumber(r.number())
	r.expect(`,"voter":"`)
	l.Voter = VoterID(r.text())
	r.expect(`,"period":"`)
	l.Period = r.text()
	switch l.Kind {
	case Cast:
		r.expect(`,"weight":`)
		l.Weight = int(r.number())
		r.expect(`,"class":"`)
		l.Class = VoterClass(r.text())
	case Hold, Release, Exclude, Restore:
		r.expect(`,"reason":"`)
		l.Reason = Reason(r.text())
		r.expect(`,"actor":"`)
		l.Actor = r.text()
	}
	r.expect(`,"at":`)
	l.At = time.UnixMilli(r.number()).UTC()
}

// lineReader reads a leaf's bytes piece by piece; failed says at the end that one of them was not there.
type lineReader struct {
	rest   []byte
	failed bool
}

func (r *lineReader) expect(literal string) {
	rest, ok := bytes.CutPrefix(r.rest, []byte(literal))
	r.rest, r.failed = rest, r.failed || !ok
}

// text reads up to a quotation mark, and over it.
func (r *lineReader) text() string {
	text, rest, ok := bytes.Cut(r.rest, []byte{'"'})
	r.rest, r.failed = rest, r.failed || !ok
	return string(text)
}

func (r *lineReader) number() int64 {
	digits := len(r.rest) - len(bytes.TrimLeft(r.rest, "-0123456789"))
	n, err := strconv.ParseInt(string(r.rest[:digits]), 10, 64)
	r.rest, r.failed = r.rest[digits:], r.failed || err != nil
	return n
}

// Bounds of what a leaf's texts are made of.
const (
	maxLeafReason = 40 // the longest of ours has 15
	maxLeafActor  = 64 // an identifier of staff with what comes before it
)

// check names what no leaf says.
func (l Leaf) check() error {
	switch l.Kind {
	case Pad:
		return nil
	case Cast:
		if l.Weight < 1 || l.Weight > MaxWeight || !l.Class.Known() {
			return fmt.Errorf("a cast with weight %d and class %q", l.Weight, l.Class)
		}
	case Retract:
	case Hold, Release, Exclude, Restore:
		if !isCode(string(l.Reason), maxLeafReason) || !isActor(l.Actor) {
			return fmt.Errorf("a decision by %q for %q", l.Actor, l.Reason)
		}
	default:
		return fmt.Errorf("a leaf of kind %q", l.Kind)
	}
	if l.Entry == 0 || !l.Voter.Valid() || !isPeriod(l.Period) {
		return fmt.Errorf("a leaf of voter %q for entry %d in period %q", l.Voter, l.Entry, l.Period)
	}
	return nil
}

func isActor(actor string) bool {
	id, staff := strings.CutPrefix(actor, staffPrefix)
	return actor == RulesActor || staff && isCode(id, maxLeafActor)
}

// isCode reports whether a text is made of what codes and identifiers are: a to z, 0 to 9 and "_".
func isCode(text string, most int) bool {
	return text != "" && len(text) <= most && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// isPeriod reports whether PeriodAt could have given a text.
func isPeriod(text string) bool {
	if text == allPeriod {
		return true
	}
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}
