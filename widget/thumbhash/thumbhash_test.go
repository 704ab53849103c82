package thumbhash

import (
	"encoding/base64"
	"fmt"
	"math"
	"strings"
	"testing"
)

// encodeAverage writes the header of a hash as the reference encoder does (rgbaToThumbHash, opaque pictures).
func encodeAverage(r, g, b float64) string {
	l, p, q := (r+g+b)/3, (r+g)/2-b, r-g
	bits := int(math.Round(63*l)) | int(math.Round(31.5+31.5*p))<<6 | int(math.Round(31.5+31.5*q))<<12
	return base64.StdEncoding.EncodeToString([]byte{byte(bits), byte(bits >> 8), byte(bits >> 16), 0, 0})
}

func TestAverageIsTheColourThatWasEncoded(t *testing.T) {
	for _, c := range [][3]float64{{0, 0, 0}, {1, 1, 1}, {.1, .1, .25}, {.8, .5, .2}, {.3, .6, .4}} {
		got := Average(encodeAverage(c[0], c[1], c[2]))
		var rgb [3]int
		if _, err := fmt.Sscanf(got, "rgb(%d,%d,%d)", &rgb[0], &rgb[1], &rgb[2]); err != nil {
			t.Fatalf("%q: %v", got, err)
		}
		for i := range rgb {
			if want := c[i] * 255; math.Abs(float64(rgb[i])-want) > 12 { // six bits per channel and two sums
				t.Errorf("%v: got %s, channel %d is off", c, got, i)
			}
		}
	}
}

func TestAverageOfNoHashIsEmpty(t *testing.T) {
	for _, s := range []string{"", "abc", "ab!d", "夜景"} {
		if got := Average(s); got != "" {
			t.Errorf("%q: got %q, want nothing", s, got)
		}
	}
}

func FuzzAverage(f *testing.F) {
	f.Add("1QcSHQRnh493V4dIh4eXh1h4kJUI")
	f.Fuzz(func(t *testing.T, s string) {
		if got := Average(s); got != "" && (!strings.HasPrefix(got, "rgb(") || len(got) > len("rgb(255,255,255)")) {
			t.Fatalf("%q: got %q", s, got)
		}
	})
}
