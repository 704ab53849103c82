package header

import (
	"bufio"
	"encoding/binary"
	"io"
)

// farthest is where nothing in a file can stand any more, and where a box ends that goes on to its file's end.
const farthest = 1 << 40

// boxReader goes through the boxes of an ISO file, forwards.
type boxReader struct {
	r       *bufio.Reader
	at, end int64 // where it is, and where the box that it is in ends
	metas   int   // how many descriptions it has met
}

// next goes on to the body of the box behind the one that it is in.
func (b *boxReader) next() (kind string, err error) {
	if err := b.discard(b.end); err != nil {
		return "", err
	}
	head := make([]byte, 8, 16)
	if _, err := io.ReadFull(b.r, head); err != nil {
		return "", err
	}
	kind = string(head[4:])
	size := uint64(binary.BigEndian.Uint32(head))
	if size == 1 {
		head = head[:16]
		if _, err := io.ReadFull(b.r, head[8:]); err != nil {
			return "", err
		}
		size = binary.BigEndian.Uint64(head[8:])
	}
	start := b.at
	b.at += int64(len(head))
	switch {
	case binary.BigEndian.Uint32(head) == 0:
		b.end = farthest
	case size < uint64(len(head)) || size > uint64(farthest-start):
		return "", broken("box %q of %d bytes", kind, size)
	default:
		b.end = start + int64(size)
	}
	if kind == "meta" {
		b.metas++
	}
	return kind, nil
}

// reach goes on to a place in the file, through the boxes before it.
func (b *boxReader) reach(place int64) error {
	for b.end < place {
		if _, err := b.next(); err != nil {
			return err
		}
	}
	return b.discard(place)
}

// discard goes on to a place in the box.
func (b *boxReader) discard(place int64) error {
	if place < b.at {
		return broken("what stands at %d is behind %d", b.at, place)
	}
	n, err := io.CopyN(io.Discard, b.r, place-b.at)
	b.at += n
	return err
}

// take reads a block and leaves it.
func (b *boxReader) take(length int64) ([]byte, error) {
	body, err := block(b.r, length)
	b.at += length
	return body, err
}

// fields takes fixed-size numbers from the front of a box's body. Once it has run out it yields zeros and says so.
type fields struct {
	b   []byte
	out bool
}

// fail gives up a body that makes no sense: it has run out.
func (f *fields) fail() { f.out, f.b = true, nil }

// bytes takes n bytes, or none.
func (f *fields) bytes(n int) []byte {
	if n < 0 || n > len(f.b) {
		f.fail()
		return nil
	}
	taken := f.b[:n]
	f.b = f.b[n:]
	return taken
}

// uint takes a big-endian number of n bytes, at most eight.
func (f *fields) uint(n int) (v uint64) {
	for _, b := range f.bytes(n) {
		v = v<<8 | uint64(b)
	}
	return v
}

// full takes the head of a full box: its version and its flags.
func (f *fields) full() (version int, flags uint64) {
	return int(f.uint(1)), f.uint(3)
}

// box takes the next box in a body; ok is false at the end and at a box that does not fit.
func (f *fields) box() (kind string, body []byte, ok bool) {
	if len(f.b) < 8 {
		return "", nil, false
	}
	size := int64(f.uint(4))
	kind = string(f.bytes(4))
	switch size {
	case 0:
		size = int64(len(f.b)) + 8
	case 1:
		size = int64(min(f.uint(8), farthest)) - 8
	}
	if size < 8 || size-8 > int64(len(f.b)) {
		f.out = true
		return "", nil, false
	}
	return kind, f.bytes(int(size - 8)), true
}
