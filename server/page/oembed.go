package page

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"

	"fanfare/server/contest"
)

// OEmbedPath is where other sites ask how a link to an entry is to be shown.
const OEmbedPath = "/oembed"

// oEmbed is the answer for a photo (oembed.com, version 1.0).
type oEmbed struct {
	XMLName         xml.Name `json:"-" xml:"oembed"`
	Type            string   `json:"type" xml:"type"`
	Version         string   `json:"version" xml:"version"`
	Title           string   `json:"title" xml:"title"`
	AuthorName      string   `json:"author_name" xml:"author_name"`
	ProviderName    string   `json:"provider_name" xml:"provider_name"`
	ProviderURL     string   `json:"provider_url" xml:"provider_url"`
	CacheAge        int      `json:"cache_age" xml:"cache_age"`
	URL             string   `json:"url" xml:"url"`
	Width           int      `json:"width" xml:"width"`
	Height          int      `json:"height" xml:"height"`
	ThumbnailURL    string   `json:"thumbnail_url,omitempty" xml:"thumbnail_url,omitempty"`
	ThumbnailWidth  int      `json:"thumbnail_width,omitempty" xml:"thumbnail_width,omitempty"`
	ThumbnailHeight int      `json:"thumbnail_height,omitempty" xml:"thumbnail_height,omitempty"`
}

// embedAge is how long a site may keep an answer, in seconds: not much longer than it takes until a withdrawn photo is gone everywhere.
const embedAge = 60

// EmbedView is what is asked of an entry's link.
type EmbedView struct {
	Challenge           contest.Challenge
	Entry               contest.Entry
	XML                 bool // and not JSON
	MaxWidth, MaxHeight int  // pixels; 0 for any
}

// Embed answers with the largest rendition that fits. False, and nothing is written, where none does.
func (p *Renderer) Embed(w http.ResponseWriter, r *http.Request, v EmbedView) (fits bool, err error) {
	c := p.Context(r)
	photo, ok := fitting(v.Entry.Photo, v.MaxWidth, v.MaxHeight)
	if !ok {
		return false, nil
	}
	o := oEmbed{
		Type: "photo", Version: "1.0", AuthorName: v.Entry.Author, ProviderName: "Fanfare", ProviderURL: c.Absolute("/"), CacheAge: embedAge,
		Title: strings.TrimSpace(cut(v.Entry.Caption, maxTitle) + " " + v.Challenge.Hashtag),
		URL:   c.Absolute(c.PhotoURL(photo.Key)), Width: photo.Width, Height: photo.Height,
	}
	if small, ok := rendition(v.Entry.Photo, squareName); ok {
		o.ThumbnailURL, o.ThumbnailWidth, o.ThumbnailHeight = c.Absolute(c.PhotoURL(small.Key)), small.Width, small.Height
	}
	out, kind := []byte(nil), "application/json"
	if v.XML {
		kind = "text/xml; charset=utf-8"
		out, err = document(o)
	} else {
		out, err = json.Marshal(o)
	}
	if err != nil {
		return false, err
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Write(out) // a site that has gone is no fault of ours
	return true, nil
}

// fitting is the largest rendition within a width and a height, the square one left out.
func fitting(photo contest.Photo, width, height int) (contest.Rendition, bool) {
	for _, r := range photo.Renditions {
		if r.Name != squareName && (width == 0 || r.Width <= width) && (height == 0 || r.Height <= height) {
			return r, true
		}
	}
	return contest.Rendition{}, false
}

// EntryOf reads an entry's identifier from the address of its page in this installation; false for any other address.
func (p *Renderer) EntryOf(address string) (contest.EntryID, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Host != p.public.Host || u.Scheme != "https" && u.Scheme != "http" {
		return "", false
	}
	id, ok := strings.CutPrefix(u.Path, EntryPath(""))
	return contest.EntryID(id), ok && id != "" && !strings.Contains(id, "/")
}

// OEmbed is the address at which sites ask about an entry, in "json" or "xml".
func (c *Context) OEmbed(id contest.EntryID, format string) string {
	return c.Absolute(OEmbedPath + "?" + url.Values{"url": {c.Absolute(EntryPath(id))}, "format": {format}}.Encode())
}
