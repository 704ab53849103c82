package ledger

import (
	"fmt"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

func TestProofsOfEverySizeConvinceAnIndependentCheck(t *testing.T) {
	const most = 600 // beyond two tiles of leaves
	tiles := map[string][]byte{}
	keep := func(tile Tile) { tiles[fmt.Sprint(tile.Level, "/", tile.N)] = slices.Clone(tile.Hashes) }
	tree := &Tree{}
	roots := []Hash{{}}
	var leaves []Hash
	for i := range most {
		leaves = append(leaves, HashLeaf(fmt.Append(nil, "leaf ", i)))
		tree.Append(leaves[i], keep)
		root, err := tree.Root()
		if err != nil {
			t.Fatal(err)
		}
		roots = append(roots, root)
		if i%37 != 0 && i != most-1 {
			continue
		}
		for _, edge := range tree.Edge() {
			keep(edge)
		}
		size := int64(i + 1)
		proofs := OpenProofs(size, func(level int, n int64) ([]byte, error) { return tiles[fmt.Sprint(level, "/", n)], nil })
		for index := range size {
			proof, err := proofs.Inclusion(index)
			if err == nil {
				err = tlog.CheckRecord(proof, size, root, index, leaves[index])
			}
			if err != nil {
				t.Fatalf("leaf %d of %d: %v", index, size, err)
			}
		}
		for since := int64(1); since < size; since++ {
			proof, err := proofs.Consistency(since)
			if err == nil {
				err = tlog.CheckTree(proof, size, root, since, roots[since])
			}
			if err != nil {
				t.Fatalf("from %d to %d: %v", since, size, err)
			}
		}
	}
}

func TestAProofFromTilesThatAreTooShortIsAnError(t *testing.T) {
	proofs := OpenProofs(300, func(int, int64) ([]byte, error) { return make([]byte, HashSize), nil })
	if _, err := proofs.Inclusion(7); err == nil {
		t.Error("a proof was made of hashes that are not there")
	}
}
