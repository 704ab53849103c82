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
	"slices"

	"fanfare/media"
	"fanfare/media/colour"
	"fanfare/media/header"
	"fanfare/media/planar"
)

// step is one of the things that are done with a photo.
type step struct {
	name string
	do   func(*work) error
}

// upright are the steps to the picture as people see it, in this order. It is resized before it is turned and recoloured,
// because both cost by the pixel.
var upright = []step{
	{"check", check},
	{"read metadata", readMetadata},
	{"decode", decode},
	{"shrink", shrink},
	{"convert colours", convertColours},
	{"flatten", flatten},
	{"orient", orient},
}

// What follows: all that an entry has of its photo, or parts of it for other places.
var (
	renditions = []step{
		{"cascade", cascade},
		{"encode", encode},
		{"placeholder", placeholder},
		{"perceptual hash", perceptual},
	}
	cuts = []step{
		{"cut", cut},
		{"encode", encode},
	}
)

// work is a photo on its way through the steps.
type work struct {
	original *os.File
	dir      string // where the renditions go
	place    bool   // whether to read where the photo was taken
	cuts     []media.Cut
	info     media.Info
	metadata header.Metadata
	turn     orientation
	profile  *colour.Profile // of the picture's colours; nil for sRGB
	decoded  image.Image     // what is no JPEG of light and colour, as stored; gone after shrink
	pixels   *image.NRGBA    // the same at the largest rendition's size; gone after flatten
	planes   *planar.Planes  // the picture at the largest rendition's size
	sizes    []rendition     // largest first, the square last; or the cuts
	quality  int             // of the files
	photo    media.Photo
}

// Render does the media.Work of a render process: it renders the task's photo into JPEG files in its folder, the cuts where the task
// asks for some.
func Render(ctx context.Context, t media.Task) (media.Photo, error) {
	f, err := os.Open(t.Original)
	if err != nil {
		return media.Photo{}, fmt.Errorf("open original: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	w := work{original: f, dir: t.Dir, place: t.Place, cuts: t.Cuts, quality: quality}
	then := renditions
	if len(t.Cuts) > 0 {
		then = cuts
	}
	for _, step := range slices.Concat(upright, then) {
		if err := ctx.Err(); err != nil {
			return media.Photo{}, err
		}
		if err := step.do(&w); err != nil {
			return media.Photo{}, fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return w.photo, nil
}
