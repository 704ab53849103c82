package pipeline

import (
	"errors"

	"fanfare/media/colour"
)

// convertColours brings the picture to sRGB, which is what a file without a profile is taken for. A profile that colour
// does not read leaves the numbers as they are: wrong by a shade, where a refusal would cost the entry.
func convertColours(w *work) error {
	if w.metadata.ICC == nil {
		return nil
	}
	profile, err := colour.Parse(w.metadata.ICC)
	if errors.Is(err, colour.ErrUnsupported) {
		return nil
	}
	if err != nil {
		return err
	}
	if !profile.IsSRGB() {
		profile.ToSRGB(w.largest)
	}
	return nil
}
