package standing

import (
	"maps"
	"slices"

	"fanfare/server/contest"
)

// known is what is remembered of an entry, also of one that is not visible any more: so a late change cannot bring it back.
type known struct {
	entry   contest.EntryID // empty for a number that nobody was heard of
	version int64
	belongs
}

// table has what is known by number. Entries are numbered from 1 without many gaps, so pages take less than a map of all, and
// whoever goes through them can rest between two.
type table map[uint32]*[tablePage]known

// tablePage is how many numbers stand in a page; going through one is a moment's work.
const tablePage = 256

func (t table) at(number contest.EntryNumber) *known {
	page := t[uint32(number)/tablePage]
	if page == nil {
		return nil
	}
	if k := &page[number%tablePage]; k.entry != "" {
		return k
	}
	return nil
}

// meet returns the number's place in the table, made where there was none.
func (t table) meet(number contest.EntryNumber) *known {
	page := t[uint32(number)/tablePage]
	if page == nil {
		page = new([tablePage]known)
		t[uint32(number)/tablePage] = page
	}
	return &page[number%tablePage]
}

// pages lists the pages in order.
func (t table) pages() []uint32 { return slices.Sorted(maps.Keys(t)) }

// walk visits a page after the other with the lock held, and lets others have it between two. Entries that come meanwhile may be
// left out.
func (b *board) walk(visit func(contest.EntryNumber, *known)) {
	for _, page := range b.pages() {
		b.walkPage(page, visit)
	}
}

func (b *board) pages() []uint32 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.known.pages()
}

func (b *board) walkPage(page uint32, visit func(contest.EntryNumber, *known)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.known[page] {
		if k := &b.known[page][i]; k.entry != "" {
			visit(contest.EntryNumber(page*tablePage+uint32(i)), k)
		}
	}
}
