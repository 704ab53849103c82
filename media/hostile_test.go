package media_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"image"
	"image/color"
	"io"
	"math/rand/v2"
	"os"
	"testing"

	"fanfare/media"
	"fanfare/media/heic"
	"fanfare/media/mediatest"
)

func TestPayloadsBehindAnImageAreGone(t *testing.T) {
	const html, zip, pdf, php = "<script>alert(1)</script>", "PK\x03\x04payload", "%PDF-1.4 payload", "<?php system($_GET[0]) ?>"
	jpeg, png := mediatest.JPEG(mediatest.Scene(80, 60)), mediatest.PNG(mediatest.Scene(80, 60))
	r := newRenderer(t, 1, "pipeline")
	for name, original := range map[string][]byte{
		"HTML behind a JPEG":       append(bytes.Clone(jpeg), html...),
		"a ZIP behind a JPEG":      append(bytes.Clone(jpeg), zip...),
		"a PDF in a comment":       mediatest.JPEGWith(jpeg, mediatest.Segment(0xfe, pdf)),
		"PHP in a JPEG's EXIF":     mediatest.JPEGWith(jpeg, mediatest.EXIFSegment(mediatest.EXIF{Make: php})),
		"HTML in an APP segment":   mediatest.JPEGWith(jpeg, mediatest.Segment(0xe0, html)),
		"a ZIP behind a PNG":       append(bytes.Clone(png), zip...),
		"PHP in a PNG's text":      mediatest.PNGWith(png, mediatest.Chunk("tEXt", "Comment\x00"+php)),
		"HTML in an unknown chunk": mediatest.PNGWith(png, mediatest.Chunk("prVt", html)),
		"HTML behind a WebP":       append(mediatest.WebP(blank(64, 48)), html...),
	} {
		rendering, err := r.Render(t.Context(), bytes.NewReader(original), media.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, f := range rendering.Files {
			file := contents(t, f)
			for _, payload := range []string{html, zip, pdf, php} {
				if bytes.Contains(file, []byte(payload)) {
					t.Errorf("%s: %s holds the payload", name, f.Name)
				}
			}
		}
		discard(t, rendering)
	}
}

func contents(t *testing.T, f media.File) []byte {
	t.Helper()
	b, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// deepPNG returns a PNG of zeros with 16 bits in each of four channels: 8 bytes a pixel in memory, almost none in the file.
func deepPNG(t *testing.T, width, height int) []byte {
	t.Helper()
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	row := make([]byte, 1+8*width)
	for range height {
		if _, err := z.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	file := append(mediatest.PNGHeader(uint32(width), uint32(height), 16, 6), mediatest.Chunk("IDAT", packed.String())...)
	return append(file, mediatest.Chunk("IEND", "")...)
}

// These pass the header and must cost no more than the limits allow.
func TestHeavyPhotosWithinTheLimitsAreRendered(t *testing.T) {
	if underRace {
		t.Skip("the race detector makes this too slow")
	}
	png := mediatest.PNG(mediatest.Scene(40, 30))
	zeros := mediatest.Deflate(make([]byte, 16<<20))
	r := newRenderer(t, 1, "pipeline")
	for name, original := range map[string][]byte{
		"a 16-bit PNG of 6 MP":            deepPNG(t, 3000, 2000),
		"a WebP of 6 MP":                  mediatest.WebP(blank(3000, 2000)),
		"a PNG with a profile of 16 MB":   mediatest.PNGWith(png, mediatest.Chunk("iCCP", "p\x00\x00"+zeros)),
		"a PNG with a text of 16 MB":      mediatest.PNGWith(png, mediatest.Chunk("zTXt", "t\x00\x00"+zeros)),
		"a JPEG with 20 MB of its own":    mediatest.JPEGWith(mediatest.JPEG(mediatest.Scene(40, 30)), bytes.Repeat(mediatest.Segment(0xef, string(make([]byte, 65_000))), 320)),
		"a JPEG with 4000 profile pieces": mediatest.JPEGWith(mediatest.JPEG(mediatest.Scene(40, 30)), bytes.Repeat(mediatest.ICCSegments(make([]byte, 5000), 5000), 4000)),
	} {
		rendering, err := r.Render(t.Context(), bytes.NewReader(original), media.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		discard(t, rendering)
	}
}

func TestAProgressiveHeaderOverEmptyScansIsBroken(t *testing.T) {
	r := newRenderer(t, 1, "pipeline")
	for name, original := range map[string][]byte{
		"a hundred empty scans":    scans(100),
		"a header over nothing":    mediatest.JPEGHeader(8000, 6250),
		"a PNG that claims 50 MP":  mediatest.PNGHeader(8000, 6250, 16, 6),
		"a WebP that claims 50 MP": mediatest.WebP(lossless(8000, 6250)),
	} {
		_, err := r.Render(t.Context(), bytes.NewReader(original), media.Options{})
		if refused, ok := errors.AsType[*media.Refused](err); !ok || refused.Reason != media.Broken {
			t.Errorf("%s: got %v, want broken", name, err)
		}
	}
}

// mutations is how many damaged photos a run renders; FANFARE_SOAK asks for the number of a long run.
func mutations() int {
	if os.Getenv("FANFARE_SOAK") != "" {
		return 10_000
	}
	if underRace {
		return 20
	}
	return 400
}

func TestMutatedPhotosAreRenderedOrRefused(t *testing.T) {
	scene := mediatest.Scene(96, 64)
	exif := mediatest.EXIF{Orientation: 6, Make: "Maker", Taken: "2026:11:20 21:04:05", Exposure: [2]uint32{1, 60}, GPS: true}
	profile := mediatest.Profile(mediatest.DisplayP3, mediatest.SRGBCurve)
	paletted := image.NewPaletted(scene.Rect, color.Palette{color.Black, color.White, color.NRGBA{255, 0, 0, 128}})
	seeds := [][]byte{
		mediatest.JPEGWith(mediatest.JPEG(scene), mediatest.EXIFSegment(exif), mediatest.ICCSegments(profile, 100)),
		mediatest.PNGWith(mediatest.PNG(scene), mediatest.ICCChunk(profile), mediatest.Chunk("eXIf", string(exif.TIFF()))),
		mediatest.PNG(paletted),
		mediatest.WebP(mediatest.Canvas(mediatest.WebPEXIF|mediatest.WebPICC, 96, 64), mediatest.RIFFChunk("ICCP", string(profile)),
			blank(96, 64), mediatest.RIFFChunk("EXIF", string(exif.TIFF()))),
		mediatest.Animation(image.Pt(96, 64), image.Rect(0, 0, 96, 64), blank(96, 64)),
	}
	if heic.Supported {
		seeds = append(seeds, mediatest.HEIC{EXIF: exif.TIFF(), ICC: profile, Columns: 2, Rows: 1, Turns: 1}.File())
	}
	seeds = append(seeds, smallPhotos(t)...)
	r := newRenderer(t, 2, "pipeline")
	random := rand.New(rand.NewPCG(20261122, 1))
	rendered, refused := 0, 0
	for i := range mutations() {
		original := mutate(random, seeds[i%len(seeds)])
		rendering, err := r.Render(t.Context(), bytes.NewReader(original), media.Options{})
		if _, is := errors.AsType[*media.Refused](err); is {
			refused++
			continue
		}
		if err != nil {
			t.Fatalf("mutation %d: %v", i, err)
		}
		rendered++
		discard(t, rendering)
	}
	if (rendered == 0 || refused == 0) && !underRace {
		t.Errorf("%d rendered, %d refused; the mutations are too strong or too weak", rendered, refused)
	}
}

// mutate damages a file: some bytes changed, a piece removed, repeated or filled, or its end cut off.
func mutate(random *rand.Rand, seed []byte) []byte {
	b := bytes.Clone(seed)
	from := random.IntN(len(b))
	to := min(len(b), from+1+random.IntN(64))
	switch random.IntN(8) {
	case 0:
		return b[:from]
	case 1:
		return append(b[:from], seed[to:]...)
	case 2:
		return append(b[:to], seed[from:]...)
	case 3:
		for i := from; i < to; i++ {
			b[i] = 0xff
		}
		return b
	}
	for range 1 + random.IntN(8) {
		b[random.IntN(len(b))] ^= byte(1 << random.IntN(8))
	}
	for range random.IntN(4) { // headers are where lengths stand
		b[random.IntN(min(len(b), 700))] = byte(random.UintN(256))
	}
	return b
}

// A child stays usable after photos that it refused.
func TestGoodPhotosFollowBadOnes(t *testing.T) {
	r := newRenderer(t, 1, "pipeline")
	good := mediatest.JPEG(mediatest.Scene(80, 60))
	for range 3 {
		_, err := r.Render(t.Context(), bytes.NewReader(good[:len(good)/2]), media.Options{})
		wantRefused(t, err, media.Broken)
		rendering, err := r.Render(t.Context(), io.MultiReader(bytes.NewReader(good)), media.Options{})
		if err != nil {
			t.Fatal(err)
		}
		discard(t, rendering)
	}
}
