package pipeline

import (
	"encoding/base64"
	"image"
	"image/color"
	"testing"
)

// The vectors were made by the reference, npm's thumbhash 0.1.1, from pictures by the same formula.
func TestThumbHashEqualsTheReference(t *testing.T) {
	for _, c := range []struct {
		width, height, n int
		want             string
	}{
		{100, 75, 0, "3xcGHYJyAHs6Q4nXZWi4h3eQBd/D"},
		{60, 100, 1, "oAcGNARIJAP5UbtneGuJqfBGlg=="},
		{32, 32, 2, "nfgJZxBwdndadoeZhmiJh5iHhwdZgIMI"},
		{100, 3, 4, "pbcJUY5sYGppl0iJgGgGV8o="},
	} {
		picture := image.NewNRGBA(image.Rect(0, 0, c.width, c.height))
		for y := range c.height {
			for x := range c.width {
				picture.SetNRGBA(x, y, color.NRGBA{uint8(x*5 + y*(c.n+1)), uint8(x*y + 40*c.n), uint8(255 - x*2 + y*3), 255})
			}
		}
		if got := base64.StdEncoding.EncodeToString(thumbHash(picture)); got != c.want {
			t.Errorf("%d × %d: got %s, want %s", c.width, c.height, got, c.want)
		}
	}
}

func FuzzThumbHash(f *testing.F) {
	f.Add(uint8(3), []byte{1, 2, 3, 4, 5, 6})
	f.Fuzz(func(t *testing.T, width uint8, values []byte) {
		w := 1 + int(width)%thumbSide
		h := min(max(1, len(values)/w), thumbSide)
		picture := image.NewNRGBA(image.Rect(0, 0, w, h))
		copy(picture.Pix, values)
		if n := len(thumbHash(picture)); n < 5 || n > 32 {
			t.Errorf("%d × %d: the hash has %d bytes", w, h, n)
		}
	})
}
