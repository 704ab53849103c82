package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fanfare/cmd/fanfare/faulttest"
	"fanfare/media/blob/blobtest"
	"fanfare/server/contest"
	"fanfare/server/job"
)

const (
	mediaTold    = 10 * time.Second // within which an upload is told that the photo store is away
	mediaDrained = 2 * time.Minute  // within which what piled up is done after an outage
)

// installOverS3 starts an installation whose photo store stands behind a faulty network.
func installOverS3(t *testing.T) (*installation, *blobtest.Server, *faulttest.Proxy) {
	t.Helper()
	server := blobtest.StartMinIO(t, t.TempDir())
	proxy := faulttest.Start(t, server.Addr)
	generous := func(c *contest.Challenge) { c.Rules.VotesPerPeriod = 100 }
	return install(t, generous, overS3(t, proxy.Addr())...), server, proxy
}

// overS3 are the flags for a photo store of the tests at an address.
func overS3(t *testing.T, addr string) []string {
	t.Helper()
	keys := filepath.Join(t.TempDir(), "secrets")
	content := fmt.Sprintf("%s=%s\n%s=%s\n", s3AccessKey, blobtest.AccessKey, s3SecretKey, blobtest.SecretKey)
	if err := os.WriteFile(keys, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"--media", "s3://" + addr + "/media", "--secrets", keys}
}

// accepted enters a photo that must be taken.
func (i *installation) accepted(token, caption string) string {
	i.t.Helper()
	r := i.submit(token, caption, nil)
	if r.Status != http.StatusCreated {
		i.t.Fatalf("submit: %d %s", r.Status, r.Text)
	}
	return r.text("id")
}

// drained waits until all entries are published, and checks that each rendition is served as its name says.
func (i *installation) drained(ids []string) {
	i.t.Helper()
	for start := time.Now(); len(i.unpublished(ids)) > 0; time.Sleep(20 * time.Millisecond) {
		if time.Since(start) > mediaDrained {
			i.t.Fatalf("%v were acknowledged and are not published %s after the outage", i.unpublished(ids), mediaDrained)
		}
	}
	for _, id := range ids {
		for _, url := range i.renditions(id) {
			if r := i.get(url, ""); r.Status != http.StatusOK || !named(url, r.Text) {
				i.t.Errorf("%s: %d with %d other bytes", url, r.Status, len(r.Text))
			}
		}
	}
}

func (i *installation) unpublished(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return i.get("/api/v1/entries/"+id, "").Status == http.StatusOK })
}

// renditions returns the addresses of an entry's photos.
func (i *installation) renditions(id string) (urls []string) {
	i.t.Helper()
	photo, _ := i.get("/api/v1/entries/"+id, "").Body["photo"].(map[string]any)
	sizes, _ := photo["sizes"].([]any)
	for _, size := range sizes {
		urls = append(urls, size.(map[string]any)["url"].(string))
	}
	if len(urls) != 4 {
		i.t.Fatalf("entry %s has the renditions %v", id, urls)
	}
	return urls
}

// named reports whether content has the hash that its address names.
func named(url, content string) bool {
	sum := sha256.Sum256([]byte(content))
	return strings.HasPrefix(hex.EncodeToString(sum[:]), strings.TrimSuffix(path.Base(url), ".jpg"))
}

// CHECKS 3: the object store stopped, killed, resetting in mid-upload, silent, and back.
func TestNoAcknowledgedPhotoIsLostWhileThePhotoStoreComesAndGoes(t *testing.T) {
	i, server, proxy := installOverS3(t)
	author, voter := i.guest(), i.guest()
	ids := []string{i.published(author, "before")}
	mend := func() { proxy.Set(faulttest.Faults{}) }
	for _, fault := range []struct {
		name       string
		fail, mend func()
		ready      string // what /readyz says meanwhile
	}{
		{"silent", func() { proxy.Set(faulttest.Faults{BlackHole: true}) }, mend, "degraded"},
		{"resetting in mid-upload", func() {
			proxy.Set(faulttest.Faults{ToServer: faulttest.Way{ResetAfter: int64(len(picture()) / 2)}})
		}, mend, "ok"}, // a short question is still answered
		{"refusing", func() { proxy.Set(faulttest.Faults{Refuse: true}); proxy.Cut() }, mend, "degraded"},
		{"killed", server.Kill, func() { server.Start(t) }, "degraded"},
		{"stopped", server.Stop, func() { server.Start(t) }, "degraded"},
	} {
		ids = append(ids, i.accepted(author, "just before it was "+fault.name)) // its rendering is hit
		fault.fail()
		start := time.Now()
		if r := i.submit(author, fault.name, nil); r.Status != http.StatusServiceUnavailable || r.code() != "media_unavailable" ||
			r.Header.Get("Retry-After") == "" || time.Since(start) > mediaTold {
			t.Errorf("%s: an upload ended after %s with %d %s", fault.name, time.Since(start), r.Status, r.Text)
		}
		start = time.Now()
		vote, board := i.vote("PUT", ids[0], voter), i.board()
		if took := time.Since(start); vote.Status != http.StatusOK || len(board) == 0 || took > time.Second {
			t.Errorf("%s: a vote and the board took %s: %d %s, %d rows", fault.name, took, vote.Status, vote.Text, len(board))
		}
		if ready := i.get("/readyz", ""); ready.Status != http.StatusOK || ready.Body["status"] != fault.ready {
			t.Errorf("%s: readiness is %d %s", fault.name, ready.Status, ready.Text)
		}
		fault.mend()
		ids = append(ids, i.accepted(author, "after it was "+fault.name))
	}
	i.drained(ids)
	if left, err := filepath.Glob(filepath.Join(i.data, "tmp", "upload-*")); err != nil || len(left) > 0 {
		t.Errorf("uploads left %v, %v", left, err)
	}
}

// CHECKS 4: the store answers with flipped bits and cuts; what is rendered and served has the stored hash all the same.
func TestDamagedAnswersOfThePhotoStoreAreNeitherRenderedNorServed(t *testing.T) {
	i, _, proxy := installOverS3(t)
	author := i.guest()
	shown := i.published(author, "shown before")
	ids := []string{shown, i.accepted(author, "rendered while answers are damaged")}
	proxy.Set(faulttest.Faults{Refuse: true}) // so that it cannot be rendered before
	proxy.Cut()
	for n, way := range []faulttest.Way{{FlipEvery: 701}, {CloseAfter: 2000}, {CloseAfter: 900}, {ResetAfter: 1500}, {FlipEvery: 1500}} {
		proxy.Set(faulttest.Faults{ToClient: way})
		proxy.Cut()
		for _, url := range i.renditions(shown) {
			r := i.get(url, "")
			if good := r.Status == http.StatusOK && named(url, r.Text); !good && r.Status != http.StatusServiceUnavailable {
				t.Errorf("damage %d: %s: %d with %d other bytes", n, url, r.Status, len(r.Text))
			}
		}
		if r := i.submit(author, "uploaded while answers are damaged", nil); r.Status == http.StatusCreated {
			ids = append(ids, r.text("id"))
		} else if r.code() != "media_unavailable" {
			t.Errorf("damage %d: an upload ended with %d %s", n, r.Status, r.Text)
		}
	}
	for start := time.Now(); !strings.Contains(i.lastError("render", ids[1]), "object corrupt"); time.Sleep(20 * time.Millisecond) {
		if time.Since(start) > mediaDrained {
			t.Fatalf("the damage was not noticed; the last error is %q", i.lastError("render", ids[1]))
		}
	}
	if r := i.get("/api/v1/entries/"+ids[1], author); r.Body["status"] != "processing" {
		t.Errorf("the entry with the damaged original is %s", r.Text)
	}
	proxy.Set(faulttest.Faults{})
	proxy.Cut()
	i.drained(ids)
}

// lastError is what a job failed with last.
func (i *installation) lastError(kind, key string) (text string) {
	i.t.Helper()
	err := i.app.update(i.t.Context(), func(tx job.Tx) error {
		rows, err := tx.Query("SELECT last_error FROM jobs WHERE kind = ? AND key = ?", kind, key)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := rows.Scan(&text); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err != nil {
		i.t.Fatal(err)
	}
	return text
}
