package header

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"image"
	"io"
)

// frameHead is the length of what stands in an ANMF chunk before the frame's own chunks.
const frameHead = 16

// Animated says whether the first bytes of a WebP announce frames.
func Animated(head []byte) bool {
	const flags, animated = 20, 1 << 1
	return matches(head, "RIFF....WEBPVP8X") && len(head) > flags && head[flags]&animated != 0
}

// Frame is the first frame of an animated WebP.
type Frame struct {
	Canvas, Bounds image.Rectangle
	// Still reads the frame as a file of its own.
	Still io.Reader
}

// FirstFrame finds the first frame of an animated WebP. Frame.Still reads on from r.
func FirstFrame(r *bufio.Reader) (Frame, error) {
	if _, err := r.Discard(len("RIFF....WEBP")); err != nil {
		return Frame{}, ended(err)
	}
	var canvas Header
	for {
		kind, length, err := nextRIFF(r)
		if err != nil {
			return Frame{}, ended(err)
		}
		switch kind {
		case "VP8X":
			_, err = canvas.readCanvas(r, length)
		case "ANMF":
			f, err := canvas.firstFrame(r, length)
			return f, ended(err)
		default:
			err = skipRIFF(r, length)
		}
		if err != nil {
			return Frame{}, ended(err)
		}
	}
}

// firstFrame reads where a frame stands on its canvas, in steps of two pixels, and its size less one, 24 bits each.
func (h *Header) firstFrame(r *bufio.Reader, length int64) (Frame, error) {
	var b [frameHead]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return Frame{}, err
	}
	three := func(at int) int { return int(b[at]) | int(b[at+1])<<8 | int(b[at+2])<<16 }
	x, y := 2*three(0), 2*three(3)
	f := Frame{Canvas: image.Rect(0, 0, h.Width, h.Height), Bounds: image.Rect(x, y, x+1+three(6), y+1+three(9))}
	if length < frameHead || !f.Bounds.In(f.Canvas) {
		return Frame{}, broken("a frame at %v on a canvas of %v", f.Bounds, f.Canvas)
	}
	f.Still = still(r, length-frameHead, f.Bounds.Size())
	return f, nil
}

// still makes a file of a frame's chunks. A frame with its transparency in a chunk of its own needs a canvas before it.
func still(r *bufio.Reader, length int64, size image.Point) io.Reader {
	const transparent = 1 << 4
	var canvas []byte
	if head, err := r.Peek(4); err == nil && string(head) == "ALPH" {
		w, h := size.X-1, size.Y-1
		canvas = append([]byte("VP8X\x0a\x00\x00\x00"), transparent, 0, 0, 0, byte(w), byte(w>>8), byte(w>>16), byte(h), byte(h>>8), byte(h>>16))
	}
	head := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(int64(len("WEBP")+len(canvas))+length))
	head = append(append(head, "WEBP"...), canvas...)
	return io.MultiReader(bytes.NewReader(head), io.LimitReader(r, length))
}
