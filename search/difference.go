package search

import (
	"iter"
	"slices"
)

// Difference is where an index differs from the documents that it should hold, as IDs in order.
type Difference struct {
	Missing []string // not in the index
	Extra   []string // in the index alone
	Changed []string // held, but not as the document is
}

// Empty reports whether the index is as it should be.
func (d Difference) Empty() bool { return len(d.Missing)+len(d.Extra)+len(d.Changed) == 0 }

// IDs returns all that differs.
func (d Difference) IDs() []string { return slices.Concat(d.Missing, d.Extra, d.Changed) }

// Differ serves drivers: held are the fingerprints, by ID, of what the index holds, and is emptied.
func Differ(held map[string]uint64, documents iter.Seq2[Document, error], fingerprint func(Document) uint64) (Difference, error) {
	var diff Difference
	for d, err := range documents {
		if err != nil {
			return Difference{}, err
		}
		had, ok := held[d.ID]
		switch {
		case !ok:
			diff.Missing = append(diff.Missing, d.ID)
		case had != fingerprint(d):
			diff.Changed = append(diff.Changed, d.ID)
		}
		delete(held, d.ID)
	}
	for id := range held {
		diff.Extra = append(diff.Extra, id)
	}
	for _, ids := range [][]string{diff.Missing, diff.Extra, diff.Changed} {
		slices.Sort(ids)
	}
	return diff, nil
}
