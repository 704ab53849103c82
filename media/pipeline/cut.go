package pipeline

import (
	"fmt"

	"fanfare/media"
)

// cutQuality is higher than that of renditions, because the places that cuts are for encode what they get once more.
const cutQuality = 90

// cut makes the parts of the photo that were asked for.
func cut(w *work) error {
	if len(w.cuts) > media.MaxCuts {
		return fmt.Errorf("%d cuts are more than %d", len(w.cuts), media.MaxCuts)
	}
	w.quality = cutQuality
	for _, c := range w.cuts {
		left, top, width, height := c.Window(w.planes.Width, w.planes.Height)
		x, y := c.Size(w.photo.Width, w.photo.Height)
		w.sizes = append(w.sizes, rendition{c.Name, w.planes.Cut(left, top, width, height, x, y)})
	}
	return nil
}

// long is the longer side that the picture is decoded at.
func (w *work) long() int {
	if len(w.cuts) > 0 {
		return media.Longest(w.cuts, w.photo.Width, w.photo.Height)
	}
	return sides[0].long
}
