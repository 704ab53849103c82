package pipeline

import (
	"encoding/base64"
	"image"
	"math"
)

// thumbSide is the longest side of a picture that ThumbHash is meant for.
const thumbSide = 100

// placeholder makes the blurred picture of some 25 bytes that stands where the photo will be.
func placeholder(w *work) error {
	smallest := w.sizes[len(sides)-1].picture
	w.photo.ThumbHash = base64.StdEncoding.EncodeToString(thumbHash(smallest.Fit(thumbSide).NRGBA()))
	return nil
}

// thumbHash encodes an opaque picture as evanw.github.io/thumbhash specifies: a few cosine terms of luminance and of
// two colour differences, their averages and scales. Transparency, which the format also knows, has gone by now.
func thumbHash(picture *image.NRGBA) []byte {
	width, height := picture.Rect.Dx(), picture.Rect.Dy()
	n := width * height
	l, p, q := make([]float64, n), make([]float64, n), make([]float64, n) // light, yellow − blue, red − green
	for i := range n {
		at := picture.Pix[i/width*picture.Stride+i%width*4:]
		r, g, b := float64(at[0])/255, float64(at[1])/255, float64(at[2])/255
		l[i], p[i], q[i] = (r+g+b)/3, (r+g)/2-b, r-g
	}
	longer := float64(max(width, height))
	nx, ny := max(1, round(7*float64(width)/longer)), max(1, round(7*float64(height)/longer))
	light := cosines(l, width, height, max(3, nx), max(3, ny))
	yellow, red := cosines(p, width, height, 3, 3), cosines(q, width, height, 3, 3)

	terms, landscape := nx, 0
	if width > height {
		terms, landscape = ny, 1
	}
	head := round(63*light.average) | round(31.5+31.5*yellow.average)<<6 | round(31.5+31.5*red.average)<<12 |
		round(31*light.scale)<<18 // bit 23 would say transparent
	shape := terms | round(63*yellow.scale)<<3 | round(63*red.scale)<<9 | landscape<<15
	hash := []byte{byte(head), byte(head >> 8), byte(head >> 16), byte(shape), byte(shape >> 8)}
	half := false
	for _, channel := range []channel{light, yellow, red} {
		for _, term := range channel.terms {
			nibble := byte(round(15 * term))
			if half {
				hash[len(hash)-1] |= nibble << 4
			} else {
				hash = append(hash, nibble)
			}
			half = !half
		}
	}
	return hash
}

// channel is one channel as cosine terms from 0 to 1, which stand for −scale to scale.
type channel struct {
	average, scale float64
	terms          []float64
}

// cosines transforms a channel and keeps the terms under the diagonal of nx × ny.
func cosines(values []float64, width, height, nx, ny int) channel {
	var c channel
	for cy := range ny {
		for cx := 0; cx*ny < nx*(ny-cy); cx++ {
			term := cosine(values, width, height, cx, cy)
			if cx == 0 && cy == 0 {
				c.average = term
				continue
			}
			c.terms = append(c.terms, term)
			c.scale = math.Max(c.scale, math.Abs(term))
		}
	}
	if c.scale > 0 {
		for i := range c.terms {
			c.terms[i] = 0.5 + 0.5/c.scale*c.terms[i]
		}
	}
	return c
}

// cosine is one term of the two-dimensional cosine transform.
func cosine(values []float64, width, height, cx, cy int) float64 {
	fx := make([]float64, width)
	for x := range fx {
		fx[x] = math.Cos(math.Pi / float64(width) * float64(cx) * (float64(x) + 0.5))
	}
	sum := 0.0
	for y := range height {
		fy := math.Cos(math.Pi / float64(height) * float64(cy) * (float64(y) + 0.5))
		for x := range width {
			sum += values[y*width+x] * fx[x] * fy
		}
	}
	return sum / float64(width*height)
}

// round rounds halves up, as the reference in JavaScript does.
func round(v float64) int { return int(math.Floor(v + 0.5)) }
