package page

import (
	"math"
	"strconv"
)

// percent is a place or a length in a drawing, in percent of its width or height: so drawings fit every screen, and their words
// keep their size.
type percent float64

// String writes it as SVG's attributes want it.
func (p percent) String() string { return strconv.FormatFloat(float64(p), 'f', 2, 64) + "%" }

// part is how much of a whole something is; nothing where there is no whole.
func part(of, whole float64) percent {
	if whole <= 0 {
		return 0
	}
	return percent(100 * of / whole)
}

// scale is the vertical axis of a chart: from low to high in even steps of a round number.
type scale struct{ low, high, step float64 }

// maxTicks is how many steps a scale has at most: more lines than that are noise on a phone.
const maxTicks = 4

// scaleOf returns the scale that holds 0 and values from low to high.
func scaleOf(low, high int64) scale {
	from, to := min(float64(low), 0), max(float64(high), 1)
	step := math.Pow(10, math.Floor(math.Log10((to-from)/maxTicks)))
	for _, times := range []float64{1, 2, 5, 10, 20} {
		s := scale{step: max(step*times, 1)}
		s.low, s.high = s.step*math.Floor(from/s.step), s.step*math.Ceil(to/s.step)
		if s.high-s.low <= s.step*maxTicks {
			return s
		}
	}
	return scale{from, to, to - from}
}

// place is where a value is, measured from the top.
func (s scale) place(v int64) percent { return part(s.high-float64(v), s.high-s.low) }

// ticks are the values with a line, the highest first.
func (s scale) ticks() (values []int64) {
	for v := s.high; v >= s.low; v -= s.step {
		values = append(values, int64(v))
	}
	return values
}
