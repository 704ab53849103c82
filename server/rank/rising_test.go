package rank

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// settled returns the rows after all that left the window was taken out.
func settled(r *Rising, now time.Time) []Row {
	for more := true; more; {
		_, more = r.Advance(now, 7)
	}
	return r.Board().Page(1, r.Board().Len())
}

func TestRisingRanksByWhatWasGainedWithinTheWindow(t *testing.T) {
	var r Rising
	r.Gain(1, 5, 10, noon)
	r.Gain(2, 2, 11, noon.Add(30*time.Minute))
	r.Gain(2, 1, 12, noon.Add(40*time.Minute))
	r.Gain(3, 3, 13, noon.Add(40*time.Minute))
	for _, c := range []struct {
		after time.Duration
		want  []Row
	}{
		{59 * time.Minute, []Row{{1, 5, 10}, {2, 3, 12}, {3, 3, 13}}},
		{time.Hour, []Row{{2, 3, 12}, {3, 3, 13}}},
		{90 * time.Minute, []Row{{3, 3, 13}, {2, 1, 12}}},
		{2 * time.Hour, nil},
	} {
		if got := settled(&r, noon.Add(c.after)); !slices.Equal(got, c.want) {
			t.Errorf("after %v: %v, want %v", c.after, got, c.want)
		}
	}
	if len(r.active)+len(r.index) != 0 {
		t.Errorf("%d entries are kept in memory though nothing counts any more", len(r.active))
	}
}

func TestRisingTakesLossesOff(t *testing.T) {
	var r Rising
	r.Gain(1, 5, 10, noon)
	r.Gain(1, -5, 9, noon.Add(20*time.Minute))
	r.Gain(2, -1, 8, noon)
	r.Gain(2, 1, 11, noon.Add(20*time.Minute))
	r.Gain(3, -2, 3, noon.Add(20*time.Minute))
	if got := settled(&r, noon.Add(20*time.Minute)); len(got) != 0 {
		t.Errorf("rows %v, though nobody gained", got)
	}
	if got, want := settled(&r, noon.Add(time.Hour)), []Row{{2, 1, 11}}; !slices.Equal(got, want) {
		t.Errorf("rows %v after a loss left the window, want %v", got, want)
	}
}

func TestRisingPassesOverWhatIsBeforeTheWindow(t *testing.T) {
	var r Rising
	r.Gain(1, 1, 1, noon)
	r.Gain(2, 9, 2, noon.Add(-Window))
	r.Gain(3, 9, 3, noon.Add(bucket-Window))
	if got, want := settled(&r, noon), []Row{{3, 9, 3}, {1, 1, 1}}; !slices.Equal(got, want) {
		t.Errorf("rows %v, want %v", got, want)
	}
}

func TestRisingSaysWhetherAdvancingChangedIt(t *testing.T) {
	var r Rising
	for n := range uint32(10) {
		r.Gain(n, 1, 1, noon)
	}
	if changed, more := r.Advance(noon.Add(bucket), 20); changed || more {
		t.Errorf("Advance = %v, %v within the window, want false, false", changed, more)
	}
	for _, c := range []struct{ changed, more bool }{{true, true}, {true, false}, {false, false}} {
		if changed, more := r.Advance(noon.Add(Window), 5); changed != c.changed || more != c.more {
			t.Errorf("Advance = %v, %v, want %v, %v", changed, more, c.changed, c.more)
		}
	}
}

// TestRisingAgainstAListOfGains plays days of gains and losses, some told late, and counts the list of all of them anew.
func TestRisingAgainstAListOfGains(t *testing.T) {
	type told struct {
		number        uint32
		gain, reached int64
		bucket        int64
	}
	random := rand.New(rand.NewPCG(9, 9))
	var r Rising
	var list []told
	now := noon
	for position := range int64(20_000) {
		now = now.Add(time.Duration(random.ExpFloat64() * float64(10*time.Second)))
		if random.IntN(2000) == 0 {
			now = now.Add(time.Duration(random.Int64N(int64(2 * Window)))) // a quiet night
		}
		r.Advance(now, random.IntN(5))
		at := now.Add(-time.Duration(random.ExpFloat64() * float64(5*time.Minute)))
		g := told{random.Uint32N(40), random.Int64N(4) - 1, position, bucketOf(at)}
		r.Gain(g.number, g.gain, g.reached, at)
		if g.gain != 0 && g.bucket > bucketOf(now)-buckets {
			list = append(list, g)
		}
		if random.IntN(100) == 0 {
			r.Forget(g.number)
			list = slices.DeleteFunc(list, func(other told) bool { return other.number == g.number })
		}
		if random.IntN(100) == 0 {
			sums := map[uint32]Row{}
			for _, g := range list {
				sum := Row{g.number, sums[g.number].Score, g.reached}
				if g.bucket > bucketOf(now)-buckets {
					sum.Score += g.gain
				}
				sums[g.number] = sum
			}
			var m model
			for _, sum := range sums {
				if sum.Score > 0 {
					m.set(sum)
				}
			}
			if got := settled(&r, now); !slices.Equal(got, m.order) {
				t.Fatalf("after %d gains: %v, want %v", position+1, got, m.order)
			}
		}
	}
}
