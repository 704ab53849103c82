package pipeline_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"fanfare/media"
	"fanfare/media/mediatest"
	"fanfare/media/pipeline"
)

var update = flag.Bool("update", false, "write the golden files from what is rendered now")

// rendered is a photo and its renditions' pictures by name.
type rendered struct {
	media.Photo
	pictures map[string]image.Image
	files    map[string][]byte
}

func render(t *testing.T, original []byte) rendered {
	t.Helper()
	if underRace && len(original) > 20_000 {
		t.Skip("the race detector makes this too slow, and the package starts no goroutine")
	}
	r, err := tryRender(t, original)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func tryRender(t *testing.T, original []byte) (rendered, error) {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "original")
	if err := os.WriteFile(name, original, 0o600); err != nil {
		t.Fatal(err)
	}
	photo, err := pipeline.Render(t.Context(), media.Task{Original: name, Dir: dir})
	r := rendered{photo, map[string]image.Image{}, map[string][]byte{}}
	for _, f := range photo.Files {
		b, err := os.ReadFile(filepath.Join(dir, f.Path))
		if err != nil {
			t.Fatal(err)
		}
		picture, err := jpeg.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		if size := picture.Bounds().Size(); size.X != f.Width || size.Y != f.Height || len(b) != f.Bytes {
			t.Errorf("%s: the file is %v of %d bytes, the photo says %d × %d of %d", f.Name, size, len(b), f.Width, f.Height, f.Bytes)
		}
		r.pictures[f.Name], r.files[f.Name] = picture, b
	}
	return r, err
}

// difference is the root mean square difference of two pictures' channels, in values of 255.
func difference(t *testing.T, a, b image.Image) float64 {
	t.Helper()
	if a.Bounds().Size() != b.Bounds().Size() {
		t.Fatalf("pictures of %v and %v", a.Bounds().Size(), b.Bounds().Size())
	}
	x, y := opaque(a), opaque(b)
	sum := 0.0
	for i := range x.Pix {
		d := float64(x.Pix[i]) - float64(y.Pix[i])
		sum += d * d
	}
	return math.Sqrt(sum / float64(len(x.Pix)))
}

func opaque(picture image.Image) *image.RGBA {
	out := image.NewRGBA(image.Rectangle{Max: picture.Bounds().Size()})
	draw.Draw(out, out.Rect, picture, picture.Bounds().Min, draw.Src)
	return out
}

// full is an EXIF block with all that is read and much that must not be kept.
var full = mediatest.EXIF{
	Make: "Xiaomi", Model: "14 Ultra", Lens: "Leica 23mm", Software: "HyperOS", Taken: "2026:11:20 21:04:05", Offset: "+08:00",
	Exposure: [2]uint32{10, 600}, Aperture: [2]uint32{163, 100}, ISO: 800,
	Artist: "An Author", Serial: "SERIAL-4711", Owner: "An Owner", GPS: true,
}

func turned(o uint16) mediatest.EXIF {
	e := full
	e.Orientation = o
	return e
}

// shape is a figure in two colours that no turn leaves alike.
func shape(x, y int) bool { return x*30 > y*40 && x < 33 || y > 26 }

// goldens are the inputs whose results are kept in testdata.
func goldens() map[string][]byte {
	scene := mediatest.Scene(800, 600)
	p3 := mediatest.Profile(mediatest.DisplayP3, mediatest.SRGBCurve)
	paletted := image.NewPaletted(scene.Rect, palette.Plan9)
	draw.FloydSteinberg.Draw(paletted, scene.Rect, scene, image.Point{})
	deep := image.NewNRGBA64(scene.Rect)
	draw.Draw(deep, scene.Rect, scene, image.Point{}, draw.Src)
	grey := image.NewGray(scene.Rect)
	draw.Draw(grey, scene.Rect, scene, image.Point{}, draw.Src)
	glass := mediatest.Scene(800, 600)
	for i := 3; i < len(glass.Pix); i += 4 {
		glass.Pix[i] = uint8(i / 4 % 800 * 255 / 799) // clear at the left, opaque at the right
	}
	bounds := image.Rect(0, 0, 40, 30)
	return map[string][]byte{
		"jpeg":            mediatest.JPEGWith(mediatest.JPEG(scene), mediatest.EXIFSegment(full)),
		"jpeg-turned":     mediatest.JPEGWith(mediatest.JPEG(mediatest.Stored(scene, 6)), mediatest.EXIFSegment(turned(6))),
		"jpeg-p3":         mediatest.JPEGWith(mediatest.JPEG(scene), mediatest.ICCSegments(p3, 100)),
		"jpeg-grey":       mediatest.JPEG(grey),
		"jpeg-large":      mediatest.JPEG(mediatest.Scene(2200, 1650)),
		"jpeg-panorama":   mediatest.JPEG(mediatest.Scene(2400, 120)),
		"png-paletted":    mediatest.PNG(paletted),
		"png-16-bit":      mediatest.PNG(deep),
		"png-transparent": mediatest.PNG(glass),
		"webp-turned": mediatest.WebP(mediatest.Canvas(mediatest.WebPEXIF, 40, 30),
			mediatest.TwoColours(bounds, color.NRGBA{200, 20, 60, 255}, 180, shape),
			mediatest.RIFFChunk("EXIF", string(turned(8).TIFF()))),
	}
}

func TestRenditionsEqualTheirGoldens(t *testing.T) {
	for name, original := range goldens() {
		t.Run(name, func(t *testing.T) {
			got := render(t, original)
			golden(t, name, got)
		})
	}
}

// golden compares a photo's facts exactly and its square within what encoders differ by.
func golden(t *testing.T, name string, got rendered) {
	t.Helper()
	for i := range got.Files { // hashes and sizes of files depend on the processor's rounding
		got.Files[i].SHA256, got.Files[i].Bytes = "", 0
	}
	facts, err := json.MarshalIndent(got.Photo, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	facts = append(facts, '\n')
	factsFile, squareFile := filepath.Join("testdata", name+".json"), filepath.Join("testdata", name+".jpg")
	if *update {
		if err := errors.Join(os.WriteFile(factsFile, facts, 0o644), os.WriteFile(squareFile, got.files["square"], 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(factsFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(facts, want) {
		t.Errorf("got %s\nwant %s", facts, want)
	}
	square, err := os.ReadFile(squareFile)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := jpeg.Decode(bytes.NewReader(square))
	if err != nil {
		t.Fatal(err)
	}
	if d := difference(t, got.pictures["square"], picture); d > 1 {
		t.Errorf("the square differs from %s by %.2f", squareFile, d)
	}
}

func TestAllOrientationsComeOutUprightAndAlike(t *testing.T) {
	scene := mediatest.Scene(600, 400)
	upright := render(t, mediatest.JPEG(scene))
	for o := uint16(1); o <= 8; o++ {
		stored := mediatest.Stored(scene, o)
		exif := mediatest.EXIF{Orientation: o}
		for format, original := range map[string][]byte{
			"jpeg": mediatest.JPEGWith(mediatest.JPEG(stored), mediatest.EXIFSegment(exif)),
			"png":  mediatest.PNGWith(mediatest.PNG(stored), mediatest.Chunk("eXIf", string(exif.TIFF()))),
		} {
			got := render(t, original)
			if got.Width != 600 || got.Height != 400 {
				t.Errorf("%s %d: %d × %d, want 600 × 400", format, o, got.Width, got.Height)
			}
			for name, picture := range got.pictures {
				if d := difference(t, picture, upright.pictures[name]); d > 6 {
					t.Errorf("%s %d: %s differs from the upright one by %.1f", format, o, name, d)
				}
			}
		}
	}
}

func TestSizesKeepTheShapeAndNeverGrow(t *testing.T) {
	type sizes [4]image.Point
	for _, c := range []struct {
		original image.Point
		want     sizes
	}{
		{image.Pt(3000, 1500), sizes{{2048, 1024}, {1024, 512}, {480, 240}, {160, 160}}},
		{image.Pt(600, 900), sizes{{600, 900}, {600, 900}, {320, 480}, {160, 160}}},
		{image.Pt(100, 90), sizes{{100, 90}, {100, 90}, {100, 90}, {90, 90}}},
		{image.Pt(5000, 3), sizes{{2048, 1}, {1024, 1}, {480, 1}, {1, 1}}},
		{image.Pt(1, 1), sizes{{1, 1}, {1, 1}, {1, 1}, {1, 1}}},
	} {
		got := render(t, mediatest.JPEG(mediatest.Scene(c.original.X, c.original.Y)))
		for i, name := range []string{"2048", "1024", "480", "square"} {
			f := got.Files[i]
			if f.Name != name || image.Pt(f.Width, f.Height) != c.want[i] {
				t.Errorf("%v: rendition %d is %s of %d × %d, want %s of %v", c.original, i, f.Name, f.Width, f.Height, name, c.want[i])
			}
		}
	}
}

func solid(c color.Color) image.Image {
	picture := image.NewNRGBA(image.Rect(0, 0, 64, 48))
	draw.Draw(picture, picture.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	return picture
}

func TestColoursAreKept(t *testing.T) {
	p3 := mediatest.Profile(mediatest.DisplayP3, mediatest.SRGBCurve)
	srgb := mediatest.Profile(mediatest.SRGB, mediatest.SRGBCurve)
	lut := bytes.Replace(p3, []byte("gTRC"), []byte("A2B0"), 1)
	pink := color.NRGBA{200, 100, 100, 255}
	jpeg, png := mediatest.JPEG(solid(pink)), mediatest.PNG(solid(pink))
	webp := mediatest.TwoColours(image.Rect(0, 0, 64, 48), pink, 100, func(int, int) bool { return false })
	converted, kept := color.NRGBA{215, 94, 97, 255}, pink
	for name, c := range map[string]struct {
		file []byte
		want color.NRGBA
	}{
		"JPEG in Display P3":            {mediatest.JPEGWith(jpeg, mediatest.ICCSegments(p3, 200)), converted},
		"PNG in Display P3":             {mediatest.PNGWith(png, mediatest.ICCChunk(p3)), converted},
		"WebP in Display P3":            {mediatest.WebP(mediatest.Canvas(mediatest.WebPICC, 64, 48), mediatest.RIFFChunk("ICCP", string(p3)), webp), converted},
		"JPEG in sRGB":                  {mediatest.JPEGWith(jpeg, mediatest.ICCSegments(srgb, 60_000)), kept},
		"JPEG without profile":          {jpeg, kept},
		"JPEG with a profile of tables": {mediatest.JPEGWith(jpeg, mediatest.ICCSegments(lut, 60_000)), kept},
		"JPEG with a broken profile":    {mediatest.JPEGWith(jpeg, mediatest.ICCSegments(p3[:250], 60_000)), kept},
		"transparent PNG on white":      {mediatest.PNG(solid(color.NRGBA{255, 0, 0, 51})), color.NRGBA{255, 204, 204, 255}},
	} {
		got := render(t, c.file)
		r, g, b, _ := got.pictures["480"].At(30, 20).RGBA()
		for i, channel := range [][2]int{{int(r >> 8), int(c.want.R)}, {int(g >> 8), int(c.want.G)}, {int(b >> 8), int(c.want.B)}} {
			if d := channel[0] - channel[1]; d < -3 || d > 3 {
				t.Errorf("%s: channel %d is %d, want %d", name, i, channel[0], channel[1])
			}
		}
	}
}

func TestADamagedPictureIsBroken(t *testing.T) {
	scene := mediatest.Scene(200, 150)
	whole, pixels := mediatest.JPEG(scene), mediatest.PNG(scene)
	for name, file := range map[string][]byte{
		"a JPEG cut in half":   whole[:len(whole)/2],
		"a PNG cut in half":    pixels[:len(pixels)/2],
		"a PNG of a wrong sum": bytes.Replace(mediatest.PNG(scene), []byte("IDAT"), []byte("IDAT\x00"), 1),
		"a header alone":       mediatest.JPEGHeader(200, 150),
		"an empty WebP":        mediatest.WebP(mediatest.RIFFChunk("VP8 ", "\x10\x00\x00\x9d\x01\x2a\x28\x00\x1e\x00")),
	} {
		_, err := tryRender(t, file)
		if refused, ok := errors.AsType[*media.Refused](err); !ok || refused.Reason != media.Broken {
			t.Errorf("%s: got %v, want broken", name, err)
		}
	}
}

// A palette too short for its picture took imaging down in a goroutine of its own (CVE-2023-36308).
func TestAShortPaletteIsHarmless(t *testing.T) {
	picture := image.NewPaletted(image.Rect(0, 0, 64, 48), palette.Plan9)
	for i := range picture.Pix {
		picture.Pix[i] = uint8(i)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b.Bytes(), []byte("PLTE")) - 4
	file := append(bytes.Clone(b.Bytes()[:at]), mediatest.Chunk("PLTE", "\xff\x00\x00\x00\xff\x00")...)
	file = append(file, b.Bytes()[at+12+3*256:]...)
	got, err := tryRender(t, file)
	if _, refused := errors.AsType[*media.Refused](err); err != nil && !refused {
		t.Errorf("got %v", err)
	}
	if err == nil && len(got.Files) != 4 {
		t.Errorf("%d files, want 4", len(got.Files))
	}
}
