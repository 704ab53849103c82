// Package mediatest makes image files for tests: profiles, metadata and pictures put together byte by byte, so that a
// test states what is in them.
package mediatest

import "encoding/binary"

// Primaries are the XYZ values of red, green and blue relative to D50.
type Primaries [3][3]float64

// The primaries of two colour spaces, as their usual profiles state them.
var (
	DisplayP3 = Primaries{{0.51512, 0.2412, -0.00105}, {0.29198, 0.69225, 0.04189}, {0.1571, 0.06657, 0.78407}}
	AdobeRGB  = Primaries{{0.60974, 0.31111, 0.01947}, {0.20528, 0.62567, 0.06087}, {0.14919, 0.06322, 0.74457}}
	SRGB      = Primaries{{0.43607, 0.22249, 0.01392}, {0.38515, 0.71687, 0.09708}, {0.14307, 0.06061, 0.7141}}
)

// SRGBCurve is sRGB's tone curve, which Display P3 shares, as a parametric curve of type 3.
var SRGBCurve = Curve("para", 3, 2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)

// Curve returns a tone curve: "para" with a function type and its parameters, or "curv" with a single gamma or samples
// from 0 to 1, where kind is not used.
func Curve(signature string, kind uint16, numbers ...float64) []byte {
	b := append([]byte(signature), 0, 0, 0, 0)
	if signature == "para" {
		b = binary.BigEndian.AppendUint16(b, kind)
		b = append(b, 0, 0)
		for _, n := range numbers {
			b = appendFixed(b, n)
		}
		return b
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(numbers)))
	for _, n := range numbers {
		scale := 65535.0
		if len(numbers) == 1 {
			scale = 256
		}
		b = binary.BigEndian.AppendUint16(b, uint16(n*scale+0.5))
	}
	return b
}

// Profile returns an ICC profile of three primaries that share one tone curve.
func Profile(p Primaries, curve []byte) []byte {
	const tags = 6
	b := make([]byte, 128)
	copy(b[8:], "\x04\x00\x00\x00mntrRGB XYZ ")
	copy(b[36:], "acsp")
	b = binary.BigEndian.AppendUint32(b, tags)
	offset := len(b) + tags*12
	entry := func(name string, size int) {
		b = append(b, name...)
		b = binary.BigEndian.AppendUint32(b, uint32(offset))
		b = binary.BigEndian.AppendUint32(b, uint32(size))
	}
	for _, name := range []string{"rXYZ", "gXYZ", "bXYZ"} {
		entry(name, 20)
		offset += 20
	}
	for _, name := range []string{"rTRC", "gTRC", "bTRC"} {
		entry(name, len(curve))
	}
	for _, xyz := range p {
		b = append(b, "XYZ \x00\x00\x00\x00"...)
		for _, v := range xyz {
			b = appendFixed(b, v)
		}
	}
	b = append(b, curve...)
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	return b
}

func appendFixed(b []byte, v float64) []byte {
	return binary.BigEndian.AppendUint32(b, uint32(int32(v*65536)))
}
