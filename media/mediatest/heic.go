package mediatest

import (
	_ "embed"
	"encoding/binary"
	"image"
)

// CodedWidth and CodedHeight are the size of the one picture that HEICs of tests are made of, a Scene.
const (
	CodedWidth  = 256
	CodedHeight = 192
)

// The picture as HEVC, coded by x265 through libheif: its decoder configuration and its bytes.
var (
	//go:embed testdata/scene.hvcc
	codedConfig []byte
	//go:embed testdata/scene.hevc
	coded []byte
)

// HEIC is what a test writes into a HEIF file. Zero fields are left out, or are what they should be.
type HEIC struct {
	// Width and Height are what the file claims of its picture.
	Width, Height int
	// Columns and Rows make a grid of the coded picture; Tiles is how many the file has.
	Columns, Rows, Tiles int
	// GridWidth and GridHeight are what the grid claims.
	GridWidth, GridHeight int
	// GridBehind puts what the grid claims behind the pictures' bytes, in place of into the description.
	GridBehind bool
	// Kind is the type of the coded item.
	Kind string
	// Turns are quarter turns against the clock; Mirror is 'v' where top and bottom change places, 'h' for left and right.
	Turns, Mirror byte
	// Clean is the size to which the picture is cut, from its middle.
	Clean [2]int
	EXIF  []byte
	ICC   []byte
	// Coding are code points: primaries, transfer, matrix, and 1 for the full range.
	Coding []uint16
	// Alpha is the size of a second picture, the transparency, AlphaKind the type of its item, and AlphaOf the item that it
	// is for.
	Alpha     image.Point
	AlphaKind string
	AlphaOf   int
	// Between are boxes before the description.
	Between []byte
}

// Items of the file.
const (
	exifItem = 1
	gridItem = 2
	tileItem = 3
)

// Box returns an ISO box.
func Box(kind string, bodies ...[]byte) []byte {
	b := append(make([]byte, 4), kind...)
	for _, body := range bodies {
		b = append(b, body...)
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	return b
}

// fullBox returns a box of a version, without flags.
func fullBox(kind string, version byte, bodies ...[]byte) []byte {
	return Box(kind, append([][]byte{{version, 0, 0, 0}}, bodies...)...)
}

func be16(numbers ...int) (b []byte) {
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	}
	return b
}

func be32(numbers ...int) (b []byte) {
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	return b
}

// File returns the file's bytes.
func (h HEIC) File() []byte {
	h = h.whole()
	file := append(Box("ftyp", []byte("heic\x00\x00\x00\x00mif1heic")), h.Between...)
	exif := append(be32(6), append([]byte("Exif\x00\x00"), h.EXIF...)...)
	size := len(h.meta(0, len(exif)))
	data := len(file) + size + 8
	file = append(file, h.meta(data, len(exif))...)
	return append(file, Box("mdat", exif, coded, h.shape())...)
}

// shape is the content of the grid's item.
func (h HEIC) shape() []byte {
	return append([]byte{0, 1, byte(h.Rows - 1), byte(h.Columns - 1)}, be32(h.GridWidth, h.GridHeight)...)
}

// whole fills in what was left out.
func (h HEIC) whole() HEIC {
	if h.Kind == "" {
		h.Kind = "hvc1"
	}
	columns, rows := max(1, h.Columns), max(1, h.Rows)
	if h.Tiles == 0 {
		h.Tiles = columns * rows
	}
	if h.Width == 0 {
		h.Width, h.Height = columns*CodedWidth, rows*CodedHeight
	}
	if h.AlphaKind == "" {
		h.AlphaKind = "hvc1"
	}
	if h.GridWidth == 0 {
		h.GridWidth, h.GridHeight = h.Width, h.Height
	}
	return h
}

func (h HEIC) grid() bool { return h.Columns > 0 }

// alphaItem is the transparency's item, behind the tiles.
func (h HEIC) alphaItem() int { return tileItem + h.Tiles }

// meta describes items whose bytes begin in the file at data.
func (h HEIC) meta(data, exif int) []byte {
	primary := tileItem
	items := [][]byte{nil, item(exifItem, "Exif")}
	places := [][]byte{{0x44, 0}, nil, located(exifItem, 0, data, exif)}
	references := [][]byte{Box("cdsc", be16(exifItem, 1, tileItem))}
	if h.grid() {
		primary = gridItem
		items = append(items, item(gridItem, "grid"))
		place := located(gridItem, 1, 0, len(h.shape()))
		if h.GridBehind {
			place = located(gridItem, 0, data+exif+len(coded), len(h.shape()))
		}
		places = append(places, place)
		tiles := be16(gridItem, h.Tiles)
		for i := range h.Tiles {
			tiles = append(tiles, be16(tileItem+i)...)
		}
		references = [][]byte{Box("cdsc", be16(exifItem, 1, gridItem)), Box("dimg", tiles)}
	}
	for i := range h.Tiles {
		items = append(items, item(tileItem+i, h.Kind))
		places = append(places, located(tileItem+i, 0, data+exif, len(coded)))
	}
	if h.Alpha.X > 0 {
		items = append(items, item(h.alphaItem(), h.AlphaKind))
		places = append(places, located(h.alphaItem(), 0, data+exif, len(coded)))
		of := primary
		if h.AlphaOf != 0 {
			of = h.AlphaOf
		}
		references = append(references, Box("auxl", be16(h.alphaItem(), 1, of)))
	}
	items[0] = be16(len(items) - 1)
	places[1] = be16(len(places) - 2)
	return fullBox("meta", 0,
		fullBox("hdlr", 0, []byte("\x00\x00\x00\x00pict\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")),
		fullBox("pitm", 0, be16(primary)),
		fullBox("iinf", 0, items...),
		fullBox("iref", 0, references...),
		h.properties(primary),
		Box("idat", h.shape()),
		fullBox("iloc", 1, places...),
	)
}

func item(id int, kind string) []byte {
	return fullBox("infe", 2, be16(id, 0), []byte(kind), []byte{0})
}

func located(id, method, offset, length int) []byte {
	return append(be16(id, method, 0, 1), be32(offset, length)...)
}

// properties are the first item's, and the tiles' where it is a grid.
func (h HEIC) properties(primary int) []byte {
	ofTiles := [][]byte{Box("hvcC", codedConfig), fullBox("ispe", 0, be32(CodedWidth, CodedHeight))}
	all := ofTiles
	var own []byte
	add := func(property []byte) {
		all = append(all, property)
		own = append(own, byte(len(all)))
	}
	if !h.grid() {
		own = []byte{1}
	}
	add(fullBox("ispe", 0, be32(h.Width, h.Height)))
	if h.ICC != nil {
		add(Box("colr", []byte("prof"), h.ICC))
	}
	if h.Coding != nil {
		add(Box("colr", []byte("nclx"), be16(int(h.Coding[0]), int(h.Coding[1]), int(h.Coding[2])), []byte{byte(h.Coding[3] << 7)}))
	}
	if h.Clean[0] > 0 {
		add(Box("clap", be32(h.Clean[0], 1, h.Clean[1], 1, 0, 1, 0, 1)))
	}
	if h.Turns > 0 {
		add(Box("irot", []byte{h.Turns}))
	}
	if h.Mirror > 0 {
		add(Box("imir", []byte{map[byte]byte{'v': 0, 'h': 1}[h.Mirror]}))
	}
	owners := append(be16(primary), append([]byte{byte(len(own))}, own...)...)
	count := 1
	if h.grid() {
		for i := range h.Tiles {
			count++
			owners = append(append(owners, be16(tileItem+i)...), 2, 1, 2)
		}
	}
	if h.Alpha.X > 0 {
		count++
		all = append(all, fullBox("ispe", 0, be32(h.Alpha.X, h.Alpha.Y)), fullBox("auxC", 0, []byte("urn:mpeg:hevc:2015:auxid:1\x00")))
		owners = append(append(owners, be16(h.alphaItem())...), 3, 1, byte(len(all)-1), byte(len(all)))
	}
	return Box("iprp", Box("ipco", all...), fullBox("ipma", 0, be32(count), owners))
}
