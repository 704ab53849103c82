package ledger

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// TileReader reads a tile of a log; a wider one than it is asked for will do.
type TileReader func(level int, n int64) ([]byte, error)

// hashes answers tlog's wishes for stored hashes from tiles, each of which it reads once.
func (read TileReader) hashes() tlog.HashReader {
	type place struct {
		level int
		n     int64
	}
	known := map[place][]byte{}
	return tlog.HashReaderFunc(func(indexes []int64) ([]Hash, error) {
		hashes := make([]Hash, len(indexes))
		for i, index := range indexes {
			tile := tlog.TileForIndex(TileHeight, index)
			at := place{tile.L, tile.N}
			if known[at] == nil {
				content, err := read(tile.L, tile.N)
				if err != nil {
					return nil, fmt.Errorf("read tile %d of level %d: %w", tile.N, tile.L, err)
				}
				known[at] = content
			}
			if len(known[at]) < tile.W*HashSize {
				return nil, fmt.Errorf("tile %d of level %d has %d bytes, %d hashes are needed", tile.N, tile.L, len(known[at]), tile.W)
			}
			h, err := tlog.HashFromTile(tile, known[at][:tile.W*HashSize], index)
			if err != nil {
				return nil, err
			}
			hashes[i] = h
		}
		return hashes, nil
	})
}

// Proofs are made for one size of a log.
type Proofs struct {
	size int64
	read tlog.HashReader
}

// OpenProofs returns the proofs for the tree of a size, whose tiles are read by read.
func OpenProofs(size int64, read TileReader) Proofs { return Proofs{size, read.hashes()} }

// Inclusion proves that a leaf is in the tree: RFC 9162, section 2.1.3. The index is below the size.
func (p Proofs) Inclusion(index int64) ([]Hash, error) {
	return tlog.ProveRecord(p.size, index, p.read)
}

// Consistency proves that the tree begins with the one of a smaller size: RFC 9162, section 2.1.4. That of no leaves, and
// the tree itself, need no proof.
func (p Proofs) Consistency(since int64) ([]Hash, error) {
	if since == 0 || since == p.size {
		return nil, nil
	}
	return tlog.ProveTree(p.size, since, p.read)
}
