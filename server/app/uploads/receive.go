package uploads

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"os"
	"syscall"
	"time"

	"fanfare/media/blob"
	"fanfare/server/access"
	"fanfare/server/store"
)

const (
	// pieceSize and pieceTime are what a server that dies may cost who sends to it without a pause: that much is sent again.
	pieceSize = 8 << 20
	pieceTime = 5 * time.Second
	// leastPart is what a part has at least, but the last: a smaller one grows with the next piece. So an upload has few
	// parts however small the pieces are that it comes in.
	leastPart = 256 << 10
)

// Body is bytes of an upload on their way.
type Body interface {
	io.Reader
	// Break ends a Read that waits.
	Break()
	// Leaving reports that the process is about to end.
	Leaving() bool
}

// Pieces are the bytes of one request.
type Pieces struct {
	Body     Body
	Offset   int64
	Length   int64     // -1 where it is not known
	Checksum *Checksum // of all of them; nil for none
}

// Checksum is what bytes must hash to.
type Checksum struct {
	Hash hash.Hash
	Want []byte
}

// Append takes in bytes of a fan's upload from an offset. It returns the upload as it is then, also beside an error: bytes
// that came before a connection broke are kept, unless a checksum was to hold for all. Errors: store.ErrNotFound, ErrOffset,
// ErrHeld, ErrLeaving, ErrChecksum, blob.ErrTooLarge, blob.ErrFull, entries.ErrMediaUnavailable, ErrBroken with what
// reading the body failed with; and for the last byte *media.Refused and *contest.Refusal, which end the upload.
func (s *Service) Append(ctx context.Context, fan access.Session, id store.UploadID, in Pieces) (store.Upload, error) {
	u, err := s.own(ctx, fan, id)
	if err != nil {
		return u, err
	}
	switch {
	case in.Offset > u.Length, u.State != store.UploadOpen && in.Offset != u.Received:
		return u, fmt.Errorf("upload %s at %d: %w", id, u.Received, ErrOffset)
	case in.Length > u.Length-in.Offset:
		return u, blob.ErrTooLarge
	case u.State != store.UploadOpen:
		return u, nil // the answer to its last byte was lost
	}
	if u, err = s.take(ctx, id, in.Offset); err != nil {
		return u, err
	}
	ctx = context.WithoutCancel(ctx) // what has come is kept, though the sender be gone
	r := &receiver{holder: s.hold(ctx, u, in.Body), in: in, upload: u}
	defer r.release(ctx)
	err = r.run(ctx)
	return r.upload, err
}

// receiver receives the bytes of one request.
type receiver struct {
	*holder
	in     Pieces
	upload store.Upload // as it is by now
	parts  []store.UploadPart
}

func (r *receiver) run(ctx context.Context) error {
	err := r.store.View(ctx, func(tx *store.Tx) (err error) {
		r.parts, err = tx.Parts(r.upload.ID)
		return err
	})
	for err == nil {
		err = r.piece(ctx)
	}
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case spoiled(err):
		err = errors.Join(err, r.heal(ctx))
	}
	return err
}

// piece receives one piece and stores it. It returns io.EOF after the last one of the body.
func (r *receiver) piece(ctx context.Context) error {
	p, err := r.spool(ctx)
	if err != nil {
		return err
	}
	defer p.Close() //nolint:errcheck // only read back
	if r.in.Checksum != nil {
		if err := r.in.Checksum.judge(p.ended); err != nil {
			return err
		}
	}
	if p.end == r.upload.Length {
		if err := r.finish(ctx, p); err != nil {
			return err
		}
		return io.EOF
	}
	if p.end > r.upload.Received {
		if err := r.add(ctx, p); err != nil {
			return err
		}
	}
	return p.ended
}

// judge compares a checksum once the bytes have ended.
func (c *Checksum) judge(ended error) error {
	switch {
	case !errors.Is(ended, io.EOF):
		return ended
	case subtle.ConstantTimeCompare(c.Hash.Sum(nil), c.Want) == 0:
		return ErrChecksum
	}
	return nil
}

// spooled is a piece in a temporary file that has no name any more.
type spooled struct {
	*os.File
	start, end int64 // within the upload
	ended      error // why the body ended with it; nil where it goes on
}

// spool copies a piece to the disk, behind the last part where that one is small.
func (r *receiver) spool(ctx context.Context) (*spooled, error) {
	file, err := os.CreateTemp("", "upload-")
	if err != nil {
		return nil, fmt.Errorf("keep piece: %w", full(err))
	}
	p := &spooled{File: file, start: r.upload.Received, end: r.upload.Received}
	err = os.Remove(file.Name())
	if err == nil {
		err = r.tail(ctx, p)
	}
	if err == nil {
		err = r.fill(p)
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, fmt.Errorf("keep piece: %w", errors.Join(full(err), file.Close()))
	}
	return p, nil
}

// full gives an error of our disk its kind.
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", blob.ErrFull, err)
	}
	return err
}

// tail begins a piece with the last part where that one is small, so that the piece takes its place.
func (r *receiver) tail(ctx context.Context, p *spooled) error {
	if len(r.parts) == 0 {
		return nil
	}
	last := r.parts[len(r.parts)-1]
	if last.Size >= leastPart {
		return nil
	}
	part, err := r.open(ctx, last)
	if err != nil {
		return err
	}
	p.start = last.Start
	_, err = io.Copy(p.File, part)
	return errors.Join(err, part.Close())
}

// fill copies from the body to the end of the piece. Only the disk's errors are returned: the body's are the piece's end.
func (r *receiver) fill(p *spooled) error {
	in := &intake{r: r.holder, left: pieceSize, until: time.Now().Add(pieceTime)}
	if r.in.Checksum != nil {
		in.left, in.until = math.MaxInt64, time.Time{} // it says nothing of pieces
	}
	due := r.upload.Length - p.end
	in.left = min(in.left, due+1) // one byte too many is seen
	var out io.Writer = struct{ io.Writer }{p.File}
	if r.in.Checksum != nil {
		out = io.MultiWriter(p.File, r.in.Checksum.Hash)
	}
	n, err := io.Copy(out, in)
	if err == nil && n > due {
		err = blob.ErrTooLarge
	}
	p.end += n
	p.ended = in.ended
	return err
}

// intake reads from the body as much as belongs to a piece.
type intake struct {
	r     io.Reader
	left  int64
	until time.Time // zero for no end
	some  bool
	ended error
}

func (i *intake) Read(p []byte) (int, error) {
	late := i.some && !i.until.IsZero() && time.Now().After(i.until)
	if i.left == 0 || i.ended != nil || late {
		return 0, io.EOF
	}
	n, err := i.r.Read(p[:min(int64(len(p)), i.left)])
	i.left -= int64(n)
	i.some = i.some || n > 0
	i.ended = err
	if err != nil {
		err = io.EOF
	}
	return n, err
}
