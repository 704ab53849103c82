package colour

import "math"

// The primaries of spaces that files name without a profile, as XYZ relative to D50: a column each for red, green and
// blue.
var (
	p3Primaries = matrix{
		{0.51512, 0.29198, 0.1571},
		{0.2412, 0.69225, 0.06657},
		{-0.00105, 0.04189, 0.78407},
	}
	adobePrimaries = matrix{
		{0.60974, 0.20528, 0.14919},
		{0.31111, 0.62567, 0.06322},
		{0.01947, 0.06087, 0.74457},
	}
)

// DisplayP3 returns the space of phones' displays and cameras: wider than sRGB, with its curve.
func DisplayP3() *Profile { return build(p3Primaries, decode, decode, decode) }

// AdobeRGB returns the space that cameras offer beside sRGB, Adobe RGB (1998).
func AdobeRGB() *Profile {
	gamma := func(v float64) float64 { return math.Pow(v, 563.0/256) }
	return build(adobePrimaries, gamma, gamma, gamma)
}

// decode is the inverse of encode, from value to light.
func decode(value float64) float64 {
	if value <= 0.04045 {
		return value / 12.92
	}
	return math.Pow((value+0.055)/1.055, 2.4)
}
