// Package credit writes into a JPEG whose picture it is and what may be done with it, where photo desks and programs look for that:
// as IPTC-IIM and as XMP.
//
// It knows these two formats. It refuses to know where the words come from, and it reads nothing: a picture's own metadata
// belongs to package header, and is not carried on.
package credit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Credit is what a picture says of itself. Empty fields are left out.
type Credit struct {
	Creator      string // who made it (By-line)
	Line         string // how it is to be credited where it is shown (Credit)
	Copyright    string // the notice (Copyright Notice)
	Source       string // where it comes from (Source)
	Instructions string // what may be done with it (Special Instructions)
	Address      string // of the page that says more
	Captions     []Caption
	Keywords     []string
}

// Caption is what the picture shows, in a language. The first one is for programs that take only one.
type Caption struct{ Lang, Text string }

// Limits, in bytes. All of them together, however much of it must be escaped, go into a segment of a JPEG.
const (
	maxText     = 700
	maxCaption  = 1500
	maxCaptions = 2
	maxKeyword  = 192
	maxKeywords = 10
	// maxSegment is what a segment holds behind its length.
	maxSegment = 0xffff - 2
)

// errNoJPEG says that what is to be written to is no JPEG.
var errNoJPEG = errors.New("no JPEG")

// Markers of a JPEG.
const (
	start = "\xff\xd8"
	app1  = 0xe1 // XMP
	app13 = 0xed // Photoshop's resources, IPTC among them
)

// Write writes a JPEG that has no metadata with its credit.
func Write(w io.Writer, jpeg []byte, c Credit) error {
	rest, ok := bytes.CutPrefix(jpeg, []byte(start))
	if !ok {
		return fmt.Errorf("write credit: %w", errNoJPEG)
	}
	c = c.bounded()
	head := []byte(start)
	for _, s := range []struct {
		marker byte
		body   []byte
	}{{app1, c.xmp()}, {app13, c.photoshop()}} {
		if len(s.body) > maxSegment {
			return fmt.Errorf("write credit: %d bytes are more than a segment holds", len(s.body))
		}
		head = binary.BigEndian.AppendUint16(append(head, 0xff, s.marker), uint16(len(s.body)+2))
		head = append(head, s.body...)
	}
	if _, err := w.Write(head); err != nil {
		return fmt.Errorf("write credit: %w", err)
	}
	if _, err := w.Write(rest); err != nil {
		return fmt.Errorf("write credited picture: %w", err)
	}
	return nil
}

// bounded returns the credit in clean words within the limits.
func (c Credit) bounded() Credit {
	for _, field := range []*string{&c.Creator, &c.Line, &c.Copyright, &c.Source, &c.Instructions, &c.Address} {
		*field = cut(clean(*field), maxText)
	}
	var captions []Caption
	for _, caption := range c.Captions[:min(len(c.Captions), maxCaptions)] {
		if caption.Text = cut(clean(caption.Text), maxCaption); caption.Text != "" {
			captions = append(captions, caption)
		}
	}
	var keywords []string
	for _, keyword := range c.Keywords[:min(len(c.Keywords), maxKeywords)] {
		if keyword = cut(clean(keyword), maxKeyword); keyword != "" {
			keywords = append(keywords, keyword)
		}
	}
	c.Captions, c.Keywords = captions, keywords
	return c
}

// clean makes valid UTF-8 of a text, without control characters but line feeds.
func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' || r == utf8.RuneError {
			return -1
		}
		return r
	}, s))
}

// cut shortens a text to so many bytes, at the end of a character.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
