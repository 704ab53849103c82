package header_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"io"
	"slices"
	"strings"
	"testing"

	"fanfare/media/header"
	"fanfare/media/mediatest"
)

func TestSizesOfHEICsAreThoseThatADecoderYields(t *testing.T) {
	for name, c := range map[string]struct {
		file          mediatest.HEIC
		width, height int
	}{
		"one picture":             {mediatest.HEIC{}, 256, 192},
		"turned by a quarter":     {mediatest.HEIC{Turns: 1}, 192, 256},
		"turned by three":         {mediatest.HEIC{Turns: 3, Mirror: 'v'}, 192, 256},
		"turned by a half":        {mediatest.HEIC{Turns: 2}, 256, 192},
		"cut":                     {mediatest.HEIC{Clean: [2]int{200, 150}}, 200, 150},
		"cut and turned":          {mediatest.HEIC{Clean: [2]int{200, 150}, Turns: 1}, 150, 200},
		"a grid":                  {mediatest.HEIC{Columns: 3, Rows: 2}, 768, 384},
		"a grid that is not full": {mediatest.HEIC{Columns: 3, Rows: 2, Width: 600, Height: 300}, 600, 300},
		"a grid told at the end":  {mediatest.HEIC{Columns: 2, Rows: 1, GridBehind: true}, 512, 192},
		"less than it codes":      {mediatest.HEIC{Width: 250, Height: 190}, 250, 190},
		"behind other boxes":      {mediatest.HEIC{Between: slices.Concat(mediatest.Box("free", make([]byte, 9000)), long("skip", 500))}, 256, 192},
	} {
		got, err := read(c.file.File())
		if want := (header.Header{Format: header.HEIC, Width: c.width, Height: c.height}); got != want || err != nil {
			t.Errorf("%s: got %v, %v; want %v", name, got, err, want)
		}
	}
}

// long returns a box whose length is written in eight bytes.
func long(kind string, body uint64) []byte {
	b := append([]byte{0, 0, 0, 1}, kind...)
	return append(binary.BigEndian.AppendUint64(b, body+16), make([]byte, body)...)
}

// What decoders take memory by must agree before one of them runs.
func TestHEICsWhoseSizesDisagreeAreBroken(t *testing.T) {
	endless := binary.BigEndian.AppendUint64([]byte("\x00\x00\x00\x01free"), 1<<63)
	for name, file := range map[string][]byte{
		"more than it codes":           mediatest.HEIC{Width: 8000, Height: 6000}.File(),
		"far less than it codes":       mediatest.HEIC{Width: 8, Height: 8}.File(),
		"a grid that claims more":      mediatest.HEIC{Columns: 2, Rows: 2, GridWidth: 65_535, GridHeight: 65_535}.File(),
		"a grid of tiles that lack":    mediatest.HEIC{Columns: 255, Rows: 255, Tiles: 4}.File(),
		"a grid wider than its tiles":  mediatest.HEIC{Columns: 2, Rows: 2, Width: 12_000, Height: 4000}.File(),
		"a grid of tiles left over":    mediatest.HEIC{Columns: 6, Rows: 6, Width: 300, Height: 300}.File(),
		"a cut to nothing":             mediatest.HEIC{Clean: [2]int{1 << 31, 0}}.File(),
		"a box without end":            mediatest.HEIC{Between: endless}.File(),
		"a box shorter than its head":  mediatest.HEIC{Between: []byte("\x00\x00\x00\x07free")}.File(),
		"a description of 2 MB":        append(mediatest.Box("ftyp", []byte("heic\x00\x00\x00\x00heic")), mediatest.Box("meta", make([]byte, 2<<20))...),
		"a description to the end":     []byte("\x00\x00\x00\x14ftypheic\x00\x00\x00\x00heic\x00\x00\x00\x00meta\x00\x00\x00\x00"),
		"a description of nothing":     append(mediatest.Box("ftyp", []byte("heic\x00\x00\x00\x00heic")), mediatest.Box("meta", make([]byte, 4))...),
		"boxes within boxes":           append(mediatest.Box("ftyp", []byte("heic\x00\x00\x00\x00heic")), mediatest.Box("meta", make([]byte, 4), deep(10_000))...),
		"no description":               append(mediatest.Box("ftyp", []byte("heic\x00\x00\x00\x00heic")), mediatest.Box("mdat", make([]byte, 4))...),
		"a picture without its config": bytes.Replace(mediatest.HEIC{}.File(), []byte("hvcC"), []byte("hvcX"), 1),
	} {
		if h, err := read(file); !errors.Is(err, header.ErrBroken) {
			t.Errorf("%s: got %v, %v; want ErrBroken", name, h, err)
		}
	}
}

// deep returns boxes each within the other.
func deep(n int) (b []byte) {
	for range n {
		b = mediatest.Box("ipco", b)
	}
	return mediatest.Box("iprp", b)
}

func TestHEIFsCodedOtherwiseAreNamed(t *testing.T) {
	sequence := append(mediatest.Box("ftyp", []byte("msf1\x00\x00\x00\x00hevc")), mediatest.Box("moov", []byte("mvhd"))...)
	for format, file := range map[string][]byte{
		"avif":          mediatest.HEIC{Kind: "av01"}.File(),
		"heif":          mediatest.HEIC{Kind: "jpeg"}.File(),
		"heic sequence": sequence,
	} {
		_, err := read(file)
		if unsupported, ok := errors.AsType[*header.UnsupportedError](err); !ok || unsupported.Format != format {
			t.Errorf("got %v, want unsupported %q", err, format)
		}
	}
}

func TestAHEICCutOffBeforeItsPictureIsBroken(t *testing.T) {
	file := mediatest.HEIC{Columns: 2, Rows: 1}.File()
	described := bytes.Index(file, []byte("mdat")) - 4
	for n := 12; n < described; n++ {
		if h, err := read(file[:n]); !errors.Is(err, header.ErrBroken) {
			t.Fatalf("after %d bytes: got %v, %v; want ErrBroken", n, h, err)
		}
	}
}

func TestMetadataOfHEICsIsFound(t *testing.T) {
	for name, h := range map[string]mediatest.HEIC{
		"of one picture": {EXIF: exif.TIFF(), ICC: profile},
		"of a grid":      {EXIF: exif.TIFF(), ICC: profile, Columns: 2, Rows: 2},
	} {
		m, err := header.ReadMetadata(bytes.NewReader(h.File()), header.HEIC)
		if err != nil || !bytes.Equal(m.ICC, profile) || !bytes.Equal(m.EXIF, exif.TIFF()) || m.Coding != nil {
			t.Errorf("%s: found %d bytes of profile, %d of EXIF and %v, %v", name, len(m.ICC), len(m.EXIF), m.Coding, err)
		}
	}
}

func TestColoursByNumbersAreFound(t *testing.T) {
	want := header.Coding{Primaries: 12, Transfer: 13, Matrix: 6, Full: true}
	png := mediatest.PNGWith(mediatest.PNG(mediatest.Scene(16, 12)), mediatest.Chunk("cICP", "\x0c\x0d\x06\x01"))
	for format, file := range map[string][]byte{
		header.HEIC: mediatest.HEIC{Coding: []uint16{12, 13, 6, 1}}.File(),
		header.PNG:  png,
	} {
		m, err := header.ReadMetadata(bytes.NewReader(file), format)
		if err != nil || m.Coding == nil || *m.Coding != want {
			t.Errorf("%s: found %v, %v; want %v", format, m.Coding, err, want)
		}
	}
}

// animation returns an animated WebP whose first frame has the given chunks, and the second none that is sound.
func animation(canvas, at, size image.Point, chunks ...[]byte) []byte {
	place := image.Rectangle{Min: at, Max: at.Add(size)}
	return mediatest.Animation(canvas, place, bytes.Join(chunks, nil), bytes.Repeat([]byte("x"), 24))
}

func TestAnAnimationHasTheSizeOfItsCanvas(t *testing.T) {
	file := animation(image.Pt(60, 50), image.Pt(10, 8), image.Pt(40, 30), webp(40, 30))
	if got, err := read(file); got != (header.Header{Format: header.WebP, Width: 60, Height: 50}) || err != nil {
		t.Errorf("got %v, %v; want 60 by 50", got, err)
	}
	for name, file := range map[string][]byte{
		"a frame beyond the canvas":         animation(image.Pt(60, 50), image.Pt(30, 8), image.Pt(40, 30), webp(40, 30)),
		"a picture larger than its frame":   animation(image.Pt(60, 50), image.Pt(0, 0), image.Pt(40, 30), webp(60, 50)),
		"a frame without a picture":         animation(image.Pt(60, 50), image.Pt(0, 0), image.Pt(40, 30)),
		"a frame within a frame":            animation(image.Pt(60, 50), image.Pt(0, 0), image.Pt(40, 30), mediatest.RIFFChunk("ANMF", strings.Repeat("\x00", 60))),
		"a frame where none was announced":  bytes.Replace(file, []byte("VP8X\x0a\x00\x00\x00\x02"), []byte("VP8X\x0a\x00\x00\x00\x00"), 1),
		"a picture where a frame should be": mediatest.WebP(mediatest.Canvas(mediatest.WebPAnimated, 40, 30), webp(40, 30)),
	} {
		if h, err := read(file); !errors.Is(err, header.ErrBroken) {
			t.Errorf("%s: got %v, %v; want ErrBroken", name, h, err)
		}
	}
}

func TestTheFirstFrameIsAFileOfItsOwn(t *testing.T) {
	picture := mediatest.TwoColours(image.Rect(0, 0, 40, 30), color.NRGBA{G: 1}, 2, func(x, y int) bool { return x < y })
	frame, err := header.FirstFrame(reader(animation(image.Pt(60, 50), image.Pt(10, 8), image.Pt(40, 30), picture)))
	if err != nil {
		t.Fatal(err)
	}
	still, err := io.ReadAll(frame.Still)
	if err != nil || !bytes.Equal(still, mediatest.WebP(picture)) || frame.Bounds != image.Rect(10, 8, 50, 38) || frame.Canvas != image.Rect(0, 0, 60, 50) {
		t.Errorf("got %q at %v on %v, %v", still, frame.Bounds, frame.Canvas, err)
	}
}
