package rank

// places leads from numbers to leaves. Entries are numbered from 1 without many gaps, so a table in pages takes 4 to 5
// bytes for each, where a map takes 9 to 25; where numbers are far apart, as on the board of one city, a page is held for
// every few.
type places struct {
	pages  map[uint32]*[pageSize]uint32 // identifiers of leaves
	leaves []*leaf                      // by identifier; nowhere has none
	free   []uint32                     // identifiers that can be given again
}

const pageSize = 64

// nowhere is the identifier of no leaf.
const nowhere = 0

// find returns the leaf and the slot where the number stands; nil if it is not on the board.
func (p *places) find(number uint32) (*leaf, int) {
	page := p.pages[number/pageSize]
	if page == nil || page[number%pageSize] == nowhere {
		return nil, 0
	}
	x := p.leaves[page[number%pageSize]]
	return x, x.index(number)
}

func (p *places) set(number, id uint32) {
	page := p.pages[number/pageSize]
	if page == nil {
		page = new([pageSize]uint32)
		p.pages[number/pageSize] = page
	}
	page[number%pageSize] = id
}

func (p *places) newLeaf() *leaf {
	if p.pages == nil {
		p.pages, p.leaves = map[uint32]*[pageSize]uint32{}, []*leaf{nil}
	}
	x := &leaf{}
	if last := len(p.free) - 1; last >= 0 {
		x.id, p.free = p.free[last], p.free[:last]
		p.leaves[x.id] = x
		return x
	}
	x.id = uint32(len(p.leaves))
	p.leaves = append(p.leaves, x)
	return x
}

// discard gives back the identifier of a leaf that is not in the tree any more.
func (p *places) discard(gone tree) {
	if x, ok := gone.(*leaf); ok {
		p.leaves[x.id] = nil
		p.free = append(p.free, x.id)
	}
}
