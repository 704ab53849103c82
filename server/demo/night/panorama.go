package night

// Panorama is a wide picture of a river between two cities, for the head of a page.
func Panorama() Scene {
	return Scene{"panorama", 2000, 1000, 31, normal, drawPanorama}
}

func drawPanorama(c *canvas) {
	w, h := float64(c.w), float64(c.h)
	horizon := int(0.6 * h)
	base := float64(horizon)
	c.gradient(0, c.h,
		stop{0, hex(0x061226)}, stop{0.3, hex(0x123358)}, stop{0.48, hex(0x4a5f88)}, stop{0.57, hex(0xc88a6a)}, stop{0.62, hex(0xf0b070)}, stop{1, hex(0x0a1a2c)})
	c.stars(160, int(0.35*h), 0.6)
	c.moon(0.88*w, 0.16*h, 0.035*h, hex(0xfff0d8).times(1.3), 1)
	c.vapour(int(0.05*h), int(0.55*h), hex(0xc89898).times(0.45), 420, 0.4, 0.5)
	c.hills(0.54*h, 0.12*h, hex(0x4a5a78).times(0.6), 3)
	c.haze(base-0.04*h, 0.06*h, hex(0xe0a070).times(0.6), 0.5)
	c.hills(0.58*h, 0.08*h, hex(0x23344c).times(0.7), 4)
	c.skyline(layer{base: horizon, low: 0.06 * h, high: 0.3 * h, narrow: 26, wide: 62, gap: 3, wall: hex(0x2a3654).times(0.6), cell: 5, lit: 0.36, gain: 0.8, tones: homes, shape: mound(0.12, 0.2), crowns: 0.4})
	c.skyline(layer{base: horizon, low: 0.02 * h, high: 0.08 * h, narrow: 24, wide: 80, gap: 10, wall: hex(0x121c30).times(0.6), cell: 5, lit: 0.4, gain: 0.9, tones: homes, crowns: 0.3})
	c.promenade(base, 110, tungsten)
	c.truss(base, 0.43*h, 0.56*h, 0.075*h)
	c.water(pool{horizon: horizon, tint: hex(0xd8e4ff), deep: hex(0x040c18), swell: 0.9, streak: int(0.05 * h)})
	c.barge(0.82*w, 0.74*h, 0.12*w, amber)
	c.barge(0.6*w, 0.66*h, 0.05*w, cyan)
	c.barge(0.14*w, 0.64*h, 0.03*w, magenta)
}
