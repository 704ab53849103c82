package pipeline

import (
	"io"

	"fanfare/media"
)

// check judges the header again, in the process that is about to believe it.
func check(w *work) (err error) {
	w.info, err = media.Check(w.original)
	return err
}

// rewind goes back to the original's first byte.
func (w *work) rewind() error {
	_, err := w.original.Seek(0, io.SeekStart)
	return err
}
