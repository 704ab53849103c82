package pipeline

import "fanfare/media/header"

// readMetadata takes from the file's metadata what is used: how the picture is turned, its colour profile and the
// camera's settings. Everything else ends here, for the renditions are encoded from pixels alone.
func readMetadata(w *work) (err error) {
	if err := w.rewind(); err != nil {
		return err
	}
	w.metadata, err = header.ReadMetadata(w.original, w.info.Format)
	if err != nil {
		return err
	}
	w.profile = embedded(w.metadata.ICC)
	tags := readEXIF(w.metadata.EXIF)
	w.turn = tags.orientation()
	w.photo.Capture = tags.capture()
	w.photo.Width, w.photo.Height = w.turn.size(w.info.Width, w.info.Height)
	return nil
}
