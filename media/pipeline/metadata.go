package pipeline

import (
	"strings"

	"fanfare/media/colour"
	"fanfare/media/header"
)

// readMetadata takes from the file's metadata what is used: how the picture is turned, its colours, the camera's settings
// and, where its owner agreed, roughly the place. Everything else ends here, for the renditions are encoded from pixels
// alone.
func readMetadata(w *work) (err error) {
	if err := w.rewind(); err != nil {
		return err
	}
	w.metadata, err = header.ReadMetadata(w.original, w.info.Format)
	if err != nil {
		return err
	}
	tags := readEXIF(w.metadata.EXIF)
	w.profile = profile(w.metadata, tags)
	w.turn = tags.orientation()
	if w.info.Format == header.HEIC { // which says itself how it is turned, and EXIF only repeats it
		w.turn = undone(w.metadata.Turns, tags)
	}
	w.photo.Capture = tags.capture()
	if w.place {
		w.photo.Capture.Place = tags.place()
	}
	w.photo.Width, w.photo.Height = w.turn.size(w.info.Width, w.info.Height)
	return nil
}

// undone returns what stands a HEIC upright whose container turned it wrongly. HMD's Nokias store pictures upright, say so
// in EXIF, and have the container turn them all the same. They name no maker there, so they are known by their firmware.
func undone(turns int, t tags) orientation {
	const firmware = "00WW_"
	if t.number("IFD0/Orientation") != 1 || t.text("IFD0/Make") != "" || !strings.HasPrefix(t.text("IFD0/Software"), firmware) {
		return 1
	}
	return [4]orientation{1, 6, 3, 8}[turns]
}

// profile returns what the file says of its colours, by a profile, by numbers or by a camera's habit; nil for sRGB and for
// what is not known.
func profile(m header.Metadata, t tags) *colour.Profile {
	switch {
	case m.ICC != nil:
		return embedded(m.ICC)
	case m.Coding != nil:
		return named(*m.Coding)
	case t.adobeRGB():
		return colour.AdobeRGB()
	}
	return nil
}

// named returns the profile for code points of ITU-T H.273: Display P3, as phones and PNG name it, is all that is used.
func named(c header.Coding) *colour.Profile {
	const p3, srgbCurve = 12, 13
	if c.Primaries == p3 && c.Transfer == srgbCurve {
		return colour.DisplayP3()
	}
	return nil
}
