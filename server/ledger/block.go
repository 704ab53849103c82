package ledger

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"
)

// A log whose rules hide tallies grows by blocks, whether votes came or not, so that its size tells little.
const (
	// SealStep is the time between two blocks, which end with the half hours of the clock.
	SealStep = 30 * time.Minute
	// BlockLeaves is what the size of a block is a multiple of. It is more votes than most challenges get in half an hour,
	// and with pads of 100 bytes a month of blocks is a few megabytes.
	BlockLeaves = 256
)

// NextSeal is when the block ends that is open at a time.
func NextSeal(at time.Time) time.Time { return at.UTC().Truncate(SealStep).Add(SealStep) }

// BlockSize is the size of a padded block with so many leaves: at least one BlockLeaves.
func BlockSize(leaves int64) int64 {
	return max(1, (leaves+BlockLeaves-1)/BlockLeaves) * BlockLeaves
}

// Block is a stretch of a log: Leaves leaves, the first of them at position After+1, on slots among Size that begin at index
// First. What is left of the slots is pads.
type Block struct {
	First, Size   int64
	After, Leaves int64
}

// End is the index behind the block.
func (b Block) End() int64 { return b.First + b.Size }

// Slots returns the indexes of the block's leaves, in the order of their positions: those whose keyed hashes are the
// smallest, so that nobody without the key can tell them from pads, and everybody who gets it finds them again.
func (b Block) Slots(key []byte) []int64 {
	type slot struct {
		index int64
		rank  [sha256.Size]byte
	}
	slots := make([]slot, b.Size)
	mac := hmac.New(sha256.New, key)
	for i := range slots {
		slots[i].index = b.First + int64(i)
		mac.Reset()
		mac.Write(binary.BigEndian.AppendUint64([]byte("slot"), uint64(slots[i].index)))
		mac.Sum(slots[i].rank[:0])
	}
	slices.SortFunc(slots, func(a, b slot) int {
		return cmp.Or(slices.Compare(a.rank[:], b.rank[:]), cmp.Compare(a.index, b.index))
	})
	indexes := make([]int64, b.Leaves)
	for i := range indexes {
		indexes[i] = slots[i].index
	}
	slices.Sort(indexes)
	return indexes
}
