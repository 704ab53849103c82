package main

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"fanfare/media/mediatest"
	"fanfare/server/contest"
)

// send submits a file under a name.
func (i *installation) send(token, fileName, kind string, file []byte) reply {
	i.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for key, value := range map[string]string{"caption": "c", "author": "a", "consents": string(i.challenge.Consents[0])} {
		w.WriteField(key, value)
	}
	head := textproto.MIMEHeader{"Content-Type": {kind}}
	head["Content-Disposition"] = []string{`form-data; name="photo"; filename="` + fileName + `"`}
	part, err := w.CreatePart(head)
	if err != nil {
		i.t.Fatal(err)
	}
	part.Write(file)
	w.Close()
	return i.do(request{method: "POST", path: "/api/v1/challenges/night/entries", token: token, kind: w.FormDataContentType(), body: b.Bytes()})
}

// served returns the bytes of every rendition of an entry.
func (i *installation) served(id string) (files [][]byte, header []http.Header) {
	i.t.Helper()
	photo, _ := i.get("/api/v1/entries/"+id, "").Body["photo"].(map[string]any)
	for _, size := range photo["sizes"].([]any) {
		r := i.get(size.(map[string]any)["url"].(string), "")
		if r.Status != http.StatusOK {
			i.t.Fatalf("rendition: %d", r.Status)
		}
		files, header = append(files, []byte(r.Text)), append(header, r.Header)
	}
	return files, header
}

// CHECKS 8: what the header tells is refused at once, and others do not feel it.
func TestBombsAreRefusedByTheirHeaderWhileVotesGoOn(t *testing.T) {
	i := install(t, func(c *contest.Challenge) { c.Rules.VotesPerPeriod = 100 })
	id, voter, token := i.published(i.guest(), "one"), i.guest(), i.guest()
	bombs := map[string]struct {
		file []byte
		code string
	}{
		"PNG of 20000²":      {append([]byte("\x89PNG\r\n\x1a\n"), mediatest.PNGHeader(20000, 20000, 8, 2)...), ""},
		"16-bit PNG":         {append([]byte("\x89PNG\r\n\x1a\n"), mediatest.PNGHeader(12001, 100, 16, 6)...), ""},
		"JPEG of 20000²":     {mediatest.JPEGHeader(20000, 20000), ""},
		"GIF of 500 frames":  {append([]byte("GIF89a\x01\x00\x01\x00\x80\x00\x00"), bytes.Repeat([]byte("\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"), 500)...), "unsupported_type"},
		"WebP canvas":        {mediatest.WebP(mediatest.Canvas(0, 16384, 16384)), ""},
		"SVG":                {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "unsupported_type"},
		"HTML":               {[]byte(`<!doctype html><script>alert(1)</script>`), ""},
		"nothing":            {nil, ""},
		"a JPEG's first two": {[]byte("\xff\xd8"), ""},
	}
	for name, bomb := range bombs {
		began := time.Now()
		r := i.send(token, "a.jpg", "image/jpeg", bomb.file)
		took := time.Since(began)
		if r.Status != http.StatusUnprocessableEntity || r.code() == "" || bomb.code != "" && r.code() != bomb.code {
			t.Errorf("%s: got %d %s", name, r.Status, r.Text)
		}
		if took > 200*time.Millisecond {
			t.Errorf("%s: took %v, want at most 200 ms", name, took)
		}
	}
	took := make([]time.Duration, 30)
	statuses := i.storm(30, func(n int) reply {
		if n%3 == 0 {
			began := time.Now()
			r := i.vote([]string{"PUT", "DELETE"}[n%2], id, voter)
			took[n] = time.Since(began)
			return r
		}
		return i.send(i.guest(), "a.png", "image/png", bombs["PNG of 20000²"].file)
	})
	if statuses[200] != 10 || statuses[422] != 20 {
		t.Errorf("votes beside bombs: %v, want ten 200 and twenty 422", statuses)
	}
	if slowest := slices.Max(took); slowest > 3*time.Second {
		t.Errorf("the slowest vote beside bombs took %v", slowest)
	}
}

// CHECKS 10: whatever stands behind an image's header is gone from what is served, and what is served is an image only.
func TestPolyglotsAreServedAsPlainImages(t *testing.T) {
	i := install(t, nil)
	payloads := map[string]string{
		"HTML": "<html><script>alert('fanfare-payload')</script>", "ZIP": "PK\x03\x04fanfare-payload", "PDF": "%PDF-1.7 fanfare-payload",
		"PHP": "<?php system('fanfare-payload'); ?>", "SVG": "<svg onload=alert('fanfare-payload')>",
	}
	for name, payload := range payloads {
		file := mediatest.JPEGWith(picture(), mediatest.Segment(0xfe, payload), mediatest.Segment(0xe2, payload))
		r := i.send(i.guest(), "a.html", "text/html", append(file, payload...))
		if r.Status != http.StatusCreated {
			t.Errorf("%s: %d %s", name, r.Status, r.Text)
			continue
		}
		id := r.text("id")
		i.eventually(name+" is published", func() bool { return i.get("/api/v1/entries/"+id, "").Status == 200 })
		files, headers := i.served(id)
		for n, file := range files {
			if bytes.Contains(file, []byte("fanfare-payload")) {
				t.Errorf("%s: rendition %d carries the payload", name, n)
			}
			_, format, err := image.DecodeConfig(bytes.NewReader(file))
			h := headers[n]
			if err != nil || format != "jpeg" || h.Get("Content-Type") != "image/jpeg" || h.Get("X-Content-Type-Options") != "nosniff" ||
				!strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
				t.Errorf("%s: rendition %d is %s with %v", name, n, format, h)
			}
		}
	}
}

// CHECKS 11, with a real photo that tells where it was taken.
func TestServedRenditionsOfARealPhotoTellNoPlace(t *testing.T) {
	folder := os.Getenv("FANFARE_PHOTOS")
	if folder == "" {
		t.Skip("FANFARE_PHOTOS does not name a folder of real photos")
	}
	original := must(os.ReadFile(filepath.Join(folder, "gps-thompson-springs.jpg")))(t)
	i := install(t, nil)
	r := i.send(i.guest(), "a.jpg", "image/jpeg", original)
	if r.Status != http.StatusCreated {
		t.Fatalf("%d %s", r.Status, r.Text)
	}
	id := r.text("id")
	i.eventually("it is published", func() bool { return i.get("/api/v1/entries/"+id, "").Status == 200 })
	if text := i.get("/api/v1/entries/"+id, "").Text + i.get("/e/"+id, "").Text; strings.Contains(strings.ToLower(text), "gps") || strings.Contains(text, "latitude") {
		t.Error("the answers speak of a place")
	}
	files, _ := i.served(id)
	for n, file := range files {
		for _, mark := range []string{"Exif", "http://ns.adobe.com", "Photoshop", "MPF\x00", "GPS", "Canon", "NIKON", "Apple"} {
			if bytes.Contains(file, []byte(mark)) {
				t.Errorf("rendition %d contains %q", n, mark)
			}
		}
		if bytes.Count(file, []byte{0xff, 0xd8, 0xff}) != 1 {
			t.Errorf("rendition %d holds another picture", n)
		}
	}
}

// CHECKS 12: the names that files come with lead nowhere.
func TestHostileFileNamesNameNothing(t *testing.T) {
	i := install(t, nil)
	names := []string{
		"../../../../tmp/fanfare-escape.jpg", `..\\..\\fanfare-escape.jpg`, "/etc/fanfare-escape", "fanfare-escape\x00.jpg", "\u202egpj.exe",
		strings.Repeat("a", 4096), "%2e%2e%2ffanfare-escape", "CON", "", ".", `\"; name=\"status`,
	}
	for _, name := range names {
		r := i.send(i.guest(), name, "image/jpeg", picture())
		if r.Status != http.StatusCreated && (r.Status < 400 || r.Status >= 500) {
			t.Errorf("%.40q: %d %s", name, r.Status, r.Text)
		}
		if r.Status == http.StatusCreated && !strings.HasPrefix(r.text("id"), "e_") {
			t.Errorf("%.40q: got identifier %q", name, r.text("id"))
		}
	}
	for _, root := range []string{i.data, filepath.Dir(i.data)} {
		filepath.WalkDir(root, func(path string, _ os.DirEntry, _ error) error {
			if strings.Contains(path, "escape") || strings.Contains(path, "CON") || strings.Contains(path, "gpj") {
				t.Errorf("a sent name became %s", path)
			}
			return nil
		})
	}
}

// Every upload passes through a temporary file; none may stay.
func TestUploadsLeaveNoTemporaryFiles(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	i := install(t, nil)
	big := append(slices.Clone(picture()), make([]byte, 1<<20)...) // more than is kept in memory
	token := i.guest()
	for _, file := range [][]byte{big, []byte("GIF89a" + strings.Repeat("x", 1<<20)), big} {
		i.send(token, "a.jpg", "image/jpeg", file)
	}
	kind, body := i.form(big, map[string]string{"author": "a"})
	i.do(request{method: "POST", path: "/api/v1/challenges/night/entries", token: token, kind: kind, body: body[:len(body)-2000]})
	left := must(os.ReadDir(folder))(t)
	for _, file := range left {
		t.Errorf("%s stays behind", file.Name())
	}
}

// CHECKS 7: memory is bounded before it is spent, and nobody without a session makes us read a photo.
func TestTheWordsOfASubmissionAreBoundedBeforeTheyAreRead(t *testing.T) {
	i := install(t, nil)
	long := strings.Repeat("x", 9<<20)
	forms := map[string]map[string]string{"a field": {"caption": long}, "an unknown field": {"zzz": long}}
	allocated := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.TotalAlloc
	}
	token := i.guest()
	for name, fields := range forms {
		kind, body := i.form(picture(), fields)
		before := allocated()
		r := i.do(request{method: "POST", path: "/api/v1/challenges/night/entries", token: token, kind: kind, body: body})
		if spent := allocated() - before; r.Status != http.StatusRequestEntityTooLarge || spent > 2<<20 {
			t.Errorf("%s of 9 MB: got %d and %d KB allocated; want 413 and at most 2 MB", name, r.Status, spent>>10)
		}
	}
	var b bytes.Buffer
	b.WriteString("--x\r\nContent-Disposition: form-data; name=\"caption\"; " + long + "\r\n\r\nc\r\n--x--\r\n")
	if r := i.do(request{method: "POST", path: "/api/v1/challenges/night/entries", token: token, kind: "multipart/form-data; boundary=x", body: b.Bytes()}); r.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("a part's header of 9 MB: %d %s", r.Status, r.Text)
	}
	kind, body := i.form(make([]byte, 20<<20), nil)
	if r := i.do(request{method: "POST", path: "/api/v1/challenges/night/entries", token: "nobody", kind: kind, body: body}); r.Status != http.StatusUnauthorized {
		t.Errorf("20 MB of nobody: %d %s", r.Status, r.Text)
	}
}

func TestBrokenFormsAreRefusedClearly(t *testing.T) {
	i := install(t, nil)
	token, consent := i.guest(), string(i.challenge.Consents[0])
	good := "--x\r\nContent-Disposition: form-data; name=\"caption\"\r\n\r\nc\r\n"
	cases := map[string]struct {
		kind, body string
		status     int
	}{
		"no form at all":    {"application/json", `{"caption":"c"}`, 415},
		"no boundary":       {"multipart/form-data", good, 415},
		"nothing":           {"multipart/form-data; boundary=x", "", 422},
		"no photo":          {"multipart/form-data; boundary=x", good + "--x--\r\n", 422},
		"no end":            {"multipart/form-data; boundary=x", good, 422},
		"another boundary":  {"multipart/form-data; boundary=y", good + "--x--\r\n", 422},
		"a field twice":     {"multipart/form-data; boundary=x", good + good + "--x--\r\n", 422},
		"a part of no name": {"multipart/form-data; boundary=x", "--x\r\n\r\n" + consent + "\r\n--x--\r\n", 422},
	}
	for name, c := range cases {
		r := i.do(request{method: "POST", path: "/api/v1/challenges/night/entries", token: token, kind: c.kind, body: []byte(c.body)})
		if r.Status != c.status || r.code() == "" {
			t.Errorf("%s: got %d %s, want %d", name, r.Status, r.Text, c.status)
		}
	}
	if r := i.get("/api/v1/me", token); fmt.Sprint(r.Body["entries"]) != "[]" {
		t.Errorf("something was applied: %s", r.Text)
	}
}

// CHECKS 16, for entries: a limit of two holds against ten at once, and the bytes of the refused are gone.
func TestALimitOfEntriesHoldsAgainstParallelUploads(t *testing.T) {
	i := install(t, func(c *contest.Challenge) { c.Rules.EntriesPerFan = 2 })
	token := i.guest()
	statuses := i.storm(10, func(n int) reply { return i.submit(token, fmt.Sprint("photo ", n), nil) })
	if statuses[201] != 2 || statuses[409] != 8 {
		t.Errorf("got %v; want two entries and eight refusals", statuses)
	}
	originals := 0
	filepath.WalkDir(filepath.Join(i.data, "media", "original"), func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			originals++
		}
		return nil
	})
	if originals != 2 {
		t.Errorf("%d originals are kept, want 2", originals)
	}
}
