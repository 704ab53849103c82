package header

import (
	"bufio"
	"encoding/binary"
	"io"
)

// nextRIFF reads the identifier and length of the next chunk of a RIFF file; a byte of padding follows an odd body.
func nextRIFF(r *bufio.Reader) (kind string, length int64, err error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return "", 0, err
	}
	return string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:])), nil
}

func skipRIFF(r *bufio.Reader, length int64) error {
	_, err := io.CopyN(io.Discard, r, length+length&1)
	return err
}

func (h *Header) readWebP(r *bufio.Reader) error {
	return h.readChunks(r, false)
}

// readChunks reads a file up to its picture; framed says that it is a frame of another, and so can have none.
func (h *Header) readChunks(r *bufio.Reader, framed bool) error {
	if _, err := r.Discard(len("RIFF....WEBP")); err != nil {
		return err
	}
	var canvas Header // of an extended file
	animated := false
	for {
		kind, length, err := nextRIFF(r)
		if err != nil {
			return err
		}
		switch kind {
		case "VP8 ":
			err = h.readLossy(r)
		case "VP8L":
			err = h.readLossless(r)
		case "VP8X":
			animated, err = canvas.readCanvas(r, length)
		case "ANMF":
			if framed || !animated {
				return broken("a frame without an animation")
			}
			return h.readAnimation(r, length, canvas)
		default:
			err = skipRIFF(r, length)
		}
		if err != nil {
			return err
		}
		if h.Width > 0 && animated {
			return broken("a picture without a frame in an animation")
		}
		if h.Width > 0 {
			return h.agree(canvas)
		}
	}
}

// agree refuses a picture that differs from its canvas: decoders take memory for the one and callers look at the other.
func (h *Header) agree(canvas Header) error {
	if canvas.Width != 0 && (canvas.Width != h.Width || canvas.Height != h.Height) {
		return broken("a picture of %d by %d on a canvas of %d by %d", h.Width, h.Height, canvas.Width, canvas.Height)
	}
	return nil
}

// readAnimation takes the canvas for the picture, on which the first frame stands alone.
func (h *Header) readAnimation(r *bufio.Reader, length int64, canvas Header) error {
	f, err := canvas.firstFrame(r, length)
	if err != nil {
		return err
	}
	frame := Header{}
	if err := frame.readChunks(bufio.NewReader(f.Still), true); err != nil {
		return err
	}
	if size := f.Bounds.Size(); frame.Width != size.X || frame.Height != size.Y {
		return broken("a picture of %d by %d in a frame of %v", frame.Width, frame.Height, size)
	}
	h.Width, h.Height = canvas.Width, canvas.Height
	return nil
}

// readCanvas reads a VP8X chunk: flags, three reserved bytes, width and height less one, 24 bits each.
func (h *Header) readCanvas(r *bufio.Reader, length int64) (animated bool, err error) {
	var b [10]byte
	if length != int64(len(b)) || h.Width != 0 {
		return false, broken("a canvas header of %d bytes", length)
	}
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return false, err
	}
	h.Width = 1 + int(b[4]) + int(b[5])<<8 + int(b[6])<<16
	h.Height = 1 + int(b[7]) + int(b[8])<<8 + int(b[9])<<16
	return b[0]&(1<<1) != 0, nil
}

// readLossy reads the head of a VP8 key frame (RFC 6386, 9.1).
func (h *Header) readLossy(r *bufio.Reader) error {
	var b [10]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return err
	}
	if b[0]&1 != 0 || string(b[3:6]) != "\x9d\x01\x2a" {
		return broken("the VP8 frame is no key frame")
	}
	h.Width = int(binary.LittleEndian.Uint16(b[6:])) & 0x3fff
	h.Height = int(binary.LittleEndian.Uint16(b[8:])) & 0x3fff
	if h.Width == 0 {
		return broken("the picture has no width")
	}
	return nil
}

// readLossless reads the head of a VP8L stream: a signature, then 14 bits each of width and height less one.
func (h *Header) readLossless(r *bufio.Reader) error {
	var b [5]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return err
	}
	if b[0] != 0x2f {
		return broken("the VP8L stream has no signature")
	}
	bits := binary.LittleEndian.Uint32(b[1:])
	h.Width, h.Height = 1+int(bits&0x3fff), 1+int(bits>>14&0x3fff)
	return nil
}
