package media

// Reasons for refusing a photo. They are stable codes: the API hands them on.
const (
	UnsupportedType = "unsupported_type"
	TooLarge        = "too_large"
	TooManyPixels   = "too_many_pixels"
	SideTooLong     = "side_too_long"
	TooManyScans    = "too_many_scans"
	Broken          = "broken"
	TookTooLong     = "took_too_long"
)

// Refused is the permanent judgement on a photo: trying again yields the same.
type Refused struct {
	// Reason is one of the constants above.
	Reason string `json:"reason"`
	// Format names the file's format ("heic", "avif", "gif", "tiff", "svg", …), where it is known.
	Format string `json:"format,omitempty"`
	// Cause tells the operator more; it is not for the fan.
	Cause string `json:"cause,omitempty"`
}

// Error implements error.
func (r *Refused) Error() string {
	s := "photo refused: " + r.Reason
	if r.Format != "" {
		s += " " + r.Format
	}
	if r.Cause != "" {
		s += ": " + r.Cause
	}
	return s
}
