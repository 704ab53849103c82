package night

import (
	"bytes"
	"flag"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/bep/imagemeta"
)

var write = flag.String("write", "", "write the scenes into this folder, to look at them")

// drawn draws every scene, once for all tests.
var drawn = sync.OnceValue(func() map[string]*image.RGBA {
	m := map[string]*image.RGBA{}
	for _, s := range Scenes() {
		m[s.Name] = s.Draw()
	}
	return m
})

var capture = Capture{
	Taken: time.Date(2026, 11, 7, 20, 41, 5, 0, time.FixedZone("", 8*3600)),
	Make:  "NIKON CORPORATION", Model: "NIKON Z 6_2", Lens: "NIKKOR Z 24-70mm f/4 S",
	Exposure: [2]uint32{1, 60}, FNumber: 5.6, ISO: 800,
}

func TestScenesAreDistinctToTheEye(t *testing.T) {
	pictures := drawn()
	if len(pictures) < 16 {
		t.Fatalf("got %d scenes of distinct names, want at least 16", len(pictures))
	}
	hashes := map[string][]float64{}
	for name, img := range pictures {
		hashes[name] = thumb(img)
	}
	const apart = 20 // mean difference in 8-bit steps; most scenes drawn again from another seed differ by 4 to 10
	for a, x := range hashes {
		for b, y := range hashes {
			if a < b && difference(x, y) < apart {
				t.Errorf("%s and %s differ by %.1f, want at least %d", a, b, difference(x, y), apart)
			}
		}
	}
	if *write == "" {
		return
	}
	for name, img := range pictures {
		file, err := Encode(img, capture)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(*write, name+".jpg"), file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// thumb is a picture as 16×16 means of each channel.
func thumb(img *image.RGBA) []float64 {
	const n = 16
	sum, count := make([]float64, 3*n*n), make([]float64, 3*n*n)
	w, h := img.Rect.Dx(), img.Rect.Dy()
	for y := 0; y < h; y += 4 {
		for x := 0; x < w; x += 4 {
			for ch := range 3 {
				i := 3*(y*n/h*n+x*n/w) + ch
				sum[i] += float64(img.Pix[img.PixOffset(x, y)+ch])
				count[i]++
			}
		}
	}
	for i := range sum {
		sum[i] /= count[i]
	}
	return sum
}

func difference(x, y []float64) float64 {
	d := 0.0
	for i := range x {
		d += max(x[i]-y[i], y[i]-x[i])
	}
	return d / float64(len(x))
}

func TestTheSameSceneDrawsTheSamePicture(t *testing.T) {
	for _, s := range Scenes() {
		if !bytes.Equal(s.Draw().Pix, drawn()[s.Name].Pix) {
			t.Errorf("%s: two drawings differ", s.Name)
		}
	}
}

func TestScenesHaveThePromisedSizeAndUseTheWholeScale(t *testing.T) {
	for _, s := range Scenes() {
		img := drawn()[s.Name]
		if got := img.Rect.Size(); got != image.Pt(s.Width, s.Height) {
			t.Errorf("%s: got %v, want %d×%d", s.Name, got, s.Width, s.Height)
		}
		if long := max(s.Width, s.Height); long < 1600 || long > 2400 {
			t.Errorf("%s: long side is %d, want 1600 to 2400", s.Name, long)
		}
		dark, bright := 0, 0
		for i := 0; i < len(img.Pix); i += 4 {
			sum := int(img.Pix[i]) + int(img.Pix[i+1]) + int(img.Pix[i+2])
			if sum < 3*40 {
				dark++
			}
			if sum > 3*170 {
				bright++
			}
		}
		pixels := len(img.Pix) / 4
		if dark < pixels/50 || bright < pixels/2000 {
			t.Errorf("%s: %d dark and %d bright of %d pixels; a night photo has both", s.Name, dark, bright, pixels)
		}
	}
}

func TestAnIndependentReaderFindsTheCaptureData(t *testing.T) {
	file, err := Encode(drawn()["bund"], capture)
	if err != nil {
		t.Fatal(err)
	}
	tags := read(t, file)
	want := map[string]string{
		"Make": "NIKON CORPORATION", "Model": "NIKON Z 6_2", "LensModel": "NIKKOR Z 24-70mm f/4 S",
		"DateTimeOriginal": "2026:11:07 20:41:05", "OffsetTimeOriginal": "+08:00",
	}
	for name, value := range want {
		if got := tags.EXIF()[name].Value; got != value {
			t.Errorf("%s: got %v, want %v", name, got, value)
		}
	}
	for name, value := range map[string]float64{"ExposureTime": 1.0 / 60, "FNumber": 5.6, "ISO": 800, "Orientation": 1} {
		if got := number(tags.EXIF()[name].Value); got < value*0.999 || got > value*1.001 {
			t.Errorf("%s: got %v, want %v", name, got, value)
		}
	}
}

func TestASidewaysFileHoldsTheTurnedPictureAndSaysSo(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 32, 16))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for y := range 8 { // the upper left quarter is red
		for x := range 16 {
			copy(img.Pix[img.PixOffset(x, y):], []byte{255, 0, 0, 255})
		}
	}
	turned := capture
	turned.Sideways = true
	file, err := Encode(img, turned)
	if err != nil {
		t.Fatal(err)
	}
	tags := read(t, file)
	if got := number(tags.EXIF()["Orientation"].Value); got != 6 {
		t.Errorf("orientation: got %v, want 6 (to be viewed turned right)", got)
	}
	stored, err := jpeg.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if got := stored.Bounds().Size(); got != image.Pt(16, 32) {
		t.Fatalf("stored size: got %v, want 16×32", got)
	}
	if r, g, _, _ := stored.At(3, 28).RGBA(); r < 0xc000 || g > 0x4000 {
		t.Error("the upper left of the upright picture is not in the lower left of the stored one")
	}
}

func read(t *testing.T, file []byte) imagemeta.Tags {
	t.Helper()
	var tags imagemeta.Tags
	_, err := imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(file), ImageFormat: imagemeta.JPEG, Sources: imagemeta.EXIF,
		HandleTag: func(tag imagemeta.TagInfo) error { tags.Add(tag); return nil },
		Warnf:     func(format string, args ...any) { t.Errorf("reader warns: "+format, args...) },
	})
	if err != nil {
		t.Fatalf("read exif: %v", err)
	}
	return tags
}

func number(v any) float64 {
	switch v := v.(type) {
	case interface{ Float64() float64 }:
		return v.Float64()
	case uint16:
		return float64(v)
	case float64:
		return v
	}
	return -1
}

func BenchmarkDraw(b *testing.B) {
	for _, s := range Scenes() {
		b.Run(s.Name, func(b *testing.B) {
			for b.Loop() {
				s.Draw()
			}
		})
	}
}
