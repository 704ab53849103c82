package night

import "math"

// drawBokeh is a crossing seen through a rainy window: discs of light, drops that hold the street upside down.
func drawBokeh(c *canvas) {
	w, h := float64(c.w), float64(c.h)
	c.gradient(0, c.h, stop{0, hex(0x0a1024)}, stop{0.45, hex(0x1c2238)}, stop{0.62, hex(0x40303c)}, stop{1, hex(0x0c0a10)})
	c.glow(0.6*w, 0.55*h, 0.5*w, 0.18*h, sodium.times(0.16))
	tones := []light{amber, sodium, crimson, crimson, cyan, halogen, emerald, magenta, daylight}
	for range 120 {
		t := c.rng.Float64()
		y := h * (0.5 + 0.22*(c.rng.Float64()+c.rng.Float64()-1))
		c.disc(c.between(-0.05, 1.05)*w, y, w*(0.018+0.07*t*t), c.pick(tones).times(c.between(0.05, 0.26)))
	}
	for range 26 {
		c.disc(c.between(0, w), h*c.between(0.08, 0.45), w*c.between(0.02, 0.06), c.pick(tones).times(c.between(0.03, 0.1)))
	}
	for range 30 {
		c.disc(c.between(0, w), h*c.between(0.66, 0.98), w*c.between(0.03, 0.085), c.pick(tones).times(c.between(0.02, 0.08)))
	}
	c.drops(420)
}

// disc is a light out of focus: nearly even, its rim a little brighter.
func (c *canvas) disc(x, y, r float64, l light) {
	c.fill(shine(l), ellipse(x, y, r, r)...)
	c.ring(shine(l.times(0.55)), x, y, r*0.95, r*0.09)
}

// drops lie on the glass. Each is a small lens that shows the scene behind it upside down.
func (c *canvas) drops(n int) {
	behind := append([]float32(nil), c.pix...)
	scale := float64(min(c.w, c.h)) / 1200
	for i := range n {
		r := scale * (4 + 30*math.Pow(c.rng.Float64(), 3.5))
		x, y := c.between(0, float64(c.w)), c.between(0, float64(c.h))
		if i < 14 {
			c.runnel(behind, x, y, scale*c.between(14, 26))
			continue
		}
		c.drop(behind, x, y, r, r*c.between(1, 1.35))
	}
}

// runnel is a drop that ran down and left a chain of smaller ones.
func (c *canvas) runnel(behind []float32, x, y, r float64) {
	for step := y - r*c.between(6, 22); step < y; step += r * 0.7 {
		k := c.between(0.12, 0.4)
		c.drop(behind, x+c.between(-0.2, 0.2)*r, step, r*k, r*k*1.5)
	}
	c.drop(behind, x, y, r, r*1.4)
}

func (c *canvas) drop(behind []float32, x, y, rx, ry float64) {
	for j := int(y - ry); float64(j) <= y+ry; j++ {
		for i := int(x - rx); float64(i) <= x+rx; i++ {
			u, v := (float64(i)+0.5-x)/rx, (float64(j)+0.5-y)/ry
			d := u*u + v*v
			if d > 1 {
				continue
			}
			bend := 1 + 3*d
			sx := min(max(int(x-u*rx*7*bend), 0), c.w-1)
			sy := min(max(int(y-v*ry*7*bend), 0), c.h-1)
			p := behind[3*(sy*c.w+sx):]
			rim := float32(1.25 - 1.05*d*d)
			l := light{p[0] * rim, p[1] * rim, p[2] * rim}
			if spot := math.Hypot(u+0.35, v+0.45); spot < 0.22 {
				l = l.plus(daylight.times(0.6 * (1 - spot/0.22)))
			}
			c.over(i, j, l, float32(smooth((1-d)*3)))
		}
	}
}

// drawSnow is an old lane in falling snow: grey walls, warm windows, one lamp.
func drawSnow(c *canvas) {
	w, h := float64(c.w), float64(c.h)
	c.gradient(0, c.h, stop{0, hex(0x10162c)}, stop{0.5, hex(0x3a3a58)}, stop{0.62, hex(0x6a5a68)}, stop{1, hex(0x2a2e48)})
	c.skyline(layer{base: int(0.6 * h), low: 0.03 * h, high: 0.12 * h, narrow: 60, wide: 140, gap: 20, wall: hex(0x383c58).times(0.7), cell: 8, lit: 0.2, gain: 0.35, tones: homes})
	c.haze(0.56*h, 0.08*h, hex(0x6a6078).times(0.8), 0.6)
	c.pagoda(0.5*w, 0.6*h, 0.17*w, 0.3*h, 5, hex(0x232840), tungsten.times(0.8))
	c.haze(0.55*h, 0.12*h, hex(0x6a6078).times(0.8), 0.35)
	c.rect(0, int(0.62*h), c.w, c.h, hex(0x8a8aa8).times(0.5), hex(0x4a5880).times(0.55))
	c.courtyards(-1)
	c.courtyards(1)
	c.fill(veil(hex(0xc8b8b8).times(0.5), 0.35), point{0.47 * w, 0.62 * h}, point{0.53 * w, 0.62 * h}, point{0.8 * w, h}, point{0.2 * w, h})
	c.line(paint(hex(0x0a0c14)), 0.68*w, 0.86*h, 0.68*w, 0.46*h, 9)
	c.line(paint(hex(0x0a0c14)), 0.68*w, 0.47*h, 0.63*w, 0.455*h, 6)
	c.flare(0.63*w, 0.465*h, 0.13*w, tungsten.times(3.2))
	c.glow(0.63*w, 0.6*h, 0.16*w, 0.14*h, sodium.times(0.28))
	c.glow(0.6*w, 0.86*h, 0.24*w, 0.04*h, sodium.times(0.5))
	c.bicycle(0.36*w, 0.87*h, 0.07*w)
	c.flakes(1500)
}

// courtyards are the low houses along one side of the lane, their walls running towards its end.
func (c *canvas) courtyards(side float64) {
	w, h := float64(c.w), float64(c.h)
	at := func(depth, up float64) point { // depth 0 is the lane's end, 1 the picture's edge; up 0 is the ground, 1 the eaves
		near := math.Pow(depth, 1.7)
		return point{w/2 + side*w*(0.06+0.46*near), h * (0.62 + 0.3*near - up*(0.035+0.29*near))}
	}
	quad := func(b brush, d0, d1, u0, u1 float64) { c.fill(b, at(d0, u0), at(d1, u0), at(d1, u1), at(d0, u1)) }
	const houses = 5
	for i := range houses {
		d0, d1 := float64(i)/houses, float64(i+1)/houses*0.985
		quad(paint(hex(0x4a4a62).mix(hex(0x20202c), d1).times(0.5)), d0, d1, -0.02, 1)
		quad(veil(hex(0x8a8aa8).times(0.5), 0.5), d0, d1, -0.02, 0.1)
		for k := range 3 {
			a := d0 + (d1-d0)*(0.12+0.3*float64(k))
			b := a + (d1-d0)*0.2
			quad(shine(tungsten.mix(amber, 0.4).times(0.55+0.5*c.rng.Float64())), a, b, 0.32, 0.74)
			for bar := range 4 {
				m := a + (b-a)*float64(bar)/3
				p, q := at(m, 0.32), at(m, 0.74)
				c.line(paint(hex(0x241410)), p.x, p.y, q.x, q.y, 1+3.5*m)
			}
			p, q := at(a, 0.55), at(b, 0.55)
			c.line(paint(hex(0x241410)), p.x, p.y, q.x, q.y, 1+3.5*a)
		}
		c.snowyRoof(at(d0, 1), at(d1, 1), side, d1)
		post := at(d1, 0.86)
		c.lantern(post.x, post.y+12*d1, 3+17*d1)
		c.lantern(post.x, post.y+12*d1+2.4*(3+17*d1), 3+17*d1)
	}
}

// snowyRoof covers a wall from far to near eaves: snow on tiles, a dark edge, icicles.
func (c *canvas) snowyRoof(far, near point, side, depth float64) {
	w, h := float64(c.w), float64(c.h)
	rise, back := h*(0.015+0.10*depth), side*w*(0.03+0.16*depth)
	over := -side * w * (0.006 + 0.022*depth)
	a, b := point{far.x + over*0.5, far.y}, point{near.x + over, near.y - rise*0.12}
	c.fill(paint(hex(0xc4cce8).times(0.34)), a, b, point{near.x + back, near.y - rise}, point{far.x + back*0.6, far.y - rise*0.75})
	c.fill(paint(hex(0xd8deF4).times(0.48)), a, b, point{near.x + back*0.4, near.y - rise*0.5}, point{far.x + back*0.25, far.y - rise*0.36})
	c.line(paint(hex(0x14141c)), a.x, a.y+2, b.x, b.y+2+5*depth, 2+7*depth)
	c.line(paint(hex(0xe4e8f8).times(0.62)), a.x, a.y-1, b.x, b.y-1, 1.5+5*depth)
	c.line(paint(hex(0xe4e8f8).times(0.55)), near.x+back, near.y-rise, far.x+back*0.6, far.y-rise*0.75, 2+5*depth)
}

// bicycle leans in the snow.
func (c *canvas) bicycle(x, y, r float64) {
	dark := paint(hex(0x0a0b12))
	c.ring(dark, x-r, y, r*0.62, 4)
	c.ring(dark, x+r, y, r*0.62, 4)
	frame := []point{{x - r, y}, {x - r*0.35, y - r*0.8}, {x + r*0.65, y - r*0.75}, {x, y}, {x - r*0.35, y - r*0.8}}
	for i := 1; i < len(frame); i++ {
		c.line(dark, frame[i-1].x, frame[i-1].y, frame[i].x, frame[i].y, 5)
	}
	c.line(dark, x+r, y, x+r*0.58, y-r*1.15, 5)
	c.line(dark, x+r*0.45, y-r*1.15, x+r*0.85, y-r*1.1, 5)
	c.line(dark, x-r*0.62, y-r*0.92, x-r*0.15, y-r*0.92, 7)
}

// flakes fall: small and sharp far away, large and soft near the lens.
func (c *canvas) flakes(n int) {
	for range n {
		near := math.Pow(c.rng.Float64(), 4)
		r := 1.2 + 11*near
		c.glow(c.between(0, float64(c.w)), c.between(0, float64(c.h)), r, r*1.15, hex(0xdfe6ff).times(0.5-0.36*near))
	}
}
