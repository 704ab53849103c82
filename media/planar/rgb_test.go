package planar

import (
	"image"
	"image/color"
	"testing"
)

func TestPixelsComeBack(t *testing.T) {
	for _, size := range []image.Point{{64, 48}, {65, 47}, {1, 1}, {2, 1}, {1, 3}} {
		picture := wave(size.X, size.Y)
		allowed := max(8, 255/min(size.X, size.Y)) // two by two pixels share a colour
		if d := apart(t, FromNRGBA(picture).NRGBA(), picture); d > allowed {
			t.Errorf("%v: differs by %d", size, d)
		}
	}
}

func TestPlanesEqualTheStandardLibrarysFormulas(t *testing.T) {
	for _, c := range []color.NRGBA{{0, 0, 0, 255}, {255, 255, 255, 255}, {255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {12, 200, 99, 255}} {
		picture := image.NewNRGBA(image.Rect(0, 0, 3, 3))
		for i := range 9 {
			picture.SetNRGBA(i%3, i/3, c)
		}
		got := FromNRGBA(picture).Image().(*image.YCbCr)
		l, blue, red := color.RGBToYCbCr(c.R, c.G, c.B)
		if at := got.YCbCrAt(2, 2); at != (color.YCbCr{Y: l, Cb: blue, Cr: red}) {
			t.Errorf("%v: got %v, want %v", c, at, color.YCbCr{Y: l, Cb: blue, Cr: red})
		}
	}
}

func TestRecolouringReachesEveryPixel(t *testing.T) {
	for _, size := range []image.Point{{64, 48}, {65, 47}, {1, 1}} {
		p := FromNRGBA(wave(size.X, size.Y))
		p.Recolour(func(rows *image.NRGBA) {
			for y := range rows.Rect.Dy() {
				for x := range rows.Rect.Dx() {
					rows.SetNRGBA(x, y, color.NRGBA{10, 200, 30, 255})
				}
			}
		})
		want := image.NewNRGBA(image.Rectangle{Max: size})
		for i := range size.X * size.Y {
			want.SetNRGBA(i%size.X, i/size.X, color.NRGBA{10, 200, 30, 255})
		}
		if d := apart(t, p.NRGBA(), want); d > 2 {
			t.Errorf("%v: differs by %d", size, d)
		}
	}
}

func TestNothingIsLostWhereNothingIsRecoloured(t *testing.T) {
	p, want := FromNRGBA(wave(65, 47)), FromNRGBA(wave(65, 47))
	p.Recolour(func(*image.NRGBA) {})
	if d := max(furthest(t, p.light, want.light), furthest(t, p.blue, want.blue), furthest(t, p.red, want.red)); d > 1 {
		t.Errorf("differs by %d", d)
	}
}

func TestAGreyPictureIsRecolouredAsGrey(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 3, 3))
	p := viewed(t, grey)
	p.Recolour(func(rows *image.NRGBA) {
		for i := range rows.Pix {
			rows.Pix[i] += 100
		}
	})
	if got := p.Image().(*image.Gray).Pix[8]; got != 100 {
		t.Errorf("got %d, want 100", got)
	}
}

func TestLightIsTheAverageOfEqualAreas(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 3, 1))
	copy(grey.Pix, []uint8{30, 60, 240})
	for _, c := range []struct {
		width int
		want  []float64
	}{
		{1, []float64{110}},
		{2, []float64{40, 180}}, // the middle one counts for both, by half
		{3, []float64{30, 60, 240}},
		{6, []float64{30, 30, 60, 60, 240, 240}},
	} {
		for i, got := range viewed(t, grey).Light(c.width, 1) {
			if d := got - c.want[i]; d < -1e-9 || d > 1e-9 {
				t.Errorf("%d areas: number %d is %v, want %v", c.width, i, got, c.want[i])
			}
		}
	}
}
