package header_test

import (
	"bufio"
	"bytes"
	"errors"
	"image"
	"image/color"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"fanfare/media/header"
	"fanfare/media/mediatest"
)

func reader(b []byte) *bufio.Reader { return bufio.NewReader(bytes.NewReader(b)) }

func read(b []byte) (header.Header, error) { return header.Read(reader(b)) }

func webp(width, height int) []byte {
	bounds := image.Rect(0, 0, width, height)
	return mediatest.TwoColours(bounds, color.NRGBA{G: 1}, 2, func(x, y int) bool { return x < y })
}

func TestSizesAreRead(t *testing.T) {
	scene := mediatest.Scene(40, 30)
	lossy := mediatest.RIFFChunk("VP8 ", "\x10\x00\x00\x9d\x01\x2a\x28\x40\x1e\x80") // upper bits are scales
	for name, c := range map[string]struct {
		file   []byte
		format string
	}{
		"JPEG":                         {mediatest.JPEG(scene), header.JPEG},
		"JPEG behind metadata":         {mediatest.JPEGWith(mediatest.JPEG(scene), mediatest.Segment(0xe1, strings.Repeat("x", 60_000))), header.JPEG},
		"JPEG behind stray bytes":      {mediatest.JPEGWith(mediatest.JPEG(scene), []byte{0xff, 0xff, 0xff, 0xe0, 0, 2, 0, 0xff, 0, 1}), header.JPEG},
		"JPEG with a hidden thumbnail": {mediatest.JPEGWith(mediatest.JPEG(scene), mediatest.Segment(0xe1, string(mediatest.JPEG(mediatest.Scene(8, 8))))), header.JPEG},
		"PNG":                          {mediatest.PNG(scene), header.PNG},
		"lossy WebP":                   {mediatest.WebP(lossy), header.WebP},
		"lossless WebP":                {mediatest.WebP(webp(40, 30)), header.WebP},
		"extended WebP":                {mediatest.WebP(mediatest.Canvas(0, 40, 30), mediatest.RIFFChunk("ICCP", "odd"), webp(40, 30)), header.WebP},
	} {
		want := header.Header{Format: c.format, Width: 40, Height: 30}
		if got, err := read(c.file); got != want || err != nil {
			t.Errorf("%s: got %v, %v; want %v", name, got, err, want)
		}
	}
}

func TestEveryCutOffHeaderIsBroken(t *testing.T) {
	for _, file := range [][]byte{
		mediatest.JPEGHeader(40, 30)[:20], mediatest.PNGHeader(40, 30, 8, 2)[:24], mediatest.WebP(mediatest.Canvas(0, 40, 30), webp(40, 30))[:43],
	} {
		for n := 12; n < len(file); n++ {
			if h, err := read(file[:n]); err == nil && (h.Width != 40 || h.Height != 30) || err != nil && !errors.Is(err, header.ErrBroken) {
				t.Errorf("%q: got %v, %v; want ErrBroken", file[:n], h, err)
			}
		}
	}
}

func TestNonsenseIsBroken(t *testing.T) {
	for name, file := range map[string][]byte{
		"a JPEG without height":               mediatest.JPEGHeader(40, 0),
		"a JPEG that begins with its picture": append([]byte{0xff, 0xd8}, mediatest.Segment(0xda, "\x00")...),
		"a JPEG of an arithmetic coder":       append([]byte{0xff, 0xd8}, mediatest.Segment(0xc9, "\x08\x00\x10\x00\x10\x01")...),
		"a JPEG segment without length":       {0xff, 0xd8, 0xff, 0xe0, 0, 1, 0, 0},
		"a PNG of negative width":             mediatest.PNGHeader(1<<31, 30, 8, 2),
		"a PNG that begins with its end":      append([]byte("\x89PNG\r\n\x1a\n"), mediatest.Chunk("IEND", "")...),
		"a WebP larger than its canvas":       mediatest.WebP(mediatest.Canvas(0, 4, 3), webp(40, 30)),
		"a WebP with two canvases":            mediatest.WebP(mediatest.Canvas(0, 40, 30), mediatest.Canvas(0, 40, 30), webp(40, 30)),
		"a WebP without a picture":            mediatest.WebP(mediatest.Canvas(0, 40, 30)),
	} {
		if h, err := read(file); !errors.Is(err, header.ErrBroken) {
			t.Errorf("%s: got %v, %v; want ErrBroken", name, h, err)
		}
	}
}

func TestOtherFormatsAreNamed(t *testing.T) {
	iso := func(brands string) string {
		return string([]byte{0, 0, 0, byte(8 + len(brands))}) + "ftyp" + brands + strings.Repeat("x", 40)
	}
	for file, format := range map[string]string{
		"GIF89a\x01\x00":                             "gif",
		"BM\x10\x00\x00\x00\x00\x00\x00\x00":         "bmp",
		"II*\x00\x08\x00\x00\x00rest of it":          "tiff",
		"MM\x00*\x00\x00\x00\x08":                    "tiff",
		"II*\x00\x10\x00\x00\x00CR\x02\x00":          "raw",
		iso("mif1\x00\x00\x00\x00mif1avif"):          "avif",
		iso("avif\x00\x00\x00\x00mif1"):              "avif",
		iso("qt  \x00\x00\x00\x00qt  "):              "mov",
		iso("isom\x00\x00\x00\x00iso2mp41"):          "mp4",
		"\xff\x0a\xfa":                               "jxl",
		"\xef\xbb\xbf <?xml version='1.0'?>\n<SVG >": "svg",
		"<!-- a comment --><svg xmlns='x'>":          "svg",
		" <!DOCTYPE html><body>":                     "html",
		"<note/>":                                    "xml",
		"%PDF-1.7":                                   "pdf",
		"PK\x03\x04":                                 "zip",
		"hello":                                      "",
		"":                                           "",
		"\xff\xd8":                                   "",
	} {
		_, err := read([]byte(file))
		if unsupported, ok := errors.AsType[*header.UnsupportedError](err); !ok || unsupported.Format != format {
			t.Errorf("%q: got %v, want unsupported %q", file, err, format)
		}
	}
}

func TestAFailingReaderIsNotABrokenFile(t *testing.T) {
	gone := errors.New("the sender is gone")
	file := mediatest.JPEGWith(mediatest.JPEG(mediatest.Scene(8, 8)), mediatest.Segment(0xe0, strings.Repeat("x", 9000)))
	for _, n := range []int{0, 100, 5000} {
		r := io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(gone))
		if _, err := header.Read(bufio.NewReader(r)); !errors.Is(err, gone) {
			t.Errorf("after %d bytes: got %v, want the reader's error", n, err)
		}
	}
}

// scans returns a JPEG of n scans, each with a coded picture in which a marker seems to stand.
func scans(n int) []byte {
	return append(mediatest.JPEGHeader(8, 8), bytes.Repeat(append(mediatest.Segment(0xda, "\x01\x01\x00\x00\x3f\x00"), 1, 0xff, 0, 0xda, 0xff, 0xd0, 2), n)...)
}

func TestScansAreCounted(t *testing.T) {
	thumbnail := mediatest.JPEGWith(scans(3), mediatest.Segment(0xe1, string(scans(9))))
	for name, c := range map[string]struct {
		file []byte
		want int
	}{
		"one scan":                   {mediatest.JPEG(mediatest.Scene(64, 64)), 1},
		"many scans":                 {scans(50), 50},
		"a thumbnail's do not count": {thumbnail, 3},
		"behind the end":             {append(append(scans(2), 0xff, 0xd9), scans(5)...), 2},
		"beyond the limit":           {scans(5000), 61},
	} {
		r := bufio.NewReader(bytes.NewReader(c.file))
		if _, err := header.Read(r); err != nil {
			t.Fatal(err)
		}
		if got, err := header.Scans(r, 60); got != c.want || err != nil {
			t.Errorf("%s: got %d, %v; want %d", name, got, err, c.want)
		}
	}
}
