package main

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"fanfare/server/app/upkeep"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// command runs fanfare as an operator does, with no environment, and returns what it printed.
func command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), args, func(string) string { return "" }, nil, &out)
	t.Logf("fanfare %s\n%s", strings.Join(args, " "), out.String())
	return out.String(), err
}

// mustRun is command for one that has to succeed.
func mustRun(t *testing.T, args ...string) string {
	t.Helper()
	out, err := command(t, args...)
	if err != nil {
		t.Fatalf("fanfare %s: %v", args[0], err)
	}
	return out
}

// fanfare runs a command on the installation's backends. What stands before the flags comes first.
func (i *installation) fanfare(args ...string) string {
	i.t.Helper()
	return mustRun(i.t, append(append(args, "--data", i.data), i.flags...)...)
}

// elsewhere is a new data folder, and on PostgreSQL a new database.
func (i *installation) elsewhere(t *testing.T) *installation {
	t.Helper()
	other := &installation{t: t, data: t.TempDir(), challenge: i.challenge, site: i.site}
	if onPostgres {
		other.flags = []string{"--db", postgres(t).NewDatabase(t)}
	}
	return other
}

// until copies what was acknowledged so far.
func (c *crowd) until() *crowd {
	c.mu.Lock()
	defer c.mu.Unlock()
	so := newCrowd(c.entries, c.urls...)
	for token, entries := range c.voted {
		so.voted[token] = slices.Clone(entries)
	}
	so.entered, so.acks = maps.Clone(c.entered), c.acks
	return so
}

// waits measures how long writes wait while it runs.
func waits(ctx context.Context, s *store.Store) (stop func() []time.Duration) {
	ctx, cancel := context.WithCancel(ctx)
	var all []time.Duration
	var probe sync.WaitGroup
	probe.Go(func() {
		for ctx.Err() == nil {
			began := time.Now()
			if s.Update(ctx, func(*store.Tx) error { return nil }) == nil {
				all = append(all, time.Since(began))
			}
			select {
			case <-ctx.Done():
			case <-time.After(time.Millisecond):
			}
		}
	})
	return func() []time.Duration {
		cancel()
		probe.Wait()
		slices.Sort(all)
		return all
	}
}

// late is the wait that one in a hundred exceeds.
func late(sorted []time.Duration) time.Duration { return sorted[len(sorted)*99/100] }

// CHECKS 57: a backup under votes and uploads, restored on an empty machine.
func TestABackupUnderLoadHoldsWhatWasAcknowledgedBeforeItsMark(t *testing.T) {
	i := install(t, func(c *contest.Challenge) { c.Rules.VotesPerPeriod = 1000 }, "--rate-limits", "off")
	c := newCrowd(i.publishedPhotos(12), i.url)
	stop := c.run(t.Context(), 16, 2, func(int) (string, []byte) {
		return i.form(picture(), map[string]string{"caption": "during", "author": "Li", "consents": string(i.challenge.Consents[0])})
	})
	usual := waits(t.Context(), i.app.store)
	i.eventually("the load is up", func() bool { return c.acknowledged() > 500 && c.enteredSoFar() > 3 })
	alone, before := late(usual()), c.until()
	probe := waits(t.Context(), i.app.store)
	folder := filepath.Join(t.TempDir(), "backup")
	i.fanfare("backup", folder)
	held := late(probe())
	during := c.acknowledged() - before.acks
	stop()
	t.Logf("%d acknowledged before the backup, %d during it; one write in a hundred waited %v or longer, and %v without the backup", before.acks, during, held, alone)
	if limit := max(100*time.Millisecond, 3*alone); held > limit { // a machine that is busy with other tests has a measure of its own
		t.Errorf("writes were held for %v during the backup, want %v at most", held, limit)
	}
	if during == 0 {
		t.Error("nothing was acknowledged during the backup: it was not under load")
	}
	i.close()

	restored := i.elsewhere(t)
	restored.fanfare("restore", folder)
	restored.fanfare("verify")
	r := restored.replica("")
	r.start()
	before.holds(t, r.url)
	tallies, err := contest.Recount(restored.leaves())
	if err != nil {
		t.Error(err)
	}
	for _, row := range boardOf(t, r.url).Rows {
		if score := tallies[row.Number].Score; score != row.Score {
			t.Errorf("%s has %d votes on the board and %d in the log", row.Entry, row.Score, score)
		}
	}
}

// holds compares what the crowd was told with what a server says of it. Entries may still wait to be rendered: the lease
// of the job that the backup found running has to end first.
func (c *crowd) holds(t *testing.T, url string) {
	t.Helper()
	mine := map[string][]string{} // entries by bearer
	for owner, entry := range c.entered {
		token, _, _ := strings.Cut(owner, " ")
		mine[token] = append(mine[token], entry)
	}
	for _, token := range slices.Concat(slices.Collect(maps.Keys(c.voted)), slices.Collect(maps.Keys(mine))) {
		var me struct {
			Voted   []string
			Entries []struct{ ID string }
		}
		get(t, url, "/api/v1/me", token, &me)
		for _, entry := range c.voted[token] {
			if there := count(me.Voted, entry); there != 1 {
				t.Errorf("an acknowledged vote for %s is there %d times", entry, there)
			}
		}
		for _, entry := range mine[token] {
			if !slices.ContainsFunc(me.Entries, func(e struct{ ID string }) bool { return e.ID == entry }) {
				t.Errorf("acknowledged entry %s is lost", entry)
			}
		}
	}
}

// backedUp is an installation with photos and votes, closed, and its backup.
func backedUp(t *testing.T) (i *installation, folder string) {
	i = install(t, nil)
	for _, id := range i.publishedPhotos(2) {
		i.vote("PUT", id, i.guest())
	}
	i.close()
	folder = filepath.Join(t.TempDir(), "backup")
	i.fanfare("backup", folder)
	return i, folder
}

func TestABackupIsNotWrittenOverAnother(t *testing.T) {
	i, folder := backedUp(t)
	if _, err := command(t, append([]string{"backup", folder, "--data", i.data}, i.flags...)...); err == nil {
		t.Error("a backup was written over another")
	}
	i.elsewhere(t).fanfare("restore", folder)
}

// CHECKS 57: hostile and cut archives.
func TestACutOrHostileBackupIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	i, whole := backedUp(t)
	list := string(must(os.ReadFile(filepath.Join(whole, "media.sha256")))(t))
	object, _, _ := strings.Cut(list[66:], "\n")
	for name, harm := range map[string]func(t *testing.T, folder string) error{
		"no manifest": func(_ *testing.T, f string) error { return os.Remove(filepath.Join(f, "manifest.json")) },
		"a changed manifest": func(t *testing.T, f string) error {
			return edit(t, filepath.Join(f, "manifest.json"), func(b []byte) []byte { return bytes.Replace(b, []byte(`"count": `), []byte(`"count": 1`), 1) })
		},
		"no database": func(_ *testing.T, f string) error { return os.Remove(filepath.Join(f, "fanfare.db")) },
		"a cut database": func(_ *testing.T, f string) error {
			return os.Truncate(filepath.Join(f, "fanfare.db"), 8192)
		},
		"a flipped bit in the database": func(t *testing.T, f string) error {
			return edit(t, filepath.Join(f, "fanfare.db"), func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
		},
		"a link for the database": func(_ *testing.T, f string) error {
			return replaceByLink(filepath.Join(f, "fanfare.db"), "/etc/passwd")
		},
		"no list": func(_ *testing.T, f string) error { return os.Remove(filepath.Join(f, "media.sha256")) },
		"a cut list": func(_ *testing.T, f string) error {
			return os.Truncate(filepath.Join(f, "media.sha256"), int64(len(list)/2))
		},
		"a list that leads out": func(t *testing.T, f string) error {
			return edit(t, filepath.Join(f, "media.sha256"), func(b []byte) []byte {
				return bytes.Replace(b, []byte(object), []byte("media/../../etc/passwd"), 1)
			})
		},
		"an endless list": func(_ *testing.T, f string) error { return os.Truncate(filepath.Join(f, "media.sha256"), 1<<40) },
		"a missing photo": func(_ *testing.T, f string) error { return os.Remove(filepath.Join(f, object)) },
		"a flipped bit in a photo": func(t *testing.T, f string) error {
			return edit(t, filepath.Join(f, object), func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
		},
		"an endless photo": func(_ *testing.T, f string) error { return os.Truncate(filepath.Join(f, object), 1<<40) },
		"a link for a photo": func(_ *testing.T, f string) error {
			return replaceByLink(filepath.Join(f, object), "/etc/passwd")
		},
		"a pipe for a photo": func(_ *testing.T, f string) error {
			path := filepath.Join(f, object)
			return errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder, target := filepath.Join(t.TempDir(), "backup"), i.elsewhere(t)
			if err := errors.Join(os.CopyFS(folder, os.DirFS(whole)), harm(t, folder)); err != nil {
				t.Fatal(err)
			}
			if _, err := command(t, append([]string{"restore", folder, "--data", target.data}, target.flags...)...); !errors.Is(err, upkeep.ErrBackup) {
				t.Errorf("got %v, want ErrBackup", err)
			}
			for _, left := range []string{"fanfare.db", "media", "index.db"} {
				if _, err := os.Stat(filepath.Join(target.data, left)); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("%s was written", left)
				}
			}
			if left := must(filepath.Glob(filepath.Join(target.data, "tmp", "*")))(t); len(left) > 0 {
				t.Errorf("%v stays behind", left)
			}
		})
	}
}

func edit(t *testing.T, path string, change func([]byte) []byte) error {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, change(content), 0o600)
}

func replaceByLink(path, to string) error { return errors.Join(os.Remove(path), os.Symlink(to, path)) }

func TestABackupIsRestoredOnlyWhereNothingIs(t *testing.T) {
	_, folder := backedUp(t)
	other := install(t, nil)
	if _, err := command(t, append([]string{"restore", folder, "--data", other.data}, other.flags...)...); !errors.Is(err, upkeep.ErrForeign) {
		t.Errorf("into another installation: got %v, want ErrForeign", err)
	}
	if r := other.get("/api/v1/challenges/night", ""); r.Status != 200 {
		t.Errorf("the other installation answers %d", r.Status)
	}
}

func TestARestoreThatWasCutOffGoesOn(t *testing.T) {
	i, folder := backedUp(t)
	target := i.elsewhere(t)
	cutOff(t, "table entries", append([]string{"restore", folder, "--data", target.data}, target.flags...)...)
	if out := target.fanfare("restore", folder); !strings.Contains(out, "table challenges: 1 rows, 1 of them were there") {
		t.Errorf("it began anew:\n%s", out)
	}
	same(t, i.tables(), target.tables())
}

// cutOff runs a command and ends it as soon as it says something.
func cutOff(t *testing.T, at string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := writerFunc(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte(at)) {
			cancel()
		}
		return len(p), nil
	})
	if err := run(ctx, args, func(string) string { return "" }, nil, out); err == nil {
		t.Fatalf("%s was not cut off", args[0])
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// tables are all rows of the installation's database.
func (i *installation) tables() map[string][][]any {
	i.t.Helper()
	tables := map[string][][]any{}
	i.inspect(func(s *store.Store) error {
		return s.Snapshot(i.t.Context(), func(tx *store.Tx) error {
			for _, table := range store.Tables() {
				keep := func(row []any) error { tables[table.Name] = append(tables[table.Name], row); return nil }
				if err := tx.Rows(table, nil, keep); err != nil {
					return err
				}
			}
			return nil
		})
	})
	return tables
}

// same holds two databases' rows equal.
func same(t *testing.T, a, b map[string][][]any) {
	t.Helper()
	for _, table := range store.Tables() {
		if !reflect.DeepEqual(a[table.Name], b[table.Name]) {
			t.Errorf("table %s differs: %v and %v", table.Name, a[table.Name], b[table.Name])
		}
	}
}
