package header

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
)

// maxMeta bounds the description of a HEIF file; a phone's, of a grid of 200 tiles, has some 12 KB.
const maxMeta = 1 << 20

// heif is what the meta box of a HEIF file (ISO/IEC 23008-12) says of its items.
type heif struct {
	primary    uint32
	kinds      map[uint32]string
	properties []property
	owned      map[uint32][]int // an item's properties, by their number from 1, in their order
	parts      map[uint32][]uint32
	describes  map[uint32][]uint32
	places     map[uint32][]extent
	data       []byte // of the idat box
	end        int64  // where the meta box ends in the file
	reader     *bufio.Reader
}

type property struct {
	kind string
	body []byte
}

// extent is a stretch of an item's bytes, in the file or in the idat box. A length of 0 goes to the end.
type extent struct {
	inData         bool
	offset, length uint64
}

// readHEIC reads the size that a decoder yields: of the primary item, cut and turned as the file demands.
func (h *Header) readHEIC(r *bufio.Reader) error {
	m, err := readMeta(r)
	if err != nil {
		return err
	}
	if err := m.decodable(m.primary); err != nil {
		return err
	}
	h.Width, h.Height = m.upright(m.primary)
	return nil
}

// readMeta reads boxes up to the one that describes the items.
func readMeta(r *bufio.Reader) (*heif, error) {
	sequence := false
	for at := int64(0); ; {
		kind, length, head, err := nextBox(r)
		if errors.Is(err, io.EOF) && sequence {
			return nil, &UnsupportedError{"heic sequence"}
		}
		if err != nil {
			return nil, err
		}
		if kind == "meta" {
			if length < 0 || length > maxMeta {
				return nil, broken("a description of %d bytes", length)
			}
			body, err := block(r, length)
			if err != nil {
				return nil, err
			}
			return parseMeta(body, at+head+length, r)
		}
		sequence = sequence || kind == "moov"
		if length == toEnd {
			length = 1 << 40
		}
		if _, err := io.CopyN(io.Discard, r, length); err != nil {
			return nil, err
		}
		at += head + length
	}
}

func parseMeta(body []byte, end int64, r *bufio.Reader) (*heif, error) {
	m := &heif{
		kinds: map[uint32]string{}, owned: map[uint32][]int{}, parts: map[uint32][]uint32{}, describes: map[uint32][]uint32{},
		places: map[uint32][]extent{}, end: end, reader: r,
	}
	f := fields{b: body}
	f.full()
	for {
		kind, body, ok := f.box()
		if !ok {
			break
		}
		b := fields{b: body}
		switch kind {
		case "pitm":
			version, _ := b.full()
			m.primary = uint32(b.uint(wide(version > 0)))
		case "iinf":
			m.readItems(&b)
		case "iref":
			m.readReferences(&b)
		case "iprp":
			m.readProperties(&b)
		case "iloc":
			m.readPlaces(&b)
		case "idat":
			m.data = body
		}
		f.out = f.out || b.out
	}
	if f.out {
		return nil, broken("the description of its items breaks off")
	}
	return m, nil
}

// wide is the size of a number that has either two bytes or four.
func wide(is bool) int {
	if is {
		return 4
	}
	return 2
}

func (m *heif) readItems(f *fields) {
	version, _ := f.full()
	f.uint(wide(version > 0)) // their count
	for {
		kind, body, ok := f.box()
		if !ok {
			return
		}
		item := fields{b: body}
		version, _ := item.full()
		if kind != "infe" || version < 2 {
			continue
		}
		id := uint32(item.uint(wide(version > 2)))
		item.uint(2) // how it is protected
		m.kinds[id] = string(item.bytes(4))
	}
}

func (m *heif) readReferences(f *fields) {
	version, _ := f.full()
	for {
		kind, body, ok := f.box()
		if !ok {
			return
		}
		b := fields{b: body}
		from := uint32(b.uint(wide(version > 0)))
		var to []uint32
		for range b.uint(2) {
			if b.out {
				break
			}
			to = append(to, uint32(b.uint(wide(version > 0))))
		}
		switch kind {
		case "dimg":
			m.parts[from] = to
		case "cdsc":
			m.describes[from] = to
		}
		f.out = f.out || b.out
	}
}

func (m *heif) readProperties(f *fields) {
	for {
		kind, body, ok := f.box()
		if !ok {
			return
		}
		b := fields{b: body}
		switch kind {
		case "ipco":
			for {
				kind, body, ok := b.box()
				if !ok {
					break
				}
				m.properties = append(m.properties, property{kind, body})
			}
		case "ipma":
			m.readAssociations(&b)
		}
		f.out = f.out || b.out
	}
}

func (m *heif) readAssociations(f *fields) {
	version, flags := f.full()
	for range f.uint(4) {
		if f.out {
			return
		}
		id := uint32(f.uint(wide(version > 0)))
		for range f.uint(1) {
			number := int(f.uint(1 + int(flags&1)))
			if flags&1 == 1 {
				number &= 0x7fff // the upper bit says that it matters
			} else {
				number &= 0x7f
			}
			m.owned[id] = append(m.owned[id], number)
		}
	}
}

func (m *heif) readPlaces(f *fields) {
	version, _ := f.full()
	sizes := f.uint(2)
	offsetSize, lengthSize, baseSize, indexSize := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	if max(offsetSize, lengthSize, baseSize, indexSize) > 8 {
		f.out = true
		return
	}
	if version == 0 {
		indexSize = 0
	}
	for range f.uint(wide(version > 1)) {
		id := uint32(f.uint(wide(version > 1)))
		method := uint64(0)
		if version > 0 {
			method = f.uint(2) & 15
		}
		f.uint(2) // which file
		base := f.uint(baseSize)
		for range f.uint(2) {
			f.uint(indexSize)
			offset, length := f.uint(offsetSize), f.uint(lengthSize)
			if f.out {
				return
			}
			m.places[id] = append(m.places[id], extent{method == 1, base + offset, length})
		}
	}
}

// property returns an item's first property of a kind.
func (m *heif) property(item uint32, kind string) (fields, bool) {
	for _, p := range m.propertiesOf(item) {
		if p.kind == kind {
			return fields{b: p.body}, true
		}
	}
	return fields{}, false
}

func (m *heif) propertiesOf(item uint32) (owned []property) {
	for _, number := range m.owned[item] {
		if number >= 1 && number <= len(m.properties) {
			owned = append(owned, m.properties[number-1])
		}
	}
	return owned
}

// size returns what an item says of its size before it is cut and turned.
func (m *heif) size(item uint32) (width, height int) {
	ispe, _ := m.property(item, "ispe")
	ispe.full()
	return int(ispe.uint(4)), int(ispe.uint(4))
}

// upright returns an item's size after its transformations, in their order.
func (m *heif) upright(item uint32) (width, height int) {
	width, height = m.size(item)
	for _, p := range m.propertiesOf(item) {
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
	if len(tiles) != columns*rows {
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

// content reads an item's bytes, at most maxBlock. Those in the file must stand behind the description, as everybody
// writes them, because files are read forwards.
func (m *heif) content(item uint32) ([]byte, error) {
	var content []byte
	for _, e := range m.places[item] {
		if e.length > maxBlock || len(content) > maxBlock {
			return nil, broken("an item of more than %d bytes", maxBlock)
		}
		if e.inData {
			if e.offset > uint64(len(m.data)) || e.length > uint64(len(m.data))-e.offset {
				return nil, broken("an item beyond its data")
			}
			data := m.data[e.offset:]
			if e.length > 0 {
				data = data[:e.length]
			}
			content = append(content, data...)
			continue
		}
		if e.offset < uint64(m.end) || e.offset > 1<<40 || e.length == 0 {
			return nil, broken("an item before its description")
		}
		if _, err := io.CopyN(io.Discard, m.reader, int64(e.offset)-m.end); err != nil {
			return nil, err
		}
		part, err := block(m.reader, int64(e.length))
		if err != nil {
			return nil, err
		}
		m.end = int64(e.offset + e.length)
		content = append(content, part...)
	}
	return content, nil
}

// heicBlocks collects the EXIF item and the colours of the primary item, or of its first tile where it says nothing.
func heicBlocks(r *bufio.Reader) (Metadata, error) {
	var found Metadata
	m, err := readMeta(r)
	if err != nil {
		return found, err
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
	for _, p := range m.propertiesOf(item) {
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
