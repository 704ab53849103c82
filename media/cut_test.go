package media_test

import (
	"math"
	"testing"

	"fanfare/media"
)

func TestACutStaysInsideThePhotoAndIsNeverEnlarged(t *testing.T) {
	for _, c := range []struct {
		name          string
		cut           media.Cut
		width, height int
		left, top     float64
		x, y          int
	}{
		{"a story of a wide photo", media.Cut{Width: 1080, Height: 1920, X: 0.5, Y: 0.5}, 4000, 3000, 1156.25, 0, 1080, 1920},
		{"at the left edge", media.Cut{Width: 1080, Height: 1920, X: 0.01, Y: 0.5}, 4000, 3000, 0, 0, 1080, 1920},
		{"at the right edge", media.Cut{Width: 1080, Height: 1920, X: 1, Y: 0.5}, 4000, 3000, 2312.5, 0, 1080, 1920},
		{"a cover", media.Cut{Width: 1280, Height: 640, X: 0.5, Y: 0.9}, 4000, 3000, 0, 1000, 1280, 640},
		{"a photo with fewer pixels", media.Cut{Width: 1080, Height: 1080, X: 0.5, Y: 0.5}, 600, 400, 100, 0, 400, 400},
		{"the whole photo", media.Cut{Width: 2048, X: 0.1, Y: 0.1}, 3000, 4000, 0, 0, 1536, 2048},
		{"the whole of a small one", media.Cut{Width: 2048}, 300, 400, 0, 0, 300, 400},
		{"of a photo of one pixel", media.Cut{Width: 900, Height: 383, X: 0.5, Y: 0.5}, 1, 1, 0, 0.287, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			left, top, w, h := c.cut.Window(c.width, c.height)
			if math.Abs(left-c.left) > 0.01 || math.Abs(top-c.top) > 0.01 {
				t.Errorf("it begins at %.2f, %.2f, want %.2f, %.2f", left, top, c.left, c.top)
			}
			if left+w > float64(c.width)+1e-6 || top+h > float64(c.height)+1e-6 {
				t.Errorf("it ends at %.2f, %.2f beyond %d × %d", left+w, top+h, c.width, c.height)
			}
			if x, y := c.cut.Size(c.width, c.height); x != c.x || y != c.y {
				t.Errorf("it is %d × %d, want %d × %d", x, y, c.x, c.y)
			}
		})
	}
}

func TestAPhotoIsDecodedNoLargerThanItsCutsNeed(t *testing.T) {
	story, square := media.Cut{Width: 1080, Height: 1920}, media.Cut{Width: 1080, Height: 1080}
	if got := media.Longest([]media.Cut{square}, 4000, 3000); got != 1440 {
		t.Errorf("a square needs %d, want 1440", got)
	}
	if got := media.Longest([]media.Cut{square, story}, 4000, 3000); got != 2560 {
		t.Errorf("a story besides needs %d, want 2560", got)
	}
	if got := media.Longest([]media.Cut{story}, 1000, 800); got != 1000 {
		t.Errorf("a small photo needs %d, want 1000", got)
	}
}
