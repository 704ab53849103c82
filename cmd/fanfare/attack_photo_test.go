package main

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/disintegration/imaging"

	"fanfare/media/blob/blobtest"
	"fanfare/media/mediatest"
	"fanfare/server/app/entries"
	"fanfare/server/contest"
)

// onEachStore runs a test with photos in a folder and in an S3 store.
func onEachStore(t *testing.T, test func(t *testing.T, i *installation)) {
	t.Run("folder", func(t *testing.T) { test(t, install(t, nil)) })
	t.Run("S3", func(t *testing.T) { test(t, install(t, nil, overS3(t, blobtest.StartMinIO(t, t.TempDir()).Addr)...)) })
}

// status waits until a submitted photo was judged, and returns how.
func (i *installation) status(id, token string) (status string) {
	i.t.Helper()
	i.within(mediaDrained, "the photo is judged", func() bool {
		status = i.get("/api/v1/entries/"+id, token).text("status")
		return status != string(contest.Processing)
	})
	return status
}

// overwrite puts other bytes in the place of an object, as a failing disk would.
func (i *installation) overwrite(key string, change func([]byte) []byte) {
	i.t.Helper()
	c := must(parseConfig(append([]string{"--data", i.data}, i.flags...), os.Getenv, new(bytes.Buffer)))(i.t)
	b := must(openParts(i.t.Context(), c, (*backends).openMedia))(i.t)
	defer b.close() //nolint:errcheck // the test's own handle
	r, object, err := b.bucket.Open(i.t.Context(), key)
	if err != nil {
		i.t.Fatal(err)
	}
	content := make([]byte, object.Size)
	if _, err := io.ReadFull(r, content); err != nil {
		i.t.Fatal(err)
	}
	r.Close()
	if _, err := b.bucket.Put(i.t.Context(), key, bytes.NewReader(change(content)), entries.MaxOriginal); err != nil {
		i.t.Fatal(err)
	}
}

// CHECKS 59: a flipped bit is found, never served, and mended where it can be.
func TestAFlippedBitInAStoredPhotoIsFoundNotServedAndMended(t *testing.T) {
	onEachStore(t, func(t *testing.T, i *installation) {
		id := i.published(i.guest(), "one")
		e := must(i.app.entries.Entry(t.Context(), contest.EntryID(id)))(t)
		flip := func(b []byte) []byte { b = bytes.Clone(b); b[len(b)/2] ^= 1; return b }
		rendition := entries.PhotoPrefix + e.Photo.Renditions[0].Key
		i.overwrite(rendition, flip)
		if r := i.get(i.renditions(id)[0], ""); r.Status != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
			t.Errorf("a damaged photo: %d, want 503", r.Status)
		}
		verify := func() (string, error) { return command(t, append([]string{"verify", "--data", i.data}, i.flags...)...) }
		if out, err := verify(); err == nil || !strings.Contains(out, rendition) {
			t.Errorf("verify does not name it: %v", err)
		}
		i.fanfare("rebuild", "renditions")
		if out, err := verify(); err != nil {
			t.Errorf("verify after the rebuild: %v\n%s", err, out)
		}
		i.eventually("it is served again", func() bool { return i.get(i.renditions(id)[0], "").Status == http.StatusOK })
		i.overwrite(e.Original, flip)
		if out, err := verify(); err == nil || !strings.Contains(out, e.Original) {
			t.Errorf("verify does not name the original: %v", err)
		}
	})
}

// mutants is how many damaged photos a run sends: some each time, the full number with FANFARE_SOAK set.
func mutants() int {
	if os.Getenv("FANFARE_SOAK") != "" {
		return 10_000
	}
	return 60
}

// CHECKS 8: photos with damaged bytes are refused or shown as they can be read; none stays, and nothing else suffers.
func TestMutatedPhotosEndAndTheServerDoesNot(t *testing.T) {
	const seed = 20261122 // so that a failure can be run again
	i := install(t, func(c *contest.Challenge) { c.Rules.EntriesPerFan = contest.MaxEntriesPerFan }, "--rate-limits", "off")
	before := i.published(i.guest(), "before")
	random := rand.New(rand.NewPCG(seed, 0))
	scene := mediatest.Scene(160, 120)
	sound := [][]byte{picture(), mediatest.PNG(scene), mediatest.JPEGWith(mediatest.JPEG(scene), mediatest.EXIFSegment(mediatest.EXIF{Make: "Xiaomi", Model: "14 Ultra"}))}
	statuses := map[int]int{}
	token, waiting := i.guest(), map[string]string{}
	for n := range mutants() {
		file := bytes.Clone(sound[n%len(sound)])
		for range 1 + random.IntN(20) {
			file[random.IntN(len(file))] ^= byte(1 + random.IntN(255))
		}
		if random.IntN(4) == 0 {
			file = file[:random.IntN(len(file))]
		}
		if n%40 == 39 {
			token = i.guest()
		}
		r := i.send(token, "a.jpg", "image/jpeg", file)
		statuses[r.Status]++
		switch {
		case r.Status == http.StatusCreated:
			waiting[r.text("id")] = token
		case r.Status != http.StatusUnprocessableEntity || r.code() == "":
			t.Errorf("mutant %d: %d %s", n, r.Status, r.Text)
		}
	}
	t.Logf("answers: %v", statuses)
	for id, token := range waiting {
		if status := i.status(id, token); status == string(contest.Rejected) {
			reason := contest.Reason(i.get("/api/v1/entries/"+id, token).text("reason"))
			if reason != contest.Unreadable && reason != contest.TooComplex {
				t.Errorf("%s is rejected for %q", id, reason)
			}
		}
	}
	if r := i.get(i.renditions(before)[0], ""); r.Status != http.StatusOK {
		t.Errorf("a photo of before: %d", r.Status)
	}
	i.published(i.guest(), "after")
}

// renderers are the render processes of this process.
func renderProcesses(t *testing.T) (pids []int) {
	t.Helper()
	for _, file := range must(filepath.Glob("/proc/[0-9]*/stat"))(t) {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		line, err := os.ReadFile(strings.TrimSuffix(file, "stat") + "cmdline")
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if err != nil || len(fields) < 2 || fields[1] != strconv.Itoa(os.Getpid()) || !bytes.HasSuffix(line, []byte("\x00render\x00")) {
			continue
		}
		pids = append(pids, must(strconv.Atoi(filepath.Base(filepath.Dir(file))))(t))
	}
	return pids
}

// CHECKS 9: render processes that die, or hang, take nothing with them, and their photos are rendered by others.
func TestRenderProcessesThatDieOrHangLoseNoPhoto(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("finds processes by /proc")
	}
	for name, signal := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "hanging": syscall.SIGSTOP} {
		t.Run(name, func(t *testing.T) {
			i := install(t, nil)
			author := i.guest()
			i.published(author, "starts a process")
			var ids []string
			for range 6 {
				for _, pid := range renderProcesses(t) {
					if err := syscall.Kill(pid, signal); err != nil {
						t.Error(err)
					}
				}
				ids = append(ids, i.accepted(author, "rendered by "+name))
			}
			i.drained(ids)
		})
	}
}

// CHECKS 10: what is behind an image's header is gone from what is served, whichever container carried it.
func TestPayloadsInEveryContainerAreGone(t *testing.T) {
	const payload = "<script>alert('fanfare-payload')</script>"
	onEachStore(t, func(t *testing.T, i *installation) {
		for name, file := range map[string][]byte{
			"PNG text":   append(mediatest.PNGWith(mediatest.PNG(mediatest.Scene(120, 90)), mediatest.Chunk("tEXt", "Comment\x00"+payload)), payload...),
			"WebP chunk": append(mediatest.WebP(checkered(), mediatest.RIFFChunk("XMP ", payload)), payload...),
		} {
			r := i.send(i.guest(), "a.svg", "image/svg+xml", file)
			if r.Status != http.StatusCreated {
				t.Errorf("%s: %d %s", name, r.Status, r.Text)
				continue
			}
			id := r.text("id")
			i.eventually(name+" is published", func() bool { return i.get("/api/v1/entries/"+id, "").Status == http.StatusOK })
			files, headers := i.served(id)
			for n, file := range files {
				if bytes.Contains(file, []byte("fanfare-payload")) || headers[n].Get("Content-Type") != "image/jpeg" || headers[n].Get("X-Content-Type-Options") != "nosniff" {
					t.Errorf("%s: rendition %d is served as %v", name, n, headers[n])
				}
			}
		}
	})
}

// CHECKS 8, 11, with photos from real cameras: shown without what they tell of their owner, or refused with a reason.
func TestPhotosOfRealCamerasAreShownWithoutWhatTheyTell(t *testing.T) {
	folder := os.Getenv("FANFARE_PHOTOS")
	if folder == "" {
		t.Skip("FANFARE_PHOTOS does not name a folder of real photos")
	}
	marks := []string{"Exif\x00", "http://ns.adobe.com", "Photoshop", "MPF\x00", "GPS", "ftyp", "Canon", "NIKON", "Apple", "HMD Global"}
	onEachStore(t, func(t *testing.T, i *installation) {
		for name, refusal := range map[string]string{
			"gps-DSCN0010.jpg": "", "Landscape_6.jpg": "", "denali.webp": "", "iphone_hdr_YES.jpg": "", "IMG_2682.heic": "",
			"8bit-sRGB.avif": "unsupported_type", "corrupted.jpg": "unreadable",
		} {
			fan := i.guest()
			r := i.send(fan, name, "application/octet-stream", must(os.ReadFile(filepath.Join(folder, name)))(t))
			if strings.HasSuffix(name, ".heic") && r.code() == "unsupported_type" {
				t.Logf("%s is not looked at: this build reads no HEIC (-tags nodynamic)", name)
				continue
			}
			if refusal != "" && r.Status == http.StatusUnprocessableEntity && r.code() == refusal {
				continue
			}
			if r.Status != http.StatusCreated {
				t.Errorf("%s: %d %s", name, r.Status, r.Text)
				continue
			}
			id := r.text("id")
			if status := i.status(id, fan); (status == string(contest.Published)) != (refusal == "") || i.get("/api/v1/entries/"+id, fan).text("reason") != refusal {
				t.Errorf("%s is %s", name, status)
			}
			if refusal != "" {
				continue
			}
			files, _ := i.served(id)
			for n, file := range files {
				for _, mark := range marks {
					if bytes.Contains(file, []byte(mark)) {
						t.Errorf("%s: rendition %d contains %q", name, n, mark)
					}
				}
				if bytes.Count(file, []byte("\xff\xd8\xff")) != 1 {
					t.Errorf("%s: rendition %d holds another picture", name, n)
				}
			}
		}
	})
}

// CHECKS 13: the same bytes are refused with the number of the first, and what looks like it waits with its twin.
func TestDuplicatesAreRefusedAndLookalikesWaitWithTheirTwin(t *testing.T) {
	i := install(t, nil)
	original := mediatest.JPEG(mediatest.Scene(1200, 900))
	author := i.guest()
	first := i.send(author, "a.jpg", "image/jpeg", original)
	id := first.text("id")
	i.eventually("the first is published", func() bool { return i.get("/api/v1/entries/"+id, "").Status == http.StatusOK })
	if r := i.send(i.guest(), "b.jpg", "image/jpeg", original); r.Status != http.StatusConflict || r.code() != "duplicate_photo" || !strings.Contains(r.Text, `"number":"1"`) {
		t.Errorf("the same bytes: %d %s", r.Status, r.Text)
	}
	shown := must(jpeg.Decode(bytes.NewReader(original)))(t)
	for name, copied := range map[string]image.Image{
		"re-encoded": shown, "resized": imaging.Resize(shown, 480, 0, imaging.Lanczos),
		"cropped": imaging.Crop(shown, image.Rect(24, 18, 1176, 882)), "brighter": imaging.AdjustBrightness(shown, 8),
	} {
		fan := i.guest()
		var b bytes.Buffer
		if err := jpeg.Encode(&b, copied, &jpeg.Options{Quality: 70}); err != nil {
			t.Fatal(err)
		}
		r := i.send(fan, "c.jpg", "image/jpeg", b.Bytes())
		if r.Status != http.StatusCreated {
			t.Errorf("%s: %d %s", name, r.Status, r.Text)
			continue
		}
		if status := i.status(r.text("id"), fan); status != string(contest.Pending) {
			t.Errorf("%s is %s, want pending", name, status)
		}
		e := must(i.app.entries.Entry(t.Context(), contest.EntryID(r.text("id"))))(t)
		if len(e.Flags) != 1 || e.Flags[0].Kind != contest.NearDuplicate || e.Flags[0].Twin == "" {
			t.Errorf("%s is flagged %v, want as a near duplicate with its twin", name, e.Flags)
		}
	}
	if other := i.send(i.guest(), "d.jpg", "image/jpeg", picture()); i.status(other.text("id"), "") == string(contest.Pending) {
		t.Error("another photo is held")
	}
}

// checkered is a chunk of a WebP that shows something.
func checkered() []byte {
	colour := color.NRGBA{R: 90, G: 20, B: 60, A: 255}
	return mediatest.TwoColours(image.Rect(0, 0, 64, 48), colour, 200, func(x, y int) bool { return (x/8+y/8)%2 == 0 })
}
