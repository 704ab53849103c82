package planar

// Turn returns the picture mirrored along its diagonal, if transpose is set, and then left to right and top to bottom.
func (p *Planes) Turn(transpose, mirrorX, mirrorY bool) *Planes {
	out := &Planes{Width: p.Width, Height: p.Height, light: p.light.turn(transpose, mirrorX, mirrorY), across: p.across, down: p.down}
	if transpose {
		out.Width, out.Height, out.across, out.down = p.Height, p.Width, p.down, p.across
	}
	if !p.grey() {
		x := axis{out.light.width, 1, 0}.mirrored(mirrorX, out.across)
		y := axis{out.light.height, 1, 0}.mirrored(mirrorY, out.down)
		out.blue = p.blue.turn(transpose, mirrorX, mirrorY).resize(x, y)
		out.red = p.red.turn(transpose, mirrorX, mirrorY).resize(x, y)
	}
	return out
}

// mirrored is the axis of samples of colour in a turned row of pixels. The last sample may reach beyond the pixels; once
// that is the first one, all stand beside their places.
func (a axis) mirrored(mirror bool, covers int) axis {
	size := covering(a.size, covers)
	if !mirror {
		return axis{size: size, step: 1}
	}
	return axis{size, 1, float64(size*covers-a.size) / float64(covers)}
}

func (p plane) turn(transpose, mirrorX, mirrorY bool) plane {
	stepX, stepY, out := 1, p.stride, newPlane(p.width, p.height)
	if transpose {
		stepX, stepY, out = p.stride, 1, newPlane(p.height, p.width)
	}
	first := 0
	if mirrorX {
		first += (out.width - 1) * stepX
		stepX = -stepX
	}
	if mirrorY {
		first += (out.height - 1) * stepY
		stepY = -stepY
	}
	for y := range out.height {
		at := first + y*stepY
		row := out.row(y)
		for x := range row {
			row[x] = p.pix[at]
			at += stepX
		}
	}
	return out
}
