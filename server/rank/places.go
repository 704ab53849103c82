package rank

// places leads from numbers to leaves. Numbers count up from 1 without many gaps, so a table in pages takes 4 to 5 bytes for each,
// where a map takes 9 to 25 and reads more; where numbers are far apart, as on the board of one city, a page is held for every few.
type places struct {
	pages  []*[pageSize]uint32 // identifiers of leaves
	leaves []*leaf             // by identifier; nowhere has none
	free   []uint32            // identifiers that can be given again
}

// pageSize keeps the list of pages short enough to stay in the processor's cache at a million numbers.
const pageSize = 64

// nowhere is the identifier of no leaf.
const nowhere = 0

// find returns the leaf where the number stands, and the slot; nil if it is not on the board.
func (p *places) find(number uint32) (*leaf, int) {
	if int(number/pageSize) >= len(p.pages) {
		return nil, 0
	}
	page := p.pages[number/pageSize]
	if page == nil || page[number%pageSize] == nowhere {
		return nil, 0
	}
	l := p.leaves[page[number%pageSize]]
	return l, l.index(number)
}

func (p *places) set(number, id uint32) {
	for int(number/pageSize) >= len(p.pages) {
		p.pages = append(p.pages, nil)
	}
	page := p.pages[number/pageSize]
	if page == nil {
		page = new([pageSize]uint32)
		p.pages[number/pageSize] = page
	}
	page[number%pageSize] = id
}

func (p *places) newLeaf() *leaf {
	if p.leaves == nil {
		p.leaves = []*leaf{nowhere: nil}
	}
	l := &leaf{}
	if last := len(p.free) - 1; last >= 0 {
		l.id, p.free = p.free[last], p.free[:last]
		p.leaves[l.id] = l
		return l
	}
	l.id = uint32(len(p.leaves))
	p.leaves = append(p.leaves, l)
	return l
}

// discard gives back the identifier of a leaf that is not in the tree any more.
func (p *places) discard(l *leaf) {
	p.leaves[l.id] = nil
	p.free = append(p.free, l.id)
}
