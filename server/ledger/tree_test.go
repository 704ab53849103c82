package ledger

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// stored is a tree kept the plain way of tlog: every hash in a list.
type stored []Hash

func (s *stored) append(t *testing.T, h Hash) {
	t.Helper()
	hashes, err := tlog.StoredHashesForRecordHash(s.leaves(), h, s)
	if err != nil {
		t.Fatal(err)
	}
	*s = append(*s, hashes...)
}

// leaves counts by the hashes kept: 2n less the ones of n's binary form.
func (s *stored) leaves() (n int64) {
	for tlog.StoredHashIndex(0, n) < int64(len(*s)) {
		n++
	}
	return n
}

func (s *stored) ReadHashes(indexes []int64) ([]Hash, error) {
	hashes := make([]Hash, len(indexes))
	for i, index := range indexes {
		hashes[i] = (*s)[index]
	}
	return hashes, nil
}

// tiles are those that a tree has published.
type tiles map[[2]int64][]byte

func (s tiles) put(t Tile) { s[[2]int64{int64(t.Level), t.N}] = slices.Clone(t.Hashes) }

func (s tiles) read(level int, n int64) ([]byte, error) { return s[[2]int64{int64(level), n}], nil }

func number(n int64) Hash { return HashLeaf(fmt.Append(nil, n)) }

func TestATreeHasTheRootAndTheTilesThatItsLeavesDefine(t *testing.T) {
	var want stored
	tree, got := &Tree{}, tiles{}
	check := func() {
		t.Helper()
		n := tree.Size()
		root, err := tree.Root()
		if err != nil {
			t.Fatal(err)
		}
		if wanted, err := tlog.TreeHash(n, &want); err != nil || root != wanted {
			t.Fatalf("root of %d leaves: got %v, want %v (%v)", n, root, wanted, err)
		}
		for _, tile := range tree.Edge() {
			got.put(tile)
		}
		for _, wanted := range tlog.NewTiles(TileHeight, 0, n) {
			hashes, _ := got.read(wanted.L, wanted.N)
			data, err := tlog.ReadTileData(wanted, &want)
			if err != nil || !slices.Equal(hashes, data) {
				t.Fatalf("%s of a tree of %d leaves is not what its leaves define (%v)", wanted.Path(), n, err)
			}
		}
	}
	check()
	for n := range int64(1025) {
		want.append(t, number(n))
		tree.Append(number(n), got.put)
		if n < 20 || n%TileWidth < 3 || n%TileWidth > TileWidth-3 {
			check()
		}
	}
}

func TestATreeGoesOnFromItsTiles(t *testing.T) {
	kept := tiles{}
	whole := &Tree{}
	const size = TileWidth*TileWidth + 2*TileWidth + 7 // three levels
	for n := range int64(size) {
		whole.Append(number(n), kept.put)
		if n%9973 != 0 && n%TileWidth != TileWidth-1 && n != size-1 {
			continue
		}
		for _, tile := range whole.Edge() {
			kept.put(tile)
		}
		opened, err := OpenTree(whole.Size(), kept.read)
		if err != nil {
			t.Fatal(err)
		}
		got, err := opened.Root()
		if want, _ := whole.Root(); err != nil || got != want {
			t.Fatalf("opened at %d leaves: got root %v, want %v (%v)", n+1, got, want, err)
		}
		for next := n + 1; next < n+3; next++ {
			opened.Append(number(next), nil)
		}
		if opened.Size() != n+3 {
			t.Fatalf("grew to %d leaves, want %d", opened.Size(), n+3)
		}
	}
	if _, err := OpenTree(size+1, kept.read); err == nil {
		t.Error("a tree that lacks a hash was opened")
	}
}

func TestTilesHaveTheAddressesOfTheirStandard(t *testing.T) {
	type tile struct {
		level int
		n     int64
		width int
	}
	good := map[string]tile{
		"0/000": {0, 0, 256}, "0/000.p/1": {0, 0, 1}, "1/001.p/255": {1, 1, 255}, "0/x001/x234/067": {0, 1234067, 256},
		"entries/x001/234.p/17": {-1, 1234, 17}, "63/000": {63, 0, 256},
	}
	for path, want := range good {
		level, n, width, ok := ParseTile(path)
		if got := (tile{level, n, width}); !ok || got != want {
			t.Errorf("%s: got %v %v, want %v", path, got, ok, want)
		}
		if got := TilePath(want.level, want.n, want.width); got != path {
			t.Errorf("%v: got %s, want %s", want, got, path)
		}
	}
	for _, path := range []string{
		"", "0", "0/", "0/0", "0/00", "0/0000", "0/000.p/0", "0/000.p/256", "0/000.p/01", "0/000.p", "00/000", "-1/000", "data/000",
		"0/x000/001", "0/001/001", "entries/", "entries/data/000", "0/000/", "../0/000", "0/x999/x999/x999/x999/x999/x999/x999/999",
	} {
		if level, n, width, ok := ParseTile(path); ok {
			t.Errorf("%q is taken for tile %d of level %d, %d wide", path, n, level, width)
		}
	}
}

func FuzzParseTile(f *testing.F) {
	for _, seed := range slices.Sorted(maps.Keys(map[string]bool{"0/000": true, "entries/x001/234.p/17": true, "data/000": true, "9/x": true})) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if level, n, width, ok := ParseTile(path); ok && TilePath(level, n, width) != path {
			t.Errorf("%q is not the address of what it was taken for", path)
		}
	})
}
