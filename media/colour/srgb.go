package colour

import (
	"image"
	"math"
)

type matrix [3][3]float64

func (m matrix) times(n matrix) (product matrix) {
	for i := range 3 {
		for j := range 3 {
			for k := range 3 {
				product[i][j] += m[i][k] * n[k][j]
			}
		}
	}
	return product
}

// largest is the most that a sum of three lights, each from 0 to 1, can become.
func (m matrix) largest() (most float64) {
	for _, row := range m {
		plus, minus := 0.0, 0.0
		for _, weight := range row {
			plus, minus = plus+max(weight, 0), minus+max(-weight, 0)
		}
		most = max(most, plus, minus)
	}
	return most
}

// Light and weights as whole numbers: their products' sums fit 32 bits up to maxWeight, which the widest spaces in use
// stay far below (ACES has 2.5).
const (
	fullLight  = 1 << 16
	fullWeight = 1 << 13
	maxWeight  = 3.9
)

// fromXYZ brings XYZ relative to D50, in which profiles meet, to linear sRGB. It is the inverse of sRGB's primaries
// adapted to D50 by Bradford's method, to seven digits (brucelindbloom.com).
var fromXYZ = matrix{
	{3.1338561, -1.6168667, -0.4906146},
	{-0.9787684, 1.9161415, 0.0334540},
	{0.0719453, -0.2289914, 1.4052427},
}

// encodedSteps are fine enough that the darkest differ by a fifth of a value.
const encodedSteps = 1 << 14

// encoded holds sRGB's value for light from 0 to 1.
var encoded = func() (table [encodedSteps + 1]uint8) {
	for i := range table {
		table[i] = uint8(math.Round(255 * encode(float64(i)/encodedSteps)))
	}
	return table
}()

// encode is sRGB's transfer function (IEC 61966-2-1), from light to value.
func encode(light float64) float64 {
	if light <= 0.0031308 {
		return 12.92 * light
	}
	return 1.055*math.Pow(light, 1/2.4) - 0.055
}

// IsSRGB reports whether the profile is sRGB as near as eight bits can tell, so that converting would change nothing.
func (p *Profile) IsSRGB() bool {
	const (
		nearMatrix = 0.004 // profiles round their primaries to four digits, each a little differently
		nearValue  = 1     // of 255
	)
	for i := range 3 {
		for j := range 3 {
			identity := 0.0
			if i == j {
				identity = 1
			}
			if math.Abs(p.matrix[i][j]-identity) > nearMatrix {
				return false
			}
		}
		for v, light := range p.linear[i] {
			if math.Abs(255*encode(float64(light)/fullLight)-float64(v)) > nearValue {
				return false
			}
		}
	}
	return true
}

// ToSRGB converts a picture in place. Colours beyond sRGB become the nearest ones channel by channel.
func (p *Profile) ToSRGB(picture *image.NRGBA) {
	reds, greens, blues := &p.linear[0], &p.linear[1], &p.linear[2]
	w := &p.weights
	width := 4 * picture.Rect.Dx()
	for y := range picture.Rect.Dy() {
		row := picture.Pix[y*picture.Stride:][:width]
		for ; len(row) >= 4; row = row[4:] {
			r, g, b := reds[row[0]], greens[row[1]], blues[row[2]]
			row[0] = toValue(w[0]*r + w[1]*g + w[2]*b)
			row[1] = toValue(w[3]*r + w[4]*g + w[5]*b)
			row[2] = toValue(w[6]*r + w[7]*g + w[8]*b)
		}
	}
}

func toValue(light int32) uint8 {
	const step = fullLight * fullWeight / encodedSteps
	return encoded[min(max(light+step/2, 0)/step, encodedSteps)]
}
