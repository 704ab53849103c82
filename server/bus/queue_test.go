package bus_test

import (
	"testing"

	"fanfare/server/bus"
)

func TestAQueueKeepsTheNewestWithinItsBounds(t *testing.T) {
	const bytesKept = 16 << 20
	for name, c := range map[string]struct{ size, offered, kept int }{
		"few":                  {100, 10, 10},
		"many small ones":      {1, 1000, 256},
		"few of the largest":   {bus.MaxMessage, 100, bytesKept / bus.MaxMessage},
		"one beyond the bound": {bytesKept + 1, 3, 0},
	} {
		q := bus.NewQueue(func(int) int { return c.size })
		for n := range c.offered {
			q.Offer(n)
		}
		last, kept, missed := -1, 0, false
		for {
			n, lost, ok := q.Take()
			missed = missed || lost
			if !ok {
				break
			}
			if n <= last {
				t.Errorf("%s: %d came after %d", name, n, last)
			}
			last, kept = n, kept+1
		}
		if kept != c.kept || missed != (c.kept < c.offered) || kept > 0 && last != c.offered-1 {
			t.Errorf("%s: kept %d, up to %d of %d, missed %v; want %d", name, kept, last, c.offered, missed, c.kept)
		}
	}
}

func TestAReaderLearnsOfALossThatLeftNothingToTake(t *testing.T) {
	q := bus.NewQueue(func(int) int { return 0 })
	q.Miss()
	<-q.Filled()
	if _, missed, ok := q.Take(); !missed || ok {
		t.Errorf("Take = missed %v, ok %v, want true and false", missed, ok)
	}
	if _, missed, _ := q.Take(); missed {
		t.Error("one loss was told twice")
	}
}
