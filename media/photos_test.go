package media_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fanfare/media"
	"fanfare/media/heic"
)

// photos returns the folder of real photos, or skips the test.
func photos(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("FANFARE_PHOTOS")
	if dir == "" {
		t.Skip("FANFARE_PHOTOS does not name a folder of real photos")
	}
	if underRace {
		t.Skip("the race detector makes real photos too slow")
	}
	return dir
}

// smallPhotos returns the real photos that are quick to render; none where there are none.
func smallPhotos(t *testing.T) (files [][]byte) {
	t.Helper()
	dir := os.Getenv("FANFARE_PHOTOS")
	if underRace {
		return nil
	}
	for _, name := range []string{"gps-thompson-springs.jpg", "notocactus_minimus.jpg", "denali.webp"} {
		if b, err := os.ReadFile(filepath.Join(dir, name)); dir != "" && err == nil {
			files = append(files, b)
		}
	}
	return files
}

func renderFile(t testing.TB, r *media.Renderer, name string) (*media.Rendering, error) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	return r.Render(t.Context(), f, media.Options{})
}

// verdicts are the refusals among the real photos; all others are rendered.
var verdicts = map[string]media.Refused{
	"10bit-HDR-P3-nclx.avif": {Reason: media.UnsupportedType, Format: "avif"},
	"8bit-sRGB.avif":         {Reason: media.UnsupportedType, Format: "avif"},
	"corrupted.jpg":          {Reason: media.Broken},
	"README.md":              {Reason: media.UnsupportedType},
	"LICENSE.orientation":    {Reason: media.UnsupportedType},
}

func TestRealPhotosAreRenderedOrRefusedWithTheirReasons(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(photos(t), "*"))
	if err != nil {
		t.Fatal(err)
	}
	r := newRenderer(t, 2, "pipeline")
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			rendering, err := renderFile(t, r, name)
			want, refuse := verdicts[filepath.Base(name)]
			if ext := strings.ToLower(filepath.Ext(name)); !heic.Supported && (ext == ".heic" || ext == ".heif") {
				want, refuse = media.Refused{Reason: media.UnsupportedType, Format: "heic"}, true
			}
			if refused, is := errors.AsType[*media.Refused](err); refuse || is {
				if !is || refused.Reason != want.Reason || refused.Format != want.Format {
					t.Fatalf("got %v, want refused %s %s", err, want.Reason, want.Format)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer discard(t, rendering)
			checkClean(t, rendering.Files)
		})
	}
}

// checkClean looks for metadata in renditions, by their bytes and with exiftool where that is installed.
func checkClean(t *testing.T, files []media.File) {
	t.Helper()
	arguments := []string{"-json", "-groupNames"}
	for _, f := range files {
		arguments = append(arguments, f.Path)
		file := contents(t, f)
		for _, mark := range []string{"Exif", "http://ns.adobe", "GPS", "ICC_PROFILE", "Photoshop", "MPF\x00"} {
			if bytes.Contains(file, []byte(mark)) {
				t.Errorf("%s holds %q", f.Name, mark)
			}
		}
	}
	if _, err := exec.LookPath("exiftool"); err != nil {
		return
	}
	out, err := exec.CommandContext(t.Context(), "exiftool", arguments...).Output()
	if err != nil {
		t.Fatalf("exiftool: %v", err)
	}
	var listed []map[string]any
	if err := json.Unmarshal(out, &listed); err != nil {
		t.Fatal(err)
	}
	if len(listed) != len(files) {
		t.Fatalf("exiftool listed %d files, want %d", len(listed), len(files))
	}
	for i, tags := range listed {
		for tag := range tags {
			group, _, grouped := strings.Cut(tag, ":")
			if grouped && group != "File" && group != "ExifTool" && group != "Composite" {
				t.Errorf("%s carries %s", files[i].Name, tag)
			}
		}
	}
}

func TestTheEightRealOrientationsComeOutUprightAndAlike(t *testing.T) {
	dir := photos(t)
	r := newRenderer(t, 2, "pipeline")
	var upright image.Image
	for _, n := range "12345678" {
		rendering, err := renderFile(t, r, filepath.Join(dir, "Landscape_"+string(n)+".jpg"))
		if err != nil {
			t.Fatal(err)
		}
		picture, err := jpeg.Decode(bytes.NewReader(contents(t, rendering.Files[1])))
		if err != nil {
			t.Fatal(err)
		}
		if rendering.Width != 1800 || rendering.Height != 1200 {
			t.Errorf("%c: %d × %d, want 1800 × 1200", n, rendering.Width, rendering.Height)
		}
		if upright == nil {
			upright = picture
		}
		if d := difference(upright, picture); d > 12 { // each photo has its own number in the middle
			t.Errorf("%c differs from the first by %.1f", n, d)
		}
		discard(t, rendering)
	}
}

// difference is the root mean square difference of two pictures' light, in values of 255; 255 for different sizes.
func difference(a, b image.Image) float64 {
	if a.Bounds() != b.Bounds() {
		return 255
	}
	x, y := a.(*image.YCbCr), b.(*image.YCbCr)
	sum := 0.0
	for i := range x.Y {
		d := float64(x.Y[i]) - float64(y.Y[i])
		sum += d * d
	}
	return math.Sqrt(sum / float64(len(x.Y)))
}

func TestRealCaptureDataIsRead(t *testing.T) {
	dir := photos(t)
	r := newRenderer(t, 1, "pipeline")
	for name, want := range map[string]string{
		"HMD_Nokia_8.3_5G.jpg": "2022-08-14T14:12:31+03:00 HMD Global Nokia 8.3 5G  1/1848 2.2 100",
		"iphone_hdr_YES.jpg":   "2015-04-10T20:12:23Z Apple iPhone 6 iPhone 6 back camera 4.15mm f/2.2 1/40 2.2 32",
		"denali.webp":          "2010-08-13T21:00:01Z Canon Canon EOS 7D EF28-80mm f/3.5-5.6 USM 1/400 11 200",
	} {
		rendering, err := renderFile(t, r, filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := captured(rendering.Capture); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		discard(t, rendering)
	}
}

func captured(c media.Capture) string {
	return fmt.Sprint(c.TakenAt.Format(time.RFC3339), " ", c.Make, " ", c.Model, " ", c.Lens, " ", c.Exposure, " ", c.Aperture, " ", c.ISO)
}

// BenchmarkRender is the whole path of a 12 MP photo through a child, the copy to and from disk included.
func BenchmarkRender(b *testing.B) {
	name := filepath.Join(photos(b), "japanese-shop.jpg")
	r := newRenderer(b, 1, "pipeline")
	for b.Loop() {
		rendering, err := renderFile(b, r, name)
		if err != nil {
			b.Fatal(err)
		}
		discard(b, rendering)
	}
}
