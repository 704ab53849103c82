package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// When memory is given back. The collector by itself keeps twice of what is in use, for as long as little is allocated; after a rush of
// browsers, whose arrival takes several times what they hold, that is most of the process.
const (
	restPause = 2 * time.Second  // between two looks
	restless  = 2 << 20          // bytes allocated between two looks, or more, are work: the collector will come by itself
	worthGain = 4 << 20          // bytes to be given back that are worth a collection ...
	worthPart = 16               // ... if they are this part of what is in use as well: a collection goes through all of that
	restAgain = 30 * time.Second // between two collections, each of a tenth of a second for 10,000 browsers
)

// spare gives memory back to the system whenever the server rests.
func (s *server) spare(ctx context.Context) {
	ticker := time.NewTicker(restPause)
	defer ticker.Stop()
	for r := (rest{}); ; {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			if r.gains(readHeap(), now) {
				debug.FreeOSMemory()
			}
		}
	}
}

// heap is the state of the heap in bytes.
type heap struct {
	allocated uint64 // since the start
	objects   uint64 // in use, or not yet collected
	live      uint64 // in use after the last collection
	free      uint64 // kept for what may come
}

func readHeap() heap {
	samples := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(samples)
	return heap{samples[0].Value.Uint64(), samples[1].Value.Uint64(), samples[2].Value.Uint64(), samples[3].Value.Uint64()}
}

// rest knows what is needed to tell whether the server rests.
type rest struct {
	allocated uint64 // at the look before this one
	gave      time.Time
}

// gains reports whether the server rests and has so much to give back that it is worth a collection.
func (r *rest) gains(h heap, now time.Time) bool {
	rests := h.allocated-r.allocated < restless
	r.allocated = h.allocated
	gain := h.free + h.objects - min(h.live, h.objects)
	if !rests || gain < max(worthGain, h.live/worthPart) || now.Sub(r.gave) < restAgain {
		return false
	}
	r.gave = now
	return true
}
