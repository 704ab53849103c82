package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// endedLongAgo moves a challenge's windows into the past, as they will be one day.
func (i *installation) endedLongAgo(days int) {
	i.t.Helper()
	c := i.challenge
	past := contest.Window{Opens: time.Now().Add(-100 * 24 * time.Hour).Truncate(time.Second), Closes: time.Now().Add(-time.Duration(days) * 24 * time.Hour).Truncate(time.Second)}
	c.Entries, c.Votes = past, past
	drop := "DROP TRIGGER challenges_frozen"
	if onPostgres {
		drop += " ON challenges"
	}
	err := i.beside(drop, fmt.Sprintf("UPDATE challenges SET entries_open = %[1]d, votes_open = %[1]d, entries_close = %[2]d, votes_close = %[2]d, rules_hash = '%[3]s'",
		past.Opens.UnixMilli(), past.Closes.UnixMilli(), c.Hash()))
	if err != nil {
		i.t.Fatal(err)
	}
}

// ended moves the challenge, and what was entered and voted, a day and more into the past.
func (i *installation) ended() {
	i.t.Helper()
	i.endedLongAgo(2)
	if err := i.beside("UPDATE entries SET submitted_at = submitted_at - 259200000"); err != nil {
		i.t.Fatal(err)
	}
}

func TestOriginalsAreRemovedWhenTheRulesKeepThemNoLonger(t *testing.T) {
	for days, want := range map[int]int{6: 3, 8: 0} { // so long ago → so many originals
		i := install(t, func(c *contest.Challenge) { c.Rules.OriginalsDays = 7 })
		ids := i.publishedPhotos(3)
		must(i.app.entries.AskOriginals(t.Context(), []contest.EntryID{contest.EntryID(ids[0])}, true))(t)
		i.endedLongAgo(days)
		if err := i.app.entries.Retain(t.Context()); err != nil {
			t.Fatal(err)
		}
		originals := func() []string { return must(filepath.Glob(filepath.Join(i.data, "media", "original", "*", "*")))(t) }
		i.eventually("only the originals that are kept are there", func() bool { return len(originals()) == want })
		for _, id := range ids {
			e := must(i.app.entries.Entry(t.Context(), contest.EntryID(id)))(t)
			if (e.Original != "") != (want > 0) || e.SHA256 == "" {
				t.Errorf("after %d days: the row names %q with the hash %q", days, e.Original, e.SHA256)
			}
			if asked := id == ids[0] && want > 0; e.OriginalAsked.IsZero() == asked {
				t.Errorf("after %d days its fan is asked for the original at %v", days, e.OriginalAsked)
			}
			if r := i.get(i.renditions(id)[0], ""); r.Status != http.StatusOK {
				t.Errorf("after %d days its photo is %d", days, r.Status)
			}
		}
		if out, err := command(t, append([]string{"verify", "--data", i.data}, i.flags...)...); strings.Contains(out, "FAIL  photos") || strings.Contains(out, "FAIL  entries") {
			t.Errorf("after %d days verify misses them: %v", days, err)
		}
	}
}

// olderRenditions has an entry show files that an older Fanfare made, and returns the key of one.
func (i *installation) olderRenditions(id contest.EntryID) (key string) {
	i.t.Helper()
	e := must(i.app.entries.Entry(i.t.Context(), id))(i.t)
	photo := e.Photo
	photo.Renditions = nil
	for n, r := range e.Photo.Renditions {
		content := fmt.Appendf(nil, "as an older Fanfare rendered it, %d", n)
		sum := sha256.Sum256(content)
		r.SHA256, r.Bytes = hex.EncodeToString(sum[:]), len(content)
		r.Key = string(id) + "/" + r.SHA256[:32] + ".jpg"
		if err := os.WriteFile(filepath.Join(i.data, "media", entries.PhotoPrefix, r.Key), content, 0o600); err != nil {
			i.t.Fatal(err)
		}
		photo.Renditions, key = append(photo.Renditions, r), r.Key
	}
	err := i.app.store.UpdateIn(i.t.Context(), e.Challenge, func(tx *store.Tx) error { return tx.ReplacePhoto(id, photo) })
	if err != nil {
		i.t.Fatal(err)
	}
	return key
}

func TestRenditionsAreRebuiltWhileTheServerServesAndOldFilesGoLater(t *testing.T) {
	i := install(t, nil)
	ids := i.publishedPhotos(3)
	made := i.renditions(ids[0])
	old := i.olderRenditions(contest.EntryID(ids[0]))
	damaged := filepath.Join(i.data, "media", entries.PhotoPrefix, strings.TrimPrefix(i.renditions(ids[1])[0], "/m/"))
	if err := edit(t, damaged, func(b []byte) []byte { b[len(b)/2] ^= 1; return b }); err != nil {
		t.Fatal(err)
	}
	if out := i.fanfare("rebuild", "renditions"); !strings.Contains(out, "3 entries, 1 replaced") {
		t.Errorf("it says %q", out)
	}
	if now := i.renditions(ids[0]); strings.Join(now, " ") != strings.Join(made, " ") {
		t.Errorf("the entry shows %v, want %v", now, made)
	}
	i.fanfare("verify") // the damaged one is whole again
	if r := i.get("/m/"+old, ""); r.Status != http.StatusOK {
		t.Errorf("an open page asks for a file of before: %d", r.Status)
	}
	yesterday := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(filepath.Join(i.data, "media", entries.PhotoPrefix, old), yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
	if err := i.beside("UPDATE jobs SET due_at = 0 WHERE kind = 'retire'"); err != nil {
		t.Fatal(err)
	}
	i.eventually("the file of before is gone", func() bool { return i.get("/m/"+old, "").Status == http.StatusNotFound })
	i.fanfare("verify", "--quick")
}

func TestAnInterruptedRebuildOfRenditionsGoesOnWhereItWas(t *testing.T) {
	i := install(t, nil, "--rate-limits", "off")
	ids := i.publishedPhotos(40) // more than one batch
	for _, id := range ids {
		i.olderRenditions(contest.EntryID(id))
	}
	ctx, interrupt := context.WithCancel(t.Context())
	first := entries.Rebuilding{}
	_, err := i.app.entries.RebuildRenditions(ctx, func(r entries.Rebuilding) {
		if r.Done > 0 {
			first = r
			interrupt()
		}
	})
	if !errors.Is(err, context.Canceled) || first.Replaced == 0 || first.Replaced == len(ids) {
		t.Fatalf("interrupted after %d: %v", first.Replaced, err)
	}
	out := i.fanfare("rebuild", "renditions")
	if want := fmt.Sprintf("goes on after %d of %d", first.Done, len(ids)); !strings.Contains(out, want) || !strings.Contains(out, fmt.Sprintf("%d replaced", len(ids)-first.Replaced)) {
		t.Errorf("it says %q, want %q", out, want)
	}
	for _, id := range ids {
		if r := i.get(i.renditions(id)[0], ""); !bytes.HasPrefix([]byte(r.Text), []byte("\xff\xd8\xff")) {
			t.Fatalf("%s still shows the older file", id)
		}
	}
	if out := i.fanfare("rebuild", "renditions"); strings.Contains(out, "goes on") || !strings.Contains(out, " 0 replaced") {
		t.Errorf("a third one says %q", out)
	}
}

func TestARebuildNamesOriginalsThatItCannotUseAndLeavesTheirPhotos(t *testing.T) {
	i := install(t, nil)
	ids := i.publishedPhotos(3)
	e := must(i.app.entries.Entry(t.Context(), contest.EntryID(ids[0])))(t)
	if err := edit(t, filepath.Join(i.data, "media", e.Original), func(b []byte) []byte { b[len(b)/2] ^= 1; return b }); err != nil {
		t.Fatal(err)
	}
	err := i.app.store.UpdateIn(t.Context(), e.Challenge, func(tx *store.Tx) error { return tx.DropOriginal(contest.EntryID(ids[1])) })
	if err != nil {
		t.Fatal(err)
	}
	out, err := command(t, append([]string{"rebuild", "renditions", "--data", i.data}, i.flags...)...)
	if !errors.Is(err, errKept) || !strings.Contains(out, "entry "+ids[0]+":") || !strings.Contains(out, "1 kept as they were because the rules") {
		t.Errorf("got %v and %q", err, out)
	}
	for _, id := range ids {
		if r := i.get(i.renditions(id)[0], ""); r.Status != http.StatusOK {
			t.Errorf("%s: %d", id, r.Status)
		}
	}
}
