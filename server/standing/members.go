package standing

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"fanfare/server/contest"
	"fanfare/server/rank"
)

// Member says to which groups a published entry belongs. That never changes.
type Member struct {
	Number  contest.EntryNumber
	City    string // a contest.Choice's ID, or empty
	Partner string // likewise
	Tags    []string
}

const (
	// membersTimeout ends one question for members, which is about a page of the table at most.
	membersTimeout = 30 * time.Second
	// introducePause is how long the source is left alone where it failed to say where entries belong.
	introducePause = time.Second
)

// belongs is to which groups an entry belongs, in numbers that a board's members gave.
type belongs struct {
	city, partner uint16 // noGroup where to none
	tags          uint32 // a set of tags; unknown until the source was asked
}

const (
	unknown = 0 // the set of tags of an entry that the source was not asked about
	noGroup = 0
)

// members are the groups of a challenge's entries: the cities and partners by their totals, the tags by name. The source is asked
// where entries belong when a board of some of them is wanted for the first time, and from then on about new entries alone.
type members struct {
	wanted           bool                // new entries are asked about
	acquainted       bool                // all others were
	strange          map[uint32]struct{} // pages of the table with visible entries that the source is to be asked about
	unanswered       map[uint32]struct{} // those with some that it did not know; they are asked about again with the next reading
	cities, partners *groups
	tagSets          []string // by number: the keys, each between two separators
	tagSetOf         map[string]uint32
	tags             map[string]struct{} // in any of the sets
	tagLists         int                 // how many are kept
}

const tagSeparator = "\n"

func newMembers(b *board) members {
	return members{
		strange: map[uint32]struct{}{}, unanswered: map[uint32]struct{}{}, tagSets: []string{""}, tagSetOf: map[string]uint32{}, tags: map[string]struct{}{},
		cities: newGroups(b, contest.CitiesBoard, contest.CityBoard), partners: newGroups(b, contest.PartnersBoard, contest.PartnerBoard),
	}
}

// tagSet returns the number of a set of tags, given where it is new, and which tags were in no set before.
func (m *members) tagSet(tags []string) (n uint32, fresh []string) {
	set := tagSeparator + strings.Join(tags, tagSeparator) + tagSeparator
	if n, ok := m.tagSetOf[set]; ok {
		return n, nil
	}
	n = uint32(len(m.tagSets))
	m.tagSets, m.tagSetOf[set] = append(m.tagSets, set), n
	for _, tag := range tags {
		if _, known := m.tags[tag]; !known {
			m.tags[tag] = struct{}{}
			fresh = append(fresh, tag)
		}
	}
	return n, fresh
}

func (m *members) tagsOf(of belongs) iter.Seq[string] {
	return strings.SplitSeq(strings.Trim(m.tagSets[of.tags], tagSeparator), tagSeparator)
}

// name takes the lists of the terms. They change only before a challenge is launched; then all is asked again.
func (b *board) name(cities, partners []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	cityRenamed, partnerRenamed := b.cities.name(cities), b.partners.name(partners)
	if !b.wanted || !cityRenamed && !partnerRenamed {
		return
	}
	b.acquainted = false
	for scope, l := range b.lists {
		if scope != risingScope {
			b.dropList(l)
		}
	}
	for page, entries := range b.known {
		b.strange[page] = struct{}{}
		for i := range entries {
			entries[i].belongs = belongs{}
		}
	}
}

// on reports whether an entry that belongs so is on a board of some entries.
func (m *members) on(scope contest.Scope, of belongs) bool {
	if scope.Kind == contest.TagBoard {
		return strings.Contains(m.tagSets[of.tags], tagSeparator+scope.ID+tagSeparator)
	}
	return of.tags != unknown && (scope == m.cities.scope(of.city) || scope == m.partners.scope(of.partner))
}

// listsOf are the lists of cities, partners and tags that have an entry which belongs so. The lock is held.
func (b *board) listsOf(of belongs) iter.Seq[*list] {
	return func(yield func(*list) bool) {
		if of.tags == unknown || len(b.lists) == 0 {
			return
		}
		for _, scope := range [...]contest.Scope{b.cities.scope(of.city), b.partners.scope(of.partner)} {
			if l := b.lists[scope]; l != nil && !yield(l) {
				return
			}
		}
		if b.tagLists == 0 {
			return
		}
		for tag := range b.tagsOf(of) {
			if l := b.lists[contest.Scope{Kind: contest.TagBoard, ID: tag}]; l != nil && !yield(l) {
				return
			}
		}
	}
}

// stranger notes that the source is to be asked where an entry belongs. The lock is held.
func (b *board) stranger(number contest.EntryNumber) {
	b.strange[uint32(number)/tablePage] = struct{}{}
	if b.wanted {
		rouse(b.strangers)
	}
}

// meet has the source asked where all entries of a board belong, and from now on about each new one.
func (b *Boards) meet(ctx context.Context, board *board) error {
	err := b.flights.do(ctx, "members of "+string(board.challenge), func(ctx context.Context) error { return b.introduce(ctx, board) })
	if err != nil {
		return fmt.Errorf("read members of board %s: %w", board.challenge, err)
	}
	return nil
}

// introduce asks about the strangers of a board, a page of the table at a time.
func (b *Boards) introduce(ctx context.Context, board *board) error {
	board.want()
	for _, page := range board.strangePages() {
		first, last, some := board.strangersOf(page)
		if !some {
			continue
		}
		if err := b.readMembers(ctx, board, first, last); err != nil {
			board.strangeAgain(page)
			return err
		}
		board.checkAnswer(page)
	}
	board.know()
	return nil
}

func (b *board) want() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wanted = true
}

func (b *board) know() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acquainted = true
}

func (b *Boards) readMembers(ctx context.Context, board *board, first, last contest.EntryNumber) error {
	ctx, cancel := context.WithTimeout(ctx, membersTimeout)
	defer cancel()
	found, err := b.source.Members(ctx, board.challenge, first, last)
	if err == nil {
		board.admit(found)
	}
	return err
}

// introduceAll asks about new entries as they come.
func (b *Boards) introduceAll() {
	pause := time.NewTimer(introducePause)
	defer pause.Stop()
	for {
		select {
		case <-b.flights.life.Done():
			return
		case <-b.strangers:
		}
		failed := false
		for _, board := range b.all() {
			failed = board.hasStrangers() && b.meet(b.flights.life, board) != nil || failed
		}
		if !failed {
			continue
		}
		pause.Reset(introducePause)
		select {
		case <-b.flights.life.Done():
			return
		case <-pause.C:
			rouse(b.strangers)
		}
	}
}

func (b *board) isAcquainted() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.acquainted
}

func (b *board) hasStrangers() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.wanted && len(b.strange) > 0
}

func (b *board) strangePages() []uint32 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(maps.Keys(b.strange))
}

func (b *board) strangeAgain(page uint32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.strange[page] = struct{}{}
}

// checkAnswer notes a page with entries that are still unknown after the source was asked: it has them not published any more, or
// they became visible meanwhile, which made them strangers again.
func (b *board) checkAnswer(page uint32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, _, some := b.unknownOf(page); some {
		b.unanswered[page] = struct{}{}
	}
}

// askAgain lets the source be asked about those that it did not know. The lock is held.
func (b *board) askAgain() {
	for page := range b.unanswered {
		b.strange[page] = struct{}{}
		rouse(b.strangers)
	}
	clear(b.unanswered)
}

// strangersOf returns between which numbers of a page the visible entries lie that the source is to be asked about now.
func (b *board) strangersOf(page uint32) (first, last contest.EntryNumber, some bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.strange, page)
	return b.unknownOf(page)
}

// unknownOf returns between which numbers of a page visible entries lie of which it is not known where they belong. The lock is held.
func (b *board) unknownOf(page uint32) (first, last contest.EntryNumber, some bool) {
	if b.known[page] == nil {
		return 0, 0, false
	}
	for i := range b.known[page] {
		number := page*tablePage + uint32(i)
		if _, visible := b.overall.ranks.Row(number); !visible || b.known[page][i].tags != unknown {
			continue
		}
		if last = contest.EntryNumber(number); !some {
			first, some = last, true
		}
	}
	return first, last, some
}

// admit takes what the source said of a page's entries.
func (b *board) admit(found []Member) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range found {
		k := b.known.at(m.Number)
		if k == nil || k.tags != unknown {
			continue
		}
		set, fresh := b.tagSet(m.Tags)
		k.belongs = belongs{city: b.cities.place(m.City), partner: b.partners.place(m.Partner), tags: set}
		if row, visible := b.overall.ranks.Row(uint32(m.Number)); visible {
			b.join(k.belongs, row)
		}
		for _, tag := range fresh {
			if n := b.news[contest.Scope{Kind: contest.TagBoard, ID: tag}]; n != nil { // watched, and there was no board until now
				b.changed(n)
			}
		}
	}
}

// join puts a visible entry on the boards of its groups. The lock is held.
func (b *board) join(of belongs, row rank.Row) {
	for l := range b.listsOf(of) {
		l.put(row)
		b.changed(l.news)
	}
	b.cities.add(of.city, row.Score, 1)
	b.partners.add(of.partner, row.Score, 1)
}
