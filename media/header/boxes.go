package header

import (
	"bufio"
	"encoding/binary"
	"io"
)

// toEnd is the length of a box that goes on to the end of its file.
const toEnd = -1

// nextBox reads the type and the body's length of an ISO file's next box.
func nextBox(r *bufio.Reader) (kind string, length, head int64, err error) {
	var b [16]byte
	if _, err := io.ReadFull(r, b[:8]); err != nil {
		return "", 0, 0, err
	}
	kind = string(b[4:8])
	size, head := uint64(binary.BigEndian.Uint32(b[:])), int64(8)
	switch size {
	case 0:
		return kind, toEnd, head, nil
	case 1:
		if _, err := io.ReadFull(r, b[8:]); err != nil {
			return "", 0, 0, err
		}
		size, head = binary.BigEndian.Uint64(b[8:]), 16
	}
	if size < uint64(head) || size > 1<<40 {
		return "", 0, 0, broken("box %q of %d bytes", kind, size)
	}
	return kind, int64(size) - head, head, nil
}

// fields takes fixed-size numbers from the front of a box's body. Once it has run out it yields zeros and says so.
type fields struct {
	b   []byte
	out bool
}

// bytes takes n bytes, or none.
func (f *fields) bytes(n int) []byte {
	if n < 0 || n > len(f.b) {
		f.out, f.b = true, nil
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
		size = int64(f.uint(8)&(1<<40-1)) - 8
	}
	if size < 8 || size-8 > int64(len(f.b)) {
		f.out = true
		return "", nil, false
	}
	return kind, f.bytes(int(size - 8)), true
}
