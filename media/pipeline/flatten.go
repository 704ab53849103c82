package pipeline

// flatten puts the picture on white, because JPEG knows no transparency. Every pixel is opaque from here on.
func flatten(w *work) error {
	pix := w.largest.Pix
	for i := 0; i+3 < len(pix); i += 4 {
		alpha := uint32(pix[i+3])
		if alpha == 0xff {
			continue
		}
		for c := i; c < i+3; c++ {
			pix[c] = uint8((uint32(pix[c])*alpha + 0xff*(0xff-alpha) + 0x7f) / 0xff)
		}
		pix[i+3] = 0xff
	}
	return nil
}
