package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
)

const uploadsAt = "/api/v1/uploads"

// tus makes a request of the protocol.
func (i *installation) tus(method, path, token string, body []byte, header map[string]string) reply {
	i.t.Helper()
	all := map[string]string{"Tus-Resumable": "1.0.0"}
	maps.Copy(all, header)
	kind := ""
	if method == http.MethodPatch {
		kind = "application/offset+octet-stream"
	}
	return i.do(request{method: method, path: path, token: token, kind: kind, body: body, header: all})
}

// metadata writes pairs as Upload-Metadata.
func metadata(pairs map[string]string) string {
	var list []string
	for key, value := range pairs {
		list = append(list, key+" "+base64.StdEncoding.EncodeToString([]byte(value)))
	}
	return strings.Join(list, ",")
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// begin begins an upload of so many bytes and returns its address.
func (i *installation) begin(token string, length int, pairs map[string]string) string {
	i.t.Helper()
	r := i.tus("POST", uploadsAt, token, nil, map[string]string{"Upload-Length": strconv.Itoa(length), "Upload-Metadata": metadata(pairs)})
	at := r.Header.Get("Location")
	if r.Status != http.StatusCreated || !strings.HasPrefix(at, uploadsAt+"/u_") {
		i.t.Fatalf("begin an upload: %d %q %s", r.Status, at, r.Text)
	}
	return at
}

// patch sends bytes of an upload from an offset.
func (i *installation) patch(at, token string, offset int, body []byte) reply {
	i.t.Helper()
	return i.tus("PATCH", at, token, body, map[string]string{"Upload-Offset": strconv.Itoa(offset)})
}

// offset asks how far an upload is.
func (i *installation) offset(at, token string) int {
	i.t.Helper()
	r := i.tus("HEAD", at, token, nil, nil)
	n, err := strconv.Atoi(r.Header.Get("Upload-Offset"))
	if r.Status != http.StatusOK || err != nil {
		i.t.Fatalf("look at an upload: %d %v", r.Status, r.Header)
	}
	return n
}

// enter submits the entry of an upload.
func (i *installation) enter(at, token string, header map[string]string) reply {
	i.t.Helper()
	kind, body := i.entering(at)
	return i.do(request{method: "POST", path: "/api/v1/challenges/night/entries", token: token, kind: kind, body: body, header: header})
}

// entering is the form that enters an upload.
func (i *installation) entering(at string) (kind string, body []byte) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for key, value := range map[string]string{
		"upload": at[strings.LastIndex(at, "/")+1:], "caption": "夜色", "author": "Li 李", "consents": string(i.challenge.Consents[0]),
	} {
		if err := w.WriteField(key, value); err != nil {
			i.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		i.t.Fatal(err)
	}
	return w.FormDataContentType(), b.Bytes()
}

// want ends the test where an answer has another status or code.
func (i *installation) want(what string, r reply, status int, code string) {
	i.t.Helper()
	if r.Status != status || r.code() != code {
		i.t.Fatalf("%s: got %d %s, want %d %s", what, r.Status, r.Text, status, fmt.Sprintf("%q", code))
	}
}
