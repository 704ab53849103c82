package header_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"runtime"
	"testing"

	"fanfare/media/header"
	"fanfare/media/mediatest"
)

var (
	profile = mediatest.Profile(mediatest.DisplayP3, mediatest.SRGBCurve)
	exif    = mediatest.EXIF{Make: "Maker", Orientation: 6}
)

func TestMetadataIsFound(t *testing.T) {
	scene := mediatest.Scene(16, 12)
	canvas := mediatest.Canvas(mediatest.WebPEXIF|mediatest.WebPICC, 16, 12)
	icc, tiff := mediatest.RIFFChunk("ICCP", string(profile)), string(exif.TIFF())
	for name, c := range map[string]struct {
		file   []byte
		format string
	}{
		"JPEG": {mediatest.JPEGWith(mediatest.JPEG(scene), mediatest.EXIFSegment(exif), mediatest.ICCSegments(profile, 60_000)), header.JPEG},
		"JPEG with a profile in many segments": {
			mediatest.JPEGWith(mediatest.JPEG(scene), mediatest.ICCSegments(profile, 100), mediatest.EXIFSegment(exif)), header.JPEG},
		"PNG":  {mediatest.PNGWith(mediatest.PNG(scene), mediatest.ICCChunk(profile), mediatest.Chunk("eXIf", tiff)), header.PNG},
		"WebP": {mediatest.WebP(canvas, icc, webp(16, 12), mediatest.RIFFChunk("EXIF", tiff)), header.WebP},
		"WebP with a JPEG's prefix": {
			mediatest.WebP(canvas, icc, webp(16, 12), mediatest.RIFFChunk("EXIF", "Exif\x00\x00"+tiff)), header.WebP},
	} {
		m, err := header.ReadMetadata(bytes.NewReader(c.file), c.format)
		if err != nil || !bytes.Equal(m.ICC, profile) || !bytes.Equal(m.EXIF, exif.TIFF()) {
			t.Errorf("%s: found %d bytes of profile and %d of EXIF, %v; want %d and %d", name, len(m.ICC), len(m.EXIF), err, len(profile), len(exif.TIFF()))
		}
	}
}

func TestAnIncompleteProfileIsNone(t *testing.T) {
	jpeg := mediatest.JPEG(mediatest.Scene(16, 12))
	pieces := mediatest.ICCSegments(profile, 100)
	for name, file := range map[string][]byte{
		"a piece is missing":      mediatest.JPEGWith(jpeg, pieces[:118]),
		"a piece comes twice":     mediatest.JPEGWith(jpeg, pieces, pieces[:118]),
		"a piece has number zero": mediatest.JPEGWith(jpeg, mediatest.Segment(0xe2, "ICC_PROFILE\x00\x00\x01x")),
		"the counts differ":       mediatest.JPEGWith(jpeg, mediatest.Segment(0xe2, "ICC_PROFILE\x00\x01\x02x"), mediatest.Segment(0xe2, "ICC_PROFILE\x00\x02\x03x")),
	} {
		if m, err := header.ReadMetadata(bytes.NewReader(file), header.JPEG); m.ICC != nil || err != nil {
			t.Errorf("%s: found %d bytes, %v", name, len(m.ICC), err)
		}
	}
}

func TestABrokenFileYieldsTheMetadataBeforeTheBreak(t *testing.T) {
	file := mediatest.JPEGWith(mediatest.JPEG(mediatest.Scene(16, 12)), mediatest.EXIFSegment(exif))
	m, err := header.ReadMetadata(bytes.NewReader(file[:len(exif.TIFF())+20]), header.JPEG)
	if err != nil || !bytes.Equal(m.EXIF, exif.TIFF()) {
		t.Errorf("found %d bytes of EXIF, %v; want %d", len(m.EXIF), err, len(exif.TIFF()))
	}
}

func TestBombsTakeNoMemory(t *testing.T) {
	png := mediatest.PNG(mediatest.Scene(16, 12))
	zeros := mediatest.Deflate(make([]byte, 16<<20))
	claim := func(kind string) []byte { return append(binary.BigEndian.AppendUint32(nil, 1<<31-1), kind...) }
	for name, file := range map[string][]byte{
		"a profile that unpacks to 16 MB":     mediatest.PNGWith(png, mediatest.Chunk("iCCP", "p\x00\x00"+zeros)),
		"a text that unpacks to 16 MB":        mediatest.PNGWith(png, mediatest.Chunk("zTXt", "t\x00\x00"+zeros)),
		"a chunk that claims 2 GB of EXIF":    mediatest.PNGWith(png, claim("eXIf")),
		"a chunk that claims 2 GB of profile": mediatest.PNGWith(png, claim("iCCP")),
		"a profile of 2 MB":                   mediatest.PNGWith(png, mediatest.ICCChunk(make([]byte, 2<<20))),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m, err := header.ReadMetadata(bytes.NewReader(file), header.PNG)
		runtime.ReadMemStats(&after)
		if m.ICC != nil || m.EXIF != nil || err != nil {
			t.Errorf("%s: found %d and %d bytes, %v", name, len(m.ICC), len(m.EXIF), err)
		}
		if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent > 8 {
			t.Errorf("%s: took %d MB", name, spent)
		}
	}
}

func FuzzRead(f *testing.F) {
	scene := mediatest.Scene(16, 12)
	f.Add(mediatest.JPEGWith(mediatest.JPEG(scene), mediatest.EXIFSegment(exif), mediatest.ICCSegments(profile, 100)))
	f.Add(mediatest.PNGWith(mediatest.PNG(scene), mediatest.ICCChunk(profile), mediatest.Chunk("eXIf", "II*\x00")))
	f.Add(mediatest.WebP(mediatest.Canvas(mediatest.WebPEXIF, 16, 12), webp(16, 12), mediatest.RIFFChunk("EXIF", "II*\x00")))
	f.Add([]byte("\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00avif"))
	f.Add(animation(image.Pt(20, 16), image.Pt(4, 4), image.Pt(16, 12), webp(16, 12)))
	f.Add(mediatest.HEIC{EXIF: exif.TIFF(), ICC: profile, Turns: 1}.File())
	f.Add(mediatest.HEIC{EXIF: exif.TIFF(), Coding: []uint16{12, 13, 6, 1}, Columns: 2, Rows: 2, Clean: [2]int{200, 150}}.File())
	f.Fuzz(func(t *testing.T, file []byte) {
		r := bufio.NewReader(bytes.NewReader(file))
		h, err := header.Read(r)
		_, unsupported := errors.AsType[*header.UnsupportedError](err)
		switch {
		case err != nil && !unsupported && !errors.Is(err, header.ErrBroken):
			t.Errorf("a file in memory failed with %v", err)
		case err == nil && (h.Width <= 0 || h.Height <= 0):
			t.Errorf("the picture is %d by %d", h.Width, h.Height)
		}
		if err != nil {
			return
		}
		if n, err := header.Scans(r, 10); n > 11 || err != nil {
			t.Errorf("counted %d scans up to 10, %v", n, err)
		}
		if frame, err := header.FirstFrame(reader(file)); header.Animated(file) && (err != nil || !frame.Bounds.In(frame.Canvas)) {
			t.Errorf("the frame at %v on %v: %v", frame.Bounds, frame.Canvas, err)
		}
		if _, err := header.ReadMetadata(bytes.NewReader(file), h.Format); err != nil {
			t.Errorf("metadata: %v", err)
		}
	})
}
