package upkeep

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
)

// digest hashes a table's rows in the order of their keys: of each value a letter for its kind, then the length
// and the bytes of a text or of bytes, or an integer as a varint. Equal rows have one digest on every database.
type digest struct {
	hash hash.Hash
	rows int64
	row  []byte // buffer of one row
}

func newDigest() *digest { return &digest{hash: sha256.New()} }

func (d *digest) add(row []any) error {
	d.row = d.row[:0]
	for _, value := range row {
		switch v := value.(type) {
		case string:
			d.row = binary.AppendUvarint(append(d.row, 's'), uint64(len(v)))
			d.row = append(d.row, v...)
		case int64:
			d.row = binary.AppendVarint(append(d.row, 'i'), v)
		case []byte:
			d.row = binary.AppendUvarint(append(d.row, 'b'), uint64(len(v)))
			d.row = append(d.row, v...)
		default:
			return fmt.Errorf("hash row %d: %T is neither text, integer nor bytes", d.rows+1, value)
		}
	}
	d.hash.Write(d.row)
	d.rows++
	return nil
}

// table is the digest of the rows so far.
func (d *digest) table() Table { return Table{d.rows, hex.EncodeToString(d.hash.Sum(nil))} }
