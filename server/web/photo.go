package web

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"

	"github.com/go-chi/chi/v5"

	"fanfare/media/blob"
	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/page"
)

// photoCaching is how long a photo may be kept. Its name is made of its content, so a browser never asks again for what it
// has seen. What serves others asks after half a minute, or a photo that was taken down would be shown for a year by a
// cache that we cannot reach; the answer is mostly a 304, for which no photo is read.
const photoCaching = "public, max-age=31536000, s-maxage=30, immutable"

const (
	photoSuffix = ".jpg"
	photoHash   = 16 // bytes of the hash in a photo's name
)

// photoKey takes a photo's key apart: ENTRY/HASH.jpg.
func photoKey(key string) (entry contest.EntryID, ok bool) {
	id, name, _ := strings.Cut(key, "/")
	hash, isPhoto := strings.CutSuffix(name, photoSuffix)
	sum, err := hex.DecodeString(hash)
	return contest.EntryID(id), isPhoto && id != "" && err == nil && len(sum) == photoHash
}

// photo serves a rendition while its entry may be seen. Originals lie elsewhere in the bucket and are never served.
func (s *site) photo(w http.ResponseWriter, r *http.Request) {
	key := chi.URLParam(r, "*")
	err := s.maySee(r, key)
	if err == nil && r.Header.Get("If-None-Match") == photoTag(key) {
		describePhoto(w.Header(), key)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	var h *heldPhoto
	if err == nil {
		h, err = s.photos.take(r.Context(), key)
	}
	if errors.Is(err, errCrowded) {
		err = s.stream(w, r, key)
	}
	switch {
	case errors.Is(err, blob.ErrNotFound), errors.Is(err, blob.ErrKey):
		w.Header().Set("Cache-Control", "no-store") // it may be shown again
		http.Error(w, "not found", http.StatusNotFound)
	case err != nil:
		if errors.Is(err, blob.ErrCorrupt) {
			s.Log.ErrorContext(r.Context(), "photo is damaged and not served; run: fanfare rebuild renditions", "err", err)
		}
		s.fail(w, r, err)
	case h != nil:
		defer s.photos.release(h)
		describePhoto(w.Header(), key)
		http.ServeContent(w, r, "", h.modTime, bytes.NewReader(h.content))
	}
}

// maySee judges whether a photo is to be shown now; blob.ErrNotFound where it is not.
func (s *site) maySee(r *http.Request, key string) error {
	entry, ok := photoKey(key)
	if !ok {
		return fmt.Errorf("photo %q: %w", key, blob.ErrNotFound)
	}
	return s.permits.check(r.Context(), entry)
}

func photoTag(key string) string { return `"` + path.Base(key) + `"` }

func describePhoto(h http.Header, key string) {
	h.Set("Content-Type", "image/jpeg")
	h.Set("Cache-Control", photoCaching)
	h.Set("ETag", photoTag(key))
	h.Set("Content-Disposition", "inline")
}

// stream serves a photo that finds no room: it is read to compare its hash, and read again to be sent. Should the second
// reading differ, the answer breaks off, so that nobody takes it for whole.
func (s *site) stream(w http.ResponseWriter, r *http.Request, key string) error {
	for _, out := range []io.Writer{io.Discard, w} {
		file, _, err := s.photos.open(r.Context(), key)
		if err != nil {
			return err
		}
		if out == w {
			describePhoto(w.Header(), key)
		}
		_, err = io.Copy(out, file)
		if err = errors.Join(err, file.Close()); err != nil && out == w {
			panic(http.ErrAbortHandler)
		}
		if err != nil {
			return fmt.Errorf("read photo: %w", err)
		}
	}
	return nil
}

// photoOrigin is where photos are served; empty where that is the installation's own address.
func (s *site) photoOrigin() string {
	if s.Photos == nil {
		return ""
	}
	return s.Photos.String()
}

// elsewhere sends who asks here for a photo to the host that serves them.
func (s *site) elsewhere(w http.ResponseWriter, r *http.Request) {
	key := chi.URLParam(r, "*")
	if _, ok := photoKey(key); !ok {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	http.Redirect(w, r, s.photoOrigin()+page.MediaPath(key), http.StatusPermanentRedirect)
}

// byHost gives requests for the photos' host to a handler that has nothing but photos.
func (s *site) byHost(photos, others http.Handler) http.Handler {
	origin := s.photoOrigin()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked, err := access.ParseOrigin(s.Photos.Scheme + "://" + r.Host); err == nil && asked == origin {
			photos.ServeHTTP(w, r)
			return
		}
		others.ServeHTTP(w, r)
	})
}
