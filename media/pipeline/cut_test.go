package pipeline_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"fanfare/media"
	"fanfare/media/mediatest"
	"fanfare/media/pipeline"
)

// cutting makes cuts of an original and returns their pictures by name.
func cutting(t *testing.T, original []byte, cuts ...media.Cut) map[string]image.Image {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "original")
	if err := os.WriteFile(name, original, 0o600); err != nil {
		t.Fatal(err)
	}
	photo, err := pipeline.Render(t.Context(), media.Task{Original: name, Dir: dir, Cuts: cuts})
	if err != nil {
		t.Fatal(err)
	}
	pictures := map[string]image.Image{}
	for _, f := range photo.Files {
		b, err := os.ReadFile(filepath.Join(dir, f.Path))
		if err != nil {
			t.Fatal(err)
		}
		if pictures[f.Name], err = jpeg.Decode(bytes.NewReader(b)); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte("Exif")) || bytes.Contains(b, []byte("SERIAL")) {
			t.Errorf("%s carries the original's metadata", f.Name)
		}
	}
	return pictures
}

// shapes are cuts in the shapes that places ask for, small.
func shapes(x, y float64) []media.Cut {
	return []media.Cut{
		{Name: "square", Width: 120, Height: 120, X: x, Y: y},
		{Name: "story", Width: 90, Height: 160, X: x, Y: y},
		{Name: "cover", Width: 188, Height: 80, X: x, Y: y},
		{Name: "whole", Width: 160, X: x, Y: y},
	}
}

func TestCutsEqualTheirGoldens(t *testing.T) {
	scene := mediatest.Scene(800, 600)
	p3 := mediatest.Profile(mediatest.DisplayP3, mediatest.SRGBCurve)
	for name, original := range map[string][]byte{
		"cut":        mediatest.JPEGWith(mediatest.JPEG(scene), mediatest.EXIFSegment(full)),
		"cut-turned": mediatest.JPEGWith(mediatest.JPEG(mediatest.Stored(scene, 6)), mediatest.EXIFSegment(turned(6))),
		"cut-p3":     mediatest.JPEGWith(mediatest.JPEG(scene), mediatest.ICCSegments(p3, 100)),
		"cut-png":    mediatest.PNG(scene),
	} {
		t.Run(name, func(t *testing.T) {
			for shape, picture := range cutting(t, original, shapes(0.2, 0.8)...) {
				goldenPicture(t, name+"-"+shape, picture)
			}
		})
	}
}

func goldenPicture(t *testing.T, name string, got image.Image) {
	t.Helper()
	file := filepath.Join("testdata", name+".jpg")
	if *update {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, got, &jpeg.Options{Quality: 95}); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if d := difference(t, got, want); d > 2 { // the golden was encoded once more
		t.Errorf("it differs from %s by %.2f", file, d)
	}
}

func TestACutShowsThePointThatItIsMadeAround(t *testing.T) {
	picture := image.NewNRGBA(image.Rect(0, 0, 1200, 800))
	draw.Draw(picture, picture.Rect, image.NewUniform(color.NRGBA{20, 20, 60, 255}), image.Point{}, draw.Src)
	lamp := image.Rect(700, 460, 740, 500) // around 0.6, 0.6
	draw.Draw(picture, lamp, image.NewUniform(color.NRGBA{250, 240, 200, 255}), image.Point{}, draw.Src)
	for name, cut := range cutting(t, mediatest.JPEG(picture), shapes(0.6, 0.6)...) {
		size := cut.Bounds().Size()
		at := image.Pt(size.X/2, size.Y/2)
		switch name {
		case "square", "story":
			at.Y = size.Y * 3 / 5 // as high as the photo: nothing to move
		case "cover":
			at.X = size.X * 3 / 5 // as wide as the photo
		case "whole":
			at = image.Pt(size.X*3/5, size.Y*3/5)
		}
		if light := color.GrayModel.Convert(cut.At(at.X, at.Y)).(color.Gray).Y; light < 200 {
			t.Errorf("%s of %v: the light at %v is %d, want the lamp", name, size, at, light)
		}
	}
}

func TestCutsAreSharperThanTheLargestRenditionWherePixelsAllow(t *testing.T) {
	if underRace {
		t.Skip("the race detector makes this too slow, and the package starts no goroutine")
	}
	story := media.Cut{Name: "story", Width: 1080, Height: 1920, X: 0.5, Y: 0.5}
	got := cutting(t, mediatest.JPEG(mediatest.Scene(3200, 2400)), story)["story"]
	if size := got.Bounds().Size(); size != image.Pt(1080, 1920) {
		t.Errorf("the cut is %v, want 1080 × 1920: a rendition of 2048 × 1536 could not give that", size)
	}
}
