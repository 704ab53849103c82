package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
)

// loader serves the script that pages embed. Its name never changes, so browsers ask whether its content did.
func (s *site) loader(w http.ResponseWriter, r *http.Request) {
	a, ok := s.Asset("embed.js")
	if !ok {
		http.Error(w, "The widget is not built. Run: make build", http.StatusNotFound)
		return
	}
	a.Immutable = false
	s.send(w, r, "embed.js", a)
}

// asset serves a file of the widget or of the pages.
func (s *site) asset(w http.ResponseWriter, r *http.Request) {
	name := chi.URLParam(r, "name")
	if a, ok := s.Asset(name); ok {
		s.send(w, r, name, a)
		return
	}
	for _, files := range s.Static {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			continue
		}
		s.send(w, r, name, Asset{Content: content, ContentType: mime.TypeByExtension(path.Ext(name))})
		return
	}
	http.Error(w, "not found", http.StatusNotFound)
}

// send writes the file, compressed where the browser takes it.
func (s *site) send(w http.ResponseWriter, r *http.Request, name string, a Asset) {
	h := w.Header()
	h.Set("Content-Type", a.ContentType)
	h.Add("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "public, max-age=300")
	if a.Immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	content := a.Content
	if a.Brotli != nil && accepts(r.Header.Get("Accept-Encoding"), "br") {
		content, name = a.Brotli, name+".br"
		h.Set("Content-Encoding", "br")
	}
	h.Set("ETag", s.tag(name, content))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// tag is the ETag of a file, whose content is the same as long as this program runs.
func (s *site) tag(name string, content []byte) string {
	if known, ok := s.tags.Load(name); ok {
		return known.(string)
	}
	sum := sha256.Sum256(content)
	tag := fmt.Sprintf("%q", hex.EncodeToString(sum[:12]))
	s.tags.Store(name, tag)
	return tag
}

// accepts reports whether an Accept-Encoding takes a coding.
func accepts(header, coding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == coding {
			return strings.ReplaceAll(weight, " ", "") != "q=0"
		}
	}
	return false
}
