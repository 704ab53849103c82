package planar

import "encoding/binary"

// resize makes a plane of the given samples. Far larger planes are halved first, as long as Lanczos3 has a factor of two
// left to do: it costs a sixth, and no eye can tell.
func (p plane) resize(x, y axis) plane {
	if x.same(p.width) && y.same(p.height) {
		return p
	}
	for {
		byX, byY := 1, 1
		if x.step >= 4 {
			x, byX = x.halve(), 2
		}
		if y.step >= 4 {
			y, byY = y.halve(), 2
		}
		if byX*byY == 1 {
			return p.lanczos(x, y)
		}
		p = p.shrink(byX, byY)
	}
}

// lanczos makes row after row: the old rows around it become one as wide as they are, and two such rows, which are in
// the processor's nearest memory then, become narrow at once.
func (p plane) lanczos(x, y axis) plane {
	out := newPlane(x.size, y.size)
	columns, rows := x.weigh(p.width), y.weigh(p.height)
	wide := make([]uint64, p.width)
	last := make([]uint8, out.width) // stands in for the row before the first
	for j := range out.height {
		p.mixRows(wide, rows.first[j], rows.each[j*rows.count:][:rows.count])
		if j%2 == 1 || j == out.height-1 {
			if j > 0 {
				last = out.row(j - 1)
			}
			columns.mix(last, out.row(j), wide)
		}
	}
	return out
}

// A word holds two lanes of 32 bits, and is multiplied and added to as one. A sum of samples and weights starts at floor
// in each, so that it is never negative and nothing is borrowed from the other, with a half to round by.
const (
	lanes = 0x000000ff_000000ff
	low   = 256 // values that a sum may fall below zero; the weights' negative parts are less than half of one
	floor = low<<fraction + one/2
	both  = floor<<32 | floor
)

// rounded returns a sum's value, which overshoots 0 to 255 at sharp edges.
func rounded(lane uint32) uint8 { return uint8(min(max(int32(lane>>fraction)-low, 0), 255)) }

// mixRows adds up rows by their weights, the first of them number first, eight samples at once, two to a word. The row
// that they become is put into wide's upper lane, and what was there moves to the lower one.
func (p plane) mixRows(wide []uint64, first int, weights []uint64) {
	top := p.pix[first*p.stride:]
	x := 0
	for ; x+8 <= len(wide); x += 8 {
		a, b, c, d := uint64(both), uint64(both), uint64(both), uint64(both)
		at := x
		for _, w := range weights {
			eight := binary.LittleEndian.Uint64(top[at : at+8])
			a += eight & lanes * w
			b += eight >> 8 & lanes * w
			c += eight >> 16 & lanes * w
			d += eight >> 24 & lanes * w
			at += p.stride
		}
		s := wide[x : x+8]
		push(&s[0], a)
		push(&s[1], b)
		push(&s[2], c)
		push(&s[3], d)
		push(&s[4], a>>32)
		push(&s[5], b>>32)
		push(&s[6], c>>32)
		push(&s[7], d>>32)
	}
	for ; x < len(wide); x++ {
		sum, at := uint64(both), x
		for _, w := range weights {
			sum += uint64(top[at]) * w
			at += p.stride
		}
		push(&wide[x], sum)
	}
}

// push puts the value of a sum's lower lane into a word's upper lane.
func push(word *uint64, sum uint64) { *word = *word>>32 | uint64(rounded(uint32(sum)))<<32 }

// mix makes two rows narrow, which are wide's lower and upper lanes.
func (w weights) mix(lower, upper []uint8, wide []uint64) {
	each := w.each
	for j, first := range w.first {
		samples := wide[first:][:w.count]
		factors := each[:len(samples)]
		each = each[len(samples):]
		sum := uint64(both)
		for i, sample := range samples {
			sum += sample * factors[i]
		}
		lower[j], upper[j] = rounded(uint32(sum)), rounded(uint32(sum>>32))
	}
}
