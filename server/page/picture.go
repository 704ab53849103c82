package page

import (
	"fmt"
	"strings"

	"fanfare/server/contest"
)

// Picture is a photo as an <img> shows it.
type Picture struct {
	Src    string
	Srcset string
	Sizes  string
	Width  int
	Height int
	Alt    string
}

// MediaPath is the path under which a rendition is served.
func MediaPath(key string) string { return "/m/" + key }

// PhotoURL is a rendition's address: a path, or a whole address where photos have a host name of their own.
func (c *Context) PhotoURL(key string) string { return c.page.photos + MediaPath(key) }

// Picture offers every rendition but the square one. sizes says how wide the picture stands on the page.
func (c *Context) Picture(photo contest.Photo, sizes, alt string) Picture {
	p := Picture{Sizes: sizes, Width: photo.Width, Height: photo.Height, Alt: alt}
	var set []string
	for _, r := range photo.Renditions {
		if r.Name == squareName {
			continue
		}
		set = append(set, fmt.Sprintf("%s %dw", c.PhotoURL(r.Key), r.Width))
		if p.Src == "" || r.Name == plainName {
			p.Src = c.PhotoURL(r.Key)
		}
	}
	p.Srcset = strings.Join(set, ", ")
	return p
}

// The rendition that browsers without srcset get, and the one for small places.
const (
	plainName  = "1024"
	squareName = "square"
)

// Square is a photo's small centre crop.
func (c *Context) Square(photo contest.Photo, alt string) Picture {
	r, ok := rendition(photo, squareName)
	if !ok {
		return c.Picture(photo, placeSizes, alt)
	}
	return Picture{Src: c.PhotoURL(r.Key), Width: r.Width, Height: r.Height, Alt: alt}
}

func rendition(photo contest.Photo, name string) (contest.Rendition, bool) {
	for _, r := range photo.Renditions {
		if r.Name == name {
			return r, true
		}
	}
	return contest.Rendition{}, false
}

// Alt describes a photo for those who do not see it: its caption, cut to a sentence's length, and its author.
func (c *Context) Alt(caption, author string) string {
	return c.T("photo.alt", "caption", cut(caption, maxAlt), "author", author)
}

// maxAlt keeps what a screen reader reads out short, in code points.
const maxAlt = 120

// cut shortens a text to n code points, the last of them an ellipsis, and joins its lines.
func cut(s string, n int) string {
	runes := []rune(strings.Join(strings.Fields(s), " "))
	if len(runes) <= n {
		return string(runes)
	}
	return strings.TrimSpace(string(runes[:n-1])) + "…"
}
