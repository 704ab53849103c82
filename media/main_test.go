package media_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fanfare/media"
	"fanfare/media/header"
	"fanfare/media/pipeline"
)

// TestMain is also the render process of these tests: started as "TEST render WORK", the test binary is a child.
func TestMain(m *testing.M) {
	if len(os.Args) < 3 || os.Args[1] != "render" {
		goleak.VerifyTestMain(m)
		return
	}
	work, known := works[os.Args[2]]
	if !known {
		os.Exit(1)
	}
	if err := media.ServeRender(os.Stdin, os.Stdout, work); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// works are what a child does with a photo: the real work, and every way to go wrong.
var works = map[string]media.Work{
	"pipeline": pipeline.Render,
	"process": func(context.Context, media.Task) (media.Photo, error) {
		return media.Photo{Width: os.Getpid()}, nil
	},
	"environment": func(context.Context, media.Task) (media.Photo, error) {
		return media.Photo{Perceptual: strings.Join(os.Environ(), " ")}, nil
	},
	"fail": func(context.Context, media.Task) (media.Photo, error) {
		return media.Photo{}, errors.New("the disk is gone")
	},
	"refuse": func(context.Context, media.Task) (media.Photo, error) {
		return media.Photo{}, fmt.Errorf("decode: %w", &media.Refused{Reason: media.Broken, Format: "png", Cause: "why"})
	},
	"hang": func(context.Context, media.Task) (media.Photo, error) {
		for turns := new(atomic.Int64); ; {
			turns.Add(1)
		}
	},
	"idle": func(ctx context.Context, _ media.Task) (media.Photo, error) {
		<-ctx.Done()
		return media.Photo{}, ctx.Err()
	},
	"panic": func(context.Context, media.Task) (media.Photo, error) {
		go func() { panic("a bug in a codec") }() // where no recover of ours could help
		select {}
	},
	"killed": func(context.Context, media.Task) (media.Photo, error) {
		self, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = self.Kill()
		}
		return media.Photo{}, err
	},
	"die once": func(context.Context, media.Task) (media.Photo, error) {
		if err := os.Mkdir(os.Args[3], 0o700); err == nil {
			os.Exit(2)
		}
		return media.Photo{Width: 1}, nil
	},
	"devour": func(context.Context, media.Task) (media.Photo, error) {
		var hoard [][]byte
		for range 64 {
			hoard = append(hoard, make([]byte, 256<<20))
		}
		return media.Photo{Width: len(hoard)}, nil
	},
	"lie": func(context.Context, media.Task) (media.Photo, error) {
		return media.Photo{Files: []media.File{{Name: "2048", Path: "../../passwd"}}}, nil
	},
	"babble": func(context.Context, media.Task) (media.Photo, error) {
		return media.Photo{Perceptual: strings.Repeat("x", 1<<20)}, nil
	},
	"count": count,
	"hang heic": func(ctx context.Context, task media.Task) (media.Photo, error) {
		file, err := os.ReadFile(task.Original)
		if err == nil && header.Sniff(file) == header.HEIC {
			err = os.WriteFile(os.Args[3], nil, 0o600)
			<-ctx.Done()
		}
		return media.Photo{}, err
	},
	"print": func(context.Context, media.Task) (media.Photo, error) {
		_, err := fmt.Println(`{"photo":{"width":1}}`)
		return media.Photo{Width: 7}, err
	},
	"pipeline with pid": func(ctx context.Context, task media.Task) (media.Photo, error) {
		if err := os.WriteFile(os.Args[3], []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
			return media.Photo{}, err
		}
		return pipeline.Render(ctx, task)
	},
}

// count holds a place among the running tasks and returns how many there were at most. It waits a moment for others, so
// that tasks overlap if they may.
func count(_ context.Context, task media.Task) (media.Photo, error) {
	dir := filepath.Dir(task.Dir)
	mark := filepath.Join(dir, "running-"+filepath.Base(task.Dir))
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		return media.Photo{}, err
	}
	most := 0
	for start := time.Now(); time.Since(start) < 200*time.Millisecond; {
		running, err := filepath.Glob(filepath.Join(dir, "running-*"))
		if err != nil {
			return media.Photo{}, err
		}
		most = max(most, len(running))
		time.Sleep(5 * time.Millisecond)
	}
	return media.Photo{Width: most}, os.Remove(mark)
}

// discard closes a rendering.
func discard(t testing.TB, rendering *media.Rendering) {
	t.Helper()
	if err := rendering.Close(); err != nil {
		t.Error(err)
	}
}

// newRenderer returns a renderer of children that do the named work.
func newRenderer(t testing.TB, slots int, work ...string) *media.Renderer {
	t.Helper()
	return rendererIn(t, t.TempDir(), slots, work...)
}

func rendererIn(t testing.TB, dir string, slots int, work ...string) *media.Renderer {
	t.Helper()
	r, err := media.NewRenderer(dir, append([]string{os.Args[0], "render"}, work...), slots)
	if err != nil {
		t.Fatal(err)
	}
	r.SetJobTime(5 * time.Minute) // tests share their machine, some with the race detector
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}
