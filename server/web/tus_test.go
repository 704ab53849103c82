package web

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"fanfare/server/store"
)

func TestNumbersOfTusAreDigitsAlone(t *testing.T) {
	for text, want := range map[string]bool{"0": true, "26214400": true, "": false, "+1": false, "-0": false, "-1": false, "1.0": false, "0x1": false} {
		n, err := readNumber(http.Header{"Upload-Offset": {text}}, "Upload-Offset")
		if (err == nil) != want || n < 0 {
			t.Errorf("%q: got %d, %v, want it taken: %v", text, n, err, want)
		}
	}
}

// What clients write into headers of tus is read without a panic, and what is taken from it is sane.
func FuzzTusHeaders(f *testing.F) {
	hash := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("aB", 32)))
	f.Add("100", "sha256 "+hash+",filename 5aSc,purpose ZW50cnk=", "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=")
	f.Add("26214400", "purpose b3JpZ2luYWw=,entry ZV8w", "sha256 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
	f.Add("-1", "is_confidential", "md5 AAAA")
	f.Add("99999999999999999999", ",, ,", " ")
	f.Add("+1", "a YQ==,a YQ==", "sha1")
	f.Fuzz(func(t *testing.T, length, metadata, checksum string) {
		h := http.Header{"Upload-Length": {length}, "Upload-Metadata": {metadata}, "Upload-Checksum": {checksum}}
		if a, err := readAnnouncement(h); err == nil {
			if a.Length < 1 || a.SHA256 != "" && (len(a.SHA256) != 64 || a.SHA256 != strings.ToLower(a.SHA256)) ||
				a.Purpose != store.ForEntry && a.Purpose != store.ForOriginal || a.Metadata != metadata || len(metadata) > maxMetadata {
				t.Errorf("%q and %q became %+v", length, metadata, a)
			}
		}
		if sum, err := readChecksum(h); err == nil && sum != nil && len(sum.Want) != sum.Hash.Size() {
			t.Errorf("%q became a hash of %d bytes", checksum, len(sum.Want))
		}
	})
}
