package pipeline

import (
	"testing"
	"unicode/utf8"

	"fanfare/media/mediatest"
)

func FuzzReadEXIF(f *testing.F) {
	f.Add(mediatest.EXIF{
		Orientation: 6, Make: "Maker", Model: "小米", Lens: "Lens", Software: "S", Taken: "2026:11:20 21:04:05", Offset: "+08:00",
		Exposure: [2]uint32{1, 60}, Aperture: [2]uint32{18, 10}, ISO: 100, GPS: true,
	}.TIFF())
	f.Add([]byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, block []byte) {
		tags := readEXIF(block)
		if o := tags.orientation(); o < 1 || o > 8 {
			t.Errorf("orientation %d", o)
		}
		c := tags.capture()
		for _, s := range []string{c.Make, c.Model, c.Lens, c.Software, c.Exposure, c.Aperture} {
			if !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxText {
				t.Errorf("text %q", s)
			}
		}
		if c.ISO < 0 {
			t.Errorf("ISO %d", c.ISO)
		}
		if _, err := c.TakenAt.MarshalJSON(); err != nil {
			t.Error(err)
		}
	})
}
