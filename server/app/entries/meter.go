package entries

import (
	"context"
	"errors"
	"io"
	"time"

	"fanfare/media"
)

// Meter is told what becomes of photos that are rendered. A nil function tells nobody.
type Meter struct {
	// Rendered is told an original's format, and how long its rendering took, with the wait for its turn.
	Rendered func(format string, took time.Duration)
	// Rejected is told why an original that had passed the look at its header could not be rendered.
	Rejected func(reason string)
}

// metered renders an original and tells the meter.
func (s *Service) metered(ctx context.Context, original io.Reader, o media.Options) (*media.Rendering, error) {
	began := time.Now()
	rendering, err := s.renderer.Render(ctx, original, o)
	refused, isRefused := errors.AsType[*media.Refused](err)
	switch {
	case err == nil && s.meter.Rendered != nil:
		s.meter.Rendered(rendering.Format, time.Since(began))
	case isRefused && s.meter.Rejected != nil:
		s.meter.Rejected(refused.Reason)
	}
	return rendering, err
}
