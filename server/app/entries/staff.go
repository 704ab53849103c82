package entries

import (
	"context"
	"errors"
	"fmt"
	"io"

	"fanfare/media/blob"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// The files of an entry that are no renditions.
const (
	OriginalFile = "original" // what the fan entered
	EvidenceFile = "evidence" // the camera's own file, which staff asked for
)

// File is one of an entry's files, as it was stored.
type File struct {
	Content io.ReadCloser
	Size    int64
	SHA256  string
}

// Open reads a file of an entry for staff, whatever the public may see of it: OriginalFile, EvidenceFile or a rendition by
// its name. Its hash was compared before Open returns, and is compared again while it is read. Errors: store.ErrNotFound
// for what is not there or no longer kept, ErrMediaUnavailable.
func (s *Service) Open(ctx context.Context, e contest.Entry, name string) (File, error) {
	key, sum := fileOf(e, name)
	if key == "" || e.Status == contest.Withdrawn {
		return File{}, fmt.Errorf("open %s of %s: %w", name, e.ID, store.ErrNotFound)
	}
	err := s.bucket.Verify(ctx, key, sum)
	var content io.ReadCloser
	var object blob.Object
	if err == nil {
		content, object, err = s.bucket.OpenVerified(ctx, key, sum)
	}
	switch {
	case errors.Is(err, blob.ErrNotFound):
		err = fmt.Errorf("%w: %w", store.ErrNotFound, err)
	case errors.Is(err, blob.ErrUnavailable), errors.Is(err, blob.ErrCorrupt):
		err = fmt.Errorf("%w: %w", ErrMediaUnavailable, err)
	}
	if err != nil {
		return File{}, fmt.Errorf("open %s of %s: %w", name, e.ID, err)
	}
	return File{content, object.Size, sum}, nil
}

// fileOf is where a file of an entry lies and what its hash is; empty for one that it does not have.
func fileOf(e contest.Entry, name string) (key, sum string) {
	switch name {
	case OriginalFile:
		return e.Original, e.SHA256
	case EvidenceFile:
		return e.Evidence, e.EvidenceSHA256
	}
	for _, r := range e.Photo.Renditions {
		if r.Name == name {
			return PhotoPrefix + r.Key, r.SHA256
		}
	}
	return "", ""
}
