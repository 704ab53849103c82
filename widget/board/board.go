// Package board is the live board's state: a frame or a snapshot goes in, rows come out. It knows which frame is newer,
// which cards it still lacks and who rose; it refuses to know how rows look or where frames come from.
package board

import (
	"strconv"

	"fanfare/widget/api"
	"fanfare/widget/wire"
)

// incomparable, as a field, keeps the compiler from writing a comparison for a struct. Nobody compares these, and phones
// would download three KB of comparisons.
type incomparable [0]func()

// Card is what a row shows beside its score.
type Card struct {
	_                                        incomparable
	Entry, Caption, Author, Thumb, ThumbHash string
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

// Board holds the state. The zero value is empty.
type Board struct {
	Entries, Votes uint64
	Shows          wire.Shows
	AsAt           int64 // when the scores were so, in milliseconds since 1970; 0 where they are those of now
	Rows           []*Row

	cards          map[string]*Card // by number
	epoch, counter uint64
}

// Apply takes a frame. It reports whether the frame was news (an older or repeated one is not) and whether a card is
// missing, which a snapshot brings. A row without a card waits for it, out of sight.
func (b *Board) Apply(f *wire.Frame) (news, missing bool) {
	if f.Epoch == b.epoch && f.Counter <= b.counter {
		return false, false
	}
	b.epoch, b.counter = f.Epoch, f.Counter
	for i := range f.Cards {
		c := &f.Cards[i]
		b.keep(c.Number, &Card{Entry: c.Entry, Caption: c.Caption, Author: c.Author, Thumb: c.Thumb, ThumbHash: c.ThumbHash})
	}
	b.Entries, b.Votes, b.Shows, b.AsAt = f.Entries, f.Votes, f.Shows, int64(f.AsAt)*1000
	rows := make([]*Row, 0, len(f.Rows))
	for i, r := range f.Rows {
		card, ok := b.cards[key(r.Number)]
		if !ok {
			missing = true
			continue
		}
		row := &Row{Number: r.Number, Rank: i + 1, Score: r.Score, Card: card}
		if f.Shows == wire.ShowsNothing {
			row.Rank = 0
		}
		rows = append(rows, row)
	}
	b.show(rows)
	return true, missing
}

// Load takes a snapshot. Where frames arrive, only its cards are taken, because it may be older than the last frame.
func (b *Board) Load(s *api.Board, live bool) {
	rows := make([]*Row, 0, len(s.Rows))
	for _, e := range s.Rows {
		card := &Card{
			Entry: e.ID, Caption: e.Caption, Author: e.Author, Thumb: e.Photo.Square(), ThumbHash: e.Photo.ThumbHash,
		}
		b.keep(uint64(e.Number), card)
		rows = append(rows, &Row{Number: uint64(e.Number), Rank: int(e.Rank), Score: uint64(max(e.Score, 0)), Card: card})
	}
	if live && b.counter > 0 {
		return
	}
	b.Entries, b.Votes, b.Shows, b.AsAt = uint64(max(s.Entries, 0)), uint64(max(s.Votes, 0)), s.Shows, int64(s.AsAt)
	b.show(rows)
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

func (b *Board) show(rows []*Row) {
	for _, r := range rows {
		r.Rose = len(b.Rows) > 0 && r.Rank > 0 && r.Rank < b.rank(r.Number)
	}
	b.Rows = rows
}

// rank is the number's rank before; for one that was not shown, one behind all.
func (b *Board) rank(number uint64) int {
	for _, r := range b.Rows {
		if r.Number == number {
			return r.Rank
		}
	}
	return wire.MaxRows + 1
}

func key(number uint64) string { return strconv.FormatUint(number, 10) }
