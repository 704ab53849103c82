package night

import (
	"math"
	"math/rand/v2"
)

// side is the noise tile's width; a power of two, so that wrapping is a mask.
const side = 256

// noise is a periodic tile of smooth random values from -1 to 1.
type noise [side * side]float32

func newNoise(rng *rand.Rand) *noise {
	n := new(noise)
	for i := range n {
		n[i] = rng.Float32()*2 - 1
	}
	return n
}

// at samples the tile between its points.
func (n *noise) at(x, y float64) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	ix, iy := int(fx)&(side-1), int(fy)&(side-1)
	jx, jy := (ix+1)&(side-1), (iy+1)&(side-1)
	tx, ty := float32(x-fx), float32(y-fy)
	tx, ty = tx*tx*(3-2*tx), ty*ty*(3-2*ty)
	a := n[iy*side+ix]*(1-tx) + n[iy*side+jx]*tx
	b := n[jy*side+ix]*(1-tx) + n[jy*side+jx]*tx
	return float64(a*(1-ty) + b*ty)
}

// cloud sums octaves: about -1 to 1, with detail at every scale.
func (n *noise) cloud(x, y float64) float64 {
	sum, amp := 0.0, 0.5
	for range 5 {
		sum += amp * n.at(x, y)
		x, y, amp = 2*x+17.3, 2*y+9.1, amp/2
	}
	return 1.6 * sum
}

// vapour covers the rows from y0 to y1 with drifting cloud: scale is the size of a billow in pixels, cover the share of
// the sky it takes (0 to 1), a its opacity where it is thick. It fades towards both ends.
func (c *canvas) vapour(y0, y1 int, l light, scale, cover, a float64) {
	dx, dy := c.between(0, 99), c.between(0, 99)
	rows := float64(y1 - y0)
	c.coarse(y0, y1, func(x, y float64) float32 {
		t := (y - float64(y0)) / rows
		fade := smooth(4 * min(t, 1-t))
		return float32(a * fade * smooth((c.tile.cloud(dx+x/scale, dy+y/(0.45*scale))+2*cover-1)*1.1))
	}, func(p []float32, k float32) {
		p[0] += (l.r - p[0]) * k
		p[1] += (l.g - p[1]) * k
		p[2] += (l.b - p[2]) * k
	})
}

// cell is how coarsely clouds are computed: they have no finer detail, and it is 64 times less work.
const cell = 8

// coarse computes a value at every cell of the rows from y0 to y1 and applies it, blended between cells, to each pixel.
func (c *canvas) coarse(y0, y1 int, value func(x, y float64) float32, apply func(p []float32, k float32)) {
	cols, rows := c.w/cell+2, (y1-y0)/cell+2
	grid := make([]float32, cols*rows)
	for i := range grid {
		grid[i] = value(float64(i%cols*cell), float64(y0+i/cols*cell))
	}
	line := make([]float32, cols)
	for y := max(y0, 0); y < min(y1, c.h); y++ {
		up, ty := (y-y0)/cell*cols, float32((y-y0)%cell)/cell
		for i := range line {
			line[i] = grid[up+i]*(1-ty) + grid[up+cols+i]*ty
		}
		for x := range c.w {
			i, tx := x/cell, float32(x%cell)/cell
			if k := line[i]*(1-tx) + line[i+1]*tx; k > 0.001 {
				apply(c.pix[3*(y*c.w+x):][:3], k)
			}
		}
	}
}
