package pipeline_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"fanfare/media"
	"fanfare/media/heic"
	"fanfare/media/mediatest"
	"fanfare/media/pipeline"
)

var (
	p3 = mediatest.Profile(mediatest.DisplayP3, mediatest.SRGBCurve)
	// coded is the picture of HEICs.
	coded = mediatest.Scene(mediatest.CodedWidth, mediatest.CodedHeight)
)

func TestAHEICIsTurnedByItsOwnWordAlone(t *testing.T) {
	mediatest.Codec(t)
	got := render(t, mediatest.HEIC{Turns: 3, EXIF: turned(6).TIFF()}.File()) // phones say it twice
	if got.Width != mediatest.CodedHeight || got.Height != mediatest.CodedWidth {
		t.Errorf("%d × %d, want it upright once", got.Width, got.Height)
	}
	if d := difference(t, got.pictures["2048"], mediatest.Stored(coded, 8)); d > 20 {
		t.Errorf("differs by %.1f", d)
	}
	if got.Capture.Model != full.Model {
		t.Errorf("the camera is %q, want %q", got.Capture.Model, full.Model)
	}
}

// HMD's phones contradict themselves, and EXIF is right; nobody else's files may be taken for theirs.
func TestAHEICThatNokiasTurnWronglyIsStoodUpright(t *testing.T) {
	mediatest.Codec(t)
	nokia := mediatest.EXIF{Orientation: 1, Software: "00WW_2_270_SP04"}
	for turns := range byte(4) {
		got := render(t, mediatest.HEIC{Turns: turns, EXIF: nokia.TIFF()}.File())
		if got.Width != mediatest.CodedWidth || got.Height != mediatest.CodedHeight {
			t.Fatalf("turned %d times: %d × %d, want it as it is stored", turns, got.Width, got.Height)
		}
		if d := difference(t, got.pictures["2048"], coded); d > 20 {
			t.Errorf("turned %d times: differs by %.1f", turns, d)
		}
	}
	for name, exif := range map[string]mediatest.EXIF{
		"another firmware":  {Orientation: 1, Software: "15.2.1"},
		"a maker":           {Orientation: 1, Software: nokia.Software, Make: "Maker"},
		"turned in EXIF":    {Orientation: 6, Software: nokia.Software},
		"no word from EXIF": {Software: nokia.Software},
	} {
		if got := render(t, mediatest.HEIC{Turns: 3, EXIF: exif.TIFF()}.File()); got.Width != mediatest.CodedHeight {
			t.Errorf("%s: %d × %d, want it turned by its container", name, got.Width, got.Height)
		}
	}
}

// A wider space named in any way must lead to the same colours.
func TestColoursAreKeptHoweverTheyAreNamed(t *testing.T) {
	scene := mediatest.Scene(160, 120)
	adobe := mediatest.Profile(mediatest.AdobeRGB, mediatest.Curve("curv", 0, 563.0/256))
	jpeg := mediatest.JPEG(scene)
	for name, c := range map[string]struct{ profiled, named, plain []byte }{
		"a PNG's numbers": {
			mediatest.PNGWith(mediatest.PNG(scene), mediatest.ICCChunk(p3)),
			mediatest.PNGWith(mediatest.PNG(scene), mediatest.Chunk("cICP", "\x0c\x0d\x00\x01")), mediatest.PNG(scene)},
		"a camera's Adobe RGB": {
			mediatest.JPEGWith(jpeg, mediatest.ICCSegments(adobe, 60_000)),
			mediatest.JPEGWith(jpeg, mediatest.EXIFSegment(mediatest.EXIF{AdobeRGB: true})), jpeg},
		"a HEIC's numbers": {
			mediatest.HEIC{ICC: p3}.File(), mediatest.HEIC{Coding: []uint16{12, 13, 6, 1}}.File(), mediatest.HEIC{}.File()},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "a HEIC's numbers" {
				mediatest.Codec(t)
			}
			want, got, plain := render(t, c.profiled), render(t, c.named), render(t, c.plain)
			if d := difference(t, got.pictures["2048"], want.pictures["2048"]); d > 1 {
				t.Errorf("differs by %.2f from the same with a profile", d)
			}
			if d := difference(t, got.pictures["2048"], plain.pictures["2048"]); d < 2 {
				t.Errorf("differs by %.2f from the same without", d)
			}
		})
	}
}

func TestAnAnimationIsItsFirstFrame(t *testing.T) {
	bounds := image.Rect(0, 0, 40, 30)
	red, green := color.NRGBA{200, 20, 60, 255}, color.NRGBA{20, 200, 60, 255}
	first := mediatest.TwoColours(bounds, red, 180, shape)
	second := mediatest.TwoColours(bounds, green, 20, func(int, int) bool { return false })
	still := render(t, mediatest.WebP(first))
	whole := render(t, mediatest.Animation(image.Pt(40, 30), bounds, first, second))
	if !bytes.Equal(whole.files["2048"], still.files["2048"]) {
		t.Error("it is not what the first frame alone is")
	}
	part := render(t, mediatest.Animation(image.Pt(80, 60), bounds.Add(image.Pt(20, 10)), first, second))
	if part.Width != 80 || part.Height != 60 {
		t.Errorf("%d × %d, want the canvas", part.Width, part.Height)
	}
	want := image.NewNRGBA(image.Rect(0, 0, 80, 60))
	draw.Draw(want, want.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(want, image.Rect(20, 10, 60, 40), still.pictures["2048"], image.Point{}, draw.Src)
	if d := difference(t, part.pictures["2048"], want); d > 14 { // the edges of its colours lie elsewhere
		t.Errorf("the frame on its canvas differs by %.1f", d)
	}
}

func TestAnAnimatedPNGIsItsDefaultPicture(t *testing.T) {
	scene := mediatest.PNG(mediatest.Scene(80, 60))
	control := mediatest.Chunk("acTL", "\x00\x00\x00\x02\x00\x00\x00\x00")
	frame := mediatest.Chunk("fdAT", "\x00\x00\x00\x01"+string(bytes.Repeat([]byte("frame"), 50)))
	end := len(scene) - 12 // IEND
	file := append(append(mediatest.PNGWith(scene[:end], control), frame...), scene[end:]...)
	if !bytes.Equal(render(t, file).files["2048"], render(t, scene).files["2048"]) {
		t.Error("the frames changed the picture")
	}
}

// Phones put films, depth maps and second photos behind the first picture.
func TestOfFilesWithMorePicturesTheMainOneIsShown(t *testing.T) {
	main := mediatest.JPEG(mediatest.Scene(160, 120))
	plain := render(t, main)
	other := mediatest.JPEGWith(mediatest.JPEG(mediatest.Scene(320, 240)), mediatest.EXIFSegment(turned(6)))
	film := append(mediatest.Box("ftyp", []byte("isom\x00\x00\x00\x00mp42")), mediatest.Box("mdat", bytes.Repeat([]byte("secret"), 9000))...)
	index := "MPF\x00II*\x00\x08\x00\x00\x00\x03\x00" // as the CIPA's multi-picture format begins
	entry := binary.LittleEndian.AppendUint32(nil, uint32(len(main)))
	for name, file := range map[string][]byte{
		"a motion photo":      append(bytes.Clone(main), film...),
		"a second picture":    append(bytes.Clone(main), other...),
		"a multi-picture one": append(mediatest.JPEGWith(main, mediatest.Segment(0xe2, index+string(entry))), other...),
	} {
		got := render(t, file)
		if got.Width != 160 || got.Height != 120 {
			t.Errorf("%s: %d × %d, want the main picture", name, got.Width, got.Height)
		}
		for size, b := range got.files {
			if !bytes.Equal(b, plain.files[size]) {
				t.Errorf("%s: %s is not the main picture's", name, size)
			}
		}
	}
}

func TestAPlaceIsReadOnlyWhereItWasAskedForAndCoarsely(t *testing.T) {
	originals := withEXIF(full)
	if heic.Supported {
		originals["heic"] = mediatest.HEIC{EXIF: full.TIFF()}.File()
	}
	for format, original := range originals {
		if got := render(t, original).Capture.Place; got != nil {
			t.Errorf("%s: %v was read though nobody agreed", format, *got)
		}
		if got := renderWithPlace(t, original).Capture.Place; got == nil || *got != (media.Place{Lat: 39.9, Lon: 116.4}) {
			t.Errorf("%s: got %v, want 39.9, 116.4", format, got)
		}
	}
	if got := renderWithPlace(t, mediatest.JPEG(mediatest.Scene(40, 30))).Capture.Place; got != nil {
		t.Errorf("%v was read where the file says nothing", *got)
	}
}

func renderWithPlace(t *testing.T, original []byte) media.Photo {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "original")
	if err := os.WriteFile(name, original, 0o600); err != nil {
		t.Fatal(err)
	}
	photo, err := pipeline.Render(t.Context(), media.Task{Original: name, Dir: dir, Place: true})
	if err != nil {
		t.Fatal(err)
	}
	return photo
}

// What other people's tools write must be read as well as what our tests put together.
func TestCaptureDataWrittenByExiftoolIsRead(t *testing.T) {
	if _, err := exec.LookPath("exiftool"); err != nil {
		t.Skip("exiftool is not installed")
	}
	scene := mediatest.Scene(160, 120)
	originals := map[string][]byte{
		"jpg":  mediatest.JPEG(scene),
		"png":  mediatest.PNG(scene),
		"webp": mediatest.WebP(mediatest.TwoColours(image.Rect(0, 0, 40, 30), color.NRGBA{G: 1}, 2, shape)),
	}
	if heic.Supported {
		originals["heic"] = mediatest.HEIC{EXIF: mediatest.EXIF{Make: "X"}.TIFF()}.File()
	}
	for kind, original := range originals {
		name := filepath.Join(t.TempDir(), "photo."+kind)
		if err := os.WriteFile(name, original, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "exiftool", "-q", "-overwrite_original", "-Make=小米", "-Model=15 Pro",
			"-DateTimeOriginal=2026:11:20 21:04:05", "-OffsetTimeOriginal=+08:00", "-ExposureTime=1/60", "-FNumber=1.6", "-ISO=800",
			"-GPSLatitude=33.87", "-GPSLatitudeRef=S", "-GPSLongitude=70.44", "-GPSLongitudeRef=W", name).CombinedOutput()
		if err != nil {
			t.Fatalf("exiftool: %v: %s", err, out)
		}
		written, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		c := renderWithPlace(t, written).Capture
		if c.Make != "小米" || c.Model != "15 Pro" || c.Exposure != "1/60" || c.Aperture != "1.6" || c.ISO != 800 || !c.TakenAtHasZone ||
			c.TakenAt.UTC().Hour() != 13 || c.Place == nil || *c.Place != (media.Place{Lat: -33.9, Lon: -70.4}) {
			t.Errorf("%s: got %+v, place %v", kind, c, c.Place)
		}
	}
}
