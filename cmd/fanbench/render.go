package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"fanfare/cmd/fanbench/process"
	"fanfare/media"
	"fanfare/media/mediatest"
	"fanfare/media/pipeline"
)

// renderer starts a renderer of one process.
func (i ingest) renderer(folder string) (*media.Renderer, error) {
	return media.NewRenderer(filepath.Join(folder, "render"), []string{i.path, "render"}, 1)
}

// render renders a photo as the server does, in a render process that has rendered one before, and keeps the files. What
// this process does for it, as the server does, is counted too.
func (i ingest) render(ctx context.Context, photo, folder string) (_ figures, err error) {
	r, err := i.renderer(folder)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if _, err := timed(ctx, r, photo, folder); err != nil {
		return nil, err
	}
	before, err := process.UsageOf(os.Getpid())
	if err != nil {
		return nil, err
	}
	var latencies []time.Duration
	for range i.repeats {
		took, err := timed(ctx, r, photo, "")
		if err != nil {
			return nil, err
		}
		latencies = append(latencies, took)
	}
	after, err := process.UsageOf(os.Getpid())
	if err != nil {
		return nil, err
	}
	slices.Sort(latencies)
	f := figures{
		"cpu_ms":     milliseconds((after.CPU - before.CPU) / time.Duration(i.repeats)),
		"latency_ms": milliseconds(latencies[len(latencies)/2]),
	}
	for _, child := range process.ChildrenOf(os.Getpid()) {
		usage, err := process.UsageOf(child)
		if err != nil {
			return nil, err
		}
		f["peak_kb"] = kilobytes(usage.Peak)
	}
	return f, nil
}

// timed renders a photo, and keeps its files if a folder for them is named.
func timed(ctx context.Context, r *media.Renderer, photo, folder string) (time.Duration, error) {
	f, err := os.Open(photo)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }() // it was only read
	begun := time.Now()
	rendering, err := r.Render(ctx, f, media.Options{})
	if err != nil {
		return 0, err
	}
	took := time.Since(begun)
	for _, file := range rendering.Files {
		if folder != "" {
			err = errors.Join(err, os.Rename(file.Path, rendition(folder, "fanfare", file.Name)))
		}
	}
	return took, errors.Join(err, rendering.Close())
}

// processes measures what processes cost, by a photo that costs nothing itself.
func (i ingest) processes(ctx context.Context, folder string) (figures, error) {
	photo := filepath.Join(folder, "tiny.jpg")
	if err := os.WriteFile(photo, mediatest.JPEG(mediatest.Scene(16, 12)), 0o600); err != nil {
		return nil, err
	}
	var all []figures
	for range rounds {
		f, err := i.lives(ctx, photo, folder)
		if err != nil {
			return nil, err
		}
		if i.reference != "" {
			theirs, err := vips(ctx, kind{}, photo, folder)
			if err != nil {
				return nil, err
			}
			f["vips_cpu_ms"] = theirs["cpu_ms"]
		}
		all = append(all, f)
	}
	return medians(all), nil
}

// lives renders the tiny photo four times: the first starts a render process, the second finds it ready, the third finds
// it dead and starts another, and the fourth is rendered in this process, as if there were none.
func (i ingest) lives(ctx context.Context, photo, folder string) (_ figures, err error) {
	r, err := i.renderer(folder)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	f := figures{}
	for _, name := range []string{"started_ms", "ready_ms", "restarted_ms"} {
		if name == "restarted_ms" {
			for _, child := range process.ChildrenOf(os.Getpid()) {
				_ = syscall.Kill(child, syscall.SIGKILL) // the next photo tells
			}
		}
		took, err := timed(ctx, r, photo, "")
		if err != nil {
			return nil, err
		}
		f[name] = milliseconds(took)
	}
	direct, err := os.MkdirTemp(folder, "direct")
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	_, err = pipeline.Render(ctx, media.Task{Original: photo, Dir: direct})
	f["without_ms"] = milliseconds(time.Since(begun))
	return f, err
}
