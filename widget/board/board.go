// Package board is the state of one live board: a frame or a snapshot goes in, rows come out. It knows which frame is newer,
// which cards it still lacks and who rose; it refuses to know how rows look, where frames come from, and that there are
// other boards.
package board

import (
	"strconv"

	"fanfare/widget/api"
	"fanfare/widget/wire"
)

// incomparable, as a field, keeps the compiler from writing a comparison for a struct. Nobody compares these, and phones
// would download three KB of comparisons.
type incomparable [0]func()

// Kind says what the rows are, and what tells their ranks.
type Kind byte

// The kinds.
const (
	Ranked Kind = iota // entries in the order of their ranks
	Picked             // entries that somebody chose: only snapshots tell their ranks, which are those among all
	Groups             // groups of entries: snapshots tell which of them have a place, and how many entries each has
)

// Card is what a row shows beside its score.
type Card struct {
	_                                        incomparable
	Entry, Caption, Author, Thumb, ThumbHash string
	Group                                    string // what the row stands for, where it is no entry
	Members                                  int64  // entries of the group
	rank                                     int    // in the newest snapshot
}

// Tally is what a board tells beside its rows.
type Tally struct {
	Entries, Votes uint64
	Shows          wire.Shows
	AsAt           int64 // when the scores were so, in milliseconds since 1970; 0 where they are those of now
}

// Row is one line.
type Row struct {
	_      incomparable
	Number uint64
	Rank   int    // 0 where the board shows none
	Score  uint64 // likewise
	Rose   bool   // it stands higher than in the state before
	*Card
}

// maxCards bounds the cards kept: a board's own and some that may come back.
const maxCards = 3 * wire.MaxRows

// Board holds the state. The zero value is empty, of ranked entries.
type Board struct {
	Kind Kind
	Tally
	Rows []*Row

	cards          map[string]*Card // by number
	told           []wire.Row       // the newest order, with rows that wait for their cards
	lacks          bool             // there are such rows
	epoch, counter uint64
}

// Apply takes a frame. It reports whether the frame was news (an older or repeated one is not) and whether only a snapshot
// brings what belongs to it: a card, ranks, or sizes of groups. A row without a card waits for it, out of sight.
func (b *Board) Apply(f *wire.Frame) (news, wants bool) {
	if f.Epoch == b.epoch && f.Counter <= b.counter {
		return false, false
	}
	b.epoch, b.counter = f.Epoch, f.Counter
	for i := range f.Cards {
		c := &f.Cards[i]
		card := &Card{Entry: c.Entry, Caption: c.Caption, Author: c.Author, Thumb: c.Thumb, ThumbHash: c.ThumbHash}
		if known := b.cards[key(c.Number)]; known != nil {
			card.rank = known.rank
		}
		b.keep(c.Number, card)
	}
	wants = b.Kind == Picked || b.Kind == Groups && f.Entries != b.Entries
	b.Tally = Tally{f.Entries, f.Votes, f.Shows, int64(f.AsAt) * 1000}
	b.told = append(b.told[:0], f.Rows...)
	b.arrange()
	return true, wants || b.lacks
}

// Load takes a snapshot. Where frames arrive, its order is not taken, because it may be older than the last frame.
func (b *Board) Load(s *api.Board, live bool) {
	for _, r := range s.Rows {
		b.keep(uint64(r.Number), &Card{
			Entry: r.ID, Caption: r.Caption, Author: r.Author, Thumb: r.Photo.Square(), ThumbHash: r.Photo.ThumbHash,
			Group: r.Group, Members: r.Members, rank: int(r.Rank),
		})
	}
	if live && b.counter > 0 {
		if b.lacks || b.Kind != Ranked {
			b.arrange()
		}
		return
	}
	b.Tally = Tally{uint64(max(s.Entries, 0)), uint64(max(s.Votes, 0)), s.Shows, int64(s.AsAt)}
	b.told = b.told[:0]
	for _, r := range s.Rows {
		b.told = append(b.told, wire.Row{Number: uint64(r.Number), Score: uint64(max(r.Score, 0))})
	}
	b.arrange()
}

// Score sets one entry's score, as the answer to a vote tells it before the next frame does.
func (b *Board) Score(entry string, score int64) {
	for _, r := range b.Rows {
		if r.Entry == entry {
			r.Score = uint64(max(score, 0))
		}
	}
}

func (b *Board) keep(number uint64, c *Card) {
	if b.cards == nil || len(b.cards) >= maxCards {
		b.cards = map[string]*Card{}
		for _, r := range b.Rows {
			b.cards[key(r.Number)] = r.Card
		}
	}
	b.cards[key(number)] = c
}

// arrange makes rows of the newest order.
func (b *Board) arrange() {
	b.lacks = false
	rows := make([]*Row, 0, len(b.told))
	for i, r := range b.told {
		card, ok := b.cards[key(r.Number)]
		if !ok {
			b.lacks = true
			continue
		}
		row := &Row{Number: r.Number, Rank: b.rank(i, card), Score: r.Score, Card: card}
		row.Rose = len(b.Rows) > 0 && row.Rank > 0 && row.Rank < b.before(r.Number)
		rows = append(rows, row)
	}
	b.Rows = rows
}

// rank is the rank of the row with the index.
func (b *Board) rank(i int, c *Card) int {
	switch {
	case b.Shows == wire.ShowsNothing || b.Kind == Groups && c.rank == 0:
		return 0
	case b.Kind == Picked:
		return c.rank
	}
	return i + 1
}

// before is the number's rank before; for one that was not shown, one behind all.
func (b *Board) before(number uint64) int {
	for _, r := range b.Rows {
		if r.Number == number {
			return r.Rank
		}
	}
	return wire.MaxRows + 1
}

func key(number uint64) string { return strconv.FormatUint(number, 10) }
