package pipeline

import "fanfare/media/colour"

// convertColours brings the picture to sRGB.
func convertColours(w *work) error {
	switch {
	case w.profile == nil:
	case w.planes != nil:
		w.planes.Recolour(w.profile.ToSRGB)
	default:
		w.profile.ToSRGB(w.pixels)
	}
	return nil
}

// embedded returns what an embedded profile demands: nil for nothing, where it is sRGB or colour does not read it. That
// leaves the numbers as they are: wrong by a shade, where a refusal would cost the entry.
func embedded(icc []byte) *colour.Profile {
	profile, err := colour.Parse(icc)
	if err != nil || profile.IsSRGB() {
		return nil
	}
	return profile
}
