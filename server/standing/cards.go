package standing

import (
	"context"
	"reflect"
	"time"

	"fanfare/server/contest"
)

const (
	// maxCards is how many cards a challenge's board keeps: those of the rows asked for, and of some that left them and may return.
	// With the photo's renditions a card takes about two kilobytes.
	maxCards = 2000
	// cardsTimeout ends a reading of cards. Rows can be shown without them, so it is short.
	cardsTimeout = 5 * time.Second
	// cardAttempts is how often a snapshot waits for cards: a second time where it joined a reading that had begun without its wishes.
	cardAttempts = 2
)

// cardID names a card in messages.
type cardID struct {
	challenge contest.ChallengeID
	entry     contest.EntryID
}

// kept is a card in memory.
type kept struct {
	Card
	used bool // since room was made last
}

// fill completes the snapshot's rows with their cards, from the source where they are not in memory. All who miss cards
// of a board at the same time, be they the same or others, wait for one reading, or for the one under way and the next.
func (b *Boards) fill(ctx context.Context, board *board, scope contest.Scope, s *Snapshot) {
	if scope.Groups() {
		return
	}
	for range cardAttempts {
		missing := lacking(s.Rows)
		if len(missing) == 0 {
			return
		}
		board.wish(missing)
		err := b.flights.do(ctx, "cards of "+string(board.challenge), func(ctx context.Context) error {
			return b.readCards(ctx, board)
		})
		board.complete(s.Rows)
		if err != nil {
			break // the rows say themselves that they lack their cards
		}
	}
	if len(lacking(s.Rows)) > 0 {
		board.outdate(scope)
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

// wish has the next reading of cards read these as well, as far as a board keeps so many.
func (b *board) wish(entries []contest.EntryID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, entry := range entries {
		if len(b.wishes) < maxCards {
			b.wishes[entry] = struct{}{}
		}
	}
}

func (b *Boards) readCards(ctx context.Context, board *board) error {
	ctx, cancel := context.WithTimeout(ctx, cardsTimeout)
	defer cancel()
	entries, before := board.unread()
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

// unread takes the wishes, and returns those that are still not in memory, and how often cards were forgotten so far.
func (b *board) unread() (left []contest.EntryID, generation uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, card := range b.cards {
		delete(b.wishes, card.Entry)
	}
	for entry := range b.wishes {
		left = append(left, entry)
	}
	clear(b.wishes)
	return left, b.forgotten
}

// keep remembers cards, unless one was forgotten since they began to be read: it might be among them as it was.
func (b *board) keep(cards []Card, generation uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.forgotten != generation {
		return
	}
	b.makeRoom(len(cards))
	for _, card := range cards {
		_, shown := b.overall.ranks.Row(uint32(card.Number))
		if shown && b.known.at(card.Number).entry == card.Entry {
			b.cards[card.Number] = &kept{card, true}
		}
	}
}

// renew reads the cards in memory again: another replica may have changed one and could not say so.
func (b *Boards) renew(ctx context.Context, board *board) error {
	ctx, cancel := context.WithTimeout(ctx, cardsTimeout)
	defer cancel()
	entries, before := board.inMemory()
	if len(entries) == 0 {
		return nil
	}
	cards, err := b.source.Cards(ctx, board.challenge, entries)
	if err == nil {
		board.replace(cards, before)
	}
	return err
}

// inMemory returns whose cards are in memory, and how often cards were forgotten so far.
func (b *board) inMemory() (entries []contest.EntryID, generation uint64) {
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
		if old, ok := b.cards[card.Number]; ok && !reflect.DeepEqual(old.Card, card) {
			old.Card, differs = card, true
		}
	}
	if differs {
		b.wakeAll()
	}
}

// makeRoom forgets cards that nobody asked for since it was called last, until so many fit. The lock is held.
func (b *board) makeRoom(cards int) {
	for len(b.cards) > 0 && len(b.cards)+cards > maxCards {
		for number, card := range b.cards { // in no order, so that none is looked at first each time
			if len(b.cards)+cards <= maxCards {
				return
			}
			if !card.used {
				delete(b.cards, number)
			}
			card.used = false
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
			rows[i].Card, rows[i].HasCard, card.used = card.Card, true, true
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
	b.wakeAll()
}

// outdate lets the next snapshot have another version than the one that went out without all its cards, so that nobody
// keeps that one for good. Nobody is woken, or a source that is down would be asked without pause.
func (b *board) outdate(scope contest.Scope) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if scope.Kind == contest.FriendsBoard {
		scope = contest.Scope{} // which has their version
	}
	if n := b.news[scope]; n != nil {
		b.versions++
		n.version = b.versions
	}
}
