package media_test

import (
	"bytes"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fanfare/media"
	"fanfare/media/mediatest"
)

func TestHEICsAreRenderedOneAtATimeBesideOthers(t *testing.T) {
	mediatest.Codec(t)
	if most := mostAtOnce(t, newRenderer(t, 2, "count"), mediatest.HEIC{}.File(), 3); most != 1 {
		t.Errorf("%d HEICs were in work at once, want 1", most)
	}
}

func TestAHEICInWorkLeavesTheOtherSlotsFree(t *testing.T) {
	mediatest.Codec(t)
	begun := filepath.Join(t.TempDir(), "begun")
	r := newRenderer(t, 1, "hang heic", begun)
	ended := make(chan error, 1)
	go func() {
		_, err := r.Render(t.Context(), bytes.NewReader(mediatest.HEIC{}.File()), media.Options{})
		ended <- err
	}()
	await(t, func() bool {
		_, err := os.Stat(begun)
		return err == nil
	})
	rendering, err := r.Render(t.Context(), photo(), media.Options{})
	if err != nil {
		t.Fatal(err)
	}
	discard(t, rendering)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, media.ErrClosed) {
		t.Errorf("the HEIC ended with %v, want ErrClosed", err)
	}
}

func TestWhoHasOtherPhotosToRenderIsToldOfAHEIC(t *testing.T) {
	mediatest.Codec(t)
	_, err := newRenderer(t, 1, "hang heic", filepath.Join(t.TempDir(), "begun")).
		Render(t.Context(), bytes.NewReader(mediatest.HEIC{}.File()), media.Options{Quick: true})
	if !errors.Is(err, media.ErrSlow) {
		t.Errorf("got %v, want ErrSlow", err)
	}
}

// await waits until a condition holds.
func await(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not come about")
		}
	}
}

// What a codec prints must not be taken for the child's answer.
func TestAChildsAnswersAreItsOwn(t *testing.T) {
	rendering, err := newRenderer(t, 1, "print").Render(t.Context(), photo(), media.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer discard(t, rendering)
	if rendering.Width != 7 {
		t.Errorf("the answer says %d, want 7", rendering.Width)
	}
}

func TestHostileHEICsAreRefusedBeforeTheCodec(t *testing.T) {
	mediatest.Codec(t)
	r := newRenderer(t, 1, "no such work") // a child would fail
	for name, c := range map[string]struct {
		file   []byte
		reason string
	}{
		"a picture that claims 20,000²": {mediatest.HEIC{Width: 20_000, Height: 20_000}.File(), media.Broken},
		"a grid of 65,000 tiles":        {mediatest.HEIC{Columns: 255, Rows: 255, Tiles: 9}.File(), media.Broken},
		"a grid of 16,384 pixels":       {mediatest.HEIC{Columns: 64, Rows: 1}.File(), media.SideTooLong},
		"a grid of 90 MP":               {mediatest.HEIC{Columns: 43, Rows: 43}.File(), media.TooManyPixels},
		"a description without end":     {mediatest.HEIC{Between: []byte("\x00\x00\x00\x00meta")}.File(), media.Broken},
	} {
		_, err := r.Render(t.Context(), bytes.NewReader(c.file), media.Options{})
		if refused, ok := errors.AsType[*media.Refused](err); !ok || refused.Reason != c.reason {
			t.Errorf("%s: got %v, want %s", name, err, c.reason)
		}
	}
}

func TestRealHEICsComeOutUprightAndGiveTheirMemoryBack(t *testing.T) {
	dir := photos(t)
	mediatest.Codec(t)
	pid := filepath.Join(t.TempDir(), "pid")
	r := newRenderer(t, 1, "pipeline with pid", pid)
	for name, want := range map[string]image.Point{
		"HMD_Nokia_8.3_5G.heif":  {4608, 3456},
		"iphone_13_pro_max.HEIC": {3024, 4032},
	} {
		rendering, err := renderFile(t, r, filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := (image.Point{rendering.Width, rendering.Height}); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		if rendering.Capture.Make == "" && !strings.HasPrefix(name, "HMD") {
			t.Errorf("%s: no camera was read", name)
		}
		checkClean(t, rendering.Files)
		discard(t, rendering)
	}
	id, err := os.ReadFile(pid)
	if err != nil {
		t.Fatal(err)
	}
	status, err := os.ReadFile("/proc/" + string(id) + "/status")
	if err != nil {
		t.Skip("this system tells no process's memory")
	}
	resident := 0
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "VmRSS:") {
			for _, digit := range line {
				if digit >= '0' && digit <= '9' {
					resident = 10*resident + int(digit-'0')
				}
			}
		}
	}
	if resident>>10 > 100 {
		t.Errorf("the idle child holds %d MB", resident>>10)
	}
}
