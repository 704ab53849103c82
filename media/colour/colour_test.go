package colour_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"math"
	"strings"
	"testing"

	"fanfare/media/colour"
	"fanfare/media/mediatest"
)

func parse(t *testing.T, icc []byte) *colour.Profile {
	t.Helper()
	p, err := colour.Parse(icc)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func convert(p *colour.Profile, c color.NRGBA) color.NRGBA {
	picture := image.NewNRGBA(image.Rect(0, 0, 1, 1))
	picture.SetNRGBA(0, 0, c)
	p.ToSRGB(picture)
	return picture.NRGBAAt(0, 0)
}

func near(a, b color.NRGBA, by int) bool {
	d := func(x, y uint8) bool { return max(int(x), int(y))-min(int(x), int(y)) <= by }
	return d(a.R, b.R) && d(a.G, b.G) && d(a.B, b.B) && a.A == b.A
}

// The expected values come from the matrix between the two spaces' D65 forms in CSS Color 4, not from this package:
// light(sRGB) = [1.2249402 −0.2249402 0; −0.0420570 1.0420570 0; −0.0196376 −0.0786361 1.0982735] · light(P3).
func TestDisplayP3BecomesSRGB(t *testing.T) {
	p := parse(t, mediatest.Profile(mediatest.DisplayP3, mediatest.SRGBCurve))
	for _, c := range []struct{ p3, want color.NRGBA }{
		{color.NRGBA{0, 0, 0, 255}, color.NRGBA{0, 0, 0, 255}},
		{color.NRGBA{255, 255, 255, 255}, color.NRGBA{255, 255, 255, 255}},
		{color.NRGBA{128, 128, 128, 255}, color.NRGBA{128, 128, 128, 255}},
		{color.NRGBA{255, 0, 0, 255}, color.NRGBA{255, 0, 0, 255}}, // beyond sRGB: the nearest
		{color.NRGBA{200, 100, 100, 255}, color.NRGBA{215, 94, 97, 255}},
		{color.NRGBA{100, 200, 100, 255}, color.NRGBA{45, 203, 86, 255}},
		{color.NRGBA{60, 70, 180, 77}, color.NRGBA{58, 70, 187, 77}}, // alpha stays
	} {
		if got := convert(p, c.p3); !near(got, c.want, 1) {
			t.Errorf("Display P3 %v became %v, want %v", c.p3, got, c.want)
		}
	}
}

func TestNamedSpacesEqualTheirProfiles(t *testing.T) {
	adobe := mediatest.Primaries{{0.60974, 0.31111, 0.01947}, {0.20528, 0.62567, 0.06087}, {0.14919, 0.06322, 0.74457}}
	for name, c := range map[string]struct{ named, parsed *colour.Profile }{
		"Display P3": {colour.DisplayP3(), parse(t, mediatest.Profile(mediatest.DisplayP3, mediatest.SRGBCurve))},
		"Adobe RGB":  {colour.AdobeRGB(), parse(t, mediatest.Profile(adobe, mediatest.Curve("curv", 0, 563.0/256)))},
	} {
		for _, v := range []color.NRGBA{{0, 0, 0, 255}, {255, 255, 255, 255}, {200, 100, 100, 255}, {30, 220, 120, 255}, {90, 60, 240, 9}} {
			if got, want := convert(c.named, v), convert(c.parsed, v); !near(got, want, 1) {
				t.Errorf("%s: %v became %v, by its profile %v", name, v, got, want)
			}
		}
	}
}

func TestSRGBIsRecognised(t *testing.T) {
	gamma := mediatest.Curve("curv", 0, 2.2)
	for _, c := range []struct {
		name      string
		primaries mediatest.Primaries
		curve     []byte
		want      bool
	}{
		{"sRGB", mediatest.SRGB, mediatest.SRGBCurve, true},
		{"sRGB with sampled curves", mediatest.SRGB, mediatest.Curve("curv", 0, samples(1024)...), true},
		{"sRGB's primaries with gamma 2.2", mediatest.SRGB, gamma, false},
		{"Display P3", mediatest.DisplayP3, mediatest.SRGBCurve, false},
	} {
		if got := parse(t, mediatest.Profile(c.primaries, c.curve)).IsSRGB(); got != c.want {
			t.Errorf("%s: IsSRGB is %t, want %t", c.name, got, c.want)
		}
	}
}

// samples returns sRGB's tone curve in n steps.
func samples(n int) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = toLight(float64(i) / float64(n-1))
	}
	return s
}

func toLight(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// A grey of a space with sRGB's primaries shows its tone curve alone.
func TestCurvesAreFollowed(t *testing.T) {
	const x = 100.0 / 255
	for _, c := range []struct {
		name  string
		curve []byte
		light float64
	}{
		{"identity", mediatest.Curve("curv", 0), x},
		{"gamma 1.8", mediatest.Curve("curv", 0, 1.8), math.Pow(x, 1.80078125)},
		{"three samples", mediatest.Curve("curv", 0, 0, 0.2, 1), 0.2 * x * 2},
		{"type 0", mediatest.Curve("para", 0, 2), x * x},
		{"type 1 above its step", mediatest.Curve("para", 1, 2, 0.9, 0.1), math.Pow(0.9*x+0.1, 2)},
		{"type 1 below its step", mediatest.Curve("para", 1, 2, 1.5, -0.75), 0},
		{"type 2", mediatest.Curve("para", 2, 2, 0.8, 0.1, 0.05), math.Pow(0.8*x+0.1, 2) + 0.05},
		{"type 3", mediatest.Curve("para", 3, 2, 1, 0, 0.25, 0.5), 0.25 * x},
		{"type 4", mediatest.Curve("para", 4, 2, 1, 0, 0.25, 0.5, 0.5, 0.1), 0.25*x + 0.1},
	} {
		p := parse(t, mediatest.Profile(mediatest.SRGB, c.curve))
		got := convert(p, color.NRGBA{100, 100, 100, 255})
		if light := toLight(float64(got.G) / 255); math.Abs(light-c.light) > 0.01 {
			t.Errorf("%s: 100 stands for light %.3f, want %.3f", c.name, light, c.light)
		}
	}
}

func TestOtherProfilesAreRefused(t *testing.T) {
	p3 := mediatest.Profile(mediatest.DisplayP3, mediatest.SRGBCurve)
	with := func(at int, s string) []byte { return append(append(bytes.Clone(p3[:at]), s...), p3[at+len(s):]...) }
	count := binary.BigEndian.AppendUint32(nil, 1<<30)
	for name, icc := range map[string][]byte{
		"nothing":            nil,
		"grey":               with(16, "GRAY"),
		"CMYK over Lab":      with(16, "CMYKLab "),
		"no signature":       with(36, "none"),
		"a tag missing":      []byte(strings.Replace(string(p3), "gTRC", "A2B0", 1)),
		"too many tags":      with(128, string(count)),
		"a tag out of it":    with(136, "\xff\xff\xff\xff"),
		"cut short":          p3[:len(p3)-1],
		"no curve":           mediatest.Profile(mediatest.SRGB, []byte("junkjunkjunkjunk")),
		"too many samples":   mediatest.Profile(mediatest.SRGB, []byte("curv\x00\x00\x00\x00\xff\xff\xff\xff")),
		"an unknown formula": mediatest.Profile(mediatest.SRGB, mediatest.Curve("para", 5, 1, 1, 1, 1, 1, 1, 1)),
	} {
		if _, err := colour.Parse(icc); !errors.Is(err, colour.ErrUnsupported) {
			t.Errorf("%s: got %v, want ErrUnsupported", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(mediatest.Profile(mediatest.DisplayP3, mediatest.SRGBCurve))
	f.Add(mediatest.Profile(mediatest.SRGB, mediatest.Curve("curv", 0, 2.2)))
	f.Add(mediatest.Profile(mediatest.SRGB, mediatest.Curve("para", 1, 2, 0, 0.1)))
	f.Fuzz(func(t *testing.T, icc []byte) {
		p, err := colour.Parse(icc)
		if err != nil {
			return
		}
		p.IsSRGB()
		if got := convert(p, color.NRGBA{1, 128, 255, 9}); got.A != 9 {
			t.Errorf("alpha became %d", got.A)
		}
	})
}
