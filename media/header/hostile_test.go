package header_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"runtime"
	"strings"
	"testing"
	"time"

	"fanfare/media/header"
	"fanfare/media/mediatest"
)

// box returns the first box of a kind.
func box(file []byte, kind string) []byte {
	at := bytes.Index(file, []byte(kind)) - 4
	return file[at:][:binary.BigEndian.Uint32(file[at:])]
}

// described returns a HEIC with a description of the given boxes.
func described(boxes ...[]byte) []byte {
	body := append([][]byte{{0, 0, 0, 0}}, boxes...)
	return append(mediatest.Box("ftyp", []byte("heic\x00\x00\x00\x00heic")), mediatest.Box("meta", body...)...)
}

func be(numbers ...uint32) (b []byte) {
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

// tiled returns a HEIC that is a grid of 255 by 255 of one tile, whose configuration has as many empty units as fit.
func tiled() []byte {
	items := [][]byte{[]byte("\x00\x00\x00\x00\x00\x02")}
	for id, kind := range []string{"grid", "hvc1"} {
		items = append(items, mediatest.Box("infe", []byte{2, 0, 0, 0, 0, byte(id + 1), 0, 0}, []byte(kind), []byte{0}))
	}
	tiles := append([]byte{0, 0, 0, 0}, mediatest.Box("dimg", []byte("\x00\x01\xfe\x01"), bytes.Repeat([]byte{0, 2}, 255*255))...)
	real := box(mediatest.HEIC{}.File(), "hvcC")[8:]
	units := append(bytes.Clone(real[:22]), real[22]+6)
	for range 6 {
		units = append(append(units, 39, 0xff, 0xff), make([]byte, 2*0xffff)...)
	}
	units = append(units, real[23:]...)
	const width, height = mediatest.CodedWidth, mediatest.CodedHeight
	properties := mediatest.Box("ipco", mediatest.Box("ispe", be(0, 255*width, 255*height)), mediatest.Box("ispe", be(0, width, height)), mediatest.Box("hvcC", units))
	owners := mediatest.Box("ipma", be(0, 2), []byte{0, 1, 1, 1, 0, 2, 2, 2, 3})
	return described(
		mediatest.Box("pitm", []byte{0, 0, 0, 0, 0, 1}), mediatest.Box("iinf", items...), mediatest.Box("iref", tiles),
		mediatest.Box("iprp", properties, owners),
		mediatest.Box("idat", []byte{0, 1, 254, 254}, be(255*width, 255*height)),
		mediatest.Box("iloc", []byte("\x01\x00\x00\x00\x44\x00\x00\x01\x00\x01\x00\x01\x00\x00\x00\x01"), be(0, 12)))
}

// nested returns an animation in whose first frame stands an animation, and so on.
func nested(depth int) []byte {
	frame := string(mediatest.Canvas(mediatest.WebPAnimated, 1, 1)) + "ANMF\xff\xff\xff\x00" + strings.Repeat("\x00", 16)
	return []byte("RIFF\xff\xff\xff\x00WEBP" + strings.Repeat(frame, depth))
}

// A header is judged in the server's own process, so it must cost neither time nor memory by the numbers in it.
func TestNumbersInAHeaderBuyNeitherTimeNorMemory(t *testing.T) {
	for name, file := range map[string][]byte{
		"places of 4 thousand million items":   described(mediatest.Box("iloc", []byte("\x02\x00\x00\x00\x44\x00\xff\xff\xff\xff"))),
		"places that take no bytes":            described(mediatest.Box("iloc", []byte("\x00\x00\x00\x00\x00\x00\xff\xff"), bytes.Repeat([]byte("\x00\x01\x00\x00\xff\xff"), 5000))),
		"65,000 tiles with endless parameters": tiled(),
		"animations within animations":         nested(200_000),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		begun := time.Now()
		h, err := read(file)
		took := time.Since(begun)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, header.ErrBroken) {
			t.Errorf("%s: got %v, %v; want ErrBroken", name, h, err)
		}
		if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent > 64 || took > 5*time.Second {
			t.Errorf("%s: took %s and %d MiB for a file of %d KiB", name, took, spent, len(file)>>10)
		}
	}
}

// Where a file says a thing twice, its decoder may believe the other one.
func TestWhatIsSaidTwiceIsBroken(t *testing.T) {
	turned, plain := mediatest.HEIC{Turns: 1}.File(), mediatest.HEIC{}.File()
	description := func(file []byte) []byte { return box(file, "meta") }
	doubled := func(kind string) []byte {
		meta := description(plain)
		return described(meta[12:], box(meta, kind))
	}
	files := map[string][]byte{
		"two descriptions":           append(bytes.Clone(turned), description(plain)...),
		"a description further back": mediatest.HEIC{Between: description(turned)}.File(),
		"one before a grid's place":  mediatest.HEIC{Columns: 2, Rows: 1, GridBehind: true, Between: description(turned)}.File(),
	}
	for _, kind := range []string{"pitm", "iinf", "iref", "iprp", "idat", "iloc"} {
		files["two boxes "+kind] = doubled(kind)
	}
	for name, file := range files {
		if h, err := read(file); !errors.Is(err, header.ErrBroken) {
			t.Errorf("%s: got %v, %v; want ErrBroken", name, h, err)
		}
	}
	if h, err := read(described(description(plain)[12:])); err != nil || h.Width != 256 {
		t.Errorf("once: got %v, %v", h, err)
	}
}

// A decoder takes memory for the transparency too.
func TestTransparencyMustFitItsPicture(t *testing.T) {
	for name, c := range map[string]struct {
		file  mediatest.HEIC
		sound bool
	}{
		"of the picture's size":     {mediatest.HEIC{Alpha: image.Pt(256, 192)}, true},
		"larger than the picture":   {mediatest.HEIC{Alpha: image.Pt(8192, 8192)}, false},
		"of a tile":                 {mediatest.HEIC{Columns: 2, Rows: 1, Alpha: image.Pt(256, 192), AlphaOf: 3}, false},
		"of a picture that is none": {mediatest.HEIC{Alpha: image.Pt(256, 192), AlphaKind: "xxxx"}, false},
	} {
		if h, err := read(c.file.File()); (err == nil) != c.sound {
			t.Errorf("%s: got %v, %v", name, h, err)
		}
	}
}
