package header

// agree holds an item's size against that of its coded picture, for which a decoder takes memory: it may be larger by
// less than one of the blocks that it is made of.
func (m *heif) agree(item uint32) error {
	const block = 64
	config, ok := m.property(item, "hvcC")
	if !ok {
		return broken("a picture has no decoder configuration")
	}
	width, height := m.size(item)
	codedWidth, codedHeight, ok := codedSize(&config)
	if !ok || codedWidth < width || codedHeight < height || codedWidth-width >= block || codedHeight-height >= block {
		return broken("a coded picture of %d by %d for one of %d by %d", codedWidth, codedHeight, width, height)
	}
	return nil
}

// maxUnits bounds a decoder configuration; cameras write three.
const maxUnits = 16

// codedSize finds the size in an HEVC decoder configuration (ISO/IEC 14496-15, 8.3.3.1).
func codedSize(f *fields) (width, height int, ok bool) {
	const head, sequence = 22, 33
	f.bytes(head)
	units := 0
	for range f.uint(1) {
		kind := f.uint(1) & 0x3f
		for range f.uint(2) {
			unit := f.bytes(int(f.uint(2)))
			if units++; f.out || units > maxUnits {
				return 0, 0, false
			}
			if kind == sequence {
				w, h, sound := sequenceSize(unit)
				if !sound || ok && (w != width || h != height) {
					return 0, 0, false
				}
				width, height, ok = w, h, true
			}
		}
	}
	return width, height, ok
}

// sequenceSize reads a sequence parameter set (ITU-T H.265, 7.3.2.2.1) up to the size in it.
func sequenceSize(unit []byte) (width, height int, ok bool) {
	b := bitReader{b: unescape(unit)}
	b.skip(16 + 4) // the unit's head, a number
	layers := int(b.take(3))
	b.skip(1)
	b.skipProfile(layers)
	b.golomb() // a number
	if b.golomb() == 3 {
		b.skip(1)
	}
	width, height = int(b.golomb()), int(b.golomb())
	return width, height, !b.out && width > 0 && height > 0
}

// skipProfile skips profile, tier and level (7.3.3) of layers beside the first.
func (r *bitReader) skipProfile(layers int) {
	r.skip(88 + 8)
	var present [8]uint64
	for i := range layers {
		present[i] = r.take(2)
	}
	if layers > 0 {
		r.skip(2 * (8 - layers))
	}
	for i := range layers {
		if present[i]&2 != 0 {
			r.skip(88)
		}
		if present[i]&1 != 0 {
			r.skip(8)
		}
	}
}

// unescape removes the bytes that keep start codes out of a unit: the 3 behind two zeros. Sizes stand in its first bytes.
func unescape(unit []byte) []byte {
	const enough = 256
	unit = unit[:min(len(unit), enough)]
	out := make([]byte, 0, len(unit))
	for i, b := range unit {
		if b != 3 || i < 2 || unit[i-1] != 0 || unit[i-2] != 0 {
			out = append(out, b)
		}
	}
	return out
}

// bitReader takes bits from the front, the highest of each byte first. Once it has run out it yields zeros and says so.
type bitReader struct {
	b   []byte
	at  int
	out bool
}

func (r *bitReader) take(n int) (v uint64) {
	for range n {
		bit := byte(0)
		if r.at < 8*len(r.b) {
			bit = r.b[r.at/8] >> (7 - r.at%8) & 1
		} else {
			r.out = true
		}
		v = v<<1 | uint64(bit)
		r.at++
	}
	return v
}

func (r *bitReader) skip(n int) { r.at += n }

// golomb takes an Exp-Golomb number (9.2).
func (r *bitReader) golomb() uint64 {
	zeros := 0
	for r.take(1) == 0 {
		if zeros++; zeros > 31 || r.out {
			r.out = true
			return 0
		}
	}
	return 1<<zeros - 1 + r.take(zeros)
}
