package main

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// beside changes the database with SQL, as nobody should.
func (i *installation) beside(statements ...string) error {
	return i.besideIn("fanfare.db", statements...)
}

func (i *installation) besideIn(file string, statements ...string) error {
	i.t.Helper()
	db, err := sql.Open("sqlite", sqliteName(filepath.Join(i.data, file), nil))
	if err != nil {
		return err
	}
	for _, statement := range statements {
		_, execErr := db.Exec(statement)
		err = errors.Join(err, execErr)
	}
	return errors.Join(err, db.Close())
}

// objects are the files of the installation's bucket below a prefix.
func (i *installation) objects(prefix string) []string {
	i.t.Helper()
	var files []string
	err := filepath.WalkDir(filepath.Join(i.data, "media", prefix), func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		i.t.Fatalf("no objects below %s: %v", prefix, err)
	}
	return files
}

// CHECKS 26 and 59 as far as there is a log: what was changed beside Fanfare is found and named.
func TestVerifyNamesTheFirstFaultOfEachKind(t *testing.T) {
	sqliteOnly(t)
	sound := install(t, nil)
	for _, id := range sound.publishedPhotos(3) {
		sound.vote("PUT", id, sound.guest())
	}
	sound.eventually("the entries are indexed", func() bool {
		difference, err := sound.app.entries.CompareIndex(t.Context())
		return err == nil && difference.Empty()
	})
	sound.close()
	for name, c := range map[string]struct {
		harm func(i *installation) error
		want string // of the report; empty where all is well
	}{
		"nothing": {func(*installation) error { return nil }, ""},
		"a vote deleted": {func(i *installation) error { return i.beside("DELETE FROM votes WHERE position = 2") },
			"FAIL  votes          the vote of leaf 2, by "},
		"a vote given to another entry": {func(i *installation) error {
			return i.beside("UPDATE votes SET entry = (SELECT max(entry) FROM tallies) WHERE entry = (SELECT min(entry) FROM tallies)")
		}, "FAIL  votes          the vote of "},
		"a leaf deleted": {func(i *installation) error { return i.beside("DELETE FROM vote_log WHERE position = 2") },
			": leaf 2 is missing"},
		"the last leaf deleted": {func(i *installation) error { return i.beside("DELETE FROM vote_log WHERE position = 3") },
			"ends at leaf 2, and 3 were written"},
		"a leaf of another entry": {func(i *installation) error {
			return i.beside("UPDATE vote_log SET entry = (SELECT max(entry) FROM tallies WHERE entry <> vote_log.entry) WHERE position = 1")
		}, "which is not its own"},
		"a leaf of no entry": {func(i *installation) error {
			return i.beside("UPDATE vote_log SET entry = 'e_none' WHERE position = 1")
		},
			"leaf 1 is of entry e_none, which it does not have"},
		"a score raised": {func(i *installation) error { return i.beside("UPDATE tallies SET score = score + 1 WHERE number = 1") },
			"FAIL  scores         entry e_"},
		"a rejected entry shown": {func(i *installation) error {
			return i.beside("UPDATE entries SET status = 'rejected' WHERE number = 1")
		},
			"is rejected, and the board shows otherwise"},
		"an entry without a place": {func(i *installation) error { return i.beside("DELETE FROM tallies WHERE number = 1") },
			"has no place on a board"},
		"an entry of nobody": {func(i *installation) error {
			return i.beside("PRAGMA foreign_keys = OFF; DELETE FROM tokens; DELETE FROM fans WHERE id = (SELECT fan FROM entries WHERE number = 1)")
		}, "FAIL  database       entries row "},
		"terms changed": {func(i *installation) error {
			return i.beside("DROP TRIGGER challenges_frozen", "UPDATE challenges SET votes_close = votes_close + 1")
		}, "FAIL  challenges     the terms of night are not those"},
		"a flipped bit in a rendition": {func(i *installation) error {
			return edit(i.t, i.objects("photo")[0], func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
		}, "is not what was stored"},
		"a flipped bit in an original": {func(i *installation) error {
			return edit(i.t, i.objects("original")[0], func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
		}, "is not what was stored"},
		"a missing rendition": {func(i *installation) error { return os.Remove(i.objects("photo")[0]) }, " is missing"},
		"a missing original":  {func(i *installation) error { return os.Remove(i.objects("original")[0]) }, " is missing"},
		"an entry that the index lost": {func(i *installation) error {
			return i.besideIn("index.db", "DELETE FROM document WHERE number = 1")
		}, "FAIL  search index   "},
		"an index without entries": {func(i *installation) error { return os.Remove(filepath.Join(i.data, "index.db")) },
			"is published and cannot be found"},
	} {
		t.Run(name, func(t *testing.T) {
			i := &installation{t: t, data: t.TempDir()}
			if err := os.CopyFS(i.data, os.DirFS(sound.data)); err != nil {
				t.Fatal(err)
			}
			if err := c.harm(i); err != nil {
				t.Fatal(err)
			}
			out, err := command(t, "verify", "--data", i.data)
			if c.want == "" {
				if err != nil {
					t.Errorf("a sound installation: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(out, "FAIL") {
				t.Errorf("the report is good: %v", err)
			}
			if !strings.Contains(out, c.want) {
				t.Errorf("the report lacks %q", c.want)
			}
		})
	}
}
