package s3blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/minio/minio-go/v7"

	"fanfare/media/blob"
)

const (
	// partSize is what one put holds in memory. Every store takes parts from 5 MiB; most photos fit into one of these and
	// need no second request.
	partSize = 8 << 20
	// maxPuts is how many puts hold a part at once, 64 MiB together. Further ones wait for as long as the store, or a slow
	// line to it, takes bytes of these.
	maxPuts = 8
	// slotTime is how long a put waits for a slot while the store takes nothing. With patience it stays below the ten
	// seconds within which an upload is told that the store does not answer.
	slotTime = 2 * time.Second
)

// Put implements blob.Driver. An object of more than one part becomes visible when the last has arrived.
func (s *Store) Put(ctx context.Context, key string, r io.Reader) error {
	if err := s.takeSlot(ctx); err != nil {
		return err
	}
	defer func() { <-s.slots }()
	buffer := s.parts.Get().(*[partSize]byte)
	defer s.parts.Put(buffer)

	w := watching(ctx)
	defer w.end()
	source := &source{watch: w, r: r, buffer: buffer[:]}
	first, err := source.next()
	if err != nil {
		return err
	}
	if source.ended {
		_, err := s.client.PutObject(w.ctx, s.config.Bucket, s.name(key), s.body(w, first), int64(len(first)), "", hash(first), whole)
		return w.kind(err)
	}
	return s.multipart(w, s.name(key), first, source)
}

// whole makes the client send the hash that we give it, before the bytes, whether they go through TLS or not.
var whole = minio.PutObjectOptions{DisableContentSha256: true}

// takeSlot waits until few enough puts are under way: until the caller's time is over while they move, and not for long
// while none does.
func (s *Store) takeSlot(ctx context.Context) error {
	timer := time.NewTimer(slotTime)
	defer timer.Stop()
	for {
		select {
		case s.slots <- struct{}{}:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
		left := slotTime - time.Since(time.UnixMilli(s.taken.Load()))
		if left <= 0 {
			return fmt.Errorf("%w: %d puts are under way and none moves", blob.ErrUnavailable, maxPuts)
		}
		timer.Reset(left)
	}
}

// multipart sends an object part by part. What breaks off is aborted, unless the store is away: then Sweep does it later.
func (s *Store) multipart(w *watch, name string, part []byte, source *source) (err error) {
	id, err := s.client.NewMultipartUpload(w.ctx, s.config.Bucket, name, minio.PutObjectOptions{})
	if err != nil {
		return w.kind(err)
	}
	defer func() {
		if err != nil && !errors.Is(err, blob.ErrUnavailable) {
			err = errors.Join(err, s.abort(context.WithoutCancel(w.ctx), name, id))
		}
	}()
	var parts []minio.CompletePart
	for number := 1; len(part) > 0; number++ {
		sent, err := s.client.PutObjectPart(w.ctx, s.config.Bucket, name, id, number, s.body(w, part), int64(len(part)),
			minio.PutObjectPartOptions{Sha256Hex: hash(part), DisableContentSha256: true})
		if err != nil {
			return w.kind(err)
		}
		parts = append(parts, minio.CompletePart{PartNumber: number, ETag: sent.ETag})
		if part, err = source.next(); err != nil {
			return err
		}
	}
	_, err = s.client.CompleteMultipartUpload(w.ctx, s.config.Bucket, name, id, parts, minio.PutObjectOptions{})
	return w.kind(err)
}

// abort gives up the parts of an upload.
func (s *Store) abort(ctx context.Context, name, id string) error {
	w := watching(ctx)
	defer w.end()
	err := s.client.AbortMultipartUpload(w.ctx, s.config.Bucket, name, id)
	if code(err) == "NoSuchUpload" {
		return nil
	}
	return w.kind(err)
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// source cuts a stream into parts.
type source struct {
	*watch
	r      io.Reader
	buffer []byte // of the part that was read last
	ended  bool
}

// next reads a part; it is empty once the stream has ended. Errors are the stream's own.
func (s *source) next() ([]byte, error) {
	if s.ended {
		return nil, nil
	}
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	s.rest() // a slow stream is not a stalled store
	defer s.moved()
	n := 0
	for n < len(s.buffer) {
		m, err := s.r.Read(s.buffer[n:])
		n += m
		if errors.Is(err, io.EOF) {
			s.ended = true
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return s.buffer[:n], nil
}
