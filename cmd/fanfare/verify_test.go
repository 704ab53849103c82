package main

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fanfare/server/contest"
)

// beside changes the database with SQL, as nobody should.
func (i *installation) beside(statements ...string) error {
	i.t.Helper()
	c := must(parseConfig(append([]string{"--data", i.data}, i.flags...), func(string) string { return "" }, io.Discard))(i.t)
	b := must(openParts(i.t.Context(), c, (*backends).openDatabase))(i.t)
	return errors.Join(execute(b.write, statements), b.close())
}

// besideIndex changes the search index with SQL.
func (i *installation) besideIndex(statements ...string) error {
	i.t.Helper()
	db := must(sql.Open("sqlite", sqliteName(filepath.Join(i.data, "index.db"), nil)))(i.t)
	return errors.Join(execute(db, statements), db.Close())
}

func execute(db *sql.DB, statements []string) (err error) {
	for _, statement := range statements {
		_, execErr := db.Exec(statement)
		err = errors.Join(err, execErr)
	}
	return err
}

// twin is a copy of an installation that serves nobody.
func (i *installation) twin(t *testing.T) *installation {
	t.Helper()
	twin := &installation{t: t, data: t.TempDir()}
	if err := os.CopyFS(twin.data, os.DirFS(i.data)); err != nil {
		t.Fatal(err)
	}
	if onPostgres {
		u := must(url.Parse(i.flags[1]))(t)
		twin.flags = []string{"--db", testDB.Copy(t, strings.TrimPrefix(u.Path, "/"))}
	}
	return twin
}

// objects are the files of the installation's bucket below a prefix.
func (i *installation) objects(prefix string) []string {
	i.t.Helper()
	return filesBelow(i.t, filepath.Join(i.data, "media", prefix))
}

// filesBelow are the files in a folder that has some.
func filesBelow(t *testing.T, folder string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("no files below %s: %v", folder, err)
	}
	return files
}

// withPhotoOf gives the first entry the second one's columns.
func withPhotoOf(columns string) string {
	return fmt.Sprintf("UPDATE entries SET (%s) = (SELECT %[1]s FROM entries WHERE number = 2) WHERE number = 1", columns)
}

// CHECKS 26 and 59 as far as there is a log: what was changed beside Fanfare is found and named.
func TestVerifyNamesTheFirstFaultOfEachKind(t *testing.T) {
	sound := install(t, nil)
	for _, id := range sound.publishedPhotos(3) {
		sound.vote("PUT", id, sound.guest())
	}
	sound.eventually("the entries are indexed", func() bool {
		difference, err := sound.app.entries.CompareIndex(t.Context())
		return err == nil && difference.Empty()
	})
	if err := sound.app.audits.Seal(t.Context(), sound.challenge.ID); err != nil {
		t.Fatal(err)
	}
	if err := sound.app.numbers.Fold(t.Context()); err != nil {
		t.Fatal(err)
	}
	sound.close()
	for name, c := range map[string]struct {
		harm func(i *installation) error
		want string // of the report; empty where all is well
	}{
		"nothing": {func(*installation) error { return nil }, ""},
		"a vote deleted": {func(i *installation) error { return i.beside("DELETE FROM votes WHERE position = 2") },
			"is missing; the log says cast by leaf 2 "},
		"a vote given to another entry": {func(i *installation) error {
			return i.beside("UPDATE votes SET entry = 3 WHERE entry = 1")
		}, "FAIL  votes          the vote of "},
		"a leaf deleted": {func(i *installation) error { return i.beside("DELETE FROM vote_log WHERE position = 2") },
			": leaf 2 is missing"},
		"the last leaf deleted": {func(i *installation) error { return i.beside("DELETE FROM vote_log WHERE position = 3") },
			"ends at leaf 2, and 3 were written"},
		"a leaf of another entry": {func(i *installation) error {
			return i.beside("UPDATE vote_log SET entry = 3 - entry WHERE position = 1 AND entry < 3", "UPDATE vote_log SET entry = 1 WHERE position = 1 AND entry = 3")
		}, "FAIL  votes          the vote of "},
		"a leaf of no entry": {func(i *installation) error {
			return i.beside("UPDATE vote_log SET entry = 99 WHERE position = 1")
		},
			"leaf 1 is of entry 99, which it does not have"},
		"a leaf of another weight": {func(i *installation) error { return i.beside("UPDATE vote_log SET weight = 7 WHERE position = 2") },
			"with weight 1, and counted; the log says cast by leaf 2 with weight 7"},
		"votes of a quarter-hour": {func(i *installation) error {
			return i.beside("UPDATE rollups SET value = value + 1 WHERE metric = 'votes'")
		}, " is off by -1 votes"},
		"a day's sum": {func(i *installation) error {
			return i.beside("UPDATE rollup_days SET value = value + 1 WHERE metric = 'votes'")
		}, "FAIL  days           ca_"},
		"a vote held beside Fanfare": {func(i *installation) error { return i.beside("UPDATE votes SET state = 'held' WHERE position = 2") },
			"and held; the log says cast by leaf 2 "},
		"a vote counted twice": {func(i *installation) error {
			return i.beside("UPDATE vote_log SET (kind, entry, voter, period) = (SELECT kind, entry, voter, period FROM vote_log WHERE position = 1) WHERE position = 2")
		}, "leaf 2: cast of a vote that stands since leaf 1"},
		"a score that the public does not see": {func(i *installation) error {
			return i.beside("UPDATE tallies SET shown = shown + 1 WHERE number = 1")
		}, "FAIL  scores         entry e_"},
		"a score raised": {func(i *installation) error { return i.beside("UPDATE tallies SET score = score + 1 WHERE number = 1") },
			"FAIL  scores         entry e_"},
		"a rejected entry shown": {func(i *installation) error {
			return i.beside("UPDATE entries SET status = 'rejected' WHERE number = 1")
		},
			"is rejected, and the board shows otherwise"},
		"an entry without a place": {func(i *installation) error { return i.beside("DELETE FROM tallies WHERE number = 1") },
			"has no place on a board"},
		"an entry of nobody": {func(i *installation) error {
			unguarded := "PRAGMA foreign_keys = OFF"
			if onPostgres {
				unguarded = "SET session_replication_role = replica"
			}
			return i.beside(unguarded + "; DELETE FROM tokens; DELETE FROM fans WHERE id = (SELECT fan FROM entries WHERE number = 1)")
		}, "FAIL  database       entries row "},
		"a number on the board": {func(i *installation) error {
			return i.beside("UPDATE tallies SET number = number + 100 WHERE number = 1")
		}, "has the number 1, and its place the number 101"},
		"an original of another entry": {func(i *installation) error { return i.beside(withPhotoOf("original, sha256")) },
			"names the photo original/"},
		"renditions of another entry": {func(i *installation) error { return i.beside(withPhotoOf("photo, sha256")) },
			"names the photo photo/"},
		"a leaf of a later day": {func(i *installation) error {
			return i.beside(fmt.Sprintf("UPDATE vote_log SET at = at + %d WHERE position = 3", (24 * time.Hour).Milliseconds()))
		}, ": leaf 3 is of "},
		"a leaf of another voter": {func(i *installation) error {
			return i.beside("UPDATE vote_log SET voter = '" + strings.Repeat("f", 32) + "' WHERE position = 2")
		}, ": leaf 2 is not the one that the checkpoint of 3 leaves was signed for"},
		"a leaf a millisecond later": {func(i *installation) error { return i.beside("UPDATE vote_log SET at = at + 1 WHERE position = 3") },
			": leaf 3 is not the one that the checkpoint of 3 leaves was signed for"},
		"another log's secret": {func(i *installation) error {
			return i.beside("UPDATE heads SET log_key = '" + strings.Repeat("0", 64) + "'")
		}, ": leaf 1 is not the one that"},
		"a leaf of the tree's": {func(i *installation) error { return i.beside(tileWithout(1)) }, ": the tile of leaf 2 is not what its leaves define"},
		"a tile deleted":       {func(i *installation) error { return i.beside("DELETE FROM log_tiles") }, ": the tile of leaf 1 is not what its leaves define"},
		"a checkpoint's size":  {func(i *installation) error { return i.beside("UPDATE log_checkpoints SET size = 2 WHERE size = 3") }, ": the checkpoint of 2 leaves says that it is of 3"},
		"a checkpoint's signature": {func(i *installation) error {
			return i.beside("UPDATE log_checkpoints SET note = replace(note, '— localhost', '— l0calhost')")
		}, ": no checkpoint of this log"},
		"the checkpoints deleted": {func(i *installation) error { return i.beside("DELETE FROM log_checkpoints") }, "FAIL  log tree       challenge "},
		"the log's key":           {func(i *installation) error { return i.beside("DELETE FROM settings WHERE name = 'vote_log_key'") }, "FAIL  log tree       challenge "},
		"a page of the file overwritten": {func(i *installation) error {
			sqliteOnly(i.t)
			return edit(i.t, filepath.Join(i.data, "fanfare.db"), func(b []byte) []byte { clear(b[len(b)-4096:]); return b })
		}, "FAIL  database       "},
		"terms changed": {func(i *installation) error {
			drop := "DROP TRIGGER challenges_frozen"
			if onPostgres {
				drop += " ON challenges"
			}
			return i.beside(drop, "UPDATE challenges SET votes_close = votes_close + 1")
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
			return i.besideIndex("DELETE FROM document WHERE number = 1")
		}, "FAIL  search index   "},
		"an index without entries": {func(i *installation) error { return os.Remove(filepath.Join(i.data, "index.db")) },
			"is published and cannot be found"},
	} {
		t.Run(name, func(t *testing.T) {
			i := sound.twin(t)
			if err := c.harm(i); err != nil {
				t.Fatal(err)
			}
			out, err := command(t, append([]string{"verify", "--data", i.data}, i.flags...)...)
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

// tileWithout clears a hash in the first tile of every tree.
func tileWithout(place int) string {
	head, tail := fmt.Sprintf("substr(hashes, 1, %d)", place*32), fmt.Sprintf("substr(hashes, %d)", place*32+33)
	zeros := strings.Repeat("00", 32)
	if onPostgres {
		return "UPDATE log_tiles SET hashes = " + head + " || decode('" + zeros + "', 'hex') || " + tail + " WHERE level = 0 AND tile = 0"
	}
	return "UPDATE log_tiles SET hashes = CAST(" + head + " || x'" + zeros + "' || " + tail + " AS BLOB) WHERE level = 0 AND tile = 0"
}

func TestAQuickVerifyReadsNoPhotos(t *testing.T) {
	i := grown(t)
	rendition := i.objects("photo")[0]
	if err := edit(t, rendition, func(b []byte) []byte { b[len(b)/2] ^= 1; return b }); err != nil {
		t.Fatal(err)
	}
	i.fanfare("verify", "--quick")
	if err := os.Truncate(rendition, 10); err != nil {
		t.Fatal(err)
	}
	if _, err := command(t, append([]string{"verify", "--quick", "--data", i.data}, i.flags...)...); !errors.Is(err, errFound) {
		t.Errorf("a cut photo: got %v, want errFound", err)
	}
}

func TestVerifyLooksAtAServingInstallation(t *testing.T) {
	i := install(t, func(c *contest.Challenge) { c.Rules.VotesPerPeriod = 1000 }, "--rate-limits", "off")
	c := newCrowd(i.publishedPhotos(6), i.url)
	stop := c.run(t.Context(), 8, 1, func(int) (string, []byte) {
		return i.form(picture(), map[string]string{"caption": "during", "author": "Li", "consents": string(i.challenge.Consents[0])})
	})
	defer stop()
	i.eventually("the load is up", func() bool { return c.acknowledged() > 200 })
	for range 3 {
		i.fanfare("verify")
	}
}
