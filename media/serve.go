package media

import (
	"context"
	"io"
)

// Work renders the photo in the file original into files in dir. It is pipeline.Render, except in tests. File.Path of
// what it returns is a name within dir.
type Work func(ctx context.Context, original, dir string) (Photo, error)

// ServeRender is the whole life of a render process: it limits its own memory, does jobs from in, answers on out, and
// returns when in ends. The process must exit then, even if a job still runs.
func ServeRender(in io.Reader, out io.Writer, work Work) error { return nil }
