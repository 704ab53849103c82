package load

import (
	"math"
	"time"
)

// What a Histogram tells apart: a tenth of a millisecond, up to forty seconds. What took longer counts as that long.
const (
	histogramStep  = 100 * time.Microsecond
	histogramSteps = 400_000
)

// Histogram counts durations. It takes as much memory for millions of them as for one.
type Histogram struct {
	counts []int64
	total  int64
}

// Add counts a duration; one below zero, of two clocks read beside each other, is none.
func (h *Histogram) Add(d time.Duration) {
	if h.counts == nil {
		h.counts = make([]int64, histogramSteps)
	}
	h.counts[min(max(0, d/histogramStep), histogramSteps-1)]++
	h.total++
}

// Count is how many durations were added.
func (h *Histogram) Count() int64 { return h.total }

// Percentile returns the smallest duration, rounded up, that at least p percent of those counted do not exceed; 0 for none.
func (h *Histogram) Percentile(p float64) time.Duration {
	wanted, seen := max(1, int64(math.Ceil(p/100*float64(h.total)))), int64(0)
	for step, n := range h.counts {
		if seen += n; seen >= wanted {
			return time.Duration(step+1) * histogramStep
		}
	}
	return 0
}

// merge adds what another one counted.
func (h *Histogram) merge(other *Histogram) {
	if h.counts == nil {
		h.counts = make([]int64, histogramSteps)
	}
	for step, n := range other.counts {
		h.counts[step] += n
	}
	h.total += other.total
}
