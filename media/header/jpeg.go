package header

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// JPEG markers.
const (
	sof0  = 0xc0 // baseline
	sof2  = 0xc2 // progressive
	sof15 = 0xcf
	dht   = 0xc4
	jpg   = 0xc8
	dac   = 0xcc
	rst0  = 0xd0
	rst7  = 0xd7
	soi   = 0xd8
	eoi   = 0xd9
	sos   = 0xda
	app1  = 0xe1
	app2  = 0xe2
)

// nextSegment finds the next segment of a JPEG and returns its marker and the length of its body, which r then stands
// before. Like image/jpeg it skips what is no marker: stray bytes, and the coded picture after a scan's header.
func nextSegment(r *bufio.Reader) (marker byte, length int, err error) {
	for {
		marker, err = nextMarker(r)
		if err != nil || marker == eoi {
			return marker, 0, err
		}
		if marker < rst0 || marker > soi {
			break
		}
	}
	var size [2]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return 0, 0, err
	}
	length = int(binary.BigEndian.Uint16(size[:])) - 2
	if length < 0 {
		return 0, 0, broken("segment %#x has no length", marker)
	}
	return marker, length, nil
}

func nextMarker(r *bufio.Reader) (byte, error) {
	for {
		_, err := r.ReadSlice(0xff)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		b := byte(0xff)
		for err == nil && b == 0xff {
			b, err = r.ReadByte()
		}
		if err != nil || b != 0 {
			return b, err
		}
	}
}

func (h *Header) readJPEG(r *bufio.Reader) error {
	for {
		marker, length, err := nextSegment(r)
		switch {
		case err != nil:
			return err
		case marker == eoi, marker == sos:
			return broken("no size before the picture")
		case marker == dht, marker == jpg, marker == dac, marker < sof0, marker > sof15:
			if _, err := r.Discard(length); err != nil {
				return err
			}
		case marker > sof2:
			return broken("coding process %#x is not in use", marker)
		default:
			return h.readFrame(r, length)
		}
	}
}

// readFrame reads a frame header: sample precision, height, width, components.
func (h *Header) readFrame(r *bufio.Reader, length int) error {
	var frame [6]byte
	if length < len(frame) {
		return broken("the frame header has %d bytes", length)
	}
	if _, err := io.ReadFull(r, frame[:]); err != nil {
		return err
	}
	h.Height = int(binary.BigEndian.Uint16(frame[1:]))
	h.Width = int(binary.BigEndian.Uint16(frame[3:]))
	_, err := r.Discard(length - len(frame))
	return err
}

// Scans counts the scans of a JPEG from where Read left r, to the end of its first picture or until there are more than
// limit. A picture that ends early has the scans counted until then.
func Scans(r *bufio.Reader, limit int) (int, error) {
	for n := 0; ; {
		marker, length, err := nextSegment(r)
		if err == nil && marker == sos {
			n++
		}
		if err == nil {
			_, err = r.Discard(length)
		}
		if errors.Is(ended(err), ErrBroken) || err == nil && (marker == eoi || n > limit) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}
