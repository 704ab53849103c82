package pipeline_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"github.com/disintegration/imaging"

	"fanfare/media/fidelity"
)

// Renditions by planes must be as near to the exact picture as those by red, green and blue, which take thrice the time.
func TestRealPhotosLoseNothingByStayingPlanes(t *testing.T) {
	dir := os.Getenv("FANFARE_PHOTOS")
	if dir == "" {
		t.Skip("FANFARE_PHOTOS does not name a folder of real photos")
	}
	for _, name := range []string{"HMD_Nokia_8.3_5G.jpg", "gps-DSCN0010.jpg", "prairie_falcon.jpg"} {
		if testing.Short() && name == "HMD_Nokia_8.3_5G.jpg" {
			continue // nine million pixels; the others have less than one
		}
		original, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		got := render(t, original)
		decoded, err := jpeg.Decode(bytes.NewReader(original))
		if err != nil {
			t.Fatal(err)
		}
		pixels := fidelity.Pixels(decoded)
		for _, size := range []string{"1024", "480"} {
			planes := fidelity.Pixels(got.pictures[size])
			exact := imaging.Resize(pixels, planes.Rect.Dx(), planes.Rect.Dy(), imaging.Lanczos)
			other := fidelity.Pixels(encoded(t, imaging.Resize(decoded, planes.Rect.Dx(), planes.Rect.Dy(), imaging.Lanczos)))
			if ours, theirs := fidelity.SSIM(planes, exact), fidelity.SSIM(other, exact); ours < theirs-0.002 {
				t.Errorf("%s, %s: SSIM is %.4f by planes and %.4f by pixels", name, size, ours, theirs)
			}
			if ours, theirs := fidelity.PSNR(planes, exact), fidelity.PSNR(other, exact); ours < theirs-0.5 {
				t.Errorf("%s, %s: PSNR is %.2f dB by planes and %.2f dB by pixels", name, size, ours, theirs)
			}
		}
	}
}

// encoded is the picture after the loss that every rendition has.
func encoded(t *testing.T, picture image.Image) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, &jpeg.Options{Quality: 82}); err != nil {
		t.Fatal(err)
	}
	decoded, err := jpeg.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}
