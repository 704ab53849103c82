package night

import (
	"math"
	"slices"
)

type point struct{ x, y float64 }

// brush is how a shape meets what lies under it: covering it to a share, or adding light.
type brush struct {
	l     light
	alpha float32 // of a covering brush
	adds  bool
}

func paint(l light) brush { return brush{l: l, alpha: 1} }
func veil(l light, a float64) brush {
	return brush{l: l, alpha: float32(a)}
}
func shine(l light) brush { return brush{l: l, adds: true} }

type edge struct {
	top, bottom float64
	x, slope    float64 // x at top
	wind        int
}

// fill paints a polygon (non-zero winding) with soft edges.
func (c *canvas) fill(b brush, ps ...point) {
	edges := edgesOf(ps)
	if len(edges) == 0 {
		return
	}
	const sub = 4 // scan lines a pixel row
	bottom := slices.MaxFunc(edges, func(a, b edge) int { return sign(a.bottom - b.bottom) }).bottom
	next := 0
	var active []edge
	for y := max(int(edges[0].top), 0); y < c.h && float64(y) < bottom; y++ {
		for next < len(edges) && edges[next].top < float64(y+1) {
			active = append(active, edges[next])
			next++
		}
		active = slices.DeleteFunc(active, func(e edge) bool { return e.bottom <= float64(y) })
		lo, hi := c.w, 0
		for s := range sub {
			l, h := c.scan(active, float64(y)+(float64(s)+0.5)/sub, 1.0/sub)
			lo, hi = min(lo, l), max(hi, h)
		}
		c.stamp(b, y, lo, hi)
	}
}

func edgesOf(ps []point) []edge {
	edges := make([]edge, 0, len(ps))
	for i, p := range ps {
		q := ps[(i+1)%len(ps)]
		wind := 1
		if p.y > q.y {
			p, q, wind = q, p, -1
		}
		if q.y > p.y {
			edges = append(edges, edge{p.y, q.y, p.x, (q.x - p.x) / (q.y - p.y), wind})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return sign(a.top - b.top) })
	return edges
}

func sign(v float64) int {
	switch {
	case v < 0:
		return -1
	case v > 0:
		return 1
	}
	return 0
}

// scan adds one scan line's coverage to c.rows and returns the columns it touched.
func (c *canvas) scan(active []edge, y float64, weight float32) (lo, hi int) {
	type crossing struct {
		x    float64
		wind int
	}
	var buf [32]crossing
	cross := buf[:0]
	for _, e := range active {
		if e.top <= y && y < e.bottom {
			cross = append(cross, crossing{e.x + (y-e.top)*e.slope, e.wind})
		}
	}
	slices.SortFunc(cross, func(a, b crossing) int { return sign(a.x - b.x) })
	lo, hi = c.w, 0
	wind := 0
	for i := 0; i+1 < len(cross); i++ {
		wind += cross[i].wind
		if wind != 0 {
			l, h := c.cover(cross[i].x, cross[i+1].x, weight)
			lo, hi = min(lo, l), max(hi, h)
		}
	}
	return lo, hi
}

// cover adds a span's coverage, with fractions at its ends.
func (c *canvas) cover(x0, x1 float64, weight float32) (lo, hi int) {
	x0, x1 = max(x0, 0), min(x1, float64(c.w))
	if x0 >= x1 {
		return c.w, 0
	}
	lo, hi = int(x0), int(math.Ceil(x1))
	if hi-lo == 1 {
		c.rows[lo] += weight * float32(x1-x0)
		return lo, hi
	}
	c.rows[lo] += weight * float32(float64(lo+1)-x0)
	for x := lo + 1; x < hi-1; x++ {
		c.rows[x] += weight
	}
	c.rows[hi-1] += weight * float32(x1-float64(hi-1))
	return lo, hi
}

// stamp applies the collected coverage to a row and clears it.
func (c *canvas) stamp(b brush, y, lo, hi int) {
	for x := lo; x < hi; x++ {
		k := min(c.rows[x], 1)
		c.rows[x] = 0
		switch {
		case k == 0:
		case b.adds:
			c.add(x, y, light{b.l.r * k, b.l.g * k, b.l.b * k})
		default:
			c.over(x, y, b.l, k*b.alpha)
		}
	}
}

// ribbon paints a line through points whose width may change along the way.
func (c *canvas) ribbon(b brush, ps []point, width func(t float64) float64) {
	n := len(ps)
	outline := make([]point, 2*n)
	for i, p := range ps {
		a, z := ps[max(i-1, 0)], ps[min(i+1, n-1)]
		dx, dy := z.x-a.x, z.y-a.y
		length := math.Hypot(dx, dy)
		if length == 0 {
			length = 1
		}
		half := width(float64(i)/float64(max(n-1, 1))) / 2
		nx, ny := -dy/length*half, dx/length*half
		outline[i] = point{p.x + nx, p.y + ny}
		outline[2*n-1-i] = point{p.x - nx, p.y - ny}
	}
	c.fill(b, outline...)
}

// line paints a straight line.
func (c *canvas) line(b brush, x0, y0, x1, y1, width float64) {
	c.ribbon(b, []point{{x0, y0}, {x1, y1}}, func(float64) float64 { return width })
}

// curve returns n points of a cubic Bézier.
func curve(a, b, d, e point, n int) []point {
	ps := make([]point, n)
	for i := range ps {
		t := float64(i) / float64(n-1)
		u := 1 - t
		k0, k1, k2, k3 := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
		ps[i] = point{k0*a.x + k1*b.x + k2*d.x + k3*e.x, k0*a.y + k1*b.y + k2*d.y + k3*e.y}
	}
	return ps
}

// ellipse returns the outline of one.
func ellipse(x, y, rx, ry float64) []point {
	n := 12 + int(math.Sqrt(rx+ry)*3)
	ps := make([]point, n)
	for i := range ps {
		s, k := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		ps[i] = point{x + rx*k, y + ry*s}
	}
	return ps
}

// ring paints a circle's line.
func (c *canvas) ring(b brush, x, y, r, width float64) {
	ps := ellipse(x, y, r, r)
	c.ribbon(b, append(ps, ps[0], ps[1]), func(float64) float64 { return width })
}

// box is a rectangle with soft edges.
func (c *canvas) box(b brush, x0, y0, x1, y1 float64) {
	c.fill(b, point{x0, y0}, point{x1, y0}, point{x1, y1}, point{x0, y1})
}
