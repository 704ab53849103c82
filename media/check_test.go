package media_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"fanfare/media"
	"fanfare/media/mediatest"
)

// scans returns a progressive JPEG's header and n empty scans.
func scans(n int) []byte {
	header := mediatest.JPEGHeader(800, 600)
	header[3] = 0xc2
	return append(header, bytes.Repeat(mediatest.Segment(0xda, "\x01\x01\x00\x00\x3f\x00"), n)...)
}

// blank returns a lossless WebP whose picture takes a bit per pixel.
func blank(width, height int) []byte {
	return mediatest.TwoColours(image.Rect(0, 0, width, height), color.NRGBA{}, 1, func(int, int) bool { return false })
}

// lossless returns the header of a lossless WebP picture that goes no further.
func lossless(width, height int) []byte {
	size := uint32(width-1) | uint32(height-1)<<14
	return mediatest.RIFFChunk("VP8L", string(binary.LittleEndian.AppendUint32([]byte{0x2f}, size)))
}

// refusable are files that their headers condemn.
func refusable() map[string]struct {
	file   []byte
	reason string
	format string
} {
	type condemned = struct {
		file   []byte
		reason string
		format string
	}
	bomb := append(mediatest.PNGHeader(20_000, 20_000, 8, 6), mediatest.Chunk("IDAT", mediatest.Deflate(make([]byte, 48<<20)))...)
	return map[string]condemned{
		"a 48 KB PNG of 20,000²":            {bomb, media.SideTooLong, "png"},
		"a JPEG that claims 20,000²":        {append(mediatest.JPEGHeader(20_000, 20_000), make([]byte, 350)...), media.SideTooLong, "jpeg"},
		"a 16-bit PNG of 12,000²":           {mediatest.PNGHeader(12_000, 12_000, 16, 6), media.TooManyPixels, "png"},
		"a PNG of 2³¹ − 1 by 2³¹ − 1":       {mediatest.PNGHeader(1<<31-1, 1<<31-1, 8, 6), media.SideTooLong, "png"},
		"a JPEG a pixel too wide":           {mediatest.JPEGHeader(12_001, 1), media.SideTooLong, "jpeg"},
		"a JPEG a row too high":             {mediatest.JPEGHeader(8192, 6145), media.TooManyPixels, "jpeg"},
		"a WebP of 16,383²":                 {mediatest.WebP(lossless(16_383, 16_383)), media.SideTooLong, "webp"},
		"a WebP with a huge canvas":         {mediatest.WebP(mediatest.Canvas(0, 1<<24, 1<<24), blank(8, 8)), media.Broken, ""},
		"a WebP larger than its canvas":     {mediatest.WebP(mediatest.Canvas(0, 8, 8), blank(9000, 9)), media.Broken, ""},
		"a progressive JPEG of 101 scans":   {scans(101), media.TooManyScans, "jpeg"},
		"a progressive JPEG of 1 M scans":   {scans(1_000_000), media.TooManyScans, "jpeg"},
		"an animation without a frame":      {mediatest.WebP(mediatest.Canvas(mediatest.WebPAnimated, 9, 9)), media.Broken, ""},
		"a GIF":                             {[]byte("GIF89a\x01\x00\x01\x00"), media.UnsupportedType, "gif"},
		"a GIF that is a script":            {[]byte("GIF89a/*\x00*/=alert(1)"), media.UnsupportedType, "gif"},
		"an SVG":                            {[]byte("<?xml version='1.0'?><svg onload='alert(1)'/>"), media.UnsupportedType, "svg"},
		"a PDF with a JPEG inside":          {append([]byte("%PDF-1.4\n"), mediatest.JPEG(mediatest.Scene(8, 8))...), media.UnsupportedType, "pdf"},
		"a ZIP with a JPEG inside":          {append([]byte("PK\x03\x04"), mediatest.JPEG(mediatest.Scene(8, 8))...), media.UnsupportedType, "zip"},
		"HTML that mentions an image":       {[]byte("<html><img src='data:image/png;base64,\x89PNG'>"), media.UnsupportedType, "html"},
		"a HEIC that describes nothing":     {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), media.Broken, ""},
		"an AVIF":                           {[]byte("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1miaf"), media.UnsupportedType, "avif"},
		"a TIFF":                            {[]byte("II*\x00\x08\x00\x00\x00"), media.UnsupportedType, "tiff"},
		"nothing":                           {nil, media.UnsupportedType, ""},
		"a JPEG that ends before its frame": {mediatest.JPEGHeader(8, 8)[:9], media.Broken, ""},
	}
}

func TestHeadersCondemnAtOnce(t *testing.T) {
	for name, c := range refusable() {
		spent, err := time.Duration(math.MaxInt64), error(nil)
		for range 3 { // the best of three, for the machine may be busy
			start := time.Now()
			_, err = media.Check(bytes.NewReader(c.file))
			spent = min(spent, time.Since(start))
		}
		refused, ok := errors.AsType[*media.Refused](err)
		if !ok || refused.Reason != c.reason || refused.Format != c.format {
			t.Errorf("%s: got %v, want %s %s", name, err, c.reason, c.format)
		}
		if spent > 200*time.Millisecond {
			t.Errorf("%s: took %s", name, spent)
		}
	}
}

func TestTheRendererRefusesWhatHeadersCondemn(t *testing.T) {
	r := newRenderer(t, 1, "no such work") // a child would fail
	for name, c := range refusable() {
		_, err := r.Render(t.Context(), bytes.NewReader(c.file), media.Options{})
		if refused, ok := errors.AsType[*media.Refused](err); !ok || refused.Reason != c.reason {
			t.Errorf("%s: got %v, want %s", name, err, c.reason)
		}
	}
	endless := io.MultiReader(bytes.NewReader(mediatest.JPEG(mediatest.Scene(8, 8))), strings.NewReader(strings.Repeat("x", media.MaxBytes)))
	_, err := r.Render(t.Context(), endless, media.Options{})
	wantRefused(t, err, media.TooLarge)
}

func TestWhatIsWithinTheLimitsPasses(t *testing.T) {
	for name, c := range map[string]struct {
		file []byte
		want media.Info
	}{
		"50 MP":                  {mediatest.JPEGHeader(8192, 6144), media.Info{Format: "jpeg", Width: 8192, Height: 6144}},
		"12,000 pixels wide":     {mediatest.PNGHeader(12_000, 4000, 16, 6), media.Info{Format: "png", Width: 12_000, Height: 4000}},
		"a hundred scans":        {scans(100), media.Info{Format: "jpeg", Width: 800, Height: 600}},
		"one pixel":              {mediatest.WebP(blank(1, 1)), media.Info{Format: "webp", Width: 1, Height: 1}},
		"a wrong name is no bar": {mediatest.PNG(mediatest.Scene(8, 6)), media.Info{Format: "png", Width: 8, Height: 6}},
	} {
		if got, err := media.Check(bytes.NewReader(c.file)); got != c.want || err != nil {
			t.Errorf("%s: got %v, %v; want %v", name, got, err, c.want)
		}
	}
}

func TestAFailingReaderIsNoRefusal(t *testing.T) {
	gone := errors.New("the sender is gone")
	for _, n := range []int{0, 10, 500} {
		file := scans(2000)[:n]
		_, err := media.Check(io.MultiReader(bytes.NewReader(file), iotest.ErrReader(gone)))
		if !errors.Is(err, gone) {
			t.Errorf("after %d bytes: got %v, want the reader's error", n, err)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(mediatest.JPEG(mediatest.Scene(16, 12)))
	f.Add(mediatest.PNG(mediatest.Scene(16, 12)))
	f.Add(mediatest.WebP(mediatest.Canvas(0, 16, 12), blank(16, 12)))
	f.Add([]byte("\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00avif"))
	f.Fuzz(func(t *testing.T, file []byte) {
		info, err := media.Check(bytes.NewReader(file))
		if _, refused := errors.AsType[*media.Refused](err); err != nil && !refused {
			t.Errorf("a file in memory failed with %v", err)
		}
		if err == nil && (info.Width > media.MaxSide || info.Height > media.MaxSide || info.Width*info.Height > media.MaxPixels) {
			t.Errorf("%v passed", info)
		}
	})
}
