package upkeep

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// entriesTable is the table whose rows name objects.
func entriesTable() store.Table {
	tables := store.Tables()
	return tables[slices.IndexFunc(tables, func(t store.Table) bool { return t.Name == "entries" })]
}

// page is how many entries are read at a time.
const page = 500

// eachEntry calls fn with every entry, in the order of their identifiers.
func eachEntry(tx *store.Tx, fn func(contest.Entry) error) error {
	ids := make([]contest.EntryID, 0, page)
	read := func() error {
		list, err := tx.EntriesByIDs(ids)
		ids = ids[:0]
		for _, e := range list {
			if err == nil {
				err = fn(e)
			}
		}
		return err
	}
	err := tx.Rows(entriesTable(), nil, func(row []any) error {
		if ids = append(ids, contest.EntryID(row[0].(string))); len(ids) < page {
			return nil
		}
		return read()
	})
	if err != nil || len(ids) == 0 {
		return err
	}
	return read()
}

// named returns every object that the database names, in the order of their keys: originals and renditions of entries
// that were not withdrawn. What else a bucket holds are uploads that were never finished.
func named(tx *store.Tx) (list []object, err error) {
	err = eachEntry(tx, func(e contest.Entry) error {
		list = append(list, objectsOf(e)...)
		return nil
	})
	slices.SortFunc(list, func(a, b object) int { return strings.Compare(a.key, b.key) })
	// Renditions of a small photo may be the same bytes, and then they are one object.
	return slices.CompactFunc(list, func(a, b object) bool { return a.key == b.key }), err
}

// objectsOf returns an entry's objects: the original first. A withdrawn entry has none, for its photos are removed.
func objectsOf(e contest.Entry) []object {
	if e.Status == contest.Withdrawn {
		return nil
	}
	list := []object{{e.Original, sumOf(e.SHA256), e.ID}}
	for _, r := range e.Photo.Renditions {
		list = append(list, object{entries.PhotoPrefix + r.Key, sumOf(r.SHA256), e.ID})
	}
	return list
}

// sumOf reads a hash in hexadecimal. What is none becomes one that no object has.
func sumOf(text string) (sum [sha256.Size]byte) {
	if b, err := hex.DecodeString(text); err == nil && len(b) == len(sum) {
		copy(sum[:], b)
	}
	return sum
}

// entryOf returns the entry whose photo a key names, whether it is there or not: original/CHALLENGE/ENTRY and
// photo/ENTRY/HASH.jpg. Other keys are of no entry.
func entryOf(key string) (contest.EntryID, bool) {
	parts := strings.Split(key, "/")
	switch {
	case len(parts) == 3 && parts[0] == "original":
		return contest.EntryID(parts[2]), true
	case len(parts) == 3 && parts[0]+"/" == entries.PhotoPrefix:
		return contest.EntryID(parts[1]), true
	}
	return "", false
}
