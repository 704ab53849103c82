package audits

import (
	"context"
	"fmt"

	"fanfare/server/contest"
	"fanfare/server/ledger"
	"fanfare/server/store"
)

// pageLeaves is how many leaves are read at once: a megabyte.
const pageLeaves = 4096

// missingError says that the log lacks a leaf.
type missingError struct{ position int64 }

// Error implements error.
func (e *missingError) Error() string { return fmt.Sprintf("leaf %d is missing", e.position) }

// reader reads leaves behind a position.
type reader func(position int64) ([]contest.Leaf, error)

// leaves reads a challenge's, in a transaction for each page.
func (s *Service) leaves(ctx context.Context, id contest.ChallengeID) reader {
	return func(position int64) (page []contest.Leaf, err error) {
		err = s.store.View(ctx, func(tx *store.Tx) error {
			page, err = tx.LeavesAfter(id, position, pageLeaves)
			return err
		})
		return page, err
	}
}

// pages hands out leaves one after the other.
type pages struct {
	read reader
	last int64 // position
	page []contest.Leaf
}

func (p *pages) next() (l contest.Leaf, err error) {
	if len(p.page) == 0 {
		if p.page, err = p.read(p.last); err != nil {
			return l, err
		}
	}
	if len(p.page) == 0 || p.page[0].Position != p.last+1 {
		return l, &missingError{p.last + 1}
	}
	l, p.page = p.page[0], p.page[1:]
	p.last = l.Position
	return l, nil
}

// visit is told of a leaf, or a pad, at an index; position is 0 for a pad.
type visit func(index int64, l contest.Leaf, bytes []byte) error

// walk goes through a log from one index to before another. Between two pages it holds nothing, so whoever is told may be slow.
func (v state) walk(read reader, from, to int64, fn visit) error {
	if v.Padded() {
		return v.walkPadded(read, from, to, fn)
	}
	p := &pages{read: read, last: from}
	for index := from; index < to; index++ {
		l, err := p.next()
		if err == nil {
			err = fn(index, l, v.leaf(l))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (v state) walkPadded(read reader, from, to int64, fn visit) error {
	for _, b := range v.blocks {
		if b.End() <= from || b.First >= to {
			continue
		}
		if err := v.walkBlock(read, b, max(from, b.First), min(to, b.End()), fn); err != nil {
			return err
		}
	}
	return nil
}

func (v state) walkBlock(read reader, b ledger.Block, from, to int64, fn visit) error {
	p := &pages{read: read, last: b.After}
	slots := b.Slots(v.LogKey[:])
	for len(slots) > 0 && slots[0] < from {
		slots = slots[1:]
		p.last++
	}
	for index := from; index < to; index++ {
		var err error
		if len(slots) > 0 && slots[0] == index {
			var l contest.Leaf
			if l, err = p.next(); err == nil {
				err = fn(index, l, v.leaf(l))
			}
			slots = slots[1:]
		} else {
			err = fn(index, contest.Leaf{Kind: contest.Pad}, contest.AppendPad(nil, v.LogKey.PadSalt(index)))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
