package picture

import (
	"image"
	"math"
)

// Lanczos resizes a picture from its full size at once, with Lanczos3 in floating point: the measure for every quicker
// way.
func Lanczos(picture *image.NRGBA, width, height int) *image.NRGBA {
	rows := along(width, picture.Rect.Dx())
	narrow := make([]float32, 3*width*picture.Rect.Dy())
	for y := range picture.Rect.Dy() {
		pix := picture.Pix[y*picture.Stride:]
		for x, taps := range rows {
			var r, g, b float32
			for i, weight := range taps.weights {
				at := pix[4*taps.of(i, picture.Rect.Dx()):]
				r, g, b = r+weight*float32(at[0]), g+weight*float32(at[1]), b+weight*float32(at[2])
			}
			copy(narrow[3*(y*width+x):], []float32{r, g, b})
		}
	}
	out := image.NewNRGBA(image.Rect(0, 0, width, height))
	sum := make([]float32, 3*width)
	for y, taps := range along(height, picture.Rect.Dy()) {
		clear(sum)
		for i, weight := range taps.weights {
			row := narrow[3*width*taps.of(i, picture.Rect.Dy()):]
			for c := range sum {
				sum[c] += weight * row[c]
			}
		}
		for c, v := range sum {
			out.Pix[y*out.Stride+c/3*4+c%3] = uint8(min(max(v+0.5, 0), 255))
		}
		for x := range width {
			out.Pix[y*out.Stride+4*x+3] = 0xff
		}
	}
	return out
}

// taps are the weights of neighbouring old samples in a new one.
type taps struct {
	first   int
	weights []float32
}

// of is the number of the old sample with the weight i. A row goes on with its ends.
func (t taps) of(i, old int) int { return min(max(t.first+i, 0), old-1) }

// along returns the taps of every new sample in a row that is made smaller.
func along(size, old int) []taps {
	all := make([]taps, size)
	step := float64(old) / float64(size)
	for j := range all {
		centre, sum := (float64(j)+0.5)*step, 0.0
		all[j].first = int(math.Floor(centre - 3*step))
		for i := all[j].first; float64(i) <= centre+3*step; i++ {
			weight := lanczos3((float64(i) + 0.5 - centre) / step)
			all[j].weights = append(all[j].weights, float32(weight))
			sum += weight
		}
		for i := range all[j].weights {
			all[j].weights[i] /= float32(sum)
		}
	}
	return all
}

func lanczos3(x float64) float64 {
	if x == 0 {
		return 1
	}
	if math.Abs(x) >= 3 {
		return 0
	}
	return 3 * math.Sin(math.Pi*x) * math.Sin(math.Pi*x/3) / (math.Pi * math.Pi * x * x)
}
