package load

import (
	"slices"
	"time"
)

// Latencies are measured durations in any order.
type Latencies []time.Duration

// Percentile returns the smallest measured duration that at least p percent of them do not exceed; 0 for none. It sorts.
func (l Latencies) Percentile(p float64) time.Duration {
	if len(l) == 0 {
		return 0
	}
	slices.Sort(l)
	i := int(p / 100 * float64(len(l)))
	return l[min(i, len(l)-1)]
}
