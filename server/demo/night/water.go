package night

import "math"

// pool says how a sheet of water looks.
type pool struct {
	horizon int     // first row of water
	tint    light   // what the water lets through of the reflection
	deep    light   // its own colour
	swell   float64 // how much waves displace the reflection
	streak  int     // how far lights are drawn out downwards by a long exposure, in rows
}

// water mirrors what stands above the horizon into everything below it.
func (c *canvas) water(p pool) {
	mirror := c.mirror(p)
	rows := c.h - p.horizon
	scale := float64(c.h) / 1200
	for d := range rows {
		y := p.horizon + d
		depth := float64(d) / float64(rows)
		keep := float32(0.85 - 0.45*depth) // flatter looks reflect more
		amp := p.swell * scale * (1.5 + 26*depth)
		v := 34*math.Log1p(float64(d)/(8*scale)) + 3
		fx := 1 / (scale * (14 + 150*depth))
		out := c.pix[3*y*c.w:]
		for x := range c.w {
			n := c.tile.at(float64(x)*fx, v) + 0.5*c.tile.at(float64(x)*fx*2.3+40, v*1.9)
			sy := min(max(d+int(amp*n), 0), rows-1)
			sx := min(max(x+int(0.16*amp*n), 0), c.w-1)
			in := mirror[3*(sy*c.w+sx):][:3]
			k := keep * float32(1+(0.2+0.35*depth)*n) // the faces of waves, some turned to the light
			out[3*x] = p.deep.r + in[0]*p.tint.r*k
			out[3*x+1] = p.deep.g + in[1]*p.tint.g*k
			out[3*x+2] = p.deep.b + in[2]*p.tint.b*k
		}
	}
}

// mirror returns the rows above the horizon upside down, as many as there are below, drawn out downwards.
func (c *canvas) mirror(p pool) []float32 {
	rows := c.h - p.horizon
	m := make([]float32, 3*c.w*rows)
	sum := make([]float32, 3*c.w)
	for d := range rows {
		addRow(sum, c.above(p.horizon, d), 1)
		n := d + 1
		if d >= p.streak {
			addRow(sum, c.above(p.horizon, d-p.streak), -1)
			n = p.streak
		}
		k := 1 / float32(n)
		for i, v := range sum {
			m[3*c.w*d+i] = v * k
		}
	}
	return m
}

// above is the row as far above the horizon as d is below it; the picture's first row stands for all beyond it.
func (c *canvas) above(horizon, d int) []float32 {
	return c.pix[3*c.w*max(horizon-1-d, 0):][:3*c.w]
}

func addRow(sum, row []float32, k float32) {
	for i, v := range row {
		sum[i] += k * v
	}
}
