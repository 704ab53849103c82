package upkeep

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// page is how many entries are read at a time.
const page = 500

// eachEntry calls fn with every entry that has a place on a board, in the order of their identifiers, and returns those
// that have none, which never happens by our own doing.
func eachEntry(tx *store.Tx, fn func(contest.Entry) error) (placeless []contest.EntryID, err error) {
	ids := make([]contest.EntryID, 0, page)
	read := func() error {
		list, err := tx.EntriesByIDs(ids)
		if len(list) < len(ids) && err == nil {
			placeless = append(placeless, without(ids, list)...)
		}
		ids = ids[:0]
		for _, e := range list {
			if err == nil {
				err = fn(e)
			}
		}
		return err
	}
	err = tx.Rows(tableNamed("entries"), nil, func(row []any) error {
		if ids = append(ids, contest.EntryID(row[0].(string))); len(ids) < page {
			return nil
		}
		return read()
	})
	if err == nil && len(ids) > 0 {
		err = read()
	}
	return placeless, err
}

// without returns the identifiers that no entry of the list has.
func without(ids []contest.EntryID, list []contest.Entry) (rest []contest.EntryID) {
	for _, id := range ids {
		if !slices.ContainsFunc(list, func(e contest.Entry) bool { return e.ID == id }) {
			rest = append(rest, id)
		}
	}
	return rest
}

// named returns every object that the database names, in the order of their keys, of entries that were not withdrawn. What
// else a bucket holds are uploads that are not finished, or never were, and renditions that newer ones replaced.
func named(tx *store.Tx) (list []object, err error) {
	placeless, err := eachEntry(tx, func(e contest.Entry) error {
		list = append(list, objectsOf(e)...)
		return nil
	})
	if err == nil && len(placeless) > 0 {
		err = fmt.Errorf("entry %s has no place on a board; fanfare verify says more", placeless[0])
	}
	slices.SortFunc(list, func(a, b object) int { return strings.Compare(a.key, b.key) })
	// Renditions of a small photo may be the same bytes, and then they are one object.
	return slices.CompactFunc(list, func(a, b object) bool { return a.key == b.key }), err
}

// objectsOf returns an entry's objects: the original and what its fan sent when asked, where the rules had them not
// removed, and the renditions. A withdrawn entry has none, for its photos are removed.
func objectsOf(e contest.Entry) []object {
	if e.Status == contest.Withdrawn {
		return nil
	}
	var list []object
	if e.Original != "" {
		list = append(list, object{e.Original, sumOf(e.SHA256), -1, e.ID})
	}
	if e.Evidence != "" {
		list = append(list, object{e.Evidence, sumOf(e.EvidenceSHA256), -1, e.ID})
	}
	for _, r := range e.Photo.Renditions {
		list = append(list, object{entries.PhotoPrefix + r.Key, sumOf(r.SHA256), int64(r.Bytes), e.ID})
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

// foreignKey returns a key that an entry, withdrawn or not, names and that is not its own: another entry's photo would be
// shown as this one's, and removed with it.
func foreignKey(e contest.Entry) (key string, found bool) {
	if own, _, _ := strings.Cut(e.Original, "-"); own != "" && own != entries.OriginalKey(e.Challenge, e.ID) {
		return e.Original, true
	}
	if e.Evidence != "" && e.Evidence != entries.EvidenceKey(e.Challenge, e.ID, uploadOf(e.Evidence)) {
		return e.Evidence, true
	}
	for _, r := range e.Photo.Renditions {
		if id, ok := entryOf(entries.PhotoPrefix + r.Key); !ok || id != e.ID {
			return entries.PhotoPrefix + r.Key, true
		}
	}
	return "", false
}

// uploadOf returns the upload that brought an evidence.
func uploadOf(evidence string) string {
	_, upload, _ := strings.Cut(evidence, "-")
	return upload
}

// entryOf returns the entry whose photo a key names, whether it is there or not: original/CHALLENGE/ENTRY, perhaps with a
// CLAIM of an upload, evidence/CHALLENGE/ENTRY-UPLOAD-CLAIM and photo/ENTRY/HASH.jpg. Other keys are of no entry.
func entryOf(key string) (contest.EntryID, bool) {
	parts := strings.Split(key, "/")
	switch {
	case len(parts) == 3 && (parts[0] == "original" || parts[0] == "evidence"):
		id, _, _ := strings.Cut(parts[2], "-")
		return contest.EntryID(id), true
	case len(parts) == 3 && parts[0]+"/" == entries.PhotoPrefix:
		return contest.EntryID(parts[1]), true
	}
	return "", false
}
