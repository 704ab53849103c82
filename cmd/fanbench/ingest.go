package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"

	"fanfare/cmd/fanbench/picture"
	"fanfare/media/colour"
	"fanfare/media/fidelity"
)

// ingest is how `fanbench ingest` runs.
type ingest struct {
	path      string // the program whose render processes are measured
	reference string
	photo     string // enlarged to all sizes; empty for drawn ones
	repeats   int
	smaller   int // all sides are divided by it
}

// kind is a photo to render. All have the shape of phones' sensors, and sides that divide into the renditions'.
type kind struct {
	name          string
	width, height int
	wide          bool // in Display P3
}

func (i ingest) kinds() []kind {
	all := []kind{
		{"12 MP", 4000, 3000, false},
		{"24 MP", 5664, 4248, false},
		{"50 MP", 8160, 6120, false},
		{"12 MP in Display P3", 4000, 3000, true},
	}
	for n := range all {
		all[n].width, all[n].height = all[n].width/i.smaller, all[n].height/i.smaller
	}
	return all
}

// benchIngest renders photos, beside vips if that is wanted.
func benchIngest(ctx context.Context, args []string, out, progress io.Writer) error {
	var i ingest
	flags := flag.NewFlagSet("fanbench ingest", flag.ContinueOnError)
	flags.SetOutput(progress)
	flags.StringVar(&i.path, "fanfare", besideMe(), "the program to measure")
	flags.StringVar(&i.reference, "reference", "", "compare with other software: vips")
	flags.StringVar(&i.photo, "photo", "", "a photo to enlarge to all sizes, in place of drawn ones")
	flags.IntVar(&i.repeats, "repeats", 5, "photos of each kind in a round")
	flags.IntVar(&i.smaller, "smaller", 1, "divide all sides by this number, for a quick look")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || i.repeats < 1 || i.smaller < 1 || i.reference != "" && i.reference != "vips" {
		return errors.New("repeats and smaller must be at least 1, the reference vips or none, and there are no arguments")
	}
	return i.run(ctx, out, progress)
}

func (i ingest) run(ctx context.Context, out, progress io.Writer) (err error) {
	folder, err := os.MkdirTemp("", "fanbench")
	if err != nil {
		return fmt.Errorf("create temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	report := map[string]any{"bench": "ingest", "rounds": rounds, "repeats": i.repeats}
	process, err := i.processes(ctx, folder)
	if err != nil {
		return fmt.Errorf("measure render process: %w", err)
	}
	report["process"] = process
	ratios, started := figures{}, figures{}
	for _, k := range i.kinds() {
		measured, err := i.measure(ctx, k, folder, progress)
		if err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
		report[k.name] = measured
		if theirs := measured.Vips; theirs != nil {
			ours := measured.Fanfare["cpu_ms"]
			ratios[k.name] = ratio(ours, theirs["cpu_ms"])
			started[k.name] = ratio(ours, theirs["cpu_ms"]-process["vips_cpu_ms"])
		}
	}
	if i.reference != "" {
		report["reference"], report["ratio_cpu"], report["ratio_cpu_without_start"] = i.reference, ratios, started
	}
	return json.NewEncoder(out).Encode(report)
}

// measured are the medians of one kind's rounds.
type measured struct {
	Width   int     `json:"width"`
	Height  int     `json:"height"`
	Bytes   int     `json:"bytes"`
	Fanfare figures `json:"fanfare"`
	Vips    figures `json:"vips,omitempty"`
	// Quality is by rendition.
	Quality map[string]figures `json:"quality"`
}

func (i ingest) measure(ctx context.Context, k kind, folder string, progress io.Writer) (measured, error) {
	fmt.Fprintf(progress, "%s: preparing a photo of %d × %d\n", k.name, k.width, k.height)
	m := measured{Width: k.width, Height: k.height}
	photo := filepath.Join(folder, "photo.jpg")
	var err error
	if m.Bytes, err = i.prepare(k, photo); err != nil {
		return m, err
	}
	var ours, theirs []figures
	for round := range rounds {
		f, err := i.render(ctx, photo, folder)
		if err != nil {
			return m, fmt.Errorf("fanfare: %w", err)
		}
		fmt.Fprintf(progress, "%s, fanfare, round %d: %s\n", k.name, round+1, f)
		ours = append(ours, f)
		if i.reference == "" {
			continue
		}
		if f, err = vips(ctx, k, photo, folder); err != nil {
			return m, err
		}
		fmt.Fprintf(progress, "%s, vips, round %d: %s\n", k.name, round+1, f)
		theirs = append(theirs, f)
	}
	m.Fanfare = medians(ours)
	if theirs != nil {
		m.Vips = medians(theirs)
	}
	m.Quality, err = i.quality(k, photo, folder)
	return m, err
}

// prepare writes the photo and returns its size.
func (i ingest) prepare(k kind, file string) (int, error) {
	var source image.Image
	var err error
	if i.photo == "" {
		source = picture.Draw(k.width, k.height)
	} else if source, err = picture.Enlarge(i.photo, k.width, k.height); err != nil {
		return 0, err
	}
	photo, err := picture.Encode(source, k.wide)
	if err != nil {
		return 0, err
	}
	return len(photo), os.WriteFile(file, photo, 0o600)
}

// judged are the renditions that keep the photo's shape. Squares are cut a part of a pixel apart, and that alone would be
// measured.
var judged = []string{"2048", "1024", "480"}

// quality compares renditions with the exact ones.
func (i ingest) quality(k kind, photo, folder string) (map[string]figures, error) {
	original, err := picture.Open(photo)
	if err != nil {
		return nil, err
	}
	renderers := []string{"fanfare"}
	if i.reference != "" {
		renderers = append(renderers, i.reference)
	}
	report := map[string]figures{}
	for _, name := range judged {
		f := figures{}
		for _, renderer := range renderers {
			got, err := picture.Open(rendition(folder, renderer, name))
			if err != nil {
				return nil, err
			}
			exact := picture.Lanczos(original, got.Rect.Dx(), got.Rect.Dy())
			if k.wide {
				colour.DisplayP3().ToSRGB(exact)
			}
			f["psnr_"+renderer] = round(fidelity.PSNR(got, exact), 100)
			f["ssim_"+renderer] = round(fidelity.SSIM(got, exact), 10_000)
		}
		report[name] = f
	}
	return report, nil
}
