package planar

import (
	"image"
	"testing"
)

// turned is a picture by the definition of Turn.
func turned(picture *image.NRGBA, transpose, mirrorX, mirrorY bool) *image.NRGBA {
	size := picture.Rect.Size()
	if transpose {
		size = image.Pt(size.Y, size.X)
	}
	out := image.NewNRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			u, v := x, y
			if mirrorX {
				u = size.X - 1 - x
			}
			if mirrorY {
				v = size.Y - 1 - y
			}
			if transpose {
				u, v = v, u
			}
			out.SetNRGBA(x, y, picture.NRGBAAt(u, v))
		}
	}
	return out
}

func TestTurnsKeepLightAndColourTogether(t *testing.T) {
	for _, size := range []image.Point{{80, 60}, {81, 60}, {80, 61}, {81, 61}, {2, 3}, {1, 1}} {
		picture := wave(size.X, size.Y)
		for n := range 8 {
			transpose, mirrorX, mirrorY := n&4 != 0, n&2 != 0, n&1 != 0
			got := FromNRGBA(picture).Turn(transpose, mirrorX, mirrorY)
			want := FromNRGBA(turned(picture, transpose, mirrorX, mirrorY))
			if d := furthest(t, got.light, want.light); d != 0 {
				t.Errorf("%v, turn %d: light differs by %d", size, n, d)
			}
			// Between samples of colour there is Lanczos3's judgement; beyond the picture's end there is none.
			allowed := 0
			if mirrorX && got.Width%2 == 1 || mirrorY && got.Height%2 == 1 {
				allowed = max(2, 255/min(size.X, size.Y))
			}
			if d := max(furthest(t, got.blue, want.blue), furthest(t, got.red, want.red)); d > allowed {
				t.Errorf("%v, turn %d: colours differ by %d", size, n, d)
			}
		}
	}
}

func TestAGreyPictureTurnsWithoutColours(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 3, 2))
	copy(grey.Pix, []uint8{1, 2, 3, 4, 5, 6})
	got := viewed(t, grey).Turn(true, true, false).Image().(*image.Gray)
	if want := "\x04\x01\x05\x02\x06\x03"; string(got.Pix) != want {
		t.Errorf("got %v, want %v", got.Pix, []byte(want))
	}
}
