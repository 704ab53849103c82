// Package focus finds the point of a photo that is worth being in the middle when it is cut to another shape.
//
// It knows light: where much happens in it, people look. It refuses to know what is in the picture, and what it is cut for.
package focus

import (
	"fmt"
	"io"
	"math"

	"fanfare/media/planar"
)

const (
	// side is the longer side at which the picture is looked at: small enough that grain is gone.
	side = 192
	// cell is the side of the squares whose light is judged.
	cell = 8
	// levels are how many shades of light are told apart: few enough that a dark sky's noise is one.
	levels = 16
	// pull is how much less the far edges count than the middle, where photographers put what matters.
	pull = 0.4
)

// The shapes that take most away from a photo, width to height: what remains of it in them is what the point is chosen by.
const (
	narrowest = 9.0 / 16
	widest    = 2.35
)

// Point is a point of a photo: 0, 0 is the upper left corner, 1, 1 the lower right one.
type Point struct{ X, Y float64 }

// Middle is the point of a photo in which nothing is more worth than the rest.
var Middle = Point{0.5, 0.5}

// Read finds the point of a JPEG. It decodes all of it, so give it one whose size is known to be small.
func Read(r io.Reader) (Point, error) {
	picture, err := planar.Decode(r, side)
	if err != nil {
		return Middle, fmt.Errorf("read photo to find its focus: %w", err)
	}
	return Find(picture), nil
}

// Find finds the point of a picture.
func Find(picture *planar.Planes) Point {
	small := picture.Fit(side)
	across, down := small.Width/cell, small.Height/cell
	if across == 0 || down == 0 {
		return Middle
	}
	light := small.Light(across*cell, down*cell)
	columns, rows := make([]float64, across), make([]float64, down)
	for y := range down {
		for x := range across {
			worth := worth(light, across*cell, x*cell, y*cell) * near(x, across) * near(y, down)
			columns[x] += worth
			rows[y] += worth
		}
	}
	shape := float64(small.Width) / float64(small.Height)
	return Point{best(columns, min(1, narrowest/shape)), best(rows, min(1, shape/widest))}
}

// worth is how much happens in a cell: how many shades it has, and how sharply they meet. The square lets a few rich cells outweigh
// many poor ones.
func worth(light []float64, stride, left, top int) float64 {
	var shades [levels]float64
	edges := 0.0
	for y := top; y < top+cell; y++ {
		for x := left; x < left+cell; x++ {
			here := light[y*stride+x]
			shades[min(levels-1, int(here*levels/256))]++
			if x > left {
				edges += math.Abs(here - light[y*stride+x-1])
			}
			if y > top {
				edges += math.Abs(here - light[(y-1)*stride+x])
			}
		}
	}
	entropy := 0.0
	for _, n := range shades {
		if n > 0 {
			share := n / (cell * cell)
			entropy -= share * math.Log2(share)
		}
	}
	const pairs = 2 * cell * (cell - 1)
	return entropy*entropy + edges/pairs/levels
}

// near is how much the i-th of n cells counts for its distance from the middle.
func near(i, n int) float64 {
	off := (2*float64(i)+1)/float64(n) - 1
	return 1 - pull*off*off
}

// best is the middle of the window of a share of the cells in which most happens; of equal ones, of that nearest to the middle.
func best(worth []float64, share float64) float64 {
	n := len(worth)
	window := max(1, int(math.Round(share*float64(n))))
	most, at := -1.0, 0.5
	for first := range n - window + 1 {
		sum := 0.0
		for _, w := range worth[first : first+window] {
			sum += w
		}
		middle := (float64(first) + float64(window)/2) / float64(n)
		if sum > most*(1+alike) || sum >= most*(1-alike) && math.Abs(middle-0.5) < math.Abs(at-0.5) {
			most, at = max(sum, most), middle
		}
	}
	return at
}

// alike is how near two windows are in what happens for neither to be the better one.
const alike = 0.05
