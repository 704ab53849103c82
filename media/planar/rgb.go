package planar

import (
	"image"
)

// FromNRGBA returns an opaque picture's planes.
func FromNRGBA(picture *image.NRGBA) *Planes {
	p := blank(picture.Rect.Dx(), picture.Rect.Dy())
	p.strips(picture, p.put)
	return p
}

// NRGBA returns the picture in red, green and blue.
func (p *Planes) NRGBA() *image.NRGBA {
	picture := image.NewNRGBA(image.Rect(0, 0, p.Width, p.Height))
	p.strips(picture, p.take)
	return picture
}

// Recolour changes the colours by a function that is given two rows of pixels at a time.
func (p *Planes) Recolour(change func(*image.NRGBA)) {
	picture := image.NewNRGBA(image.Rect(0, 0, p.Width, halved))
	for y := 0; y < p.Height; y += halved {
		strip := picture.SubImage(image.Rect(0, 0, p.Width, min(halved, p.Height-y))).(*image.NRGBA)
		p.take(y, strip)
		change(strip)
		p.put(y, strip)
	}
}

// strips goes through a picture in the rows that share a row of colour.
func (p *Planes) strips(picture *image.NRGBA, do func(y int, strip *image.NRGBA)) {
	least := picture.Rect.Min
	for y := 0; y < p.Height; y += halved {
		rows := image.Rect(0, y, p.Width, min(y+halved, p.Height)).Add(least)
		do(y, picture.SubImage(rows).(*image.NRGBA))
	}
}

// take turns the rows from y on into pixels.
func (p *Planes) take(y int, strip *image.NRGBA) {
	for line := range strip.Rect.Dy() {
		out, light := strip.Pix[line*strip.Stride:][:4*p.Width], p.light.row(y+line)
		if p.grey() {
			for x, l := range light {
				copy(out[4*x:], []uint8{l, l, l, 0xff})
			}
			continue
		}
		paint(out, light, p.blue.row(y/halved), p.red.row(y/halved))
	}
}

// paint turns a row into pixels as color.YCbCrToRGB does. What a colour adds is worked out once for the two pixels that share
// it.
func paint(out, light, blue, red []uint8) {
	for i, b := range blue {
		cb, cr := int32(b)-128, int32(red[i])-128
		toRed, toGreen, toBlue := 91881*cr, -22554*cb-46802*cr, 116130*cb
		for _, l := range light[:min(halved, len(light))] {
			grey := int32(l) * 0x10101
			_ = out[3]
			out[0], out[1], out[2], out[3] = shorten(grey+toRed), shorten(grey+toGreen), shorten(grey+toBlue), 0xff
			out = out[4:]
		}
		light = light[min(halved, len(light)):]
	}
}

// shorten makes a value of sixteen more bits one of eight; beyond 0…255 it is the nearest.
func shorten(v int32) uint8 {
	if uint32(v)&0xff000000 == 0 {
		return uint8(v >> 16)
	}
	return uint8(^(v >> 31))
}

// put sets the rows from y on from pixels, by JFIF's matrix in sixteen bits.
func (p *Planes) put(y int, strip *image.NRGBA) {
	for line := range strip.Rect.Dy() {
		light := p.light.row(y + line)
		pix := strip.Pix[line*strip.Stride:][:4*len(light)]
		for x := range light {
			r, g, b := int32(pix[0]), int32(pix[1]), int32(pix[2])
			light[x] = uint8((19595*r + 38470*g + 7471*b + 1<<15) >> 16)
			pix = pix[4:]
		}
	}
	if p.grey() {
		return
	}
	upper, lower := strip.Pix, strip.Pix[(strip.Rect.Dy()-1)*strip.Stride:]
	blue, red := p.blue.row(y/halved), p.red.row(y/halved)
	for i := range blue {
		left, right := 4*halved*i, 4*min(halved*i+1, p.Width-1)
		sum := func(c int) int32 {
			return int32(upper[left+c]) + int32(upper[right+c]) + int32(lower[left+c]) + int32(lower[right+c])
		}
		r, g, b := sum(0), sum(1), sum(2)
		const half = 128<<18 + 1<<17 // of four pixels' sum
		blue[i] = uint8(min((-11056*r-21712*g+32768*b+half)>>18, 0xff))
		red[i] = uint8(min((32768*r-27440*g-5328*b+half)>>18, 0xff))
	}
}
