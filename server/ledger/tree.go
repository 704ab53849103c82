package ledger

import (
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// The tree is kept and published in tiles of this height, as C2SP's tlog-tiles has them: 256 hashes each.
const (
	TileHeight = 8
	TileWidth  = 1 << TileHeight
	// HashSize is a hash's length in bytes.
	HashSize = tlog.HashSize
)

// Hash is SHA-256 of a leaf or of two nodes, as RFC 6962 forms it.
type Hash = tlog.Hash

// HashLeaf is the hash of a leaf's exact bytes.
func HashLeaf(leaf []byte) Hash { return tlog.RecordHash(leaf) }

// Tile is the N-th tile of a level: up to TileWidth hashes, one after the other. Those of level 0 are of leaves; one of a
// higher level is the root of a whole tile below.
type Tile struct {
	Level  int
	N      int64
	Hashes []byte
}

// Hash returns the hash at a place in the tile.
func (t Tile) Hash(place int) (h Hash) {
	copy(h[:], t.Hashes[place*HashSize:])
	return h
}

// Tree is a Merkle tree that grows. It keeps its right edge: the unfinished tile of each level.
type Tree struct {
	size int64
	edge [][]byte // by level
}

// OpenTree returns the tree of a size whose tiles are read by read; wider ones than it asks for will do.
func OpenTree(size int64, read func(level int, n int64) ([]byte, error)) (*Tree, error) {
	t := &Tree{size: size}
	for level, count := 0, size; count > 0; level, count = level+1, count>>TileHeight {
		width := int(count % TileWidth)
		t.edge = append(t.edge, nil)
		if width == 0 {
			continue
		}
		hashes, err := read(level, count/TileWidth)
		if err != nil {
			return nil, err
		}
		if len(hashes) < width*HashSize {
			return nil, fmt.Errorf("tile %d of level %d has %d bytes, a tree of %d leaves needs %d", count/TileWidth, level, len(hashes), size, width*HashSize)
		}
		t.edge[level] = append(t.edge[level], hashes[:width*HashSize]...)
	}
	return t, nil
}

// Size is how many leaves the tree has.
func (t *Tree) Size() int64 { return t.size }

// Append adds a leaf's hash, and hands each tile that it finishes to finished, where that is not nil.
func (t *Tree) Append(h Hash, finished func(Tile)) {
	t.size++
	for level, count := 0, t.size; ; level, count = level+1, count>>TileHeight {
		if level == len(t.edge) {
			t.edge = append(t.edge, nil)
		}
		t.edge[level] = append(t.edge[level], h[:]...)
		if len(t.edge[level]) < TileWidth*HashSize {
			return
		}
		whole := t.edge[level]
		h = root(whole)
		t.edge[level] = nil
		if finished != nil {
			finished(Tile{level, count/TileWidth - 1, whole})
		} else {
			t.edge[level] = whole[:0]
		}
	}
}

// root is the root of as many hashes as a power of two.
func root(hashes []byte) (h Hash) {
	if len(hashes) == HashSize {
		copy(h[:], hashes)
		return h
	}
	half := len(hashes) / 2
	return tlog.NodeHash(root(hashes[:half]), root(hashes[half:]))
}

// Edge returns the unfinished tiles. They change with the next Append.
func (t *Tree) Edge() (tiles []Tile) {
	for level, hashes := range t.edge {
		if len(hashes) > 0 {
			tiles = append(tiles, Tile{level, t.size >> (TileHeight * (level + 1)), hashes})
		}
	}
	return tiles
}

// Root is the tree's hash.
func (t *Tree) Root() (Hash, error) {
	return tlog.TreeHash(t.size, tlog.HashReaderFunc(func(indexes []int64) ([]Hash, error) {
		hashes := make([]Hash, len(indexes))
		for i, index := range indexes {
			tile := tlog.TileForIndex(TileHeight, index)
			if tile.L >= len(t.edge) {
				return nil, fmt.Errorf("hash %d is not at the edge of a tree of %d leaves", index, t.size)
			}
			h, err := tlog.HashFromTile(tile, t.edge[tile.L], index)
			if err != nil {
				return nil, err
			}
			hashes[i] = h
		}
		return hashes, nil
	}))
}

// ParseTile reads the address of a tile below "tile/": level or "entries", number, and width where it is unfinished
// ("0/x001/234", "1/000.p/17"). Level is -1 for entries.
func ParseTile(path string) (level int, n int64, width int, ok bool) {
	rest, entries := strings.CutPrefix(path, "entries/")
	if entries {
		path = "data/" + rest
	}
	t, err := tlog.ParseTilePath(fmt.Sprintf("tile/%d/%s", TileHeight, path))
	return t.L, t.N, t.W, err == nil && entries == (t.L < 0)
}

// TilePath is the address that ParseTile reads.
func TilePath(level int, n int64, width int) string {
	path := tlog.Tile{H: TileHeight, L: level, N: n, W: width}.Path()
	path = path[len(fmt.Sprintf("tile/%d/", TileHeight)):]
	if rest, entries := strings.CutPrefix(path, "data/"); entries {
		path = "entries/" + rest
	}
	return path
}
