package planar

import "encoding/binary"

// shrink takes the average of every byX by byY samples, which are 1 or 2. What remains at the ends counts twice.
func (p plane) shrink(byX, byY int) plane {
	out := newPlane(covering(p.width, byX), covering(p.height, byY))
	for y := range out.height {
		upper := p.row(byY * y)
		lower := p.row(min(byY*y+byY-1, p.height-1))
		if byX == 1 {
			averageRows(out.row(y), upper, lower)
		} else {
			averageSquares(out.row(y), upper, lower)
		}
	}
	return out
}

func averageRows(out, upper, lower []uint8) {
	lower = lower[:len(upper)]
	out = out[:len(upper)]
	for x, sample := range upper {
		out[x] = uint8((int(sample) + int(lower[x]) + 1) / 2)
	}
}

// averageSquares halves two rows to one, eight samples of each at once in lanes of 16 bits.
func averageSquares(out, upper, lower []uint8) {
	const (
		even = 0x00ff00ff_00ff00ff
		half = 0x00020002_00020002
	)
	x := 0
	for ; 2*x+8 <= len(upper); x += 4 {
		u, l := binary.LittleEndian.Uint64(upper[2*x:2*x+8]), binary.LittleEndian.Uint64(lower[2*x:2*x+8])
		sum := (u&even + u>>8&even + l&even + l>>8&even + half) >> 2 & even
		sum = (sum | sum>>8) & 0x0000ffff_0000ffff
		binary.LittleEndian.PutUint32(out[x:x+4], uint32(sum|sum>>16))
	}
	for ; x < len(out); x++ {
		right := min(2*x+1, len(upper)-1)
		sum := int(upper[2*x]) + int(upper[right]) + int(lower[2*x]) + int(lower[right])
		out[x] = uint8((sum + 2) / 4)
	}
}
