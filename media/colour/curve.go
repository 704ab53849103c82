package colour

import (
	"encoding/binary"
	"fmt"
	"math"
)

// parseCurve reads a tone curve: from a channel's value to light, both from 0 to 1.
func parseCurve(b []byte) (func(float64) float64, error) {
	if len(b) >= 12 {
		switch string(b[:4]) {
		case "curv":
			return parseSampled(b)
		case "para":
			return parseParametric(b)
		}
	}
	return nil, fmt.Errorf("%w: no curve", ErrUnsupported)
}

// parseSampled reads a curveType: no entry is the identity, one is a gamma, more are samples.
func parseSampled(b []byte) (func(float64) float64, error) {
	count, samples := uint64(binary.BigEndian.Uint32(b[8:])), b[12:]
	if count*2 > uint64(len(samples)) {
		return nil, fmt.Errorf("%w: curve of %d samples in %d bytes", ErrUnsupported, count, len(samples))
	}
	switch count {
	case 0:
		return func(x float64) float64 { return x }, nil
	case 1:
		gamma := float64(binary.BigEndian.Uint16(samples)) / 256
		return func(x float64) float64 { return math.Pow(x, gamma) }, nil
	}
	sample := func(i int) float64 { return float64(binary.BigEndian.Uint16(samples[2*i:])) / 65535 }
	last := int(count) - 1
	return func(x float64) float64 {
		at := x * float64(last)
		i := min(int(at), last-1)
		return sample(i) + (sample(i+1)-sample(i))*(at-float64(i))
	}, nil
}

// parametricCounts are the numbers of parameters of the five function types.
var parametricCounts = [...]int{1, 3, 4, 5, 7}

// parseParametric reads a parametricCurveType (ICC.1:2022, 10.18). Each of its types is the last one with some
// parameters fixed: y = (a·x + b)^g + e from d on, and c·x + f below it.
func parseParametric(b []byte) (func(float64) float64, error) {
	kind := int(binary.BigEndian.Uint16(b[8:]))
	if kind >= len(parametricCounts) || len(b) < 12+4*parametricCounts[kind] {
		return nil, fmt.Errorf("%w: parametric curve of type %d in %d bytes", ErrUnsupported, kind, len(b))
	}
	var p [7]float64
	for i := range parametricCounts[kind] {
		p[i] = fixed(b[12+4*i:])
	}
	g, a, b1, c, d, e, f := p[0], p[1], p[2], p[3], p[4], p[5], p[6]
	switch kind {
	case 0:
		a = 1
	case 1:
		c, d = 0, -b1/a
	case 2:
		c, d, e, f = 0, -b1/a, c, c
	}
	return func(x float64) float64 {
		if x < d {
			return c*x + f
		}
		return math.Pow(a*x+b1, g) + e
	}, nil
}
