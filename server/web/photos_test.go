package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"fanfare/media/blob"
	"fanfare/media/blob/dirblob"
	"fanfare/server/contest"
	"fanfare/server/page"
)

// gallery is a site that serves the photos of a folder.
type gallery struct {
	*httptest.Server
	photos *photos
	folder string
	driver *counted
	hidden atomic.Bool // the entries' photos are not to be seen
}

// counted is a folder of objects that counts how often one is opened, and lets tests step in.
type counted struct {
	*dirblob.Dir
	opened atomic.Int64
	before func(n int64) // the n-th opening; nil for nothing
}

func (c *counted) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	n := c.opened.Add(1)
	if c.before != nil {
		c.before(n)
	}
	return c.Dir.Open(ctx, key, offset, length)
}

func newGallery(t *testing.T, room int64, life time.Duration) *gallery {
	t.Helper()
	g := &gallery{folder: t.TempDir()}
	dir, err := dirblob.Open(g.folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	pages, err := page.New("http://localhost")
	if err != nil {
		t.Fatal(err)
	}
	g.driver = &counted{Dir: dir}
	g.photos = newPhotos(blob.NewBucket(g.driver), room, life)
	shown := func(context.Context, contest.EntryID) (bool, error) { return !g.hidden.Load(), nil }
	s := &site{Parts: Parts{Pages: pages, Log: slog.New(slog.DiscardHandler)}, photos: g.photos, permits: newPermits(shown, 0)}
	r := chi.NewRouter()
	r.Get(photoPattern, s.photo)
	g.Server = httptest.NewServer(r)
	g.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(g.Close)
	return g
}

// photoBytes is as large as a photo and like no other.
var photoBytes = bytes.Repeat([]byte("no two bytes alike? nearly. "), 10_000)

// hang puts a photo in and returns its path.
func (g *gallery) hang(t *testing.T) string {
	t.Helper()
	sum := sha256.Sum256(photoBytes)
	name := "e_1/" + hex.EncodeToString(sum[:16]) + ".jpg"
	if err := g.driver.Put(t.Context(), "photo/"+name, bytes.NewReader(photoBytes)); err != nil {
		t.Fatal(err)
	}
	return name
}

// change writes other bytes under the bucket.
func (g *gallery) change(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(g.folder, "photo", name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// get returns the answer with what of its body came, and how reading that ended.
func (g *gallery) get(t *testing.T, name string, header http.Header) (*http.Response, []byte, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.URL+"/m/"+name, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	answer, err := g.Client().Do(r)
	if err != nil {
		return &http.Response{}, nil, err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	return answer, b, err
}

func flipped(at int) []byte {
	b := bytes.Clone(photoBytes)
	b[at] ^= 1
	return b
}

// CHECKS 4: whatever the store gives, what is served has the hash that its name was made of. Without room for it in
// memory, a photo is served in another way, by the same rule.
func TestOtherBytesThanTheStoredOnesAreNeverServed(t *testing.T) {
	for way, room := range map[string]int64{"in memory": maxPhotos, "streamed": 0} {
		g := newGallery(t, room, 0)
		name := g.hang(t)
		for damage, b := range map[string][]byte{
			"first bit": flipped(0), "last bit": flipped(len(photoBytes) - 1), "cut": photoBytes[:1000], "empty": {},
			"longer": append(bytes.Clone(photoBytes), 0), "huge": make([]byte, maxPhoto+1),
		} {
			g.change(t, name, b)
			answer, body, err := g.get(t, name, nil)
			if err != nil || answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" ||
				answer.Header.Get("Content-Type") == "image/jpeg" || bytes.Contains(body, photoBytes[:100]) {
				t.Errorf("%s, %s: %d %v with %d bytes, %v; want 503", way, damage, answer.StatusCode, answer.Header, len(body), err)
			}
		}
		g.change(t, name, photoBytes)
		if answer, body, err := g.get(t, name, nil); err != nil || answer.StatusCode != http.StatusOK || !bytes.Equal(body, photoBytes) {
			t.Errorf("%s: after it was mended: %d with %d bytes, %v", way, answer.StatusCode, len(body), err)
		}
		if g.photos.taken > int64(len(photoBytes)) {
			t.Errorf("%s: %d bytes are taken for one photo", way, g.photos.taken)
		}
	}
}

func TestADamageOnTheWayIsReadAgain(t *testing.T) {
	g := newGallery(t, maxPhotos, 0)
	name := g.hang(t)
	g.change(t, name, flipped(5))
	g.driver.before = func(n int64) {
		if n == 2 {
			g.change(t, name, photoBytes)
		}
	}
	if answer, body, err := g.get(t, name, nil); err != nil || answer.StatusCode != http.StatusOK || !bytes.Equal(body, photoBytes) {
		t.Errorf("%d with %d bytes, %v; want the photo", answer.StatusCode, len(body), err)
	}
}

func TestAStreamThatDiffersFromWhatWasComparedBreaksOff(t *testing.T) {
	g := newGallery(t, 0, 0)
	name := g.hang(t)
	g.driver.before = func(n int64) {
		if n == 2 { // the first is compared
			g.change(t, name, flipped(len(photoBytes)-1))
		}
	}
	if answer, body, err := g.get(t, name, nil); err == nil {
		t.Errorf("%d with %d bytes ended well", answer.StatusCode, len(body))
	}
}

func TestThoseWhoAskAtOnceShareOneReading(t *testing.T) {
	const visitors = 50
	g := newGallery(t, maxPhotos, time.Hour)
	name := g.hang(t)
	g.driver.before = func(int64) {
		for { // until everybody asks
			g.photos.mu.Lock()
			users := g.photos.held[name].users
			g.photos.mu.Unlock()
			if users == visitors {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}
	var wg sync.WaitGroup
	for range visitors {
		wg.Go(func() {
			if answer, body, err := g.get(t, name, nil); err != nil || !bytes.Equal(body, photoBytes) {
				t.Errorf("%d with %d bytes, %v", answer.StatusCode, len(body), err)
			}
		})
	}
	wg.Wait()
	if n := g.driver.opened.Load(); n != 1 {
		t.Errorf("%d visitors cost %d readings, want 1", visitors, n)
	}
}

func TestAnErasedPhotoIsGoneWhenItsTimeInMemoryIsOver(t *testing.T) {
	g := newGallery(t, maxPhotos, 0)
	name := g.hang(t)
	if answer, _, _ := g.get(t, name, nil); answer.StatusCode != http.StatusOK {
		t.Fatalf("before: %d", answer.StatusCode)
	}
	if err := g.driver.Delete(t.Context(), "photo/"+name); err != nil {
		t.Fatal(err)
	}
	if answer, _, _ := g.get(t, name, nil); answer.StatusCode != http.StatusNotFound {
		t.Errorf("after: %d, want 404", answer.StatusCode)
	}
}

func TestAPhotoIsServedByRangeAndTag(t *testing.T) {
	g := newGallery(t, maxPhotos, 0)
	name := g.hang(t)
	answer, body, _ := g.get(t, name, http.Header{"Range": {"bytes=10-19"}})
	if answer.StatusCode != http.StatusPartialContent || !bytes.Equal(body, photoBytes[10:20]) {
		t.Errorf("range: %d %q", answer.StatusCode, body)
	}
	answer, body, _ = g.get(t, name, http.Header{"If-None-Match": {answer.Header.Get("ETag")}})
	if answer.StatusCode != http.StatusNotModified || len(body) > 0 {
		t.Errorf("known tag: %d with %d bytes, want 304", answer.StatusCode, len(body))
	}
	before := g.driver.opened.Load()
	if answer, _, _ := g.get(t, name, http.Header{"If-None-Match": {answer.Header.Get("ETag")}}); answer.StatusCode != http.StatusNotModified || g.driver.opened.Load() != before {
		t.Errorf("a cache that asks again: %d, and the photo was read", answer.StatusCode)
	}
	for _, name := range []string{"e_1/none.jpg", "e_1/0123456789abcdef0123456789abcdef.png", "e_1/", "x"} {
		if answer, _, _ := g.get(t, name, nil); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", name, answer.StatusCode)
		}
	}
}

// A photo that was taken down is gone for caches on the way as well: they ask again with the tag they know.
func TestAPhotoThatMayNotBeSeenIsServedNeitherWholeNorByTag(t *testing.T) {
	g := newGallery(t, maxPhotos, time.Hour)
	name := g.hang(t)
	answer, _, _ := g.get(t, name, nil)
	tag := answer.Header.Get("ETag")
	g.hidden.Store(true)
	for _, header := range []http.Header{nil, {"If-None-Match": {tag}}, {"Range": {"bytes=0-9"}}} {
		answer, body, _ := g.get(t, name, header)
		if answer.StatusCode != http.StatusNotFound || answer.Header.Get("Cache-Control") != "no-store" || bytes.Contains(body, photoBytes[:10]) {
			t.Errorf("%v: %d %v, want 404 that is not kept", header, answer.StatusCode, answer.Header)
		}
	}
	g.hidden.Store(false)
	if answer, body, _ := g.get(t, name, nil); answer.StatusCode != http.StatusOK || !bytes.Equal(body, photoBytes) {
		t.Errorf("shown again: %d with %d bytes", answer.StatusCode, len(body))
	}
}

func TestPhotosOnTheirWayKeepToTheirRoom(t *testing.T) {
	size := int64(len(photoBytes))
	g := newGallery(t, 2*size, time.Hour)
	name := g.hang(t)
	p := g.photos
	var held []*heldPhoto
	for _, entry := range []string{"e_2/", "e_3/", "e_4/"} {
		copied := entry + filepath.Base(name)
		if err := g.driver.Put(t.Context(), "photo/"+copied, bytes.NewReader(photoBytes)); err != nil {
			t.Fatal(err)
		}
		h, err := p.take(t.Context(), copied)
		if (err != nil) != (len(held) == 2) {
			t.Errorf("photo %d: %v", len(held)+1, err)
		}
		if err == nil {
			held = append(held, h)
		}
	}
	if p.taken != 2*size {
		t.Errorf("%d bytes are taken by two photos of %d", p.taken, size)
	}
	for _, h := range held {
		p.release(h)
	}
	h, err := p.take(t.Context(), name)
	if err != nil || p.taken > 2*size {
		t.Errorf("after release: %v, %d bytes taken", err, p.taken)
	}
	p.release(h)
}
