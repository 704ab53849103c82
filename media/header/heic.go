package header

import (
	"bufio"
	"bytes"
	"maps"
	"slices"
)

// maxTiles bounds a grid: 50 MP in tiles of 256 by 256 pixels are some 800, and phones make theirs four times as large.
const maxTiles = 4096

// readHEIC reads the size that a decoder yields: of the primary item, cut and turned as the file demands.
func (h *Header) readHEIC(r *bufio.Reader) error {
	m, err := readMeta(r)
	if err != nil {
		return err
	}
	if err := m.decodable(m.primary); err != nil {
		return err
	}
	if err := m.transparencyFits(); err != nil {
		return err
	}
	h.Width, h.Height = m.upright(m.primary)
	return m.alone()
}

// upright returns an item's size after its transformations, in their order.
func (m *heif) upright(item uint32) (width, height int) {
	width, height = m.size(item)
	for p := range m.propertiesOf(item) {
		f := fields{b: p.body}
		switch p.kind {
		case "clap":
			width, height = min(width, rounded(f.uint(4), f.uint(4))), min(height, rounded(f.uint(4), f.uint(4)))
		case "irot":
			if f.uint(1)&1 == 1 {
				width, height = height, width
			}
		}
	}
	return width, height
}

func rounded(numerator, denominator uint64) int {
	if denominator == 0 {
		return 0
	}
	return int((numerator + denominator/2) / denominator)
}

// decodable judges whether an item is coded as HEVC, whole or as a grid of equal tiles, and whether the sizes that a
// decoder would believe agree: of the item, of the grid, of its tiles and of the coded pictures.
func (m *heif) decodable(item uint32) error {
	switch m.kinds[item] {
	case "hvc1":
		return m.agree(item)
	case "av01":
		return &UnsupportedError{"avif"}
	case "grid":
	case "":
		return broken("there is no primary item")
	default:
		return &UnsupportedError{"heif"}
	}
	columns, rows, err := m.grid(item)
	if err != nil {
		return err
	}
	tiles := m.parts[item]
	if len(tiles) != columns*rows || len(tiles) > maxTiles {
		return broken("a grid of %d by %d has %d tiles", columns, rows, len(tiles))
	}
	width, height := m.size(item)
	tileWidth, tileHeight := m.size(tiles[0])
	if !covers(columns, tileWidth, width) || !covers(rows, tileHeight, height) {
		return broken("%d by %d tiles of %d by %d make no %d by %d", columns, rows, tileWidth, tileHeight, width, height)
	}
	for _, tile := range tiles {
		if w, h := m.size(tile); w != tileWidth || h != tileHeight || m.kinds[tile] != "hvc1" {
			return broken("a tile is %q of %d by %d", m.kinds[tile], w, h)
		}
		if err := m.agree(tile); err != nil {
			return err
		}
	}
	return nil
}

// transparencyFits judges the pictures of transparency that a decoder blends in: one, of the primary item, and no larger.
func (m *heif) transparencyFits() error {
	used := map[uint32]bool{m.primary: true}
	for _, tile := range m.parts[m.primary] {
		used[tile] = true
	}
	found := false
	for _, item := range slices.Sorted(maps.Keys(m.supports)) {
		if !m.transparency(item) {
			continue
		}
		for _, of := range m.supports[item] {
			if !used[of] && !m.transparency(of) {
				continue
			}
			width, height := m.size(m.primary)
			if w, h := m.size(item); found || of != m.primary || w > width || h > height {
				return broken("a transparency of %d by %d", w, h)
			}
			if err := m.decodable(item); err != nil {
				return err
			}
			found = true
		}
	}
	return nil
}

// transparency says whether a picture beside another is one, and no map of depth or light.
func (m *heif) transparency(item uint32) bool {
	f, _ := m.property(item, "auxC")
	f.full()
	name, _, _ := bytes.Cut(f.b, []byte{0})
	switch string(name) {
	case "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", "urn:mpeg:hevc:2015:auxid:1", "urn:mpeg:avc:2015:auxid:1":
		return true
	}
	return false
}

// covers says whether n tiles fill a side, with less than a tile left over.
func covers(n, tile, side int) bool {
	const usual = 1024 // a tile that is larger than a small picture
	return tile > 0 && n*tile >= side && (n-1)*tile < side && n*tile <= 2*side+usual
}

// grid reads how many tiles a grid has, and holds its size against what the item says.
func (m *heif) grid(item uint32) (columns, rows int, err error) {
	body, err := m.content(item)
	if err != nil {
		return 0, 0, err
	}
	f := fields{b: body}
	_, flags := f.uint(1), f.uint(1)
	rows, columns = 1+int(f.uint(1)), 1+int(f.uint(1))
	side := wide(flags&1 == 1)
	w, h := int(f.uint(side)), int(f.uint(side))
	if width, height := m.size(item); f.out || w != width || h != height {
		return 0, 0, broken("a grid of %d by %d in a picture of %d by %d", w, h, width, height)
	}
	return columns, rows, nil
}

// heicBlocks collects the EXIF item, the turn of the primary item and its colours, or those of its first tile where it
// says nothing.
func heicBlocks(r *bufio.Reader) (Metadata, error) {
	var found Metadata
	m, err := readMeta(r)
	if err != nil {
		return found, err
	}
	if f, ok := m.property(m.primary, "irot"); ok {
		found.Turns = int(f.uint(1) & 3)
	}
	m.colours(m.primary, &found)
	if tiles := m.parts[m.primary]; found.ICC == nil && found.Coding == nil && len(tiles) > 0 {
		m.colours(tiles[0], &found)
	}
	item, ok := m.exif()
	if !ok {
		return found, nil
	}
	content, err := m.content(item)
	f := fields{b: content}
	f.bytes(int(f.uint(4))) // up to the TIFF header
	if !f.out {
		found.EXIF = bytes.TrimPrefix(f.b, []byte(exifPrefix))
	}
	return found, err
}

// exif finds the EXIF item of the primary item, or of no item in particular.
func (m *heif) exif() (item uint32, ok bool) {
	for id, kind := range m.kinds {
		described := m.describes[id]
		if kind == "Exif" && (len(described) == 0 || slices.Contains(described, m.primary)) && (!ok || id < item) {
			item, ok = id, true
		}
	}
	return item, ok
}

func (m *heif) colours(item uint32, found *Metadata) {
	for p := range m.propertiesOf(item) {
		if p.kind != "colr" {
			continue
		}
		f := fields{b: p.body}
		switch kind := string(f.bytes(4)); {
		case (kind == "prof" || kind == "rICC") && found.ICC == nil && len(f.b) > 0:
			found.ICC = f.b
		case kind == "nclx" && found.Coding == nil && len(f.b) >= 7:
			found.Coding = &Coding{Primaries: int(f.uint(2)), Transfer: int(f.uint(2)), Matrix: int(f.uint(2)), Full: f.uint(1)>>7 == 1}
		}
	}
}
