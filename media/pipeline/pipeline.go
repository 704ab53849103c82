// Package pipeline renders one photo as an ordered list of steps.
package pipeline

import (
	"context"

	"fanfare/media"
)

// Render is the media.Work of a render process.
func Render(ctx context.Context, original, dir string) (media.Photo, error) {
	return media.Photo{}, &media.Refused{Reason: media.Broken}
}
