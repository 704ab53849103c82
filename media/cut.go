package media

import "math"

// MaxCuts bounds what one task makes: some twice as many as there are places that ask for shapes of their own.
const MaxCuts = 32

// Cut is a part of a photo in the shape that some place asks for. It is never enlarged: where the photo has fewer pixels, it is
// smaller in the same shape.
type Cut struct {
	Name string `json:"name"`
	// Width and Height are its size. A cut without a height is the whole photo, whose longer side is at most Width.
	Width  int `json:"width"`
	Height int `json:"height,omitempty"`
	// X and Y are the point of the photo, from 0 to 1, that stands in the cut's middle as far as the photo's edges let it.
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Window is which part of a photo of the given size the cut shows.
func (c Cut) Window(width, height int) (left, top, w, h float64) {
	w, h = float64(width), float64(height)
	if c.Height == 0 {
		return 0, 0, w, h
	}
	if shape := float64(c.Width) / float64(c.Height); w > h*shape {
		w = h * shape
	} else {
		h = w / shape
	}
	return start(c.X, w, float64(width)), start(c.Y, h, float64(height)), w, h
}

// start is where a window begins that is to have a point in its middle.
func start(at, window, whole float64) float64 {
	return max(0, min(at*whole-window/2, whole-window))
}

// Size is how large the cut of a photo of the given size is.
func (c Cut) Size(width, height int) (int, int) {
	_, _, w, h := c.Window(width, height)
	scale := c.scale(w, h)
	side := func(pixels float64) int { return max(1, int(math.Round(pixels*scale))) }
	return side(w), side(h)
}

// scale is by how much a window is made smaller.
func (c Cut) scale(w, h float64) float64 {
	if c.Height == 0 {
		return min(1, float64(c.Width)/max(w, h))
	}
	return min(1, float64(c.Width)/w)
}

// Longest is the longer side that a photo of the given size must have for all of the cuts.
func Longest(cuts []Cut, width, height int) int {
	scale := 0.0
	for _, c := range cuts {
		_, _, w, h := c.Window(width, height)
		scale = max(scale, c.scale(w, h))
	}
	return max(1, int(math.Ceil(scale*float64(max(width, height)))))
}
