package ledger

import (
	"slices"
	"testing"
	"time"
)

func TestABlockEndsWithTheHalfHourOfTheClock(t *testing.T) {
	for at, want := range map[string]string{
		"2026-11-22T14:00:00Z": "2026-11-22T14:30:00Z", "2026-11-22T14:29:59Z": "2026-11-22T14:30:00Z",
		"2026-11-22T23:30:00+08:00": "2026-11-22T16:00:00Z",
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := NextSeal(moment).Format(time.RFC3339); got != want {
			t.Errorf("at %s: got %s, want %s", at, got, want)
		}
	}
}

func TestASizeTellsNothingBelowOneBlock(t *testing.T) {
	for leaves, want := range map[int64]int64{0: 256, 1: 256, 255: 256, 256: 256, 257: 512, 5000: 5120} {
		if got := BlockSize(leaves); got != want {
			t.Errorf("%d leaves: got %d, want %d", leaves, got, want)
		}
	}
}

func TestSlotsAreInOrderAndOnlyTheKeyTellsThem(t *testing.T) {
	b := Block{First: 512, Size: 256, After: 7, Leaves: 40}
	slots := b.Slots([]byte("key"))
	if len(slots) != 40 || !slices.IsSorted(slots) || slots[0] < 512 || slots[39] >= b.End() || len(slices.Compact(slices.Clone(slots))) != 40 {
		t.Fatalf("got %v, want 40 ascending indexes of %+v", slots, b)
	}
	if !slices.Equal(slots, b.Slots([]byte("key"))) {
		t.Error("the same key finds other slots")
	}
	if slices.Equal(slots, b.Slots([]byte("yek"))) {
		t.Error("another key finds the same slots")
	}
	b.Leaves = 256
	if full := b.Slots([]byte("key")); full[0] != 512 || full[255] != 767 {
		t.Errorf("a full block begins at %d and ends at %d", full[0], full[255])
	}
	// Each slot is as likely as another: over many blocks each is taken about equally often.
	var taken [BlockLeaves]int
	for block := range int64(2000) {
		for _, index := range (Block{First: block * BlockLeaves, Size: BlockLeaves, Leaves: 64}).Slots([]byte("key")) {
			taken[index%BlockLeaves]++
		}
	}
	if low, high := slices.Min(taken[:]), slices.Max(taken[:]); low < 400 || high > 600 { // 500 ± five deviations
		t.Errorf("slots were taken %d to %d times, want about 500", low, high)
	}
}
