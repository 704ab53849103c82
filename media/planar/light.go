package planar

// Light returns the picture's light, from 0 to 255, as the averages of width × height equal areas, row by row.
func (p *Planes) Light(width, height int) []float64 {
	across, down := shares(p.Width, width), shares(p.Height, height)
	light := make([]float64, 0, width*height)
	for _, rows := range down {
		for _, columns := range across {
			sum := 0.0
			for y, tall := range rows.each {
				row := p.light.row(rows.first + y)
				for x, wide := range columns.each {
					sum += float64(row[columns.first+x]) * wide * tall
				}
			}
			light = append(light, sum)
		}
	}
	return light
}

// share is the part that samples have in an area's average.
type share struct {
	first int
	each  []float64
}

// shares cuts a row of samples into equal areas, through the middle of samples where it must.
func shares(samples, areas int) []share {
	cut := make([]share, areas)
	size := float64(samples) / float64(areas)
	for i := range cut {
		begin, end := float64(i)*size, float64(i+1)*size
		first := int(begin)
		cut[i].first = first
		for at := first; at < samples && float64(at) < end; at++ {
			inside := min(float64(at+1), end) - max(float64(at), begin)
			cut[i].each = append(cut[i].each, inside/size)
		}
	}
	return cut
}
