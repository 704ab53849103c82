package main

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fanfare/server/contest"
)

func TestAnUploadInPiecesBecomesAnEntry(t *testing.T) {
	i := install(t, nil)
	token, photo := i.guest(), picture()
	half, said := len(photo)/2, map[string]string{"sha256": sum(photo), "filename": "../夜.jpg"}
	at := i.begin(token, len(photo), said)
	r := i.patch(at, token, 0, photo[:half])
	i.want("the first half", r, http.StatusNoContent, "")
	if r.Header.Get("Upload-Offset") != strconv.Itoa(half) || r.Header.Get("Upload-Expires") == "" || r.Header.Get("Tus-Resumable") != "1.0.0" {
		t.Errorf("got headers %v", r.Header)
	}
	i.want("an entry of a half", i.enter(at, token, nil), http.StatusConflict, "upload_unfinished")
	r = i.tus("HEAD", at, token, nil, nil)
	if r.Header.Get("Upload-Offset") != strconv.Itoa(half) || r.Header.Get("Upload-Length") != strconv.Itoa(len(photo)) ||
		len(r.Header.Get("Upload-Metadata")) != len(metadata(said)) || !strings.Contains(r.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("got headers %v", r.Header)
	}
	i.want("the second half", i.patch(at, token, half, photo[half:]), http.StatusNoContent, "")
	i.want("another fan's entry of it", i.enter(at, i.guest(), nil), http.StatusConflict, "upload_unknown")
	r = i.enter(at, token, map[string]string{"Idempotency-Key": "k"})
	i.want("the entry", r, http.StatusCreated, "")
	id := r.text("id")
	for _, key := range []string{"k", "another", ""} {
		if again := i.enter(at, token, map[string]string{"Idempotency-Key": key}); again.Status != http.StatusCreated || again.text("id") != id {
			t.Errorf("entered again: got %d %s, want entry %s", again.Status, again.Text, id)
		}
	}
	i.eventually("the entry is published", func() bool { return i.get("/api/v1/entries/"+id, "").Status == http.StatusOK })
	kept := must(os.ReadFile(i.objects("original")[0]))(t)
	if !bytes.Equal(kept, photo) {
		t.Errorf("kept %d bytes, want the %d sent", len(kept), len(photo))
	}
	i.want("the same photo again", i.tus("POST", uploadsAt, token, nil, map[string]string{"Upload-Length": "9", "Upload-Metadata": metadata(said)}), 403, "duplicate_photo")
}

func TestAnUploadMayBeginWithItsBytes(t *testing.T) {
	i := install(t, nil)
	token, photo := i.guest(), picture()
	r := i.do(request{method: "POST", path: uploadsAt, token: token, kind: "application/offset+octet-stream", body: photo, header: map[string]string{
		"Tus-Resumable": "1.0.0", "Upload-Length": strconv.Itoa(len(photo)),
	}})
	if r.Status != http.StatusCreated || r.Header.Get("Upload-Offset") != strconv.Itoa(len(photo)) {
		t.Fatalf("got %d %v", r.Status, r.Header)
	}
	i.want("the entry", i.enter(r.Header.Get("Location"), token, nil), http.StatusCreated, "")
}

// CHECKS 6: whatever is wrong in a request has the protocol's own answer, and nothing comes of it.
func TestTusIsHeldToItsLetter(t *testing.T) {
	i := install(t, nil, "--rate-limits", "off")
	token, photo := i.guest(), picture()
	length := strconv.Itoa(len(photo))
	begin := func(change map[string]string) request {
		header := map[string]string{"Tus-Resumable": "1.0.0", "Upload-Length": length}
		maps.Copy(header, change)
		return request{method: "POST", path: uploadsAt, token: token, header: header}
	}
	at := i.begin(token, len(photo), nil)
	patch := func(change map[string]string) request {
		header := map[string]string{"Tus-Resumable": "1.0.0", "Upload-Offset": "0"}
		maps.Copy(header, change)
		return request{method: "PATCH", path: at, token: token, kind: "application/offset+octet-stream", body: photo, header: header}
	}
	with := func(r request, change func(*request)) request { change(&r); return r }
	sha := func(b []byte) string {
		h := sha1.Sum(b)
		return "sha1 " + base64.StdEncoding.EncodeToString(h[:])
	}
	cases := map[string]struct {
		request
		status int
	}{
		"no version":             {begin(map[string]string{"Tus-Resumable": ""}), 412},
		"another version":        {begin(map[string]string{"Tus-Resumable": "0.2.2"}), 412},
		"no session":             {with(begin(nil), func(r *request) { r.token = "" }), 401},
		"no length":              {begin(map[string]string{"Upload-Length": ""}), 400},
		"a negative length":      {begin(map[string]string{"Upload-Length": "-1"}), 400},
		"a signed length":        {begin(map[string]string{"Upload-Length": "+9"}), 400},
		"a length of words":      {begin(map[string]string{"Upload-Length": "9e3"}), 400},
		"a length past int64":    {begin(map[string]string{"Upload-Length": "99999999999999999999"}), 400},
		"no bytes":               {begin(map[string]string{"Upload-Length": "0"}), 400},
		"a huge length":          {begin(map[string]string{"Upload-Length": "9223372036854775807"}), 413},
		"a large photo":          {begin(map[string]string{"Upload-Length": "26214401"}), 413},
		"a deferred length":      {begin(map[string]string{"Upload-Length": "", "Upload-Defer-Length": "1"}), 400},
		"a concatenation":        {begin(map[string]string{"Upload-Concat": "partial"}), 400},
		"metadata of no base64":  {begin(map[string]string{"Upload-Metadata": "filename !"}), 400},
		"metadata of no ASCII":   {begin(map[string]string{"Upload-Metadata": "夜 YQ=="}), 400},
		"metadata twice":         {begin(map[string]string{"Upload-Metadata": "a YQ==,a YQ=="}), 400},
		"endless metadata":       {begin(map[string]string{"Upload-Metadata": "a " + strings.Repeat("YQ==", 2500)}), 400},
		"a hash of no size":      {begin(map[string]string{"Upload-Metadata": metadata(map[string]string{"sha256": "ff"})}), 400},
		"another purpose":        {begin(map[string]string{"Upload-Metadata": metadata(map[string]string{"purpose": "x"})}), 400},
		"an original of nothing": {begin(map[string]string{"Upload-Metadata": metadata(map[string]string{"purpose": "original", "entry": "e_0"})}), 404},
		"a GET":                  {request{method: "GET", path: at, token: token, header: map[string]string{"Tus-Resumable": "1.0.0"}}, 405},
		"a PUT of all":           {request{method: "PUT", path: uploadsAt, token: token, header: map[string]string{"Tus-Resumable": "1.0.0"}}, 405},
		"no offset":              {patch(map[string]string{"Upload-Offset": ""}), 400},
		"a negative offset":      {patch(map[string]string{"Upload-Offset": "-1"}), 400},
		"a wrong offset":         {patch(map[string]string{"Upload-Offset": "1"}), 413},
		"an offset ahead":        {with(patch(map[string]string{"Upload-Offset": "1"}), func(r *request) { r.body = photo[1:] }), 409},
		"too many bytes":         {with(patch(nil), func(r *request) { r.body = slices.Concat(photo, []byte{0}) }), 413},
		"another type":           {with(patch(nil), func(r *request) { r.kind = "image/jpeg" }), 415},
		"no upload":              {with(patch(nil), func(r *request) { r.path = uploadsAt + "/u_0" }), 404},
		"a path":                 {with(patch(nil), func(r *request) { r.path = uploadsAt + "/..%2f..%2fetc" }), 404},
		"an unknown checksum":    {patch(map[string]string{"Upload-Checksum": "md5 AAAA"}), 400},
		"a checksum of no size":  {patch(map[string]string{"Upload-Checksum": "sha256 AAAA"}), 400},
		"another checksum":       {patch(map[string]string{"Upload-Checksum": sha(photo[1:])}), 460},
		"an override of nothing": {with(patch(nil), func(r *request) { r.method = "POST" }), 405},
	}
	for name, c := range cases {
		r := i.do(c.request)
		if r.Status != c.status || r.code() == "" || r.Header.Get("Tus-Resumable") != "1.0.0" {
			t.Errorf("%s: got %d %s %v, want %d", name, r.Status, r.Text, r.Header, c.status)
		}
		if c.status == 412 && r.Header.Get("Tus-Version") != "1.0.0" {
			t.Errorf("%s: no Tus-Version", name)
		}
	}
	if offset := i.offset(at, token); offset != 0 {
		t.Errorf("the upload went on to %d", offset)
	}
	stats := must(i.app.queue.Stats(t.Context()))(t)
	delete(stats, "tidy") // what any installation does from time to time
	delete(stats, "watch")
	if len(stats) > 0 {
		t.Errorf("jobs were made: %v", stats)
	}
	i.want("bytes by POST", i.do(with(patch(map[string]string{"Upload-Checksum": sha(photo), "X-HTTP-Method-Override": "PATCH"}), func(r *request) { r.method = "POST" })), 204, "")
	i.want("the entry", i.enter(at, token, nil), http.StatusCreated, "")
	gone := i.begin(token, 9, nil)
	i.want("an end", i.tus("DELETE", gone, token, nil, nil), 204, "")
	i.want("what has ended", i.tus("HEAD", gone, token, nil, nil), 404, "")
}

func TestTusSaysWhatItCan(t *testing.T) {
	i := install(t, nil)
	r := i.do(request{method: "OPTIONS", path: uploadsAt})
	want := map[string]string{
		"Tus-Resumable": "1.0.0", "Tus-Version": "1.0.0", "Tus-Extension": "creation,creation-with-upload,expiration,checksum,termination",
		"Tus-Max-Size": "104857600", "Tus-Checksum-Algorithm": "sha1,sha256",
	}
	for name, value := range want {
		if r.Status != http.StatusNoContent || r.Header.Get(name) != value {
			t.Errorf("%d, %s: got %q, want %q", r.Status, name, r.Header.Get(name), value)
		}
	}
}

// CHECKS 46: pages of registered sites may upload, and read what they need; others may not.
func TestPagesOfRegisteredSitesMayUpload(t *testing.T) {
	i := install(t, nil)
	ask := func(origin, path, method string) reply {
		return i.do(request{method: "OPTIONS", path: path, origin: origin, header: map[string]string{
			"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization,content-type,tus-resumable,upload-offset",
		}})
	}
	r := ask(hostOrigin, uploadsAt+"/u_0", "PATCH")
	for _, word := range []string{"PATCH", "HEAD", "DELETE"} {
		if !strings.Contains(r.Header.Get("Access-Control-Allow-Methods"), word) {
			t.Errorf("%s is not allowed: %v", word, r.Header)
		}
	}
	for _, word := range []string{"Tus-Resumable", "Upload-Offset", "Upload-Length", "Upload-Metadata", "Upload-Checksum", "X-HTTP-Method-Override"} {
		if !strings.Contains(r.Header.Get("Access-Control-Allow-Headers"), word) {
			t.Errorf("%s may not be sent: %v", word, r.Header)
		}
	}
	if r.Header.Get("Access-Control-Allow-Origin") != hostOrigin {
		t.Errorf("got %v", r.Header)
	}
	if r := ask("https://host.example.evil.example", uploadsAt, "POST"); r.Status != http.StatusForbidden {
		t.Errorf("another site: %d", r.Status)
	}
	session := i.do(request{method: "POST", path: "/api/v1/session", origin: hostOrigin, kind: "application/json", body: []byte(`{"challenge":"night"}`)})
	begun := i.do(request{method: "POST", path: uploadsAt, origin: hostOrigin, token: session.text("token"), header: map[string]string{"Tus-Resumable": "1.0.0", "Upload-Length": "9"}})
	for _, word := range []string{"Location", "Upload-Offset", "Upload-Expires", "Tus-Resumable", "Retry-After"} {
		if begun.Status != http.StatusCreated || !strings.Contains(begun.Header.Get("Access-Control-Expose-Headers"), word) {
			t.Errorf("%s may not be read: %d %v", word, begun.Status, begun.Header)
		}
	}
}

// CHECKS 12: what clients call their files leads nowhere.
func TestNamesOfUploadsNameNothing(t *testing.T) {
	i := install(t, nil, "--rate-limits", "off")
	for n, name := range []string{"../../../../tmp/fanfare-escape.jpg", "fanfare-escape\x00.jpg", "\u202egpj.exe", strings.Repeat("fanfare-escape", 300)} {
		token, photo := i.guest(), picture()
		at := i.begin(token, len(photo), map[string]string{"filename": name, "filetype": "text/html"})
		i.want(fmt.Sprint("bytes of name ", n), i.patch(at, token, 0, photo), 204, "")
		i.want(fmt.Sprint("entry of name ", n), i.enter(at, token, nil), 201, "")
	}
	filepath.WalkDir(filepath.Dir(i.data), func(path string, _ os.DirEntry, _ error) error {
		if strings.Contains(path, "escape") || strings.Contains(path, "gpj") {
			t.Errorf("a sent name became %s", path)
		}
		return nil
	})
}

// CHECKS 7: quotas hold against a thousand begun at once, and before bytes are read.
func TestAThousandUploadsOfOneFanAreRefusedBeforeTheirBytes(t *testing.T) {
	i := install(t, func(c *contest.Challenge) { c.Rules.EntriesPerFan = 100 }, "--rate-limits", "off")
	token := i.guest()
	statuses := i.storm(1000, func(int) reply {
		return i.tus("POST", uploadsAt, token, nil, map[string]string{"Upload-Length": "1000"})
	})
	if statuses[201] != 20 || len(statuses) != 1 { // 429 are not counted
		t.Errorf("got %v, want 20 begun and the others refused", statuses)
	}
	large := i.begin(i.guest(), 26_214_400, nil)
	for name, r := range map[string]request{
		"a refused one's bytes":        {method: "POST", path: uploadsAt, token: token, header: map[string]string{"Upload-Length": "26214400"}},
		"bytes past the limit":         {method: "POST", path: uploadsAt, token: i.guest(), header: map[string]string{"Upload-Length": "99999999"}},
		"bytes past the length":        {method: "PATCH", path: large, token: token, header: map[string]string{"Upload-Offset": "26214300"}},
		"bytes of nobody":              {method: "PATCH", path: large, token: "x", header: map[string]string{"Upload-Offset": "0"}},
		"bytes of somebody else":       {method: "PATCH", path: large, token: i.guest(), header: map[string]string{"Upload-Offset": "0"}},
		"a photo of unknown length":    {method: "POST", path: uploadsAt, token: i.guest(), header: map[string]string{"Upload-Length": ""}},
		"more bytes than their upload": {method: "POST", path: uploadsAt, token: i.guest(), header: map[string]string{"Upload-Length": "5"}},
	} {
		r.header["Tus-Resumable"], r.kind = "1.0.0", "application/offset+octet-stream"
		if taken, status := i.pour(r, 64<<20); taken > 512<<10 || status < 400 { // what nobody reads stays in the sockets' buffers
			t.Errorf("%s: %d bytes were taken, and answered with %d", name, taken, status)
		}
	}
}

// pour sends a request with a body that is much too long, and returns how much of it was taken before the answer.
func (i *installation) pour(r request, length int) (taken, status int) {
	i.t.Helper()
	conn := must(net.Dial("tcp", strings.TrimPrefix(i.url, "http://")))(i.t)
	defer conn.Close()
	conn.(*net.TCPConn).SetWriteBuffer(16 << 10)
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n", r.method, r.path, r.token, r.kind, length)
	for name, value := range r.header {
		head += name + ": " + value + "\r\n"
	}
	io.WriteString(conn, head+"\r\n")
	answered := make(chan int)
	go func() {
		defer close(answered)
		if resp, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
			resp.Body.Close()
			answered <- resp.StatusCode
		}
	}()
	for piece := make([]byte, 8<<10); ; taken += len(piece) {
		select {
		case status = <-answered:
			return taken, status
		default:
		}
		conn.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
		if _, err := conn.Write(piece); err != nil {
			return taken, <-answered
		}
	}
}
