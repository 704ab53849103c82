package web

import (
	"errors"
	"net/http"

	"fanfare/server/page"
	"fanfare/server/store"
)

// embed answers sites that unfold a pasted link to an entry (oembed.com). What is not public is not found.
func (s *site) embed(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if f := query.Get("format"); f != "" && f != "json" && f != "xml" {
		http.Error(w, "format is json or xml", http.StatusNotImplemented) // as oembed.com §2.3.3 wants it
		return
	}
	id, ok := s.Pages.EntryOf(query.Get("url"))
	if !ok {
		http.Error(w, "url is the address of an entry's page here", http.StatusNotFound)
		return
	}
	c, e, _, err := s.public(r.Context(), id)
	if err == nil {
		var fits bool
		fits, err = s.Pages.Embed(w, r, page.EmbedView{
			Challenge: c, Entry: e, XML: query.Get("format") == "xml", MaxWidth: positive(query.Get("maxwidth")), MaxHeight: positive(query.Get("maxheight")),
		})
		if err == nil && !fits {
			err = store.ErrNotFound
		}
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		http.Error(w, "no such photo", http.StatusNotFound)
	case err != nil:
		s.Log.ErrorContext(r.Context(), "link cannot be unfolded", "entry", id, "err", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
	}
}
