package uploads

import (
	"context"
	"errors"
	"fmt"
	"io"

	"fanfare/media/blob"
	"fanfare/server/store"
)

// add stores a piece as a part.
func (r *receiver) add(ctx context.Context, p *spooled) error {
	key := fmt.Sprintf("%s%s-%d-%d", Prefix, r.upload.ID, r.upload.Claim, p.end) // no other piece has it
	object, err := r.bucket.Put(ctx, key, p.File, p.end-p.start)
	if err != nil {
		return fmt.Errorf("keep piece: %w", away(err))
	}
	part := store.UploadPart{Start: p.start, Size: object.Size, Object: key, SHA256: object.SHA256}
	err = r.store.Update(ctx, func(tx *store.Tx) error { return tx.AddPart(r.upload, part) })
	if errors.Is(err, store.ErrNotFound) {
		r.entries.Forget(ctx, key) // the upload was given up, or is another's by now
	}
	if err != nil {
		return err
	}
	if p.start < r.upload.Received { // it took the last one's place
		replaced := len(r.parts) - 1
		r.entries.Forget(ctx, r.parts[replaced].Object)
		r.parts = r.parts[:replaced]
	}
	r.parts = append(r.parts, part)
	r.upload.Received = p.end
	return nil
}

// heal has an upload go on from its first part that the store has lost or damaged, if there is one: bytes that nobody can
// read again would let it end never.
func (r *receiver) heal(ctx context.Context) error {
	for _, p := range r.parts {
		err := r.bucket.Verify(ctx, p.Object, p.SHA256)
		if spoiled(err) {
			err = r.bucket.Verify(ctx, p.Object, p.SHA256) // it may have been spoiled on the way
		}
		switch {
		case spoiled(err):
			r.log.Warn("part of an upload is damaged; its fan sends it again", "upload", r.upload.ID, "part", p.Object, "err", err)
			return r.store.Update(ctx, func(tx *store.Tx) error { return tx.CutUpload(r.upload, p.Start) })
		case err != nil:
			return err
		}
	}
	return nil
}

func spoiled(err error) bool {
	return errors.Is(err, blob.ErrCorrupt) || errors.Is(err, blob.ErrNotFound)
}

// open returns a reader of a part that ends well only when its bytes are those that came.
func (s *Service) open(ctx context.Context, p store.UploadPart) (io.ReadCloser, error) {
	part, _, err := s.bucket.OpenVerified(ctx, p.Object, p.SHA256)
	if errors.Is(err, blob.ErrNotFound) {
		err = fmt.Errorf("%w: %v", blob.ErrCorrupt, err) // to the fan, it is the upload that would not be found
	}
	return part, err
}

// joined reads parts, whose hashes it compares, and then the last piece.
type joined struct {
	ctx   context.Context // of the request that joins them
	from  *Service
	parts []store.UploadPart
	last  io.Reader
	part  io.ReadCloser // the one that is read; nil before it and after the last
}

// Read implements io.Reader.
func (j *joined) Read(p []byte) (n int, err error) {
	for len(j.parts) > 0 {
		if j.part == nil {
			if j.part, err = j.from.open(j.ctx, j.parts[0]); err != nil {
				return 0, err
			}
		}
		n, err = j.part.Read(p)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		err = j.Close()
		j.parts = j.parts[1:]
		if n > 0 || err != nil {
			return n, err
		}
	}
	return j.last.Read(p)
}

// Close closes the part that is open.
func (j *joined) Close() error {
	part := j.part
	if j.part = nil; part == nil {
		return nil
	}
	return part.Close()
}
