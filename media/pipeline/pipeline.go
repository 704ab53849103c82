// Package pipeline renders one photo: an ordered list of steps from the original's bytes to the files that are served.
//
// It runs in a render process, one photo at a time, and trusts nothing it reads. A step is one file; what the next ones
// need, it leaves in the work.
package pipeline

import (
	"context"
	"fmt"
	"image"
	"os"

	"fanfare/media"
	"fanfare/media/colour"
	"fanfare/media/header"
	"fanfare/media/planar"
)

// steps are done in this order. The picture is resized before it is turned and recoloured, because both cost by the
// pixel.
var steps = []struct {
	name string
	do   func(*work) error
}{
	{"check", check},
	{"read metadata", readMetadata},
	{"decode", decode},
	{"shrink", shrink},
	{"convert colours", convertColours},
	{"flatten", flatten},
	{"orient", orient},
	{"cascade", cascade},
	{"encode", encode},
	{"placeholder", placeholder},
	{"perceptual hash", perceptual},
}

// work is a photo on its way through the steps.
type work struct {
	original *os.File
	dir      string // where the renditions go
	place    bool   // whether to read where the photo was taken
	info     media.Info
	metadata header.Metadata
	turn     orientation
	profile  *colour.Profile // of the picture's colours; nil for sRGB
	decoded  image.Image     // what is no JPEG of light and colour, as stored; gone after shrink
	pixels   *image.NRGBA    // the same at the largest rendition's size; gone after flatten
	planes   *planar.Planes  // the picture at the largest rendition's size
	sizes    []rendition     // largest first, the square last
	photo    media.Photo
}

// Render does the media.Work of a render process: it renders the task's photo into JPEG files in its folder.
func Render(ctx context.Context, t media.Task) (media.Photo, error) {
	f, err := os.Open(t.Original)
	if err != nil {
		return media.Photo{}, fmt.Errorf("open original: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	w := work{original: f, dir: t.Dir, place: t.Place}
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return media.Photo{}, err
		}
		if err := step.do(&w); err != nil {
			return media.Photo{}, fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return w.photo, nil
}
