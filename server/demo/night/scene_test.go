//go:build !race

// Drawing has one goroutine, and the race detector makes it thirty times slower.

package night

import (
	"bytes"
	"flag"
	"image"
	"os"
	"path/filepath"
	"sync"
	"testing"
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
	for _, s := range Scenes()[:2] {
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

func BenchmarkDraw(b *testing.B) {
	for _, s := range Scenes() {
		b.Run(s.Name, func(b *testing.B) {
			for b.Loop() {
				s.Draw()
			}
		})
	}
}
