package media_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"fanfare/media"
	"fanfare/media/mediatest"
)

// photo is an original whose header passes; most works of these tests do not look further.
func photo() io.Reader { return bytes.NewReader(mediatest.PNG(mediatest.Scene(40, 30))) }

func wantRefused(t *testing.T, err error, reason string) media.Refused {
	t.Helper()
	refused, ok := errors.AsType[*media.Refused](err)
	if !ok || refused.Reason != reason {
		t.Fatalf("got %v, want refused as %s", err, reason)
	}
	return *refused
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestARenderingHasItsFilesUntilItIsClosed(t *testing.T) {
	dir := t.TempDir()
	r := rendererIn(t, dir, 1, "pipeline")
	rendering, err := r.Render(t.Context(), bytes.NewReader(mediatest.JPEG(mediatest.Scene(160, 120))), media.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rendering.Files {
		if b, err := os.ReadFile(f.Path); err != nil || len(b) != f.Bytes {
			t.Errorf("%s: %d bytes, %v; want %d", f.Name, len(b), err, f.Bytes)
		}
	}
	if n := len(entries(t, filepath.Dir(rendering.Files[0].Path))); n != 4 {
		t.Errorf("%d files in the job's folder, want the four renditions", n)
	}
	if err := rendering.Close(); err != nil {
		t.Error(err)
	}
	if left := entries(t, dir); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func TestOneChildRendersManyPhotos(t *testing.T) {
	r := newRenderer(t, 1, "process")
	var pids []int
	for range 3 {
		rendering, err := r.Render(t.Context(), photo(), media.Options{})
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, rendering.Width)
		discard(t, rendering)
	}
	if pids[0] != pids[1] || pids[1] != pids[2] || pids[0] == os.Getpid() {
		t.Errorf("rendered by processes %v, want one child", pids)
	}
}

// The parent's environment holds secrets.
func TestAChildSeesNoEnvironment(t *testing.T) {
	t.Setenv("FANFARE_SECRET", "hunter2")
	rendering, err := newRenderer(t, 1, "environment").Render(t.Context(), photo(), media.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer discard(t, rendering)
	if runtime.GOOS != "windows" && rendering.Perceptual != "" || strings.Contains(rendering.Perceptual, "hunter2") {
		t.Errorf("the child's environment is %q", rendering.Perceptual)
	}
}

func TestRefusalsComeThroughWhole(t *testing.T) {
	_, err := newRenderer(t, 1, "refuse").Render(t.Context(), photo(), media.Options{})
	if refused := wantRefused(t, err, media.Broken); refused.Format != "png" || refused.Cause != "why" {
		t.Errorf("got %+v", refused)
	}
}

func TestAHangingPhotoIsKilledAndTheSlotIsFreed(t *testing.T) {
	dir := t.TempDir()
	r := rendererIn(t, dir, 1, "hang")
	r.SetJobTime(100 * time.Millisecond)
	for range 2 {
		_, err := r.Render(t.Context(), photo(), media.Options{})
		for errors.Is(err, media.ErrStarved) { // the machine is busy
			_, err = r.Render(t.Context(), photo(), media.Options{})
		}
		wantRefused(t, err, media.TookTooLong)
	}
	if left := entries(t, dir); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

// On a crowded machine a good photo must not be refused for ever.
func TestAPhotoThatGetsNoProcessorIsWorthALaterTry(t *testing.T) {
	r := newRenderer(t, 1, "idle")
	r.SetJobTime(100 * time.Millisecond)
	if _, err := r.Render(t.Context(), photo(), media.Options{}); !errors.Is(err, media.ErrStarved) {
		t.Errorf("got %v, want ErrStarved", err)
	}
}

func TestAPhotoThatKillsTwoChildrenIsBroken(t *testing.T) {
	_, err := newRenderer(t, 1, "panic").Render(t.Context(), photo(), media.Options{})
	if refused := wantRefused(t, err, media.Broken); !strings.Contains(refused.Cause, "a bug in a codec") {
		t.Errorf("the cause is %q, want the child's last words", refused.Cause)
	}
}

func TestAPhotoWhoseChildrenWereKilledFromOutsideIsWorthALaterTry(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("nobody tells here who ended a process")
	}
	_, err := newRenderer(t, 1, "killed").Render(t.Context(), photo(), media.Options{})
	if !errors.Is(err, media.ErrStarved) {
		t.Errorf("got %v, want ErrStarved", err)
	}
}

func TestAChildThatDiesOnceIsReplaced(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "died")
	rendering, err := newRenderer(t, 1, "die once", mark).Render(t.Context(), photo(), media.Options{})
	if err != nil {
		t.Fatal(err)
	}
	discard(t, rendering)
	if _, err := os.Stat(mark); err != nil {
		t.Errorf("no child died: %v", err)
	}
}

func TestAPhotoThatDevoursMemoryIsBroken(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("memory is limited on Linux only")
	}
	_, err := newRenderer(t, 1, "devour").Render(t.Context(), photo(), media.Options{})
	// The runtime says "out of memory", or breaks where its own collector got none.
	if refused := wantRefused(t, err, media.Broken); !strings.Contains(refused.Cause, "render process died") {
		t.Errorf("the cause is %q, want the death of the process", refused.Cause)
	}
}

func TestWhatIsNotThePhotosFaultIsNoRefusal(t *testing.T) {
	gone := errors.New("the bucket is gone")
	for _, c := range []struct {
		work     string
		original io.Reader
	}{
		{"fail", photo()},
		{"lie", photo()},
		{"no such work", photo()}, // the child ends before it is ready
		{"process", io.MultiReader(io.LimitReader(photo(), 100), iotest.ErrReader(gone))},
	} {
		dir := t.TempDir()
		_, err := rendererIn(t, dir, 1, c.work).Render(t.Context(), c.original, media.Options{})
		if _, refused := errors.AsType[*media.Refused](err); err == nil || refused {
			t.Errorf("%s: got %v, want an error that is worth a retry", c.work, err)
		}
		if left := entries(t, dir); len(left) > 0 {
			t.Errorf("%s: left %v", c.work, left)
		}
	}
}

func TestAnEndlessAnswerIsNotRead(t *testing.T) {
	_, err := newRenderer(t, 1, "babble").Render(t.Context(), photo(), media.Options{})
	wantRefused(t, err, media.Broken)
}

func TestAMissingProgramIsNoRefusal(t *testing.T) {
	r, err := media.NewRenderer(t.TempDir(), []string{filepath.Join(t.TempDir(), "none")}, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	_, err = r.Render(t.Context(), photo(), media.Options{})
	if _, refused := errors.AsType[*media.Refused](err); err == nil || refused {
		t.Errorf("got %v, want an error that is worth a retry", err)
	}
}

func TestACancelledRenderEndsAtOnce(t *testing.T) {
	r := newRenderer(t, 1, "hang")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := r.Render(ctx, photo(), media.Options{})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the context's error", err)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("took %s", d)
	}
}

func TestClosingEndsPhotosInProgressAndLaterOnes(t *testing.T) {
	r := newRenderer(t, 1, "hang")
	results := make(chan error, 3)
	for range cap(results) { // one in its child, the others waiting for the slot
		go func() {
			_, err := r.Render(t.Context(), photo(), media.Options{})
			results <- err
		}()
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	for range cap(results) {
		if err := <-results; !errors.Is(err, media.ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
	}
	if _, err := r.Render(t.Context(), photo(), media.Options{}); !errors.Is(err, media.ErrClosed) {
		t.Errorf("after closing: got %v, want ErrClosed", err)
	}
}

// A child must not outlive a parent that was killed: its input ends then.
func TestAChildEndsWithItsInputEvenInTheMiddleOfAJob(t *testing.T) {
	child := exec.Command(os.Args[0], "render", "hang")
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintln(in, `{"original":"x","dir":"y"}`); err != nil {
		t.Fatal(err)
	}
	in.Close()
	watchdog := time.AfterFunc(20*time.Second, func() { _ = child.Process.Kill() })
	defer watchdog.Stop()
	if err := child.Wait(); err != nil {
		t.Errorf("the child ended with %v", err)
	}
}

// mostAtOnce renders a photo so many times at once, by the work "count", and returns how many were in work together.
func mostAtOnce(t *testing.T, r *media.Renderer, file []byte, times int) (most int) {
	t.Helper()
	var mu sync.Mutex // guards most
	var wg sync.WaitGroup
	for range times {
		wg.Go(func() {
			rendering, err := r.Render(t.Context(), bytes.NewReader(file), media.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			defer discard(t, rendering)
			mu.Lock()
			defer mu.Unlock()
			most = max(most, rendering.Width)
		})
	}
	wg.Wait()
	return most
}

func TestTheGateHoldsBackLargePhotos(t *testing.T) {
	large := mediatest.PNGHeader(6000, 4900, 8, 2) // two of them fit, three do not
	if most := mostAtOnce(t, newRenderer(t, 4, "count"), large, 8); most != 2 {
		t.Errorf("%d photos of 29 MP were in work at once, want 2", most)
	}
}

func TestTwentyPhotosAtOnceAreAllRendered(t *testing.T) {
	r := newRenderer(t, 2, "pipeline")
	original := mediatest.JPEG(mediatest.Scene(160, 120))
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			rendering, err := r.Render(t.Context(), bytes.NewReader(original), media.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			if len(rendering.Files) != 4 {
				t.Errorf("%d files, want 4", len(rendering.Files))
			}
			discard(t, rendering)
		})
	}
	wg.Wait()
}

func TestFoldersOfDeadProcessesAreSwept(t *testing.T) {
	dir := t.TempDir()
	old, fresh, other := filepath.Join(dir, "job-old"), filepath.Join(dir, "job-fresh"), filepath.Join(dir, "other")
	for _, name := range []string{old, fresh, other} {
		if err := os.MkdirAll(filepath.Join(name, "inside"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	longAgo := time.Now().Add(-2 * time.Hour)
	for _, name := range []string{old, other} {
		if err := os.Chtimes(name, longAgo, longAgo); err != nil {
			t.Fatal(err)
		}
	}
	rendererIn(t, dir, 1, "process")
	if left := entries(t, dir); len(left) != 2 || left[0] != fresh || left[1] != other {
		t.Errorf("left %v, want the fresh job and what is none", left)
	}
}

func TestARendererNeedsSlotsAndACommand(t *testing.T) {
	if _, err := media.NewRenderer(t.TempDir(), nil, 1); err == nil {
		t.Error("no command was accepted")
	}
	if _, err := media.NewRenderer(t.TempDir(), []string{"x"}, 0); err == nil {
		t.Error("no slots were accepted")
	}
}
