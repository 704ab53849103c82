package pipeline

import (
	"fmt"

	"fanfare/media/heic"
)

// decodeHEIC reads the picture of a HEIC, which its codec cuts and turns.
func decodeHEIC(w *work) error {
	picture, err := heic.Decode(w.original, w.metadata.Coding)
	if err != nil {
		return undecodable(err)
	}
	if size := picture.Bounds().Size(); size.X != w.info.Width || size.Y != w.info.Height { // the limits looked at other numbers
		return undecodable(fmt.Errorf("the decoder sees %d × %d pixels, the header says %d × %d", size.X, size.Y, w.info.Width, w.info.Height))
	}
	w.decoded, err = resizable(picture)
	return err
}
