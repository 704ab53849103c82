package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"fanfare/media/blob"
	"fanfare/server/app/entries"
)

// photo serves a rendition. Its name is made of its content, so it never changes; originals lie elsewhere in the bucket
// and are never served.
func (s *site) photo(w http.ResponseWriter, r *http.Request) {
	key := chi.URLParam(r, "*")
	file, object, err := s.Bucket.Open(r.Context(), entries.PhotoPrefix+key)
	if err != nil {
		if errors.Is(err, blob.ErrNotFound) || errors.Is(err, blob.ErrKey) {
			http.Error(w, "not found", http.StatusNotFound)
			return
		}
		s.fail(w, r, err)
		return
	}
	defer file.Close()
	h := w.Header()
	h.Set("Content-Type", "image/jpeg")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", `"`+path.Base(key)+`"`)
	h.Set("Content-Disposition", "inline")
	http.ServeContent(w, r, "", object.ModTime, file)
}

// loader serves the script that pages embed. Its name never changes, so browsers ask whether its content did.
func (s *site) loader(w http.ResponseWriter, r *http.Request) {
	a, ok := s.Asset("embed.js")
	if !ok {
		http.Error(w, "The widget is not built. Run: make build", http.StatusNotFound)
		return
	}
	a.Immutable = false
	a.serve(w, r)
}

// asset serves a file of the widget or of the pages.
func (s *site) asset(w http.ResponseWriter, r *http.Request) {
	name := chi.URLParam(r, "name")
	if a, ok := s.Asset(name); ok {
		a.serve(w, r)
		return
	}
	for _, files := range s.Static {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			continue
		}
		Asset{Content: content, ContentType: mime.TypeByExtension(path.Ext(name))}.serve(w, r)
		return
	}
	http.Error(w, "not found", http.StatusNotFound)
}

// serve writes the file, compressed where the browser takes it.
func (a Asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.ContentType)
	h.Add("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "public, max-age=300")
	if a.Immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	content, suffix := a.Content, ""
	if a.Brotli != nil && accepts(r, "br") {
		content, suffix = a.Brotli, "-br"
		h.Set("Content-Encoding", "br")
	}
	sum := sha256.Sum256(content)
	h.Set("ETag", fmt.Sprintf("%q", hex.EncodeToString(sum[:8])+suffix))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

func accepts(r *http.Request, coding string) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == coding {
			return strings.ReplaceAll(weight, " ", "") != "q=0"
		}
	}
	return false
}
