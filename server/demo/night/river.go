package night

import "math"

// drawBund is a financial district across a wide river, in the last blue of the evening.
func drawBund(c *canvas) {
	w, h := float64(c.w), float64(c.h)
	horizon := int(0.66 * h)
	base := float64(horizon)
	c.gradient(0, c.h,
		stop{0, hex(0x070b24).times(0.9)}, stop{0.3, hex(0x15204f)}, stop{0.52, hex(0x3c3470)}, stop{0.64, hex(0x9a5470)}, stop{0.7, hex(0xd08a6a)}, stop{1, hex(0x20203c)})
	c.stars(140, int(0.35*h), 0.5)
	c.vapour(int(0.08*h), int(0.62*h), hex(0x7a5f92).times(0.7), 340, 0.42, 0.55)
	c.glow(0.46*w, base, 0.5*w, 0.16*h, hex(0xff9a6a).times(0.22))
	c.skyline(layer{base: horizon, low: 0.08 * h, high: 0.2 * h, narrow: 18, wide: 46, gap: 2, wall: hex(0x4a3f68).times(0.7), cell: 4, lit: 0.28, gain: 0.5, tones: homes, shape: mound(0.5, 0.6)})
	c.haze(base-0.04*h, 0.09*h, hex(0x9a6078).times(0.8), 0.5)
	c.skyline(layer{base: horizon, low: 0.12 * h, high: 0.34 * h, narrow: 34, wide: 78, gap: 5, wall: hex(0x232c55).times(0.6), cell: 5, lit: 0.38, gain: 0.9, tones: homes, shape: mound(0.56, 0.34), crowns: 0.6})
	c.haze(base, 0.05*h, hex(0x8a5a80).times(0.7), 0.35)
	c.twist(0.66*w, base, 0.058*w, 0.52*h)
	c.opener(0.742*w, base, 0.05*w, 0.42*h)
	c.tiers(0.592*w, base, 0.048*w, 0.36*h)
	c.pearl(0.335*w, base, 0.43*h)
	c.skyline(layer{base: horizon, low: 0.02 * h, high: 0.1 * h, narrow: 30, wide: 96, gap: 8, wall: hex(0x151a38).times(0.5), cell: 5, lit: 0.42, gain: 1.0, tones: homes, crowns: 0.5})
	c.promenade(base, 150, tungsten)
	c.water(pool{horizon: horizon, tint: hex(0xd4dcff), deep: hex(0x060a1c).times(0.7), swell: 1, streak: int(0.05 * h)})
	c.barge(0.24*w, 0.8*h, 0.1*w, amber)
	c.barge(0.83*w, 0.725*h, 0.05*w, cyan)
}

// mound is a height factor that peaks at a place.
func mound(at, width float64) func(float64) float64 {
	return func(t float64) float64 { return 0.35 + 0.65*gauss((t-at)/width) }
}

// promenade is a row of lamps along the water.
func (c *canvas) promenade(y float64, n int, l light) {
	w := float64(c.w)
	c.box(paint(hex(0x0c0e18)), 0, y-5, w, y)
	for i := range n {
		x := (float64(i) + 0.5) * w / float64(n)
		k := c.between(0.6, 1.5)
		c.glow(x, y-5, 2.4, 2.2, l.times(3*k))
		c.glow(x, y-3, 9, 4, l.times(0.25*k))
	}
}

// twist is a tapering tower whose edge turns as it rises.
func (c *canvas) twist(x, base, width, height float64) {
	const steps = 90
	seam := make([]point, steps)
	for i := range steps {
		t := float64(i) / (steps - 1)
		half := width / 2 * (1 - 0.52*math.Pow(t, 1.3))
		y0, y1 := base-height*t, base-height*(t+1.0/steps)
		wall := hex(0x2a3a70).mix(hex(0x4a5aa0), t).times(0.55)
		c.box(paint(wall), x-half, y1, x+half, y0+0.6)
		turn := math.Sin(0.5 + 2.3*t)
		c.box(shine(hex(0x7f98ff).times(0.14)), min(x+half*turn, x+half), y1, x+half, y0)
		c.box(shine(daylight.times(0.05+0.3*c.rng.Float64()*c.rng.Float64())), x-half+2, y1+1, x+half*turn, y1+3.4)
		seam[i] = point{x + half*turn, y0}
	}
	c.ribbon(shine(hex(0x8fd0ff).times(1.6)), seam, func(float64) float64 { return 2.4 })
	top := base - height
	c.fill(paint(hex(0x50609a).times(0.6)), point{x - width*0.24, top}, point{x + width*0.1, top - width*0.42}, point{x + width*0.24, top})
	c.glow(x, top-width*0.1, width*0.3, width*0.22, hex(0x9fc0ff).times(1.1))
}

// opener is a tower with a trapezoid cut out below its top.
func (c *canvas) opener(x, base, width, height float64) {
	top := base - height
	half, neck := width/2, width*0.34
	wall := hex(0x1c2c58).times(0.7)
	c.fill(paint(wall), point{x - half, base}, point{x - neck, top}, point{x + neck, top}, point{x + half, base})
	for y := top + 0.16*height; y < base; y += 8 {
		t := (base - y) / height
		in := half + (neck-half)*t
		c.box(shine(hex(0xa8c8ff).times(c.between(0.02, 0.5)*c.rng.Float64())), x-in+3, y, x+in-3, y+3)
	}
	c.fill(paint(hex(0x5a4a78).times(0.7)), point{x - neck*0.62, top + 0.035*height}, point{x + neck*0.62, top + 0.035*height}, point{x + neck*0.42, top + 0.13*height}, point{x - neck*0.42, top + 0.13*height})
	for _, side := range []float64{-1, 1} {
		c.line(shine(hex(0xbfd8ff).times(1.4)), x+side*neck, top, x+side*half, base, 2)
	}
	c.box(shine(hex(0xdfeaff).times(2)), x-neck, top-1, x+neck, top+2)
}

// tiers is a tower that steps inwards like a pagoda.
func (c *canvas) tiers(x, base, width, height float64) {
	y, half := base, width/2
	for i := range 9 {
		step := height * 0.19 * math.Pow(0.86, float64(i))
		c.build(facade{int(x - half), int(y - step), int(x + half), int(y), hex(0x4a3a30).times(0.6), 5, 0.55, 0.8, []light{tungsten, amber}})
		c.box(shine(amber.times(0.9)), x-half-2, y-step, x+half+2, y-step+2.4)
		y -= step
		half *= 0.9
	}
	c.fill(paint(hex(0x6a5538)), point{x - half, y}, point{x, y - height*0.12}, point{x + half, y})
	c.glow(x, y-height*0.02, half, height*0.05, amber.times(1.5))
}

// pearl is a television tower of spheres on legs.
func (c *canvas) pearl(x, base, height float64) {
	at := func(t float64) float64 { return base - t*height }
	leg := hex(0x6a4a78).times(0.8)
	for _, side := range []float64{-1, 1} {
		c.line(paint(leg), x+side*0.115*height, base, x+side*0.02*height, at(0.3), 0.022*height)
		c.line(shine(magenta.times(0.5)), x+side*0.115*height, base, x+side*0.02*height, at(0.3), 3)
	}
	for _, dx := range []float64{-0.026, 0, 0.026} {
		c.box(paint(leg), x+dx*height-0.009*height, at(0.66), x+dx*height+0.009*height, base)
		c.box(shine(violet.times(0.4)), x+dx*height-1.5, at(0.66), x+dx*height+1.5, base)
	}
	c.fill(paint(leg), point{x - 0.012*height, at(0.66)}, point{x - 0.003*height, at(0.98)}, point{x + 0.003*height, at(0.98)}, point{x + 0.012*height, at(0.66)})
	c.sphere(x, at(0.27), 0.092*height, magenta, violet)
	c.sphere(x, at(0.63), 0.066*height, magenta, azure)
	c.sphere(x, at(0.77), 0.024*height, magenta, azure)
	for _, t := range []float64{0.4, 0.46, 0.52} {
		c.sphere(x, at(t), 0.018*height, violet, azure)
	}
	c.glow(x, at(0.985), 4, 4, crimson.times(8))
}

// sphere is a ball with bands of light.
func (c *canvas) sphere(x, y, r float64, l, dark light) {
	c.glow(x, y, 2.1*r, 2.1*r, l.times(0.14))
	for j := -r; j <= r; j++ {
		half := math.Sqrt(max(r*r-j*j, 0))
		t := (j + r) / (2 * r)
		band := 0.3 + 0.7*math.Pow(math.Abs(math.Sin(t*math.Pi*max(r/9, 2))), 2)
		c.box(paint(l.mix(dark, t).times(0.85*band)), x-half, y+j, x+half, y+j+1)
		c.box(shine(hex(0xffffff).times(0.25*band)), x-half*0.45, y+j, x+half*0.12, y+j+1)
	}
}

// barge is a lit excursion boat with its own reflection.
func (c *canvas) barge(x, y, length float64, l light) {
	high := length * 0.11
	c.fill(paint(hex(0x06070d)), point{x - length/2, y - high*0.4}, point{x + length/2, y - high*0.5}, point{x + length*0.44, y + high*0.35}, point{x - length*0.42, y + high*0.35})
	for deck := range 3 {
		d := float64(deck)
		half := length * (0.42 - 0.07*d)
		top := y - high*(0.9+0.55*d)
		c.box(paint(hex(0x16131a)), x-half, top, x+half, top+high*0.55)
		for i := -half + 3; i < half-3; i += 6 {
			c.box(shine(tungsten.times(c.between(0.7, 2.2))), x+i, top+high*0.16, x+i+3.6, top+high*0.4)
		}
		c.box(shine(l.times(2.6)), x-half, top-1, x+half, top+1.2)
	}
	for i := range 40 {
		d := float64(i) / 40
		half := length * 0.4 * (1 - 0.6*d) * c.between(0.6, 1)
		off := c.between(-1, 1) * length * 0.06 * d
		c.box(shine(l.plus(tungsten).times(0.32*(1-d)*(1-d))), x-half+off, y+high*0.4+d*high*5, x+half+off, y+high*0.4+d*high*5+high*0.08)
	}
}

// drawBridge is a steel truss bridge over a river in the mist, its lamps in the water.
func drawBridge(c *canvas) {
	w, h := float64(c.w), float64(c.h)
	horizon := int(0.68 * h)
	base := float64(horizon)
	c.gradient(0, c.h,
		stop{0, hex(0x03141c)}, stop{0.3, hex(0x06303a)}, stop{0.55, hex(0x1d5f62)}, stop{0.68, hex(0x7fa08a)}, stop{1, hex(0x0a2a30)})
	c.stars(220, int(0.4*h), 0.7)
	c.moon(0.8*w, 0.17*h, 0.036*h, hex(0xfff2d8).times(1.5), 1)
	c.vapour(int(0.1*h), int(0.6*h), hex(0x9fc0b0).times(0.3), 420, 0.36, 0.4)
	c.hills(0.6*h, 0.1*h, hex(0x2a5558).times(0.75), 3.1)
	c.haze(base-0.03*h, 0.07*h, hex(0x8fb09a).times(0.75), 0.6)
	c.skyline(layer{base: horizon, low: 0.05 * h, high: 0.16 * h, narrow: 22, wide: 50, gap: 14, wall: hex(0x1d4448).times(0.6), cell: 5, lit: 0.4, gain: 0.7, tones: homes, shape: mound(0.16, 0.25), crowns: 0.3})
	c.haze(base, 0.045*h, hex(0x9fb8a0).times(0.7), 0.6)
	c.promenade(base, 70, mercury)
	c.truss(base, 0.5*h, 0.62*h, 0.085*h)
	c.water(pool{horizon: horizon, tint: hex(0xc8ffe8), deep: hex(0x021416).times(0.8), swell: 0.8, streak: int(0.075 * h)})
	c.vapour(int(0.6*h), int(0.8*h), hex(0xa8c8b8).times(0.55), 300, 0.4, 0.45)
}

// hills is a range that rises up to amp above y.
func (c *canvas) hills(y, amp float64, l light, rough float64) {
	ps := []point{{float64(c.w), float64(c.h)}, {0, float64(c.h)}}
	seed := c.between(0, 200)
	for x := 0.0; x <= float64(c.w)+6; x += 6 {
		n := c.tile.cloud(seed+x/float64(c.w)*rough, seed)
		ps = append(ps, point{x, y - amp*n})
	}
	c.fill(paint(l), ps...)
}

// truss is a double-deck bridge coming nearer from left to right: y runs from far to near.
func (c *canvas) truss(base, far, near, tall float64) {
	w := float64(c.w)
	deck := func(x float64) float64 { return far + 0.03*tall + (near-far)*0.28*math.Pow(x/w, 1.6) - 0.02*tall }
	high := func(x float64) float64 { return tall * (0.55 + 0.75*math.Pow(x/w, 1.5)) }
	steel := hex(0x0d2226).times(0.7)
	panels := 34
	at := func(i int) float64 { return w * math.Pow(float64(i)/float64(panels), 0.8) * 1.06 }
	for i := range panels {
		x0, x1 := at(i), at(i+1)
		t0, t1 := deck(x0), deck(x1)
		b0, b1 := t0+high(x0), t1+high(x1)
		thick := 2.5 + 5*x0/w
		c.line(paint(steel), x0, t0, x0, b0, thick)
		c.line(paint(steel), x0, t0, (x0+x1)/2, (b0+b1)/2, thick*0.8)
		c.line(paint(steel), x1, t1, (x0+x1)/2, (b0+b1)/2, thick*0.8)
		c.line(paint(steel), x0, b0, (x0+x1)/2, (b0+b1)/2, thick*0.8)
		c.line(paint(steel), x1, b1, (x0+x1)/2, (b0+b1)/2, thick*0.8)
		c.line(paint(steel), x0, t0, x1, t1, thick*2.2)
		c.line(paint(steel), x0, b0, x1, b1, thick*1.8)
		c.line(shine(amber.times(1.7)), x0, t0+thick, x1, t1+thick, 1.6+2.2*x0/w)
		c.line(shine(amber.times(1.1)), x0, b0+thick, x1, b1+thick, 1.2+1.8*x0/w)
		if i%2 == 0 {
			size := 16 + 46*x0/w
			c.line(paint(steel), x0, t0, x0, t0-size*0.62, 1.5+2*x0/w)
			c.flare(x0, t0-size*0.66, size*0.8, sodium.times(2.2))
		}
	}
	for i, x := range []float64{0.2, 0.44, 0.76} {
		half := w * (0.007 + 0.006*float64(i))
		y := deck(x*w) + high(x*w)
		c.rect(int(x*w-half), int(y), int(x*w+half), int(base)+1, hex(0x4f6a5c).times(0.9), hex(0x1a302e).times(0.6))
		c.wash(x*w-half, y, x*w+half, base, sodium.times(0.7))
	}
	c.bridgeheads(deck)
}

// bridgeheads are the two towers at the bridge's ends.
func (c *canvas) bridgeheads(deck func(float64) float64) {
	w := float64(c.w)
	x := 0.76 * w
	y := deck(x)
	wide, high := 0.02*w, 0.15*float64(c.h)
	for _, side := range []float64{-1.25, 1.25} {
		x0 := x + side*wide
		c.rect(int(x0-wide*0.5), int(y-high), int(x0+wide*0.5), int(y), hex(0xa87848).times(0.2), hex(0xffb870).times(0.7))
		c.box(veil(light{}, 0.4), x0+wide*0.15, y-high, x0+wide*0.5, y)
		for i := range 7 {
			top := y - high*(0.93-0.13*float64(i))
			c.box(shine(tungsten.times(1.3)), x0-wide*0.22, top, x0-wide*0.04, top+high*0.07)
		}
		c.roof(x0, y-high, wide*1.5, wide*0.9, hex(0x14201e), amber.times(1.6))
		c.roof(x0, y-high-wide*0.55, wide*0.9, wide*0.7, hex(0x14201e), amber.times(1.6))
	}
}

// roof is a Chinese roof with upturned eaves, its edge outlined in light.
func (c *canvas) roof(x, y, width, height float64, tile, l light) {
	half := width / 2
	left := curve(point{x - half*1.08, y - height*0.12}, point{x - half*0.75, y + height*0.02}, point{x - half*0.42, y - height*0.45}, point{x - half*0.3, y - height}, 14)
	right := make([]point, len(left))
	for i, p := range left {
		right[len(left)-1-i] = point{2*x - p.x, p.y}
	}
	eave := curve(point{x + half*1.08, y - height*0.12}, point{x + half*0.8, y + height*0.12}, point{x - half*0.8, y + height*0.12}, point{x - half*1.08, y - height*0.12}, 14)
	outline := append(append(append([]point{}, left...), right...), eave...)
	c.fill(paint(tile), outline...)
	thin := func(float64) float64 { return max(height*0.07, 1.4) }
	c.ribbon(shine(l), eave, thin)
	c.ribbon(shine(l.times(0.7)), left, thin)
	c.ribbon(shine(l.times(0.7)), right, thin)
}
