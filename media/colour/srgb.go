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

// fromXYZ brings XYZ relative to D50, in which profiles meet, to linear sRGB. It is the inverse of sRGB's primaries
// adapted to D50 by Bradford's method, to seven digits (brucelindbloom.com).
var fromXYZ = matrix{
	{3.1338561, -1.6168667, -0.4906146},
	{-0.9787684, 1.9161415, 0.0334540},
	{0.0719453, -0.2289914, 1.4052427},
}

// encoded holds sRGB's value for light from 0 to 1. With 2^14 steps the darkest differ by a fifth of a value.
var encoded = func() (table [1<<14 + 1]uint8) {
	for i := range table {
		table[i] = uint8(math.Round(255 * encode(float64(i)/(1<<14))))
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
			if math.Abs(255*encode(float64(light))-float64(v)) > nearValue {
				return false
			}
		}
	}
	return true
}

// ToSRGB converts a picture in place. Colours beyond sRGB become the nearest ones channel by channel.
func (p *Profile) ToSRGB(picture *image.NRGBA) {
	var m [9]float32
	for i := range m {
		m[i] = float32(p.matrix[i/3][i%3])
	}
	width := 4 * picture.Rect.Dx()
	for y := range picture.Rect.Dy() {
		row := picture.Pix[y*picture.Stride:][:width]
		for ; len(row) >= 4; row = row[4:] {
			r, g, b := p.linear[0][row[0]], p.linear[1][row[1]], p.linear[2][row[2]]
			row[0] = toValue(m[0]*r + m[1]*g + m[2]*b)
			row[1] = toValue(m[3]*r + m[4]*g + m[5]*b)
			row[2] = toValue(m[6]*r + m[7]*g + m[8]*b)
		}
	}
}

func toValue(light float32) uint8 {
	return encoded[int(min(max(light, 0), 1)*(1<<14)+0.5)]
}
