package audits

import (
	"context"
	"errors"
	"fmt"
	"io"

	"fanfare/server/contest"
	"fanfare/server/ledger"
	"fanfare/server/store"
)

// ErrBusy says that as many exports are written already as this process takes on.
var ErrBusy = errors.New("too many exports at once")

// Export is a log as it is published at one moment. It is written once, and must be closed.
type Export struct {
	service     *Service
	state       state
	header      ledger.Header
	checkpoints []checkpoint // the smallest first; the last one has the whole log
	tallies     []store.Standing
	results     []string
}

// checkpoint is a signed note of a size.
type checkpoint struct {
	size int64
	note string
}

// Export reads what a challenge's export begins and ends with. ErrBusy asks to come again later.
func (s *Service) Export(ctx context.Context, id contest.ChallengeID) (e *Export, err error) {
	select {
	case s.exports <- struct{}{}:
	default:
		return nil, ErrBusy
	}
	defer func() {
		if err != nil {
			<-s.exports
		}
	}()
	key, err := s.key(ctx)
	if err == nil {
		err = s.Seal(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	e = &Export{service: s}
	err = s.store.View(ctx, func(tx *store.Tx) error { return e.read(tx, id, key) })
	return e, err
}

// Close makes room for another export.
func (e *Export) Close() { <-e.service.exports }

func (e *Export) read(tx *store.Tx, id contest.ChallengeID, key ledger.Key) error {
	v, err := readWhole(tx, id)
	if err != nil {
		return err
	}
	e.state = v
	list, err := tx.LogCheckpoints(id)
	if err != nil {
		return err
	}
	for _, c := range list {
		e.checkpoints = append(e.checkpoints, checkpoint{c.Size, c.Note})
	}
	if v.open() != ledger.OpenNone {
		if err := e.readOpen(tx, key); err != nil {
			return err
		}
	}
	if len(e.checkpoints) == 0 {
		return fmt.Errorf("%w: the log of challenge %s has no checkpoint yet", store.ErrUnavailable, id)
	}
	e.header = ledger.Header{
		Origin: key.Origin(string(id)), Key: key.Public(), Challenge: id, Open: v.open(), Size: e.size(),
		Terms: string(v.Terms.JSON()), TermsHash: v.Terms.Hash(),
	}
	return nil
}

// size is how many leaves the export has.
func (e *Export) size() int64 { return e.checkpoints[len(e.checkpoints)-1].size }

// readOpen reads the tallies, and signs what came since the log was sealed, so that they are those of the checkpoint.
func (e *Export) readOpen(tx *store.Tx, key ledger.Key) (err error) {
	v := e.state
	switch {
	case v.Leaves == v.covered():
	case v.Padded() || v.Leaves-v.covered() > maxSeal:
		return fmt.Errorf("%w: %d leaves are still to be sealed", store.ErrUnavailable, v.Leaves-v.covered())
	default:
		note, err := signAhead(tx, v, key)
		if err != nil {
			return err
		}
		e.checkpoints = append(e.checkpoints, checkpoint{v.Leaves, note})
	}
	if e.tallies, err = tx.Tallies(v.Challenge.ID); err == nil && v.Certified() {
		e.results, err = tx.CertifiedResults(v.Challenge.ID)
	}
	return err
}

// signAhead signs a checkpoint of all leaves that are there. What is sealed later goes on from it, because without pads a
// leaf's position is its index.
func signAhead(tx *store.Tx, v state, key ledger.Key) (string, error) {
	g := growth{state: v}
	var err error
	if g.tree, err = v.tree(tx); err != nil {
		return "", err
	}
	leaves, err := tx.LeavesAfter(v.Challenge.ID, v.covered(), maxSeal)
	for _, l := range leaves {
		g.tree.Append(ledger.HashLeaf(v.leaf(l)), nil)
	}
	if err != nil {
		return "", err
	}
	return g.sign(key)
}

// Name is what the file is called.
func (e *Export) Name() string { return "votes-" + e.state.Slug + ".jsonl" }

// Write writes the export. It reads the leaves page by page, so it may take as long as its reader does.
func (e *Export) Write(ctx context.Context, w io.Writer) error {
	out, err := ledger.NewExport(w, e.header)
	if err == nil {
		err = e.writeLeaves(ctx, out)
	}
	for _, t := range e.tallies {
		if err == nil && t.Tally != (contest.Tally{}) {
			err = out.Tally(t.Number, t.Tally)
		}
	}
	for _, text := range e.results {
		if err == nil {
			err = out.Result(text)
		}
	}
	if err != nil {
		return fmt.Errorf("export log of challenge %s: %w", e.state.Challenge.ID, err)
	}
	return nil
}

// writeLeaves writes all leaves, and each checkpoint behind its last one.
func (e *Export) writeLeaves(ctx context.Context, out *ledger.Export) error {
	checkpoints := e.checkpoints
	signed := func(size int64) error {
		for len(checkpoints) > 0 && checkpoints[0].size <= size {
			if err := out.Checkpoint(checkpoints[0].note); err != nil {
				return err
			}
			checkpoints = checkpoints[1:]
		}
		return nil
	}
	if err := signed(0); err != nil {
		return err
	}
	if e.header.Open == ledger.OpenNone {
		return e.writeSealed(ctx, out, signed)
	}
	leaves := e.service.leaves(ctx, e.state.Challenge.ID)
	return e.state.walk(leaves, 0, e.size(), func(index int64, l contest.Leaf, leaf []byte) error {
		write := func() error { return out.Sealed(index, ledger.HashLeaf(leaf)) }
		if e.header.Open.Shows(l.Kind) {
			write = func() error { return out.Leaf(index, leaf) }
		}
		if err := write(); err != nil {
			return err
		}
		return signed(index + 1)
	})
}

// writeSealed writes the hashes as the tiles have them: of what is not open the leaves are not even read.
func (e *Export) writeSealed(ctx context.Context, out *ledger.Export, signed func(int64) error) error {
	for n := int64(0); n*ledger.TileWidth < e.size(); n++ {
		first := n * ledger.TileWidth
		width := int(min(ledger.TileWidth, e.size()-first))
		hashes, err := e.service.Tile(ctx, e.state.Challenge.ID, 0, n, width)
		if err != nil {
			return err
		}
		tile := ledger.Tile{N: n, Hashes: hashes}
		for place := range width {
			index := first + int64(place)
			if err := out.Sealed(index, tile.Hash(place)); err != nil {
				return err
			}
			if err := signed(index + 1); err != nil {
				return err
			}
		}
	}
	return nil
}
