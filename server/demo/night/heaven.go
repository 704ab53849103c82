package night

import "math"

// drawGalaxy is the Milky Way over a wall on a mountain ridge, its watchtowers lit.
func drawGalaxy(c *canvas) {
	w, h := float64(c.w), float64(c.h)
	c.gradient(0, c.h, stop{0, hex(0x060a1e)}, stop{0.5, hex(0x12244a)}, stop{0.72, hex(0x2c5068)}, stop{0.8, hex(0x6a7058)}, stop{1, hex(0x10181c)})
	c.milkyWay(0.15*w, 1.1*h, 0.78*w, -0.1*h, 0.17*w)
	c.stars(5200, int(0.85*h), 0.9)
	c.stars(60, int(0.6*h), 2.2)
	c.line(shine(daylight.times(0.7)), 0.2*w, 0.16*h, 0.31*w, 0.245*h, 2)
	c.haze(0.8*h, 0.07*h, hex(0x9a8a58).times(0.5), 0.5)
	c.hills(0.74*h, 0.1*h, hex(0x24404c).times(0.7), 4)
	c.haze(0.8*h, 0.05*h, hex(0x6a7a70).times(0.4), 0.5)
	c.hills(0.79*h, 0.12*h, hex(0x12242c).times(0.7), 3)
	c.rampart()
}

// milkyWay strews light and dust along a line.
func (c *canvas) milkyWay(x0, y0, x1, y1, width float64) {
	dx, dy := x1-x0, y1-y0
	length := math.Hypot(dx, dy)
	seed := c.between(0, 99)
	c.coarse(0, c.h, func(x, y float64) float32 {
		px, py := x-x0, y-y0
		across := (px*dy - py*dx) / length / width
		if math.Abs(across) > 2.2 {
			return 0
		}
		along := (px*dx + py*dy) / length / width
		billow := c.tile.cloud(seed+along*1.3, across*1.3)
		body := gauss(across*1.1+0.35*billow) * (0.55 + 0.6*billow)
		dust := smooth(1.6*(c.tile.cloud(seed+40+along*1.1, 30+across*2.2)+0.1)) * gauss(1.9*across)
		return float32(max(body, 0) * (1 - 0.85*dust))
	}, func(p []float32, k float32) { // the bright middle is warmer
		p[0] += k * (0.10 + 0.16*k)
		p[1] += k * (0.12 + 0.06*k)
		p[2] += k * (0.22 - 0.04*k)
	})
}

// rampart is a long wall that climbs over the nearest ridge, with towers.
func (c *canvas) rampart() {
	w, h := float64(c.w), float64(c.h)
	ridge := curve(point{-0.03 * w, 0.99 * h}, point{0.3 * w, 0.66 * h}, point{0.45 * w, 1.04 * h}, point{1.03 * w, 0.7 * h}, 80)
	ground := append(append([]point{}, ridge...), point{1.05 * w, 1.1 * h}, point{-0.05 * w, 1.1 * h})
	c.fill(paint(hex(0x0a1410).times(0.7)), ground...)
	stone := hex(0x6a5038).times(0.42)
	for i := 0; i+1 < len(ridge); i++ {
		p, q := ridge[i], ridge[i+1]
		t := float64(i) / float64(len(ridge))
		high := h * (0.05 - 0.025*t)
		c.fill(paint(stone.times(1.1-0.3*c.rng.Float64())), point{p.x, p.y + high*0.3}, point{q.x + 1, q.y + high*0.3}, point{q.x + 1, q.y - high*0.5}, point{p.x, p.y - high*0.5})
		c.box(paint(stone.times(1.3)), p.x, p.y-high*0.72, p.x+(q.x-p.x)*0.55, p.y-high*0.4)
		if i%3 == 0 {
			c.glow(p.x, p.y, high*0.8, high*0.5, amber.times(0.4))
		}
	}
	for _, i := range []int{6, 22, 40, 56, 70, 77} {
		p := ridge[i]
		size := h * (0.1 - 0.055*float64(i)/80)
		c.rect(int(p.x-size*0.5), int(p.y-size), int(p.x+size*0.5), int(p.y+size*0.3), stone.times(0.8), hex(0xd88a40).times(0.5))
		for k := range 5 {
			x := p.x - size*0.5 + size*0.23*float64(k)
			c.box(paint(stone), x, p.y-size*1.14, x+size*0.12, p.y-size)
		}
		for k := range 3 {
			x := p.x - size*0.3 + size*0.3*float64(k)
			c.box(shine(amber.times(2.4)), x-size*0.05, p.y-size*0.72, x+size*0.05, p.y-size*0.5)
		}
		c.glow(p.x, p.y-size*0.1, size*0.9, size*0.7, amber.times(0.5))
	}
}

// drawPole is an hour of stars turning about the pole above a pagoda.
func drawPole(c *canvas) {
	w, h := float64(c.w), float64(c.h)
	c.gradient(0, c.h, stop{0, hex(0x050b22)}, stop{0.55, hex(0x10305a)}, stop{0.8, hex(0x35607a)}, stop{0.88, hex(0x9a8a70)}, stop{1, hex(0x0c1216)})
	px, py := 0.6*w, 0.3*h
	for range 520 {
		r := 0.9 * h * math.Sqrt(c.rng.Float64())
		from := c.between(0, 2*math.Pi)
		m := math.Pow(c.rng.Float64(), 3)
		tone := daylight.mix(c.pick([]light{tungsten, azure, halogen}), c.between(0, 0.5))
		arc := make([]point, 14)
		for i := range arc {
			s, k := math.Sincos(from + 0.62*float64(i)/13)
			arc[i] = point{px + r*k, py + r*s}
		}
		width := 1 + 1.3*m
		c.ribbon(shine(tone.times(0.06+0.8*m)), arc, func(float64) float64 { return width })
	}
	c.haze(0.87*h, 0.07*h, hex(0xc09868).times(0.5), 0.6)
	c.hills(0.86*h, 0.06*h, hex(0x1c343c).times(0.6), 3)
	c.pagoda(0.36*w, 0.94*h, 0.34*w, 0.62*h, 7, hex(0x140e12), amber.times(1.3))
	c.hills(0.95*h, 0.03*h, hex(0x05080a), 6)
	c.trees(0.96*h, 0.1*h)
}

// pagoda is a tower of storeys, each smaller than the one below.
func (c *canvas) pagoda(x, base, width, height float64, storeys int, tile, l light) {
	shrinkage := 0.88
	unit := height * (1 - shrinkage) / (1 - math.Pow(shrinkage, float64(storeys)))
	y, wide := base, width
	for i := range storeys {
		step := unit * math.Pow(shrinkage, float64(i)) * 0.86
		body := wide * 0.62
		c.rect(int(x-body/2), int(y-step), int(x+body/2), int(y), l.mix(crimson, 0.5).times(0.05), l.mix(crimson, 0.35).times(0.2))
		for k := range 5 {
			bx := x - body*0.4 + body*0.2*float64(k)
			c.box(shine(l.mix(tungsten, 0.5).times(c.between(0.35, 0.9))), bx-body*0.05, y-step*0.62, bx+body*0.05, y-step*0.12)
		}
		c.roof(x, y-step*0.86, wide, step*0.42, tile, l)
		for _, side := range []float64{-1, 1} {
			c.glow(x+side*wide*0.53, y-step*0.74, 3, 4, l.times(2))
		}
		y -= step * 1.08
		wide *= shrinkage
	}
	c.fill(paint(tile), point{x - wide*0.06, y}, point{x, y - unit*0.9}, point{x + wide*0.06, y})
	c.glow(x, y-unit*0.3, wide*0.06, wide*0.1, l.times(1.4))
	c.glow(x, base-height*0.45, width*0.6, height*0.5, l.times(0.07))
}

// trees are dark crowns along a line.
func (c *canvas) trees(y, size float64) {
	for x := 0.0; x < float64(c.w); x += size * c.between(0.2, 0.5) {
		for range 14 {
			r := size * c.between(0.1, 0.24)
			c.fill(paint(hex(0x04070a).times(c.between(0.5, 1.6))), ellipse(x+c.between(-0.4, 0.4)*size, y-c.between(-0.3, 0.6)*size, r, r*0.8)...)
		}
	}
}

// drawMoonrise is a full moon behind a brick pagoda, drawn near by a long lens.
func drawMoonrise(c *canvas) {
	w, h := float64(c.w), float64(c.h)
	c.gradient(0, c.h, stop{0, hex(0x160a14)}, stop{0.45, hex(0x4a1e22)}, stop{0.75, hex(0x9a4a28)}, stop{1, hex(0x2a1410)})
	c.moon(0.56*w, 0.36*h, 0.36*w, hex(0xffb468).times(0.62), 0.8)
	c.vapour(int(0.3*h), int(0.7*h), hex(0x6a2c24).times(0.6), 500, 0.42, 0.75)
	c.haze(0.86*h, 0.12*h, hex(0xb85a2c).times(0.5), 0.5)
	c.skyline(layer{base: int(0.93 * h), low: 0.03 * h, high: 0.12 * h, narrow: 40, wide: 100, gap: 8, wall: hex(0x3a1a18).times(0.5), cell: 7, lit: 0.35, gain: 0.55, tones: homes})
	c.brickPagoda(0.44*w, 0.95*h, 0.3*w, 0.6*h)
	c.skyline(layer{base: c.h, low: 0.03 * h, high: 0.07 * h, narrow: 70, wide: 170, gap: 0, wall: hex(0x0c0608), cell: 9, lit: 0.3, gain: 0.9, tones: []light{tungsten, amber}})
	c.birds(0.7*w, 0.25*h, 0.012*w)
}

// brickPagoda is a square tower in seven steps, as they stand in the old capital.
func (c *canvas) brickPagoda(x, base, width, height float64) {
	y, half := base, width/2
	for i := range 7 {
		step := height * 0.155 * math.Pow(0.965, float64(i))
		top := half * 0.93
		dark, warm := hex(0x1a0c0c), hex(0xb8682c).times(0.34)
		for s := range 20 {
			t := float64(s) / 20
			l := warm.mix(dark, smooth(t*1.3))
			in := half + (top-half)*t
			c.box(paint(l), x-in, y-step*(t+0.05), x+in, y-step*t+0.5)
			c.box(veil(dark, 0.55), x+in*0.3, y-step*(t+0.05), x+in, y-step*t+0.5)
		}
		arch := amber.times(0.75)
		c.fill(shine(arch), ellipse(x-half*0.2, y-step*0.5, half*0.11, half*0.11)...)
		c.box(shine(arch), x-half*0.31, y-step*0.5, x-half*0.09, y-step*0.08)
		c.box(paint(hex(0x140a0a)), x-half*1.06, y-step*1.07, x+half*1.06, y-step*0.95)
		c.box(shine(amber.times(1.1)), x-half*1.06, y-step*0.97, x+half*1.06, y-step*0.95)
		y -= step * 1.05
		half = top * 0.93
	}
	c.fill(paint(hex(0x0c0607)), point{x - half*1.1, y}, point{x, y - height*0.09}, point{x + half*1.1, y})
	c.line(paint(hex(0x0c0607)), x, y, x, y-height*0.15, 6)
}

// birds are a few strokes against the light.
func (c *canvas) birds(x, y, size float64) {
	for range 9 {
		bx, by := x+c.between(-9, 9)*size, y+c.between(-6, 6)*size
		s := size * c.between(0.5, 1)
		wing := append(curve(point{bx - s, by - s*0.2}, point{bx - s*0.5, by - s*0.7}, point{bx - s*0.2, by - s*0.3}, point{bx, by}, 8),
			curve(point{bx, by}, point{bx + s*0.2, by - s*0.3}, point{bx + s*0.5, by - s*0.7}, point{bx + s, by - s*0.2}, 8)...)
		c.ribbon(paint(hex(0x0a0506)), wing, func(t float64) float64 { return s * 0.2 * math.Sin(math.Pi*min(max(t, 0.1), 0.9)) })
	}
}
