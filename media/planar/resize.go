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

// lanczos makes row after row: the old rows around it become one, as wide as they are, which is in the processor's
// nearest memory when its samples are taken together.
func (p plane) lanczos(x, y axis) plane {
	out := newPlane(x.size, y.size)
	columns, rows := x.weigh(p.width), y.weigh(p.height)
	wide := make([]uint8, p.width)
	for j := range out.height {
		p.mixRows(wide, rows.first[j], rows.each[j*rows.count:][:rows.count])
		columns.mix(out.row(j), wide)
	}
	return out
}

// Lanes are 32 bits wide, two in a word. A sum of samples and weights in them starts at floor, so that it is never
// negative and nothing is borrowed from the other lane, with a half to round by.
const (
	lanes = 0x000000ff_000000ff
	low   = 256 // values that a sum may fall below zero; the weights' negative parts are less than half of one
	floor = low<<fraction + one/2
	both  = floor<<32 | floor
)

// rounded returns a sum's value, which overshoots 0 to 255 at sharp edges.
func rounded(lane uint32) uint8 { return uint8(min(max(int32(lane>>fraction)-low, 0), 255)) }

// mixRows adds up rows by their weights, the first of them number first. Eight samples are taken at once, two to a word.
func (p plane) mixRows(sum []uint8, first int, weights []int32) {
	top := p.pix[first*p.stride:]
	x := 0
	for ; x+8 <= len(sum); x += 8 {
		a, b, c, d := uint64(both), uint64(both), uint64(both), uint64(both)
		at := x
		for _, weight := range weights {
			eight, w := binary.LittleEndian.Uint64(top[at:at+8]), uint64(weight)
			a += eight & lanes * w
			b += eight >> 8 & lanes * w
			c += eight >> 16 & lanes * w
			d += eight >> 24 & lanes * w
			at += p.stride
		}
		s := sum[x : x+8]
		s[0], s[4] = rounded(uint32(a)), rounded(uint32(a>>32))
		s[1], s[5] = rounded(uint32(b)), rounded(uint32(b>>32))
		s[2], s[6] = rounded(uint32(c)), rounded(uint32(c>>32))
		s[3], s[7] = rounded(uint32(d)), rounded(uint32(d>>32))
	}
	for ; x < len(sum); x++ {
		lane, at := int32(floor), x
		for _, weight := range weights {
			lane += int32(top[at]) * weight
			at += p.stride
		}
		sum[x] = rounded(uint32(lane))
	}
}

// mix makes a narrower row.
func (w weights) mix(narrow, wide []uint8) {
	each := w.each
	for j, first := range w.first {
		samples := wide[first:][:w.count]
		factors := each[:len(samples)]
		each = each[len(samples):]
		lane := int32(floor)
		for i, sample := range samples {
			lane += int32(sample) * factors[i]
		}
		narrow[j] = rounded(uint32(lane))
	}
}
