package credit

import (
	"encoding/binary"
)

// dataset is a field of IPTC-IIM 4.2: record and number, and how many bytes it holds at most.
type dataset struct {
	record, number byte
	limit          int
}

// The datasets that are written.
var (
	characterSet = dataset{1, 90, 32}
	version      = dataset{2, 0, 2}
	keyword      = dataset{2, 25, 64}
	instructions = dataset{2, 40, 256}
	byLine       = dataset{2, 80, 32}
	creditLine   = dataset{2, 110, 32}
	source       = dataset{2, 115, 32}
	copyright    = dataset{2, 116, 128}
	caption      = dataset{2, 120, 2000}
)

// utf8Escape says that texts are in UTF-8, as ISO 2022 announces it.
const utf8Escape = "\x1b%G"

// iimVersion is that of the standard.
const iimVersion = "\x00\x04"

// append adds a dataset with its value, which is cut to its limit; none for an empty one. Long texts stand in full in XMP.
func (d dataset) append(b []byte, value string) []byte {
	if value = cut(value, d.limit); value == "" {
		return b
	}
	b = append(b, 0x1c, d.record, d.number)
	b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
	return append(b, value...)
}

// iptc is the credit as IPTC-IIM, its datasets in the order of their numbers.
func (c Credit) iptc() (b []byte) {
	b = characterSet.append(b, utf8Escape)
	b = version.append(b, iimVersion)
	for _, word := range c.Keywords {
		b = keyword.append(b, word)
	}
	b = instructions.append(b, c.Instructions)
	b = byLine.append(b, c.Creator)
	b = creditLine.append(b, c.Line)
	b = source.append(b, c.Source)
	b = copyright.append(b, c.Copyright)
	if len(c.Captions) > 0 {
		b = caption.append(b, c.Captions[0].Text)
	}
	return b
}

// Photoshop's resources: what they begin with, and the number of IPTC's.
const (
	photoshopHead = "Photoshop 3.0\x00"
	resourceMark  = "8BIM"
	iptcResource  = 0x0404
)

// photoshop wraps IPTC-IIM as JPEGs carry it.
func (c Credit) photoshop() []byte {
	iptc := c.iptc()
	b := append([]byte(photoshopHead), resourceMark...)
	b = binary.BigEndian.AppendUint16(b, iptcResource)
	b = append(b, 0, 0) // no name
	b = binary.BigEndian.AppendUint32(b, uint32(len(iptc)))
	b = append(b, iptc...)
	if len(iptc)%2 == 1 {
		b = append(b, 0)
	}
	return b
}
