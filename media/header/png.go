package header

import (
	"bufio"
	"encoding/binary"
	"io"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// nextChunk reads the length and type of a PNG's next chunk; four bytes of checksum follow its body.
func nextChunk(r *bufio.Reader) (kind string, length int, err error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return "", 0, err
	}
	size := binary.BigEndian.Uint32(head[:4])
	if size > 1<<31-1 {
		return "", 0, broken("a chunk of %d bytes", size)
	}
	return string(head[4:]), int(size), nil
}

func (h *Header) readPNG(r *bufio.Reader) error {
	if _, err := r.Discard(len(pngSignature)); err != nil {
		return err
	}
	kind, length, err := nextChunk(r)
	if err != nil {
		return err
	}
	if kind != "IHDR" || length != 13 {
		return broken("it begins with chunk %q of %d bytes", kind, length)
	}
	var size [8]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return err
	}
	width, height := binary.BigEndian.Uint32(size[:4]), binary.BigEndian.Uint32(size[4:])
	if width > 1<<31-1 || height > 1<<31-1 {
		return broken("the picture is %d by %d", width, height)
	}
	h.Width, h.Height = int(width), int(height)
	return nil
}
