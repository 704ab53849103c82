package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"
	"time"

	"fanfare/media/blob"
	"fanfare/server/app/entries"
)

const (
	// maxPhoto is above the largest rendition: 2,048² pixels of noise are 5 MB.
	maxPhoto = 8 << 20
	// maxPhotos bounds what all photos hold in memory while they are on their way. What does not fit is read twice.
	maxPhotos = 64 << 20
	// photoLife is how long a photo is given to others without asking the bucket again. A board's photos are asked for by
	// many at once, and then comparing costs nothing (280 KB took 0.3 ms, instead of 0.9 when each reads it for itself); an
	// erased one must be gone as soon as a revoked session is.
	photoLife = 5 * time.Second
	// photoTime is for the bucket to give one photo. Who asked first may leave; others wait for it too.
	photoTime = 30 * time.Second
)

// errCrowded means that the photos on their way fill the memory they may take.
var errCrowded = errors.New("too many photos on their way")

// photos reads renditions and compares their hash before the first byte goes out. It is safe for concurrent use.
type photos struct {
	bucket *blob.Bucket
	room   int64 // bytes
	life   time.Duration

	mu    sync.Mutex // guards what follows, and the fields of the photos that say so
	held  map[string]*heldPhoto
	taken int64 // bytes of those that are held or in use
}

// heldPhoto is one rendition in memory.
type heldPhoto struct {
	key   string
	until time.Time

	users int   // guarded by photos.mu
	size  int64 // guarded by photos.mu

	ready   chan struct{} // closed once what follows is set
	content []byte
	modTime time.Time
	err     error
}

func newPhotos(b *blob.Bucket, room int64, life time.Duration) *photos {
	return &photos{bucket: b, room: room, life: life, held: map[string]*heldPhoto{}}
}

// take returns a photo, which must be released. Those who ask at once share it.
func (p *photos) take(ctx context.Context, key string) (*heldPhoto, error) {
	h, first := p.enter(key)
	if first {
		h.err = p.load(context.WithoutCancel(ctx), h)
		close(h.ready)
	}
	select {
	case <-h.ready:
	case <-ctx.Done():
		p.release(h)
		return nil, ctx.Err()
	}
	if h.err != nil {
		p.drop(h)
		return nil, h.err
	}
	return h, nil
}

// enter counts one more user of a photo, and says whether it is the one who loads it.
func (p *photos) enter(key string) (h *heldPhoto, first bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h, found := p.held[key]
	if !found || time.Now().After(h.until) {
		if found {
			p.forget(h)
		}
		h = &heldPhoto{key: key, until: time.Now().Add(p.life), ready: make(chan struct{})}
		p.held[key] = h
		first = true
	}
	h.users++
	return h, first
}

// release ends one use.
func (p *photos) release(h *heldPhoto) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h.users--
	p.settle(h)
}

// drop ends one use of a photo that failed: the next who asks tries again.
func (p *photos) drop(h *heldPhoto) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(h)
	h.users--
	p.settle(h)
}

// forget gives the photo to nobody else. The caller holds mu.
func (p *photos) forget(h *heldPhoto) {
	if p.held[h.key] == h {
		delete(p.held, h.key)
	}
	p.settle(h)
}

// settle gives back the room of a photo that is neither held nor in use. The caller holds mu.
func (p *photos) settle(h *heldPhoto) {
	if h.users == 0 && p.held[h.key] != h {
		p.taken -= h.size
		h.size = 0
	}
}

// load reads the photo. What does not have the hash that its key names is read once more, for it may have changed on
// the way.
func (p *photos) load(ctx context.Context, h *heldPhoto) error {
	ctx, cancel := context.WithTimeout(ctx, photoTime)
	defer cancel()
	err := p.read(ctx, h)
	if errors.Is(err, blob.ErrCorrupt) {
		err = p.read(ctx, h)
	}
	return err
}

func (p *photos) read(ctx context.Context, h *heldPhoto) error {
	r, object, err := p.open(ctx, h.key)
	if err != nil {
		return err
	}
	defer r.Close()
	if !p.reserve(h, object.Size) {
		return errCrowded
	}
	b := bytes.NewBuffer(make([]byte, 0, object.Size+bytes.MinRead))
	if _, err := b.ReadFrom(r); err != nil {
		return fmt.Errorf("read photo: %w", err)
	}
	h.content, h.modTime = b.Bytes(), object.ModTime
	return nil
}

// open returns a reader of the photo that ends well only when its bytes have the hash that the key names.
func (p *photos) open(ctx context.Context, key string) (io.ReadCloser, blob.Object, error) {
	hash := strings.TrimSuffix(path.Base(key), photoSuffix)
	r, object, err := p.bucket.OpenVerified(ctx, entries.PhotoPrefix+key, hash)
	if err == nil && object.Size > maxPhoto {
		return nil, blob.Object{}, errors.Join(fmt.Errorf("open photo %s: %w: %d bytes", key, blob.ErrCorrupt, object.Size), r.Close())
	}
	return r, object, err
}

// reserve makes room for a photo; those that nobody uses any more go first. It reports whether there is enough.
func (p *photos) reserve(h *heldPhoto, size int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken -= h.size // of a first reading
	h.size = 0
	now := time.Now()
	for _, other := range p.held {
		if other.users == 0 && (now.After(other.until) || p.taken+size > p.room) {
			p.forget(other)
		}
	}
	if p.taken+size > p.room {
		return false
	}
	h.size = size
	p.taken += size
	return true
}
