// Package fidelity says how near one picture is to another, for tests and benches. It knows pixels and no reason for a
// difference.
package fidelity

import (
	"image"
	"image/color"
	"math"
)

// PSNR is how far a picture's red, green and blue are from those of another one of its size, in decibels: 30 is seen, 40
// is hardly seen, and equal pictures are infinitely near.
func PSNR(a, b *image.NRGBA) float64 {
	sum, n := 0.0, 0
	for y := range a.Rect.Dy() {
		left, right := a.Pix[y*a.Stride:], b.Pix[y*b.Stride:]
		for i := range 4 * a.Rect.Dx() {
			if i%4 != 3 {
				d := float64(left[i]) - float64(right[i])
				sum += d * d
				n++
			}
		}
	}
	return 10 * math.Log10(255*255*float64(n)/sum)
}

// SSIM is how alike the structures of two pictures' light are, 1 for equal ones: Wang, Bovik, Sheikh and Simoncelli,
// "Image Quality Assessment: From Error Visibility to Structural Similarity" (2004), with its Gaussian window and constants.
func SSIM(a, b *image.NRGBA) float64 {
	const (
		c1 = 0.01 * 255 * 0.01 * 255
		c2 = 0.03 * 255 * 0.03 * 255
	)
	x, y := light(a), light(b)
	meanX, meanY := x.blur(), y.blur()
	squareX, squareY, product := x.times(x).blur(), y.times(y).blur(), x.times(y).blur()
	sum := 0.0
	for i := range meanX.values {
		mx, my := meanX.values[i], meanY.values[i]
		varianceX, varianceY, covariance := squareX.values[i]-mx*mx, squareY.values[i]-my*my, product.values[i]-mx*my
		sum += (2*mx*my + c1) * (2*covariance + c2) / ((mx*mx + my*my + c1) * (varianceX + varianceY + c2))
	}
	return sum / float64(len(meanX.values))
}

// field is a number for each pixel.
type field struct {
	width, height int
	values        []float64
}

func light(p *image.NRGBA) field {
	f := field{p.Rect.Dx(), p.Rect.Dy(), make([]float64, 0, p.Rect.Dx()*p.Rect.Dy())}
	for y := range f.height {
		for x := range f.width {
			at := p.Pix[y*p.Stride+4*x:]
			f.values = append(f.values, 0.299*float64(at[0])+0.587*float64(at[1])+0.114*float64(at[2]))
		}
	}
	return f
}

func (f field) times(g field) field {
	out := field{f.width, f.height, make([]float64, len(f.values))}
	for i, v := range f.values {
		out.values[i] = v * g.values[i]
	}
	return out
}

// blur weighs every pixel's surroundings by a Gaussian of 1.5 pixels, 11 wide. Beyond the ends stand the last pixels.
func (f field) blur() field {
	var window [11]float64
	sum := 0.0
	for i := range window {
		d := float64(i - len(window)/2)
		window[i] = math.Exp(-d * d / (2 * 1.5 * 1.5))
		sum += window[i]
	}
	for i := range window {
		window[i] /= sum
	}
	along := func(in []float64, lines, length, line, step int) []float64 {
		out := make([]float64, len(in))
		for l := range lines {
			for at := range length {
				v := 0.0
				for i, w := range window {
					v += w * in[l*line+min(max(at+i-len(window)/2, 0), length-1)*step]
				}
				out[l*line+at*step] = v
			}
		}
		return out
	}
	rows := along(f.values, f.height, f.width, f.width, 1)
	return field{f.width, f.height, along(rows, f.width, f.height, 1, f.width)}
}

// Pixels returns a JPEG's decoded picture in red, green and blue, its colours spread smoothly over the pixels that share
// them, as browsers and libjpeg do it.
func Pixels(decoded image.Image) *image.NRGBA {
	size := decoded.Bounds().Size()
	out := image.NewNRGBA(image.Rectangle{Max: size})
	set := func(x, y int, c color.Color) {
		r, g, b, _ := c.RGBA()
		out.SetNRGBA(x, y, color.NRGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 0xff})
	}
	ycbcr, planes := decoded.(*image.YCbCr)
	if !planes {
		for i := range size.X * size.Y {
			set(i%size.X, i/size.X, decoded.At(decoded.Bounds().Min.X+i%size.X, decoded.Bounds().Min.Y+i/size.X))
		}
		return out
	}
	across, down := 1, 1
	switch ycbcr.SubsampleRatio {
	case image.YCbCrSubsampleRatio420:
		across, down = 2, 2
	case image.YCbCrSubsampleRatio422:
		across = 2
	case image.YCbCrSubsampleRatio440:
		down = 2
	}
	columns := between(size.X, across)
	for y, row := range between(size.Y, down) {
		for x, column := range columns {
			spread := func(samples []uint8) uint8 {
				upper, lower := samples[row.near*ycbcr.CStride:], samples[row.far*ycbcr.CStride:]
				near := float64(upper[column.near])*column.share + float64(upper[column.far])*(1-column.share)
				far := float64(lower[column.near])*column.share + float64(lower[column.far])*(1-column.share)
				return uint8(math.Round(near*row.share + far*(1-row.share)))
			}
			r, g, b := color.YCbCrToRGB(ycbcr.Y[y*ycbcr.YStride+x], spread(ycbcr.Cb), spread(ycbcr.Cr))
			out.SetNRGBA(x, y, color.NRGBA{r, g, b, 0xff})
		}
	}
	return out
}

// neighbours are the two samples of colour that a pixel stands between.
type neighbours struct {
	near, far int
	share     float64 // of the near one
}

// between returns the neighbours of every pixel of a row in which a sample covers so many of them.
func between(pixels, each int) []neighbours {
	all := make([]neighbours, pixels)
	last := (pixels+each-1)/each - 1
	for i := range all {
		near := i / each
		all[i] = neighbours{near, near, 1}
		if each == 2 {
			all[i] = neighbours{near, min(max(near-1+i%2*2, 0), last), 0.75}
		}
	}
	return all
}
