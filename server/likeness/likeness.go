// Package likeness finds what looks alike: of all perceptual hashes that it was given, those within some bits of another.
//
// It knows hashes of 64 bits and how far they lie apart. It refuses to know what they are the hashes of, where they come
// from and what follows from a match.
package likeness

import (
	"cmp"
	"math/bits"
	"slices"
	"sync"
)

// Index holds a hash for each key. A search looks at every hash: eight megabytes for a million, less than a millisecond,
// so no tree has to be kept balanced, and nothing near is ever missed. Its methods may be called at the same time.
type Index[K comparable] struct {
	mu     sync.RWMutex // guards all below
	hashes []uint64
	keys   []K // of the hashes
	places map[K]int
}

// New returns an empty index.
func New[K comparable]() *Index[K] { return &Index[K]{places: map[K]int{}} }

// Put gives a key its hash, in place of the one it had.
func (x *Index[K]) Put(key K, hash uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if i, known := x.places[key]; known {
		x.hashes[i] = hash
		return
	}
	x.places[key] = len(x.keys)
	x.keys, x.hashes = append(x.keys, key), append(x.hashes, hash)
}

// Remove forgets a key.
func (x *Index[K]) Remove(key K) {
	x.mu.Lock()
	defer x.mu.Unlock()
	i, known := x.places[key]
	if !known {
		return
	}
	last := len(x.keys) - 1 // takes the place that gets free
	x.keys[i], x.hashes[i] = x.keys[last], x.hashes[last]
	x.places[x.keys[i]] = i
	x.keys, x.hashes = slices.Delete(x.keys, last, last+1), x.hashes[:last]
	delete(x.places, key)
}

// Len returns how many keys there are.
func (x *Index[K]) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.keys)
}

// Match is a key whose hash is near, and in how many bits it differs.
type Match[K comparable] struct {
	Key      K
	Distance int
}

// Near returns the keys whose hashes differ from the given one in at most radius bits, the nearest first, and at most so
// many.
func (x *Index[K]) Near(hash uint64, radius, most int) []Match[K] {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var found []Match[K]
	for i, other := range x.hashes {
		if d := bits.OnesCount64(hash ^ other); d <= radius {
			found = append(found, Match[K]{x.keys[i], d})
		}
	}
	slices.SortStableFunc(found, func(a, b Match[K]) int { return cmp.Compare(a.Distance, b.Distance) })
	return found[:min(len(found), most)]
}
