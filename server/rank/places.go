package rank

// places leads from numbers to leaves. Numbers count up from 1 without many gaps, so a table by number is read at one place in
// memory and takes 4 to 8 bytes for each. It grows with how many numbers there are, not with how high they are: those behind its
// end, many where numbers are far apart, as on the board of one city, are in a map, which takes 9 to 25.
type places struct {
	near   []uint32          // identifiers of leaves by number
	far    map[uint32]uint32 // of those behind the end of near
	used   int               // numbers in both
	leaves []*leaf           // by identifier; nowhere has none
	free   []uint32          // identifiers that can be given again
}

// nowhere is the identifier of no leaf.
const nowhere = 0

// find returns the leaf where the number stands, and the slot; nil if it is not on the board.
func (p *places) find(number uint32) (*leaf, int) {
	id := p.id(number)
	if id == nowhere {
		return nil, 0
	}
	l := p.leaves[id]
	return l, l.index(number)
}

func (p *places) id(number uint32) uint32 {
	if int(number) < len(p.near) {
		return p.near[number]
	}
	return p.far[number]
}

// add says where a number that was nowhere stands.
func (p *places) add(number, id uint32) {
	p.used++
	if int(number) >= len(p.near) && p.used >= len(p.near) {
		p.grow()
	}
	p.set(number, id)
}

// set says where a number stands from now on that stood elsewhere.
func (p *places) set(number, id uint32) {
	if int(number) < len(p.near) {
		p.near[number] = id
	} else {
		p.far[number] = id
	}
}

func (p *places) remove(number uint32) {
	p.used--
	if int(number) < len(p.near) {
		p.near[number] = nowhere
	} else {
		delete(p.far, number)
	}
}

// grow makes near twice as long as there are numbers, which is at least twice as long as it was.
func (p *places) grow() {
	near, far := make([]uint32, max(2*p.used, slots)), map[uint32]uint32{}
	copy(near, p.near)
	for number, id := range p.far {
		if int(number) < len(near) {
			near[number] = id
		} else {
			far[number] = id
		}
	}
	p.near, p.far = near, far
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
