package planar

import "math"

// axis says where the samples of a new row stand in an old one. Samples are one wide, so number j is at j + ½: the new
// one is at (j + ½) · step + start.
type axis struct {
	size        int
	step, start float64
}

// same reports that the new row is the old one.
func (a axis) same(old int) bool { return a == axis{size: old, step: 1} }

// halve is the axis over a row of half as many samples.
func (a axis) halve() axis { return axis{a.size, a.step / 2, a.start / 2} }

const (
	// lobes is Lanczos3's reach in samples of the coarser row.
	lobes = 3
	// fraction is the weights' precision: 14 bits keep the sum of 255 times all of them, and what they overshoot, well
	// inside 32.
	fraction = 14
	one      = 1 << fraction
)

// weights are Lanczos3 along an axis: each new sample is the sum of count old ones.
type weights struct {
	count int
	first []int    // the old sample that each new one begins with
	each  []uint64 // count of them for each new sample, with the sum one; below zero as in two's complement
}

// weigh computes the weights over a row of old samples. Beyond its ends the row goes on with its last sample.
func (a axis) weigh(old int) weights {
	scale := math.Max(1, a.step)
	reach := int(math.Ceil(2 * lobes * scale))
	w := weights{count: min(reach, old), first: make([]int, a.size)}
	w.each = make([]uint64, a.size*w.count)
	exact := make([]float64, w.count)
	for j := range a.size {
		centre := (float64(j)+0.5)*a.step + a.start
		begin := int(math.Ceil(centre - lobes*scale - 0.5))
		w.first[j] = min(max(begin, 0), old-w.count)
		clear(exact)
		for i := begin; i < begin+reach; i++ {
			exact[min(max(i, 0), old-1)-w.first[j]] += lanczos((float64(i) + 0.5 - centre) / scale)
		}
		fix(w.each[j*w.count:][:w.count], exact)
	}
	return w
}

// fix rounds weights so that their sum is one: an even area stays what it is.
func fix(fixed []uint64, exact []float64) {
	sum := 0.0
	for _, e := range exact {
		sum += e
	}
	rest, most := int64(one), 0
	for i, e := range exact {
		weight := int64(math.Round(e / sum * one))
		fixed[i] = uint64(weight)
		rest -= weight
		if e > exact[most] {
			most = i
		}
	}
	fixed[most] += uint64(rest)
}

// lanczos is sinc, windowed by a sinc three times as wide.
func lanczos(x float64) float64 {
	if x == 0 {
		return 1
	}
	if math.Abs(x) >= lobes {
		return 0
	}
	x *= math.Pi
	return lobes * math.Sin(x) * math.Sin(x/lobes) / (x * x)
}
