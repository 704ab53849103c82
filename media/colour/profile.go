// Package colour brings photos from the colour space of their embedded profile to sRGB.
//
// It reads the RGB profiles that cameras and phones write, three primaries and three tone curves (Display P3, Adobe
// RGB, …), by the ICC specification, ICC.1:2022. Profiles made of tables belong to printers and scanners; they are
// refused, and such photos keep their numbers.
package colour

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// ErrUnsupported means that a profile is not one of three primaries and three curves, or is broken.
var ErrUnsupported = errors.New("unsupported colour profile")

// Profile is a colour space with a way to sRGB.
type Profile struct {
	// linear holds, for each channel, the light that each of the 256 values stands for, from 0 to fullLight.
	linear [3][256]int32
	// matrix brings linear light to linear sRGB; weights are the same as whole numbers.
	matrix  matrix
	weights [9]int32
}

// Parse reads an ICC profile. Its error is ErrUnsupported.
func Parse(icc []byte) (*Profile, error) {
	tags, err := parseTags(icc)
	if err != nil {
		return nil, err
	}
	var primaries matrix
	var curves [3]func(float64) float64
	for i, channel := range []string{"r", "g", "b"} {
		xyz, err := parseXYZ(tags[channel+"XYZ"])
		if err != nil {
			return nil, fmt.Errorf("%sXYZ: %w", channel, err)
		}
		if curves[i], err = parseCurve(tags[channel+"TRC"]); err != nil {
			return nil, fmt.Errorf("%sTRC: %w", channel, err)
		}
		for row := range 3 {
			primaries[row][i] = xyz[row]
		}
	}
	p := build(primaries, curves[0], curves[1], curves[2])
	if p.matrix.largest() > maxWeight {
		return nil, fmt.Errorf("%w: primaries far beyond all colours", ErrUnsupported)
	}
	return p, nil
}

// build returns the space of three primaries and their tone curves.
func build(primaries matrix, red, green, blue func(float64) float64) *Profile {
	p := &Profile{matrix: fromXYZ.times(primaries)}
	for i, curve := range []func(float64) float64{red, green, blue} {
		for v := range p.linear[i] {
			p.linear[i][v] = int32(math.Round(fullLight * clamp(curve(float64(v)/255))))
		}
	}
	for i := range p.weights {
		p.weights[i] = int32(math.Round(fullWeight * p.matrix[i/3][i%3]))
	}
	return p
}

const (
	headerSize = 128
	tagSize    = 12
	maxTags    = 100 // real profiles have 9 to 20
)

// parseTags checks the header for an RGB profile that connects by XYZ, and returns its tags' contents.
func parseTags(icc []byte) (map[string][]byte, error) {
	if len(icc) < headerSize+4 || string(icc[16:20]) != "RGB " || string(icc[20:24]) != "XYZ " || string(icc[36:40]) != "acsp" {
		return nil, fmt.Errorf("%w: not an RGB profile over XYZ", ErrUnsupported)
	}
	count := int(binary.BigEndian.Uint32(icc[headerSize:]))
	if count > maxTags || len(icc) < headerSize+4+count*tagSize {
		return nil, fmt.Errorf("%w: %d tags", ErrUnsupported, count)
	}
	tags := map[string][]byte{}
	for i := range count {
		entry := icc[headerSize+4+i*tagSize:]
		offset, size := uint64(binary.BigEndian.Uint32(entry[4:])), uint64(binary.BigEndian.Uint32(entry[8:]))
		if offset+size > uint64(len(icc)) {
			return nil, fmt.Errorf("%w: tag %q leads out of it", ErrUnsupported, entry[:4])
		}
		tags[string(entry[:4])] = icc[offset : offset+size]
	}
	return tags, nil
}

func parseXYZ(b []byte) (xyz [3]float64, err error) {
	if len(b) < 20 || string(b[:4]) != "XYZ " {
		return xyz, fmt.Errorf("%w: no XYZ value", ErrUnsupported)
	}
	for i := range xyz {
		xyz[i] = fixed(b[8+4*i:])
	}
	return xyz, nil
}

// fixed reads an s15Fixed16Number.
func fixed(b []byte) float64 { return float64(int32(binary.BigEndian.Uint32(b))) / 65536 }

// clamp holds v to 0…1. What is not a number becomes 0.
func clamp(v float64) float64 {
	if v > 0 {
		return math.Min(v, 1)
	}
	return 0
}
