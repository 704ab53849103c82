package header

import (
	"bufio"
	"errors"
	"io"
	"iter"
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
	describes  map[uint32][]uint32 // of an item of metadata, whose it is
	supports   map[uint32][]uint32 // of a picture beside another, which one's it is
	places     map[uint32][]extent
	data       []byte // of the idat box
	file       *boxReader
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

// readMeta reads boxes up to the one that describes the items.
func readMeta(r *bufio.Reader) (*heif, error) {
	file := &boxReader{r: r}
	sequence := false
	for {
		kind, err := file.next()
		if errors.Is(err, io.EOF) && sequence {
			return nil, &UnsupportedError{"heic sequence"}
		}
		if err != nil {
			return nil, err
		}
		if kind == "meta" {
			length := file.end - file.at
			if length > maxMeta {
				return nil, broken("a description of %d bytes", length)
			}
			body, err := file.take(length)
			if err != nil {
				return nil, err
			}
			return parseMeta(body, file)
		}
		sequence = sequence || kind == "moov"
	}
}

// alone says whether the file has no other description: some decoders believe the first and some the last.
func (m *heif) alone() error {
	var err error
	for err == nil {
		_, err = m.file.next()
	}
	if m.file.metas > 1 {
		return broken("two descriptions")
	}
	if errors.Is(ended(err), ErrBroken) {
		return nil // what follows the picture's bytes is nobody's business
	}
	return err
}

func parseMeta(body []byte, file *boxReader) (*heif, error) {
	m := &heif{
		kinds: map[uint32]string{}, owned: map[uint32][]int{}, parts: map[uint32][]uint32{}, describes: map[uint32][]uint32{},
		supports: map[uint32][]uint32{}, places: map[uint32][]extent{}, file: file,
	}
	read := map[string]func(*fields){
		"pitm": m.readPrimary, "iinf": m.readItems, "iref": m.readReferences, "iprp": m.readProperties, "iloc": m.readPlaces,
		"idat": func(f *fields) { m.data = f.b },
	}
	f := fields{b: body}
	f.full()
	for {
		kind, body, ok := f.box()
		if !ok {
			break
		}
		if read[kind] == nil {
			continue
		}
		b := fields{b: body}
		read[kind](&b)
		if b.out {
			return nil, broken("the description's %q is cut off, or says a thing twice", kind)
		}
		read[kind] = (*fields).fail // a second one
	}
	if f.out {
		return nil, broken("the description breaks off")
	}
	return m, nil
}

// once keeps what is said of an item. Decoders differ in which of two they believe.
func once[V any](f *fields, kept map[uint32]V, item uint32, v V) {
	if _, twice := kept[item]; twice {
		f.fail()
	}
	kept[item] = v
}

func (m *heif) readPrimary(f *fields) {
	version, _ := f.full()
	m.primary = uint32(f.uint(wide(version > 0)))
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
		once(f, m.kinds, id, string(item.bytes(4)))
		f.out = f.out || item.out
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
			once(f, m.parts, from, to)
		case "cdsc":
			m.describes[from] = to
		case "auxl":
			once(f, m.supports, from, to)
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
			if m.properties != nil {
				f.fail()
			}
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
		var owned []int
		for range f.uint(1) {
			number := int(f.uint(1 + int(flags&1)))
			if flags&1 == 1 {
				number &= 0x7fff // the upper bit says that it matters
			} else {
				number &= 0x7f
			}
			owned = append(owned, number)
		}
		once(f, m.owned, id, owned)
	}
}

func (m *heif) readPlaces(f *fields) {
	version, _ := f.full()
	sizes := f.uint(2)
	offsetSize, lengthSize, baseSize, indexSize := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	if max(offsetSize, lengthSize, baseSize, indexSize) > 8 {
		f.fail()
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
		var places []extent
		for range f.uint(2) {
			f.uint(indexSize)
			offset, length := f.uint(offsetSize), f.uint(lengthSize)
			if len(places) > 0 && offsetSize+lengthSize == 0 { // any number of places would fit into no bytes
				f.fail()
			}
			if f.out {
				return
			}
			places = append(places, extent{method == 1, base + offset, length})
		}
		if once(f, m.places, id, places); f.out {
			return
		}
	}
}

// property returns an item's one property of a kind; not ok where it has none, or more.
func (m *heif) property(item uint32, kind string) (f fields, ok bool) {
	for p := range m.propertiesOf(item) {
		if p.kind == kind && ok {
			return fields{}, false
		}
		if p.kind == kind {
			f, ok = fields{b: p.body}, true
		}
	}
	return f, ok
}

// propertiesOf yields an item's properties in their order.
func (m *heif) propertiesOf(item uint32) iter.Seq[property] {
	return func(yield func(property) bool) {
		for _, number := range m.owned[item] {
			if number >= 1 && number <= len(m.properties) && !yield(m.properties[number-1]) {
				return
			}
		}
	}
}

// size returns what an item says of its size before it is cut and turned.
func (m *heif) size(item uint32) (width, height int) {
	ispe, _ := m.property(item, "ispe")
	ispe.full()
	return int(ispe.uint(4)), int(ispe.uint(4))
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
		if e.offset > farthest || e.length == 0 {
			return nil, broken("an item of %d bytes at %d", e.length, e.offset)
		}
		if err := m.file.reach(int64(e.offset)); err != nil {
			return nil, err
		}
		part, err := m.file.take(int64(e.length))
		if err != nil {
			return nil, err
		}
		content = append(content, part...)
	}
	return content, nil
}
