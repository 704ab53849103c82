package pipeline

import (
	"math"
	"testing"
	"unicode/utf8"

	"fanfare/media"
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
		if p := tags.place(); p != nil && (math.Abs(p.Lat) > 90 || math.Abs(p.Lon) > 180) {
			t.Errorf("the place is %v", *p)
		}
		if c.ISO < 0 {
			t.Errorf("ISO %d", c.ISO)
		}
		if _, err := c.TakenAt.MarshalJSON(); err != nil {
			t.Error(err)
		}
	})
}

func TestPlacesThatAreNoneAreLeftOut(t *testing.T) {
	for name, c := range map[string]struct {
		lat, lon       any
		latRef, lonRef string
		want           *media.Place
	}{
		"south and west":      {33.87, 70.44, "S", "W", &media.Place{Lat: -33.9, Lon: -70.4}},
		"small letters":       {1.04, 2.0, "n", "e", &media.Place{Lat: 1, Lon: 2}},
		"just below nothing":  {0.01, 5.0, "S", "E", &media.Place{Lat: 0, Lon: 5}},
		"no fix":              {0.0, 0.0, "N", "E", nil},
		"without a side":      {39.9, 116.4, "", "E", nil},
		"another side":        {39.9, 116.4, "E", "N", nil},
		"beyond the pole":     {90.5, 116.4, "N", "E", nil},
		"not a number at all": {math.NaN(), 116.4, "N", "E", nil},
		"half a place":        {39.9, nil, "N", "E", nil},
		"degrees as they are": {[]any{39, 54, 0}, 116.4, "N", "E", nil},
	} {
		got := tags{latitude: c.lat, longitude: c.lon, latitude + "Ref": c.latRef, longitude + "Ref": c.lonRef}.place()
		if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
		if got != nil && math.Signbit(got.Lat) && got.Lat == 0 {
			t.Errorf("%s: the latitude is minus zero", name)
		}
	}
}
