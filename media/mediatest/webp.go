package mediatest

import (
	"encoding/binary"
	"image"
	"image/color"
)

// RIFFChunk returns a chunk of a RIFF file.
func RIFFChunk(kind, body string) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(body)))
	b = append(b, body...)
	return append(b, make([]byte, len(body)&1)...)
}

// WebP wraps chunks into a file.
func WebP(chunks ...[]byte) []byte {
	body := []byte("WEBP")
	for _, c := range chunks {
		body = append(body, c...)
	}
	return RIFFChunk("RIFF", string(body))
}

// Flags of a Canvas.
const (
	WebPAnimated = 1 << 1
	WebPEXIF     = 1 << 3
	WebPICC      = 1 << 5
)

// Canvas returns the VP8X chunk of an extended file.
func Canvas(flags byte, width, height int) []byte {
	w, h := width-1, height-1
	return RIFFChunk("VP8X", string([]byte{flags, 0, 0, 0, byte(w), byte(w >> 8), byte(w >> 16), byte(h), byte(h >> 8), byte(h >> 16)}))
}

// Animation returns an animated WebP on a white canvas, each of whose frames has the given chunks and place.
func Animation(canvas image.Point, place image.Rectangle, frames ...[]byte) []byte {
	three := func(n int) string { return string([]byte{byte(n), byte(n >> 8), byte(n >> 16)}) }
	chunks := [][]byte{Canvas(WebPAnimated, canvas.X, canvas.Y), RIFFChunk("ANIM", "\xff\xff\xff\xff\x00\x00")}
	head := three(place.Min.X/2) + three(place.Min.Y/2) + three(place.Dx()-1) + three(place.Dy()-1) + three(100) + "\x00"
	for _, frame := range frames {
		chunks = append(chunks, RIFFChunk("ANMF", head+string(frame)))
	}
	return WebP(chunks...)
}

// TwoColours returns a VP8L chunk of a picture in two colours that differ in green only: the second one where second
// says so. It is the smallest coding of the format that can show a shape: each pixel is one bit.
func TwoColours(bounds image.Rectangle, first color.NRGBA, green uint8, second func(x, y int) bool) []byte {
	var b bits
	b.put(0x2f, 8)
	b.put(uint32(bounds.Dx()-1), 14)
	b.put(uint32(bounds.Dy()-1), 14)
	b.put(0, 1+3+1+1+1) // opaque, version, no transform, no colour cache, one group of codes
	b.put(0b1_1_1, 3)   // green: a simple code of two symbols, the first in eight bits
	low, high := min(first.G, green), max(first.G, green)
	b.put(uint32(low), 8) // code 0
	b.put(uint32(high), 8)
	for _, v := range []uint8{first.R, first.B, 0xff} { // a single symbol takes no bits
		b.put(0b1_0_1, 3)
		b.put(uint32(v), 8)
	}
	b.put(0b0_0_1, 3) // distances: the one symbol 0, in one bit
	b.put(0, 1)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			bit := uint32(0)
			if second(x, y) != (first.G == high) {
				bit = 1
			}
			b.put(bit, 1)
		}
	}
	return RIFFChunk("VP8L", string(b.bytes))
}

// bits collects bits, the lowest of each byte first.
type bits struct {
	bytes []byte
	free  int
}

func (b *bits) put(v uint32, n int) {
	for i := range n {
		if b.free == 0 {
			b.bytes, b.free = append(b.bytes, 0), 8
		}
		b.bytes[len(b.bytes)-1] |= byte(v>>i&1) << (8 - b.free)
		b.free--
	}
}
