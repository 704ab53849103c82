package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/disintegration/imaging"

	"fanfare/media"
	"fanfare/media/pipeline"
	"fanfare/server/demo/night"
	"fanfare/server/likeness"
)

// likenessRadius is the server's: within so many bits of another in its challenge a photo is flagged as a near duplicate.
const likenessRadius = 10

// variants are what happens to a photo between one entry and the next.
var variants = []struct {
	name    string
	quality int
	change  func(image.Image) image.Image
}{
	{"encoded again at quality 60", 60, func(m image.Image) image.Image { return m }},
	{"resized to 480", 82, func(m image.Image) image.Image { return imaging.Fit(m, 480, 480, imaging.Lanczos) }},
	{"sent by a messenger", 70, func(m image.Image) image.Image { return imaging.Fit(m, 1280, 1280, imaging.Box) }},
	{"cropped by 2 %", 90, func(m image.Image) image.Image { return cropped(m, 0.02) }},
	{"cropped by 5 %", 90, func(m image.Image) image.Image { return cropped(m, 0.05) }},
	{"brighter by 15 %", 90, func(m image.Image) image.Image { return imaging.AdjustBrightness(m, 15) }},
	{"darker by 15 %", 90, func(m image.Image) image.Image { return imaging.AdjustBrightness(m, -15) }},
	{"more contrast by 15 %", 90, func(m image.Image) image.Image { return imaging.AdjustContrast(m, 15) }},
	{"in other colours", 90, func(m image.Image) image.Image { return imaging.AdjustSaturation(m, -60) }},
}

// cropped takes a part of each side away, as much in all, and from two sides as one does by hand.
func cropped(m image.Image, part float64) image.Image {
	b := m.Bounds()
	dx, dy := int(float64(b.Dx())*part), int(float64(b.Dy())*part)
	return imaging.Crop(m, image.Rect(b.Min.X+dx/4, b.Min.Y+dy/4, b.Max.X-dx*3/4, b.Max.Y-dy*3/4))
}

// likenessFigures are what benchLikeness prints.
type likenessFigures struct {
	Hashes   int                  `json:"hashes"`
	SearchMS map[string]float64   `json:"search_ms"` // p50, p99, max
	Photos   int                  `json:"photos"`
	Radius   int                  `json:"radius"`
	Variants map[string]distances `json:"variants"`
	Others   distances            `json:"different_photos"`
}

// distances are in how many bits hashes differ.
type distances struct {
	Min    int     `json:"min"`
	P10    int     `json:"p10"`
	Median int     `json:"median"`
	P90    int     `json:"p90"`
	Max    int     `json:"max"`
	Near   float64 `json:"share_within_radius"`
}

func spread(all []int) (d distances) {
	if len(all) == 0 {
		return d
	}
	slices.Sort(all)
	at := func(part float64) int { return all[int(part*float64(len(all)-1))] }
	near, _ := slices.BinarySearch(all, likenessRadius+1)
	return distances{all[0], at(0.1), at(0.5), at(0.9), all[len(all)-1], float64(near) / float64(len(all))}
}

// benchLikeness measures how long a search among many hashes takes, and how far the hashes of changed copies and of
// different photos lie apart.
func benchLikeness(ctx context.Context, args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("fanbench likeness", flag.ContinueOnError)
	flags.SetOutput(progress)
	hashes := flags.Int("hashes", 1_000_000, "hashes to search in")
	folder := flags.String("photos", os.Getenv("FANFARE_PHOTOS"), "folder of JPEG photos to change, beside the demo's scenes")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *hashes < 1 {
		return errors.New("hashes must be at least 1, and there are no arguments")
	}
	f := likenessFigures{Hashes: *hashes, SearchMS: searches(*hashes), Radius: likenessRadius, Variants: map[string]distances{}}
	pictures, err := pictures(*folder)
	if err != nil {
		return err
	}
	f.Photos = len(pictures)
	var originals []uint64
	apart := map[string][]int{}
	for i, m := range pictures {
		fmt.Fprintf(progress, "photo %d of %d\n", i+1, len(pictures))
		original, err := hashOf(ctx, m, 92)
		if err != nil {
			return err
		}
		originals = append(originals, original)
		for _, v := range variants {
			hash, err := hashOf(ctx, v.change(m), v.quality)
			if err != nil {
				return err
			}
			apart[v.name] = append(apart[v.name], bits.OnesCount64(hash^original))
		}
	}
	for name, all := range apart {
		f.Variants[name] = spread(all)
	}
	f.Others = spread(between(originals))
	return json.NewEncoder(out).Encode(f)
}

// between is how far each two lie apart.
func between(hashes []uint64) (all []int) {
	for i, a := range hashes {
		for _, b := range hashes[:i] {
			all = append(all, bits.OnesCount64(a^b))
		}
	}
	return all
}

// searches measures searches among random hashes.
func searches(hashes int) map[string]float64 {
	random := rand.New(rand.NewPCG(1, 2))
	index := likeness.New[int]()
	for key := range hashes {
		index.Put(key, random.Uint64())
	}
	took := make([]float64, 500)
	for i := range took {
		begun := time.Now()
		index.Near(random.Uint64(), likenessRadius, 20)
		took[i] = float64(time.Since(begun).Microseconds()) / 1000
	}
	slices.Sort(took)
	return map[string]float64{"p50": took[len(took)/2], "p99": took[len(took)*99/100], "max": took[len(took)-1]}
}

// pictures reads the folder's JPEG photos, upright, and draws the demo's scenes. The same picture stored in eight
// orientations counts once.
func pictures(folder string) (all []image.Image, err error) {
	for _, scene := range night.Scenes() {
		all = append(all, scene.Draw())
	}
	if folder == "" {
		return all, nil
	}
	paths, err := filepath.Glob(filepath.Join(folder, "*.jpg"))
	for _, path := range paths {
		if oriented, _ := filepath.Match("*_[2-8].jpg", filepath.Base(path)); oriented {
			continue
		}
		if m, err := imaging.Open(path, imaging.AutoOrientation(true)); err == nil { // one of them is broken on purpose
			all = append(all, m)
		}
	}
	return all, err
}

// hashOf is what the pipeline makes of a picture that was encoded.
func hashOf(ctx context.Context, m image.Image, quality int) (hash uint64, err error) {
	folder, err := os.MkdirTemp("", "fanbench")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	var file bytes.Buffer
	if err := jpeg.Encode(&file, m, &jpeg.Options{Quality: quality}); err != nil {
		return 0, err
	}
	original := filepath.Join(folder, "original")
	if err := os.WriteFile(original, file.Bytes(), 0o600); err != nil {
		return 0, err
	}
	photo, err := pipeline.Render(ctx, media.Task{Original: original, Dir: folder})
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(photo.Perceptual, 16, 64)
}
