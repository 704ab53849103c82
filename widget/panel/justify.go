package panel

// share is a photo's part of its row's width, in ten-thousandths, and how many gaps the row has.
type share struct{ part, gaps int }

// justify lays photos out in rows of about one height, whole and in their order. Ratios are width by height in
// hundredths; target is the ratio of a row that has just the height wished. A row is closed where closing it comes nearer
// to the target than taking one more. The last row is not blown up to fill its width.
func justify(ratios []int, target int) []share {
	shares := make([]share, 0, len(ratios))
	start, sum := 0, 0
	closeRow := func(end, total int) {
		for _, r := range ratios[start:end] {
			shares = append(shares, share{r * 10_000 / total, end - start - 1})
		}
		start, sum = end, 0
	}
	for i, r := range ratios {
		if sum > 0 && sum+r-target > target-sum {
			closeRow(i, sum)
		}
		sum += r
	}
	if sum > 0 {
		closeRow(len(ratios), max(sum, target))
	}
	return shares
}

// Widths of the layout in pixels, as in the style sheet.
const (
	wideFrom   = 860 // room for two columns
	sideColumn = 380 + 40 + 80
	rowHeight  = 230
)

// galleryWidth is about the width that the gallery has.
func (p *Panel) galleryWidth() int {
	if p.wide() && !p.boardless() {
		return p.width - sideColumn
	}
	return max(p.width, 320) - 24
}

// rowRatio is the ratio of a row of the gallery: on a phone a landscape and a half, more where there is room.
func (p *Panel) rowRatio() int { return min(max(p.galleryWidth()*100/rowHeight, 200), 560) }
