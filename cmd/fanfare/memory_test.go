package main

import (
	"runtime/debug"
	"testing"
	"time"
)

func TestMemoryIsGivenBackAtRestWhereThatIsWorthItAndSeldom(t *testing.T) {
	const mb = 1 << 20
	var r rest
	now := time.Unix(1_795_000_000, 0)
	for i, look := range []struct {
		after time.Duration
		heap
		want bool
	}{
		{0, heap{allocated: 100 * mb, objects: 50 * mb, live: 40 * mb, free: 8 * mb}, false}, // it has just begun
		{restPause, heap{allocated: 101 * mb, objects: 51 * mb, live: 40 * mb, free: 7 * mb}, true},
		{restPause, heap{allocated: 102 * mb, objects: 51 * mb, live: 40 * mb, free: 7 * mb}, false}, // too soon
		{restAgain, heap{allocated: 102 * mb, objects: 41 * mb, live: 40 * mb, free: 2 * mb}, false}, // too little
		{restPause, heap{allocated: 202 * mb, objects: 90 * mb, live: 40 * mb, free: 0}, false},      // it works
		{restPause, heap{allocated: 203 * mb, objects: 91 * mb, live: 40 * mb, free: 0}, true},
		{restAgain, heap{allocated: 203 * mb, objects: 1020 * mb, live: 1000 * mb, free: 0}, false},  // a small part
		{restPause, heap{allocated: 203 * mb, objects: 30 * mb, live: 40 * mb, free: 3 * mb}, false}, // a collection ends just now
	} {
		now = now.Add(look.after)
		if got := r.gains(look.heap, now); got != look.want {
			t.Errorf("look %d: got %v, want %v", i, got, look.want)
		}
	}
}

// ballast keeps the compiler from leaving out what the test throws away.
var ballast []byte

func TestTheHeapTellsWhatACollectionWouldGiveBack(t *testing.T) {
	debug.FreeOSMemory()
	before := readHeap()
	ballast = make([]byte, 64<<20)
	ballast = nil
	if after := readHeap(); after.allocated-before.allocated < 64<<20 || after.objects-after.live < 60<<20 {
		t.Errorf("got %+v after %+v, want 64 MB of garbage more", after, before)
	}
	debug.FreeOSMemory()
	if after := readHeap(); after.free+after.objects-min(after.objects, after.live) > 8<<20 {
		t.Errorf("got %+v after memory was given back, want little that is free or garbage", after)
	}
}
