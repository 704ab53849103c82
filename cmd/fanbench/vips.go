package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"
)

// vipsthumbnail is of Debian's package libvips-tools. It is what a site without code of its own would run.
const vipsthumbnail = "vipsthumbnail"

// vipsRenditions are the flags for the four files of a photo.
var vipsRenditions = map[string][]string{
	"2048":   {"--size", "2048x2048>"},
	"1024":   {"--size", "1024x1024>"},
	"480":    {"--size", "480x480>"},
	"square": {"--size", "160", "--smartcrop", "centre"},
}

// vips makes a photo's four renditions, each from the original, which is how vips does it fastest: it decodes at the
// scale that it needs. Only a photo in Display P3 is converted; a photo without a profile would come out darker.
func vips(ctx context.Context, k kind, photo, folder string) (figures, error) {
	var cpu, wall time.Duration
	for name, flags := range vipsRenditions {
		args := append([]string{photo, "--output", rendition(folder, "vips", name) + "[Q=82,strip]"}, flags...)
		if k.wide {
			args = append(args, "--export-profile", "srgb")
		}
		cmd := exec.CommandContext(ctx, vipsthumbnail, args...)
		begun := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("run %s, from the package libvips-tools: %w: %s", vipsthumbnail, err, out)
		}
		wall += time.Since(begun)
		cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	return figures{"cpu_ms": milliseconds(cpu), "latency_ms": milliseconds(wall)}, nil
}

// rendition is where a renderer leaves its file.
func rendition(folder, renderer, name string) string {
	return filepath.Join(folder, renderer+"-"+name+".jpg")
}
