package night

import "math"

// drawTrails is a ring road seen from a footbridge: minutes of headlights and tail lights in one exposure.
func drawTrails(c *canvas) {
	w, h := float64(c.w), float64(c.h)
	horizon := int(0.5 * h)
	c.gradient(0, c.h, stop{0, hex(0x04081e)}, stop{0.28, hex(0x14234e)}, stop{0.46, hex(0x5a4466)}, stop{0.5, hex(0xb87850)}, stop{1, hex(0x0a0a0e)})
	c.vapour(0, horizon, hex(0x806878).times(0.4), 400, 0.38, 0.45)
	c.skyline(layer{base: horizon, low: 0.06 * h, high: 0.2 * h, narrow: 26, wide: 60, gap: 6, wall: hex(0x40344e).times(0.6), cell: 4, lit: 0.34, gain: 0.5, tones: homes})
	c.haze(float64(horizon), 0.06*h, hex(0xb87a58).times(0.5), 0.5)
	c.skyline(layer{base: horizon + 6, low: 0.12 * h, high: 0.44 * h, narrow: 60, wide: 120, gap: 30, wall: hex(0x161a30).times(0.6), cell: 6, lit: 0.4, gain: 0.9, tones: homes, shape: valley(0.5, 0.2), crowns: 0.5})
	c.rect(0, horizon, c.w, c.h, hex(0x3a2c28).times(0.35), hex(0x0c0d12).times(0.6))
	vanish := point{0.5 * w, float64(horizon) + 4}
	c.glow(vanish.x, vanish.y, 0.16*w, 0.05*h, sodium.times(0.8))
	for i := range 150 {
		side := -1.0
		tone := crimson.mix(amber, c.between(0, 0.22))
		if i%2 == 0 {
			side, tone = 1, halogen.mix(daylight, c.rng.Float64())
		}
		lane := float64(1+c.rng.IntN(4)) + c.between(-0.22, 0.22)
		c.trail(vanish, side*lane*0.21*w-side*0.05*w, c.between(0, 0.05), tone.times(c.between(0.1, 0.9)))
	}
	c.lamps(vanish, 0.62*w)
	c.haze(float64(horizon), 0.028*h, hex(0xd08850).times(0.5), 0.55)
	c.verges(vanish)
}

// valley is a height factor that is low at a place.
func valley(at, width float64) func(float64) float64 {
	return func(t float64) float64 { return 1 - 0.8*gauss((t-at)/width) }
}

// trail is one lamp drawn out along a bending road, from the vanishing point to the picture's foot.
func (c *canvas) trail(v point, spread, lift float64, l light) {
	h := float64(c.h)
	const steps = 40
	ps := make([]point, steps)
	for i := range ps {
		t := float64(i) / (steps - 1)
		depth := math.Pow(t, 2.2)
		bend := 0.16 * float64(c.w) * math.Sin(math.Pi*math.Pow(t, 0.5)) * (1 - t)
		ps[i] = point{v.x + spread*depth*1.1 + bend, v.y + (h*1.04-v.y)*depth - lift*h*depth}
	}
	c.ribbon(shine(l), ps, func(t float64) float64 { return 0.6 + 5.5*math.Pow(t, 2.2) })
}

// lamps line the road on both sides and shrink with distance.
func (c *canvas) lamps(v point, reach float64) {
	for i := range 14 {
		t := math.Pow(float64(14-i)/14, 3.2)
		for _, side := range []float64{-1, 1} {
			bend := 0.16 * float64(c.w) * math.Sin(math.Pi*math.Pow(math.Pow(t, 1/2.2), 0.5)) * (1 - math.Pow(t, 1/2.2))
			x := v.x + side*reach*t + bend
			y := v.y + (float64(c.h)*0.62-v.y)*t
			top := y - 0.42*float64(c.h)*t - 4
			c.line(paint(hex(0x0a0b10)), x, y, x, top, 1+5*t)
			c.line(paint(hex(0x0a0b10)), x, top, x-side*0.05*float64(c.w)*t, top-3*t, 1+4*t)
			c.flare(x-side*0.05*float64(c.w)*t, top, 10+95*t, sodium.times(2.4))
		}
	}
}

// verges are the dark hedges at the road's sides.
func (c *canvas) verges(v point) {
	w, h := float64(c.w), float64(c.h)
	for _, side := range []float64{-1, 1} {
		ps := []point{{v.x + side*0.12*w, v.y + 4}, {v.x + side*0.7*w, v.y + 2}, {v.x + side*0.9*w, h}}
		for t := 1.0; t > 0; t -= 0.02 {
			ps = append(ps, point{v.x + side*(0.02+0.86*t)*w*math.Pow(t, 0.1) + c.between(-6, 6)*t, v.y + 8 + (h-v.y)*t*t*0.8 + c.between(-9, 9)*t})
		}
		c.fill(veil(hex(0x05080a), 0.9), ps...)
	}
}

// drawAlley is a wet lane between shops, all signs and their mirror in the ground.
func drawAlley(c *canvas) {
	w, h := float64(c.w), float64(c.h)
	floor := int(0.66 * h)
	v := point{0.5 * w, 0.56 * h}
	c.gradient(0, c.h, stop{0, hex(0x060512)}, stop{0.4, hex(0x1c1030)}, stop{0.56, hex(0x7a2a5a)}, stop{0.66, hex(0x301228)}, stop{1, hex(0x08060c)})
	c.glow(v.x, v.y, 0.2*w, 0.2*h, magenta.mix(tungsten, 0.4).times(0.55))
	for i := range 7 {
		t := math.Pow(float64(i+1)/7, 1.7)
		for _, side := range []float64{-1, 1} {
			c.shopfront(v, side, t, floor)
		}
		c.vapour(int(0.35*h), floor, hex(0x8a3a6a).times(0.5), 240, 0.3, 0.16*(1-t))
	}
	c.cables(v)
	c.rect(0, floor, c.w, c.h, hex(0x120a14), hex(0x040308))
	c.water(pool{horizon: floor, tint: hex(0xe8e0ff).times(0.75), deep: hex(0x05040a), swell: 0.55, streak: int(0.1 * h)})
	c.walker(0.53*w, 0.78*h, 0.2*h)
	c.rain(900, 0.35)
}

// shopfront is one house of the lane: the wall running towards the vanishing point, windows, and signs that stick out.
func (c *canvas) shopfront(v point, side, t float64, floor int) {
	w, h := float64(c.w), float64(c.h)
	near := v.x + side*(0.06+0.5*t)*w
	far := v.x + side*(0.06+0.5*math.Pow(t, 1.5)*0.7)*w
	top := v.y - (0.1+0.62*t)*h*c.between(0.8, 1.15)
	foot := v.y + (float64(floor)-v.y)*min(0.35+0.8*t, 1)
	wall := hex(0x2a1c38).mix(hex(0x0c0a16), t).times(0.8)
	outer := v.x + side*0.8*w
	c.fill(paint(wall), point{far, v.y - 0.8*(v.y-top)}, point{near, top}, point{outer, top}, point{outer, float64(floor)}, point{near, foot + 40*t}, point{far, foot})
	for row := range 5 {
		y := top + (foot-top)*(0.1+0.15*float64(row))
		if !c.chance(0.6) {
			continue
		}
		l := c.pick(homes).times(c.between(0.15, 0.7))
		x0, x1 := near+side*0.015*w, near+side*(0.02+0.05*t)*w
		c.box(paint(l), min(x0, x1), y, max(x0, x1), y+0.045*h*t+3)
	}
	tones := []light{magenta, cyan, amber, emerald, crimson, violet, azure}
	for range 3 {
		y := top + (foot-top)*c.between(0.12, 0.75)
		size := (0.04 + 0.17*t) * w * c.between(0.6, 1)
		c.sign(near-side*size*0.35, y, size, size*c.between(1.1, 2.6), c.pick(tones), c.pick(tones))
	}
	c.box(shine(tungsten.times(1.3*t+0.4)), min(near, near+side*0.2*w*t), foot-0.05*h*t, max(near, near+side*0.2*w*t), foot)
}

// sign is a neon sign: a frame and shapes of tube, no letters.
func (c *canvas) sign(x, y, width, height float64, frame, inner light) {
	tube := max(width*0.045, 1.6)
	x0, x1, y0, y1 := x-width/2, x+width/2, y-height/2, y+height/2
	c.box(paint(hex(0x08060c)), x0, y0, x1, y1)
	c.box(shine(inner.times(0.06)), x0, y0, x1, y1)
	outline := []point{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}
	for i, p := range outline {
		q := outline[(i+1)%4]
		c.line(shine(frame.times(2.2)), p.x, p.y, q.x, q.y, tube)
	}
	cell := width * 0.8
	for cy := y0 + width*0.55; cy+cell*0.4 < y1; cy += cell {
		c.tube(x, cy, cell*0.32, tube, inner.times(2.6))
	}
	c.glow(x, y, width*0.8, height*0.6, inner.mix(frame, 0.5).times(0.22))
}

// tube bends one shape.
func (c *canvas) tube(x, y, r, width float64, l light) {
	switch c.rng.IntN(5) {
	case 0:
		c.ring(shine(l), x, y, r, width)
		c.fill(shine(l.times(0.5)), ellipse(x, y, r*0.4, r*0.4)...)
	case 1:
		for i := range 3 {
			d := (float64(i) - 1) * r * 0.75
			c.line(shine(l), x-r, y+d, x+r, y+d, width)
		}
		c.line(shine(l), x, y-r, x, y+r, width)
	case 2:
		c.line(shine(l), x-r, y+r*0.8, x, y-r, width)
		c.line(shine(l), x, y-r, x+r, y+r*0.8, width)
		c.line(shine(l), x-r*0.55, y+r*0.1, x+r*0.55, y+r*0.1, width)
	case 3:
		wave := make([]point, 24)
		for i := range wave {
			t := float64(i) / 23
			wave[i] = point{x - r + 2*r*t, y + r*0.5*math.Sin(4*math.Pi*t)}
		}
		c.ribbon(shine(l), wave, func(float64) float64 { return width })
		c.line(shine(l), x-r, y+r*0.95, x+r, y+r*0.95, width)
	case 4:
		for i := range 5 {
			s, k := math.Sincos(2 * math.Pi * (float64(i)/5 - 0.25))
			s2, k2 := math.Sincos(2 * math.Pi * (float64(i+2)/5 - 0.25))
			c.line(shine(l), x+r*k, y+r*s, x+r*k2, y+r*s2, width*0.8)
		}
	}
}

// cables cross the lane with lanterns on them.
func (c *canvas) cables(v point) {
	w, h := float64(c.w), float64(c.h)
	for i := range 6 {
		t := math.Pow(float64(i+1)/6, 1.5)
		y := v.y - (0.12+0.45*t)*h
		reach := (0.08 + 0.5*t) * w
		sag := curve(point{v.x - reach, y}, point{v.x - reach/2, y + 0.08*h*t}, point{v.x + reach/2, y + 0.08*h*t}, point{v.x + reach, y}, 24)
		c.ribbon(paint(hex(0x050408)), sag, func(float64) float64 { return 1 + 1.6*t })
		for k := 3; k < 22; k += 3 {
			c.lantern(sag[k].x, sag[k].y+8*t+3, 4+13*t)
		}
	}
}

// walker is somebody under an umbrella, seen against the light.
func (c *canvas) walker(x, y, high float64) {
	dark := paint(hex(0x030306))
	c.fill(dark, point{x - high*0.09, y}, point{x - high*0.1, y - high*0.45}, point{x - high*0.05, y - high*0.62}, point{x + high*0.05, y - high*0.62}, point{x + high*0.1, y - high*0.45}, point{x + high*0.08, y})
	c.line(dark, x-high*0.04, y-high*0.02, x-high*0.06, y+high*0.24, high*0.05)
	c.line(dark, x+high*0.03, y-high*0.02, x+high*0.06, y+high*0.22, high*0.05)
	c.fill(dark, ellipse(x, y-high*0.68, high*0.055, high*0.065)...)
	brim := curve(point{x - high*0.3, y - high*0.66}, point{x - high*0.2, y - high*1.02}, point{x + high*0.24, y - high*1.02}, point{x + high*0.34, y - high*0.66}, 24)
	under := curve(point{x + high*0.34, y - high*0.66}, point{x + high*0.12, y - high*0.74}, point{x - high*0.1, y - high*0.74}, point{x - high*0.3, y - high*0.66}, 12)
	c.fill(paint(hex(0x120309)), append(append([]point{}, brim...), under...)...)
	c.ribbon(shine(magenta.times(0.7)), brim, func(float64) float64 { return 2.2 })
}

// rain draws n falling drops as faint slanted streaks.
func (c *canvas) rain(n int, gain float64) {
	for range n {
		x, y := c.between(0, float64(c.w)), c.between(-40, float64(c.h))
		length := c.between(12, 46)
		c.line(shine(hex(0xb8c4e8).times(gain*c.between(0.1, 0.5))), x, y, x-length*0.13, y+length, 1.1)
	}
}
