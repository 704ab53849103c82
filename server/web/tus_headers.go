package web

import (
	"crypto/sha1" // tus's clients use it against accidents; what must not be forged is announced as SHA-256
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"strconv"
	"strings"

	"fanfare/server/app/uploads"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// tusType is the type of bytes of an upload.
const tusType = "application/offset+octet-stream"

// maxMetadata bounds what a client says of its file: a name of 4 KB in base64 and a few words.
const maxMetadata = 8 << 10

func headerProblem(detail string) error { return newProblem(http.StatusBadRequest, "invalid", detail) }

// readNumber reads a header that is a number from 0, in digits alone.
func readNumber(h http.Header, name string) (int64, error) {
	text := h.Get(name)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || text[0] == '+' || text[0] == '-' || len(h.Values(name)) > 1 {
		return 0, headerProblem(name + " is not a number from 0.")
	}
	return n, nil
}

// readAnnouncement reads what a client says of a file before it comes.
func readAnnouncement(h http.Header) (a uploads.Announcement, err error) {
	if h.Get("Upload-Defer-Length") != "" || h.Get("Upload-Concat") != "" {
		return a, headerProblem("Uploads here have their length from the beginning and are not put together of others.")
	}
	if a.Length, err = readNumber(h, "Upload-Length"); err != nil {
		return a, err
	}
	if a.Length == 0 {
		return a, headerProblem("The file is empty.")
	}
	a.Metadata = h.Get("Upload-Metadata")
	values, err := readMetadata(a.Metadata)
	if err != nil {
		return a, err
	}
	if a.SHA256, err = readHash(values["sha256"]); err != nil {
		return a, err
	}
	switch a.Purpose = store.Purpose(values["purpose"]); a.Purpose {
	case "", store.ForEntry:
		a.Purpose = store.ForEntry
	case store.ForOriginal:
		a.Entry = contest.EntryID(values["entry"])
	default:
		return a, headerProblem("The purpose of an upload is entry or original.")
	}
	return a, nil
}

// readMetadata reads pairs of a key and a value in base64, which may be missing.
func readMetadata(text string) (map[string]string, error) {
	values := map[string]string{}
	switch {
	case text == "":
		return values, nil
	case len(text) > maxMetadata:
		return nil, headerProblem("Upload-Metadata is longer than 8 KB.")
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }):
		return nil, headerProblem("Upload-Metadata is not ASCII.")
	}
	for pair := range strings.SplitSeq(text, ",") {
		key, encoded, _ := strings.Cut(strings.TrimSpace(pair), " ")
		value, err := base64.StdEncoding.DecodeString(encoded)
		_, twice := values[key]
		if err != nil || key == "" || twice {
			return nil, headerProblem("Upload-Metadata is not made of different keys with values in base64.")
		}
		values[key] = string(value)
	}
	return values, nil
}

// readHash reads a SHA-256 in hexadecimal, or none.
func readHash(text string) (string, error) {
	if b, err := hex.DecodeString(text); err != nil || len(b) != 0 && len(b) != sha256.Size {
		return "", headerProblem("The announced sha256 is not one in hexadecimal.")
	}
	return strings.ToLower(text), nil
}

// readChecksum reads the checksum of a request's bytes, nil for none.
func readChecksum(h http.Header) (*uploads.Checksum, error) {
	text := h.Get("Upload-Checksum")
	if text == "" {
		return nil, nil
	}
	var sum hash.Hash
	algorithm, encoded, _ := strings.Cut(text, " ")
	switch algorithm {
	case "sha1":
		sum = sha1.New()
	case "sha256":
		sum = sha256.New()
	default:
		return nil, headerProblem("Upload-Checksum is by sha1 or sha256.")
	}
	want, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(want) != sum.Size() {
		return nil, headerProblem("Upload-Checksum is not a hash in base64.")
	}
	return &uploads.Checksum{Hash: sum, Want: want}, nil
}
