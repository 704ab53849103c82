package standing

import (
	"context"
	"reflect"
	"time"

	"fanfare/server/contest"
)

const (
	// maxCards is how many cards a board keeps: those of the rows asked for, and of some that left them and may return.
	maxCards = 3 * MaxTop
	// cardsTimeout ends a reading of cards. Rows can be shown without them, so it is short.
	cardsTimeout = 5 * time.Second
	// cardAttempts is how often a snapshot waits for cards: a second time where it joined a reading of other rows'.
	cardAttempts = 2
)

// cardID names a card in messages.
type cardID struct {
	challenge contest.ChallengeID
	entry     contest.EntryID
}

// fill completes the snapshot's rows with their cards, from the source where they are not in memory. All who miss cards
// of a board at the same time wait for one reading.
func (b *Boards) fill(ctx context.Context, board *board, s *Snapshot) {
	for range cardAttempts {
		missing := lacking(s.Rows)
		if len(missing) == 0 {
			return
		}
		err := b.flights.do(ctx, "cards of "+string(board.challenge), func(ctx context.Context) error {
			return b.readCards(ctx, board, missing)
		})
		board.complete(s.Rows)
		if err != nil {
			break // the rows say themselves that they lack their cards
		}
	}
	if len(lacking(s.Rows)) > 0 {
		board.outdate()
	}
}

func lacking(rows []Row) (entries []contest.EntryID) {
	for _, row := range rows {
		if !row.HasCard {
			entries = append(entries, row.Entry)
		}
	}
	return entries
}

func (b *Boards) readCards(ctx context.Context, board *board, entries []contest.EntryID) error {
	ctx, cancel := context.WithTimeout(ctx, cardsTimeout)
	defer cancel()
	entries, before := board.unread(entries)
	if len(entries) == 0 {
		return nil
	}
	cards, err := b.source.Cards(ctx, board.challenge, entries)
	if err != nil {
		return err
	}
	board.keep(cards, before)
	return nil
}

// unread returns which of the entries' cards are still not in memory, and how often cards were forgotten so far.
func (b *board) unread(entries []contest.EntryID) (left []contest.EntryID, generation uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	here := make(map[contest.EntryID]struct{}, len(b.cards))
	for _, card := range b.cards {
		here[card.Entry] = struct{}{}
	}
	for _, entry := range entries {
		if _, ok := here[entry]; !ok {
			left = append(left, entry)
		}
	}
	return left, b.forgotten
}

// keep remembers cards, unless one was forgotten since they began to be read: it might be among them as it was.
func (b *board) keep(cards []Card, generation uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.forgotten != generation {
		return
	}
	if len(b.cards)+len(cards) > maxCards {
		b.drop()
	}
	for _, card := range cards {
		_, shown := b.ranks.Row(uint32(card.Number))
		if shown && b.known[card.Number].entry == card.Entry {
			b.cards[card.Number] = card
		}
	}
}

// renew reads the cards in memory again: another replica may have changed one and could not say so.
func (b *Boards) renew(ctx context.Context, board *board) error {
	ctx, cancel := context.WithTimeout(ctx, cardsTimeout)
	defer cancel()
	entries, before := board.kept()
	if len(entries) == 0 {
		return nil
	}
	cards, err := b.source.Cards(ctx, board.challenge, entries)
	if err == nil {
		board.replace(cards, before)
	}
	return err
}

// kept returns whose cards are in memory, and how often cards were forgotten so far.
func (b *board) kept() (entries []contest.EntryID, generation uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, card := range b.cards {
		entries = append(entries, card.Entry)
	}
	return entries, b.forgotten
}

// replace puts cards that changed in the place of those in memory, unless one was forgotten since they began to be read.
func (b *board) replace(cards []Card, generation uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.forgotten != generation {
		return
	}
	differs := false
	for _, card := range cards {
		if old, ok := b.cards[card.Number]; ok && !reflect.DeepEqual(old, card) {
			b.cards[card.Number], differs = card, true
		}
	}
	if differs {
		b.changed()
	}
}

// drop makes room by forgetting the cards of all rows that Top cannot show now. The lock is held.
func (b *board) drop() {
	for number := range b.cards {
		if at, ok := b.ranks.Rank(uint32(number)); !ok || at > MaxTop {
			delete(b.cards, number)
		}
	}
}

// complete gives rows the cards that are in memory.
func (b *board) complete(rows []Row) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(rows)
}

// fill does what complete does; the lock is held.
func (b *board) fill(rows []Row) {
	for i := range rows {
		if card, ok := b.cards[rows[i].Number]; ok {
			rows[i].Card, rows[i].HasCard = card, true
		}
	}
}

// forget drops a card.
func (b *board) forget(entry contest.EntryID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forgotten++
	for number, card := range b.cards {
		if card.Entry == entry {
			delete(b.cards, number)
		}
	}
	b.changed()
}

// outdate lets the next snapshot have another version than the one that went out without all its cards, so that nobody
// keeps that one for good. Nobody is woken, or a source that is down would be asked without pause.
func (b *board) outdate() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.version++
}
