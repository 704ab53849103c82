package focus_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"

	"fanfare/media/focus"
)

// night is a dark, slightly noisy picture with a patch of lights.
func night(width, height int, patch image.Rectangle) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	picture := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			light := 20 + random.IntN(4)
			if image.Pt(x, y).In(patch) {
				light = 40 + (x/7*37+y/5*59)%200
			}
			picture.SetGray(x, y, color.Gray{uint8(light)})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, nil); err != nil {
		panic(err) // a buffer takes all
	}
	return b.Bytes()
}

func TestThePartWhereMuchHappensStaysInEveryCut(t *testing.T) {
	for name, c := range map[string]struct {
		width, height int
		patch         image.Rectangle
	}{
		"at the left":     {480, 320, image.Rect(30, 100, 130, 220)},
		"at the right":    {480, 320, image.Rect(350, 100, 450, 220)},
		"at the bottom":   {320, 480, image.Rect(100, 380, 220, 470)},
		"in the middle":   {480, 320, image.Rect(190, 110, 290, 210)},
		"in a small one":  {96, 64, image.Rect(60, 16, 90, 48)},
		"in a panorama":   {480, 60, image.Rect(400, 10, 440, 50)},
		"in a tall strip": {60, 480, image.Rect(10, 40, 50, 80)},
	} {
		t.Run(name, func(t *testing.T) {
			at, err := focus.Read(bytes.NewReader(night(c.width, c.height, c.patch)))
			if err != nil {
				t.Fatal(err)
			}
			for _, shape := range []float64{9. / 16, 3. / 4, 1, 16. / 9, 2.35} {
				w, h := math.Min(float64(c.width), float64(c.height)*shape), math.Min(float64(c.height), float64(c.width)/shape)
				left, top := edge(at.X, w, float64(c.width)), edge(at.Y, h, float64(c.height))
				middle := c.patch.Min.Add(c.patch.Max).Div(2)
				if x, y := float64(middle.X), float64(middle.Y); x < left || x > left+w || y < top || y > top+h {
					t.Errorf("%.2f: %v is not in the window of %.0f × %.0f at %.0f, %.0f around %v", shape, middle, w, h, left, top, at)
				}
			}
		})
	}
}

func edge(at, window, whole float64) float64 {
	return math.Max(0, math.Min(at*whole-window/2, whole-window))
}

func TestAnEvenPictureIsCutInTheMiddle(t *testing.T) {
	for _, size := range []image.Point{{480, 320}, {320, 480}, {480, 480}, {4, 3}, {1, 1}} {
		at, err := focus.Read(bytes.NewReader(night(size.X, size.Y, image.Rectangle{})))
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(at.X-0.5) > 0.05 || math.Abs(at.Y-0.5) > 0.05 {
			t.Errorf("%v: the focus is at %v, want the middle", size, at)
		}
	}
}

func TestADamagedPhotoHasItsFocusInTheMiddle(t *testing.T) {
	if at, err := focus.Read(bytes.NewReader([]byte("\xff\xd8\xff"))); err == nil || at != focus.Middle {
		t.Errorf("got %v, %v", at, err)
	}
}
