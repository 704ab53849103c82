package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"fanfare/media/blob/blobtest"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// smallDisk returns a folder on a disk of its own.
func smallDisk(t *testing.T, megabytes int) string {
	t.Helper()
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes)); err != nil {
		t.Skipf("no small disk can be made here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(folder, syscall.MNT_DETACH) })
	return folder
}

// fill takes all room of a disk; the file it returns gives it back when it is removed.
func fill(t *testing.T, folder string) (filler string) {
	t.Helper()
	filler = filepath.Join(folder, "filler")
	f, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return filler
}

// CHECKS 2, under the photos: uploads are told, votes and reads go on, and it works again without a restart.
func TestAFullDiskUnderThePhotosStopsNothingButUploads(t *testing.T) {
	for name, start := range map[string]func(t *testing.T, folder string) []string{
		"dir": func(_ *testing.T, folder string) []string { return []string{"--media", "dir:" + folder} },
		"minio": func(t *testing.T, folder string) []string {
			return overS3(t, blobtest.StartMinIO(t, folder).Addr)
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := smallDisk(t, 96)
			i := install(t, func(c *contest.Challenge) { c.Rules.VotesPerPeriod = 100 }, start(t, folder)...)
			i.eventually("the store is prepared", func() bool { return strings.HasPrefix(i.get("/readyz", "").Text, `{"status":"ok"`) })
			author, voter := i.guest(), i.guest()
			ids := []string{i.published(author, "before"), i.accepted(author, "just before")}
			filler := fill(t, folder)
			i.eventually("an upload is told that the store is full", func() bool { // MinIO's first answer may be an internal error
				r := i.submit(author, "too much", nil)
				if r.Status == http.StatusCreated { // there was still room for one
					ids = append(ids, r.text("id"))
				}
				return r.Status == http.StatusInsufficientStorage && r.code() == "storage_full"
			})
			if r := i.vote("PUT", ids[0], voter); r.Status != http.StatusOK || len(i.board()) == 0 {
				t.Errorf("a vote: %d %s", r.Status, r.Text)
			}
			for _, url := range i.renditions(ids[0]) {
				if r := i.get(url, ""); r.Status != http.StatusOK || !named(url, r.Text) {
					t.Errorf("%s: %d", url, r.Status)
				}
			}
			if err := os.Remove(filler); err != nil {
				t.Fatal(err)
			}
			i.eventually("an upload is taken again", func() bool {
				r := i.submit(author, "after", nil)
				if r.Status == http.StatusCreated {
					ids = append(ids, r.text("id"))
				}
				return r.Status == http.StatusCreated
			})
			i.drained(ids)
		})
	}
}

// CHECKS 2, under the data: writes are told, reads go on, what was acknowledged is there, and it works again.
func TestAFullDiskUnderTheDatabaseStopsNothingButWrites(t *testing.T) {
	folder := smallDisk(t, 24)
	i := install(t, nil, "--db", "sqlite:"+filepath.Join(folder, "fanfare.db"))
	id, voter := i.published(i.guest(), "before"), i.guest()
	filler := fill(t, folder)
	for start := time.Now(); ; {
		r := i.do(request{method: "POST", path: "/api/v1/session", kind: "application/json", body: []byte(`{"challenge":"night"}`)})
		if r.Status == http.StatusCreated && time.Since(start) < mediaDrained {
			continue // the log still had room that it has taken before
		}
		if r.Status != http.StatusServiceUnavailable || r.code() != "storage_full" || r.Header.Get("Retry-After") == "" {
			t.Errorf("a session on a full disk: %d %s", r.Status, r.Text)
		}
		break
	}
	if r := i.get("/api/v1/entries/"+id, ""); r.Status != http.StatusOK || len(i.board()) != 1 {
		t.Errorf("a read on a full disk: %d %s", r.Status, r.Text)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	i.eventually("a vote is taken again", func() bool { return i.vote("PUT", id, voter).Status == http.StatusOK })
	err := i.app.store.View(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query("PRAGMA integrity_check")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil || line != "ok" {
				t.Errorf("the database says %q, %v", line, err)
			}
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
}
