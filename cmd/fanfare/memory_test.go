package main

import (
	"testing"
	"time"
)

func TestMemoryIsGivenBackOnceARushOfSocketsIsOverAndSeldom(t *testing.T) {
	var tide tide
	now := time.Unix(1_795_000_000, 0)
	for i, look := range []struct {
		after   time.Duration
		sockets int
		want    bool
	}{
		{0, 0, false},
		{calmPause, 500, false},
		{calmPause, 500, false}, // too few
		{calmPause, 6_000, false},
		{calmPause, 10_000, false}, // they still come
		{calmPause, 10_020, true},
		{calmPause, 10_030, false}, // it is done
		{calmPause, 2_000, false},
		{calmPause, 2_000, false}, // too soon
		{spareAgain, 2_000, true}, // those who went left memory as well
		{time.Hour, 3_000, false},
		{time.Hour, 3_000, false}, // too few
	} {
		now = now.Add(look.after)
		if got := tide.turned(look.sockets, now); got != look.want {
			t.Errorf("look %d, at %d sockets: got %v, want %v", i, look.sockets, got, look.want)
		}
	}
}
