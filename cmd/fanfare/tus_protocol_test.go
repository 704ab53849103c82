package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

func TestAnUploadInPiecesBecomesAnEntry(t *testing.T) {
	i := install(t, nil)
	token, photo := i.guest(), picture()
	at := i.begin(token, len(photo), map[string]string{"sha256": sum(photo), "filename": "../夜.jpg"})
	half := len(photo) / 2
	for offset, piece := range map[int][]byte{0: photo[:half]} {
		r := i.patch(at, token, offset, piece)
		i.want("the first half", r, http.StatusNoContent, "")
		if got := r.Header.Get("Upload-Offset"); got == "" || r.Header.Get("Upload-Expires") == "" {
			t.Errorf("got headers %v", r.Header)
		}
	}
	i.want("an entry of a half", i.enter(at, token, nil), http.StatusConflict, "upload_unfinished")
	if got := i.offset(at, token); got != half {
		t.Errorf("offset %d, want %d", got, half)
	}
	i.want("the second half", i.patch(at, token, half, photo[half:]), http.StatusNoContent, "")
	r := i.enter(at, token, map[string]string{"Idempotency-Key": "k"})
	i.want("the entry", r, http.StatusCreated, "")
	id := r.text("id")
	for _, again := range []reply{i.enter(at, token, map[string]string{"Idempotency-Key": "k"}), i.enter(at, token, nil)} {
		if again.text("id") != id {
			t.Errorf("entered again: got %d %s, want entry %s", again.Status, again.Text, id)
		}
	}
	i.eventually("the entry is published", func() bool { return i.get("/api/v1/entries/"+id, "").Status == http.StatusOK })
	i.want("another fan's entry of it", i.enter(at, i.guest(), nil), http.StatusConflict, "upload_unknown")
	file, err := os.Open(filepath.Join(i.data, "media", "original", string(i.challenge.ID), id))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var kept bytes.Buffer
	if _, err := kept.ReadFrom(file); err != nil || !bytes.Equal(kept.Bytes(), photo) {
		t.Errorf("kept %d bytes, want the %d sent: %v", kept.Len(), len(photo), err)
	}
}
