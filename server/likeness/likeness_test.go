package likeness_test

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"fanfare/server/likeness"
)

func TestWhatIsNearIsFoundNearestFirst(t *testing.T) {
	x := likeness.New[string]()
	x.Put("same", 0)
	x.Put("far", 0b1111)
	x.Put("near", 0b1)
	x.Put("nearer", 0)
	want := []likeness.Match[string]{{Key: "same"}, {Key: "nearer"}, {Key: "near", Distance: 1}}
	if got := x.Near(0, 3, 10); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := x.Near(0, 64, 2); !slices.Equal(got, want[:2]) {
		t.Errorf("two of them: got %v, want %v", got, want[:2])
	}
	if got := x.Near(1<<63, 0, 10); got != nil {
		t.Errorf("far from all: got %v", got)
	}
}

func TestAKeyHasTheHashItWasGivenLast(t *testing.T) {
	x := likeness.New[string]()
	x.Put("a", 0)
	x.Put("a", ^uint64(0))
	if got := x.Near(0, 63, 10); got != nil {
		t.Errorf("near the old hash: got %v", got)
	}
	if got := x.Near(^uint64(0), 0, 10); len(got) != 1 || x.Len() != 1 {
		t.Errorf("near the new hash: got %v of %d", got, x.Len())
	}
}

// The index agrees with a map through any changes.
func TestChangesInAnyOrderAgreeWithAMap(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	x, all := likeness.New[int](), map[int]uint64{}
	for range 5000 {
		key, hash := random.IntN(200), random.Uint64N(1<<12)
		if random.IntN(3) == 0 {
			x.Remove(key)
			delete(all, key)
		} else {
			x.Put(key, hash)
			all[key] = hash
		}
		around := random.Uint64N(1 << 12)
		got := map[int]int{}
		for _, m := range x.Near(around, 3, len(all)+1) {
			got[m.Key] = m.Distance
		}
		n := 0
		for key, hash := range all {
			if d := bits.OnesCount64(hash ^ around); d <= 3 {
				if n++; got[key] != d {
					t.Fatalf("key %d: got distance %d, want %d", key, got[key], d)
				}
			}
		}
		if len(got) != n || x.Len() != len(all) {
			t.Fatalf("got %d matches of %d keys, want %d of %d", len(got), x.Len(), n, len(all))
		}
	}
}

func TestSearchesAndChangesMayMeet(t *testing.T) {
	x := likeness.New[int]()
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			for i := range 500 {
				x.Put(n*1000+i, uint64(i))
				x.Near(uint64(i), 2, 5)
				x.Remove(n*1000 + i/2)
			}
		})
	}
	all.Wait()
	if x.Len() != 4*250 {
		t.Errorf("got %d keys, want %d", x.Len(), 4*250)
	}
}

func BenchmarkNearAMillion(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	x := likeness.New[int]()
	for key := range 1_000_000 {
		x.Put(key, random.Uint64())
	}
	for b.Loop() {
		x.Near(random.Uint64(), 8, 20)
	}
}
