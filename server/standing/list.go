package standing

import (
	"time"

	"fanfare/server/contest"
	"fanfare/server/rank"
)

// ranking is the order of one board. Its methods are called with the lock of the challenge's board held.
type ranking interface {
	page(from, n int) Snapshot
	around(number contest.EntryNumber, n int) (Snapshot, bool)
	place(number contest.EntryNumber) (Place, bool)
	order(from, n int) []Placed
}

// list ranks entries: all of them, or those of a city, a partner or a tag, or those that rise.
type list struct {
	of    *board
	scope contest.Scope
	ranks *rank.Board
	news  *news
	// ready says that everything which was there when the list was made is on it.
	ready bool
	used  time.Time // when it was last asked for
}

// put sets a row, and reports whether the list shows a difference.
func (l *list) put(is rank.Row) (shown bool) { return put(l.ranks, is, l.of.shows) }

func put(ranks *rank.Board, is rank.Row, shows contest.Shows) (shown bool) {
	was, had := ranks.Row(is.Number)
	if !had || shows == contest.ScoresShown {
		ranks.Set(is)
		return !had || was != is
	}
	before, _ := ranks.Rank(is.Number)
	ranks.Set(is)
	after, _ := ranks.Rank(is.Number)
	return before != after // that a score moved alone must not be seen by a new version either
}

func (l *list) page(from, n int) Snapshot { return l.rows(from, l.ranks.Page(from, n)) }

func (l *list) around(number contest.EntryNumber, n int) (Snapshot, bool) {
	at, ok := l.ranks.Rank(uint32(number))
	return l.rows(max(at-n, 1), l.ranks.Neighbours(uint32(number), n)), ok
}

// rows makes a snapshot of a page, with the cards that are in memory.
func (l *list) rows(from int, page []rank.Row) Snapshot {
	b := l.of
	s := Snapshot{
		Entries: l.ranks.Len(), Votes: shownScore(b.shows, l.ranks.Total()), Rows: make([]Row, len(page)), Shows: b.shows, AsAt: b.asAt, Version: l.news.version,
	}
	for i, row := range page {
		s.Rows[i] = b.row(from+i, row)
	}
	b.fill(s.Rows)
	return s
}

// row is a row without its card.
func (b *board) row(at int, r rank.Row) Row {
	number := contest.EntryNumber(r.Number)
	return Row{Rank: shownRank(b.shows, at), Score: shownScore(b.shows, r.Score), Card: Card{Number: number, Entry: b.known.at(number).entry}}
}

func (l *list) place(number contest.EntryNumber) (Place, bool) {
	b := l.of
	row, _ := l.ranks.Row(uint32(number))
	at, ok := l.ranks.Rank(uint32(number))
	if !ok {
		return Place{Shows: b.shows, AsAt: b.asAt}, false
	}
	place := Place{
		Entry: b.known.at(number).entry, Rank: shownRank(b.shows, at), Of: l.ranks.Len(), Score: shownScore(b.shows, row.Score), Shows: b.shows, AsAt: b.asAt,
	}
	if better, ok := l.ranks.At(at - 1); ok {
		place.Behind = shownScore(b.shows, better.Score-row.Score)
	}
	return place, true
}

func (l *list) order(from, n int) []Placed {
	page := l.ranks.Page(from, n)
	placed := make([]Placed, len(page))
	for i, r := range page {
		row := l.of.row(from+i, r)
		placed[i] = Placed{Entry: row.Entry, Number: row.Number, Rank: row.Rank, Score: row.Score}
	}
	return placed
}

// blank is a board that has nothing, or that shows nothing of what it has.
type blank struct{ Snapshot }

func (s blank) page(int, int) Snapshot                           { return s.Snapshot }
func (s blank) around(contest.EntryNumber, int) (Snapshot, bool) { return s.Snapshot, false }
func (s blank) place(contest.EntryNumber) (Place, bool) {
	return Place{Shows: s.Shows, AsAt: s.AsAt}, false
}
func (s blank) order(int, int) []Placed { return nil }
