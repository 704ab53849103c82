package store

import (
	"fmt"
	"strconv"
	"strings"

	"fanfare/server/contest"
)

// Sort is an order of a challenge's entries.
type Sort string

// The orders that the database knows; the one by rank is the board's.
const (
	Newest  Sort = "newest"
	Shuffle Sort = "shuffle" // mixed by the seed: the same order on every page of one reader, another for the next
)

// EntryQuery asks for a page of a challenge's entries.
type EntryQuery struct {
	Challenge contest.ChallengeID
	Statuses  []contest.Status
	City      string // of the newest alone, as Partner; empty for all
	Partner   string
	Sort      Sort
	Seed      uint64 // of a shuffle
	After     string // the Next of the page before; empty for the first
	Limit     int
}

// EntryPage is a page of entries. Next is empty on the last one.
type EntryPage struct {
	Entries []contest.Entry
	Next    string
}

// place is where an entry stands in an order: by key, then by number.
type place struct{ key, number int64 }

func scanPlace(row scanner) (p place, err error) {
	err = row.Scan(&p.key, &p.number)
	return p, err
}

// EntriesPage returns a page of a challenge's entries with one of the statuses. It finds the page in an index first and
// reads the wide rows of that page only.
func (tx *Tx) EntriesPage(q EntryQuery) (EntryPage, error) {
	after, err := parseCursor(q.After)
	if err != nil {
		return EntryPage{}, fmt.Errorf("page entries: %w", err)
	}
	if len(q.Statuses) == 0 || q.Limit <= 0 {
		return EntryPage{}, nil
	}
	query, args := newestAfter(q, after)
	if q.Sort == Shuffle {
		query, args = shuffledAfter(q, after)
	}
	places, err := list(tx, scanPlace, query, append(args, q.Limit+1)...)
	if err != nil {
		return EntryPage{}, fmt.Errorf("page entries of challenge %s: %w", q.Challenge, err)
	}
	var page EntryPage
	if len(places) > q.Limit {
		places = places[:q.Limit]
		page.Next = cursor(places[q.Limit-1])
	}
	page.Entries, err = tx.entriesAt(q.Challenge, places)
	return page, err
}

// newestAfter asks for the places behind after, the highest number first; keys are the numbers' negatives.
func newestAfter(q EntryQuery, after place) (query string, args []any) {
	in, statuses := among(q.Statuses)
	args = append(append([]any{q.Challenge}, statuses...), -after.key)
	query = "SELECT -number, number FROM entries WHERE challenge = ? AND status IN " + in + " AND number < ?"
	if q.City != "" {
		query, args = query+" AND city = ? AND city <> ''", append(args, q.City)
	}
	if q.Partner != "" {
		query, args = query+" AND partner = ? AND partner <> ''", append(args, q.Partner)
	}
	return query + " ORDER BY number DESC LIMIT ?", args
}

// mersenne is the prime 2³¹−1: products of two remainders stay below 2⁶³ in every database.
const mersenne = 1<<31 - 1

// shuffledAfter asks for the places behind after in the seed's order. A key is the product of two lines modulo a prime:
// one line alone would leave entries at equal strides.
func shuffledAfter(q EntryQuery, after place) (query string, args []any) {
	seed := q.Seed
	coefficient := func() int64 { // splitmix64 (Steele, Lea, Flood 2014)
		seed += 0x9e3779b97f4a7c15
		z := (seed ^ seed>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		return int64((z^z>>31)%(mersenne-1)) + 1
	}
	in, statuses := among(q.Statuses)
	args = []any{coefficient(), coefficient(), mersenne, coefficient(), coefficient(), mersenne, mersenne, q.Challenge}
	args = append(append(args, statuses...), after.key, after.key, after.number)
	return `SELECT k, number FROM (
			SELECT ((number * ? + ?) % ?) * ((number * ? + ?) % ?) % ? AS k, number
			FROM entries WHERE challenge = ? AND status IN ` + in + `
		) AS keyed WHERE k > ? OR (k = ? AND number > ?) ORDER BY k, number LIMIT ?`, args
}

func cursor(p place) string {
	return strconv.FormatInt(p.key, 36) + "." + strconv.FormatInt(p.number, 36)
}

func parseCursor(text string) (place, error) {
	if text == "" {
		return place{key: -1 << 62}, nil // before every key
	}
	key, number, found := strings.Cut(text, ".")
	k, errKey := strconv.ParseInt(key, 36, 64)
	n, errNumber := strconv.ParseInt(number, 36, 64)
	if !found || errKey != nil || errNumber != nil {
		return place{}, ErrCursor
	}
	return place{k, n}, nil
}

// entriesAt reads the entries in the order of their places.
func (tx *Tx) entriesAt(challenge contest.ChallengeID, places []place) ([]contest.Entry, error) {
	if len(places) == 0 {
		return nil, nil
	}
	numbers := make([]int64, len(places))
	for i, p := range places {
		numbers[i] = p.number
	}
	in, args := among(numbers)
	found, err := list(tx, scanEntry, selectEntries+"WHERE e.challenge = ? AND e.number IN "+in, append([]any{challenge}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("read entries of challenge %s: %w", challenge, err)
	}
	return inOrder(found, numbers, func(e contest.Entry) int64 { return int64(e.Number) }), nil
}

// EntriesByIDs returns the entries in the order of the identifiers; those not there are left out.
func (tx *Tx) EntriesByIDs(ids []contest.EntryID) ([]contest.Entry, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	in, args := among(ids)
	found, err := list(tx, scanEntry, selectEntries+"WHERE e.id IN "+in, args...)
	if err != nil {
		return nil, fmt.Errorf("read %d entries: %w", len(ids), err)
	}
	return inOrder(found, ids, func(e contest.Entry) contest.EntryID { return e.ID }), nil
}

// inOrder returns the entries in the order of the keys.
func inOrder[K comparable](entries []contest.Entry, keys []K, key func(contest.Entry) K) []contest.Entry {
	byKey := make(map[K]contest.Entry, len(entries))
	for _, e := range entries {
		byKey[key(e)] = e
	}
	ordered := make([]contest.Entry, 0, len(entries))
	for _, k := range keys {
		if e, ok := byKey[k]; ok {
			ordered = append(ordered, e)
		}
	}
	return ordered
}

// Queue lists entries of all challenges with one of the statuses, those that have waited longest first. Those that a
// takedown hides wait in a line of their own.
func (tx *Tx) Queue(statuses []contest.Status, limit int) ([]contest.Entry, error) {
	if len(statuses) == 0 {
		return nil, nil
	}
	in, args := among(statuses)
	entries, err := list(tx, scanEntry, selectEntries+"WHERE e.status IN "+in+" AND e.takedown = '' ORDER BY e.submitted_at, e.id LIMIT ?", append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("list waiting entries: %w", err)
	}
	return entries, nil
}

// CountQueue counts the entries that Queue lists.
func (tx *Tx) CountQueue(statuses []contest.Status) (n int, err error) {
	if len(statuses) == 0 {
		return 0, nil
	}
	in, args := among(statuses)
	err = tx.one("SELECT (SELECT COUNT(*) FROM entries WHERE status IN "+in+`) - (SELECT COUNT(*) FROM takedowns t CROSS JOIN entries e
		WHERE t.decided_at = 0 AND e.id = t.entry AND e.takedown = t.id AND e.status IN `+in+")", append(args, args...), &n) // an index alone counts the many, and the hidden are few
	if err != nil {
		return 0, fmt.Errorf("count waiting entries: %w", err)
	}
	return n, nil
}
