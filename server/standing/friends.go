package standing

import (
	"cmp"
	"slices"

	"fanfare/server/contest"
	"fanfare/server/rank"
)

// friends leads from entries to the boards of friends that are watched and have them.
type friends map[contest.EntryNumber]map[*news]struct{}

func (f friends) follow(number contest.EntryNumber, n *news) {
	if f[number] == nil {
		f[number] = map[*news]struct{}{}
	}
	f[number][n] = struct{}{}
}

func (f friends) unfollow(number contest.EntryNumber, n *news) {
	delete(f[number], n)
	if len(f[number]) == 0 {
		delete(f, number)
	}
}

// company is the board of some entries in the order of the overall board. Nothing of it is kept: they are few.
type company struct {
	of    *board
	ranks *rank.Board // the overall one
	ids   []contest.EntryNumber
}

// ranked is an entry at its place among all.
type ranked struct {
	at int
	rank.Row
}

// rows are those of the entries that are on the overall board, best first.
func (c company) rows() (rows []ranked) {
	for _, number := range c.ids {
		if at, ok := c.ranks.Rank(uint32(number)); ok {
			row, _ := c.ranks.Row(uint32(number))
			rows = append(rows, ranked{at, row})
		}
	}
	slices.SortFunc(rows, func(a, b ranked) int { return cmp.Compare(a.at, b.at) })
	return rows
}

// snapshot shows up to n rows from a place on. Ranks move with every entry of the overall board, so its version is that one's.
func (c company) snapshot(rows []ranked, from, n int) Snapshot {
	b := c.of
	s := Snapshot{Entries: len(rows), Shows: b.shows, AsAt: b.asAt, Version: b.overall.news.version, Rows: []Row{}}
	for _, r := range rows {
		s.Votes += shownScore(b.shows, r.Score)
	}
	for _, r := range rows[min(from-1, len(rows)):min(from-1+max(n, 0), len(rows))] {
		s.Rows = append(s.Rows, b.row(r.at, r.Row))
	}
	b.fill(s.Rows)
	return s
}

func (c company) page(from, n int) Snapshot { return c.snapshot(c.rows(), from, n) }

func (c company) around(number contest.EntryNumber, n int) (Snapshot, bool) {
	rows := c.rows()
	i := slices.IndexFunc(rows, func(r ranked) bool { return r.Number == uint32(number) })
	if i < 0 {
		return c.snapshot(rows, 1, 0), false
	}
	from := max(i-n, 0)
	return c.snapshot(rows, from+1, i+n+1-from), true
}

// place is the entry's on the overall board.
func (c company) place(number contest.EntryNumber) (Place, bool) {
	if !slices.Contains(c.ids, number) {
		return Place{Shows: c.of.shows, AsAt: c.of.asAt}, false
	}
	return c.of.overall.place(number)
}

func (c company) order(from, n int) (placed []Placed) {
	for _, row := range c.page(from, n).Rows {
		placed = append(placed, Placed{Entry: row.Entry, Number: row.Number, Rank: row.Rank, Score: row.Score})
	}
	return placed
}
