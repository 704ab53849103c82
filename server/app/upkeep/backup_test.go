package upkeep

import (
	"database/sql"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	_ "modernc.org/sqlite" // backups are SQLite files

	"fanfare/media/blob"
	"fanfare/search"
	"fanfare/server/contest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"

	"context"
)

// sound holds that an installation has nothing to find fault with.
func sound(t *testing.T, i Installation) {
	t.Helper()
	v := Verification{Installation: i, Difference: func(context.Context) (search.Difference, error) { return search.Difference{}, nil }}
	err := Verify(t.Context(), v, t.Logf, func(f Finding) {
		if f.Level != OK {
			t.Errorf("%s: %s", f.Subject, f.Text)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func (s *stage) status(i Installation, n int) (status contest.Status) {
	s.Helper()
	err := i.Store.View(s.Context(), func(tx *store.Tx) error {
		e, err := tx.Entry(s.entries[n].ID)
		status = e.Status
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
	return status
}

// withdraw takes an entry out as its fan would, and removes its photos.
func (s *stage) withdraw(id contest.EntryID) {
	s.Helper()
	s.write(s.challenge.ID, func(tx *store.Tx) error {
		_, err := tx.Decide(id, contest.Withdrawn, "", "")
		return err
	})
	for object, err := range s.driver.List(s.Context(), "") {
		if strings.Contains(object.Key, string(id)) {
			err = errors.Join(err, s.driver.Delete(s.Context(), object.Key))
		}
		if err != nil {
			s.Error(err)
		}
	}
}

func TestWhoWithdrawsWhileABackupRunsIsWithdrawnInIt(t *testing.T) {
	const photos = 4
	for name, hook := range map[string]func(s *stage, withdraw func()){
		"as the first photo is copied": func(s *stage, withdraw func()) {
			s.driver.onOpen = func(string) error { withdraw(); return nil }
		},
		"when every photo was copied": func(s *stage, withdraw func()) {
			var opened atomic.Int64
			s.reread = func(string) error { // an original and a rendition, each read again once it was copied
				if opened.Add(1) == 2*photos {
					withdraw()
				}
				return nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, photos)
			var once sync.Once
			happened := false
			hook(s, func() { once.Do(func() { s.withdraw(s.entries[1].ID); happened = true }) })
			folder, c := s.backup()
			if !happened || len(c.Lost) > 0 {
				t.Errorf("withdrawn: %t; lost: %v, want none", happened, c.Lost)
			}
			s.isWithdrawnIn(folder, 1)
		})
	}
}

// isWithdrawnIn holds that an entry is withdrawn in a backup and has no photos there, and that all else is whole.
func (s *stage) isWithdrawnIn(folder *os.Root, n int) {
	s.Helper()
	media := blob.NewBucket(folderBucket(s.T, filepath.Join(folder.Name(), "media")))
	restored, lost, err := s.restore(folder)
	if err != nil || lost > 0 {
		s.Fatalf("restore: %v, %d lost", err, lost)
	}
	if got := s.status(restored, n); got != contest.Withdrawn {
		s.Errorf("the withdrawn entry is %s", got)
	}
	for _, bucket := range []*blob.Bucket{media, restored.Bucket} {
		count := 0
		for object, err := range bucket.List(s.Context(), "") {
			if count++; err != nil || strings.Contains(object.Key, string(s.entries[n].ID)) {
				s.Errorf("a withdrawn photo is kept: %s, %v", object.Key, err)
			}
		}
		if want := 2 * (len(s.entries) - 1); count != want {
			s.Errorf("%d objects are kept, want %d", count, want)
		}
	}
	sound(s.T, restored)
}

func TestAPhotoThatTheSourceLostIsNamedAndTheRestIsBackedUp(t *testing.T) {
	s := newStage(t, 4)
	missing, damaged := s.entries[0].Original, s.entries[2].Original
	if err := s.driver.Delete(t.Context(), missing); err != nil {
		t.Fatal(err)
	}
	s.put(damaged, []byte("0riginal 2"))
	folder, c := s.backup()
	if len(c.Lost) != 2 || !strings.Contains(strings.Join(c.Lost, " "), missing) || !strings.Contains(strings.Join(c.Lost, " "), damaged) {
		t.Errorf("lost are %v, want %s and %s", c.Lost, missing, damaged)
	}
	restored, lost, err := s.restore(folder)
	if err != nil || lost != 2 {
		t.Fatalf("restore: %v, %d lost, want 2", err, lost)
	}
	if _, err := restored.Bucket.Stat(t.Context(), damaged); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("damaged bytes were kept as good: %v", err)
	}
	if _, err := restored.Bucket.Stat(t.Context(), s.entries[1].Original); err != nil {
		t.Errorf("a sound photo is missing: %v", err)
	}
}

// resigned changes the database of a backup and signs the manifest again, as a forger would who has read this package.
func (s *stage) resigned(folder *os.Root, change func(*Manifest), statements ...string) {
	s.Helper()
	db, err := sql.Open("sqlite", filepath.Join(folder.Name(), databaseFile))
	if err != nil {
		s.Fatal(err)
	}
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			s.Fatalf("%s: %v", statement, err)
		}
	}
	if err := db.Close(); err != nil {
		s.Fatal(err)
	}
	m, err := readManifest(folder)
	if err != nil {
		s.Fatal(err)
	}
	if m.Database, err = hashFile(folder, databaseFile); err != nil {
		s.Fatal(err)
	}
	if change != nil {
		change(&m)
	}
	if m.Tables == nil { // the forger counted again
		m.Tables = s.digests(folder)
	}
	if err := m.write(folder); err != nil {
		s.Fatal(err)
	}
}

// digests reads the tables of a backup as they are now.
func (s *stage) digests(folder *os.Root) map[string]Table {
	s.Helper()
	copied := filepath.Join(s.TempDir(), databaseFile)
	content, err := os.ReadFile(filepath.Join(folder.Name(), databaseFile))
	if err == nil {
		err = os.WriteFile(copied, content, 0o600)
	}
	if err != nil {
		s.Fatal(err)
	}
	tables, err := digestTables(s.Context(), storetest.OpenSQLiteFile(s, copied, func([]contest.Change) {}))
	if err != nil {
		s.Fatal(err)
	}
	return tables
}

func TestAForgedBackupIsRefusedThoughItsSumsAreRight(t *testing.T) {
	for name, c := range map[string]struct {
		change     func(*Manifest)
		statements []string
	}{
		"a view without end in place of a table": {nil, []string{
			"DROP TABLE sign_in_failures",
			"CREATE VIEW sign_in_failures AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'k' || i AS key, i AS failures, i AS since FROM n",
		}},
		"a trigger more": {nil, []string{"CREATE TRIGGER evil AFTER INSERT ON settings BEGIN DELETE FROM votes; END"}},
		"a table more":   {nil, []string{"CREATE TABLE evil (x TEXT)"}},
		"a computed column": {nil, []string{
			"DROP TABLE settings", "CREATE TABLE settings (name TEXT NOT NULL PRIMARY KEY, value TEXT GENERATED ALWAYS AS (hex(zeroblob(100000000))))",
		}},
		"a row more than the manifest says": {func(m *Manifest) { m.Tables["settings"] = Table{0, m.Objects.SHA256} }, []string{"INSERT INTO settings (name, value) VALUES ('x', 'y')"}},
		"an entry without its fan":          {nil, []string{"DELETE FROM fans WHERE id = (SELECT fan FROM entries LIMIT 1)"}},
		"an object that no row names":       {func(m *Manifest) { m.Tables = nil }, []string{"UPDATE entries SET original = 'original/x/y' WHERE number = 1"}},
		"a later version":                   {func(m *Manifest) { m.Schema = 1 << 40 }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, 2)
			folder, _ := s.backup()
			s.resigned(folder, c.change, c.statements...)
			to, _, err := s.restore(folder)
			if !errors.Is(err, ErrBackup) && !errors.Is(err, store.ErrNewerSchema) {
				t.Errorf("got %v, want a refusal", err)
			}
			empty(t, to)
		})
	}
}

func TestADatabaseOfAnotherLengthThanItsHeaderSaysIsNotCopied(t *testing.T) {
	for name, harm := range map[string]func(path string) error{
		"stretched": func(path string) error { return os.Truncate(path, 3<<30) },
		"a page more": func(path string) error {
			info, err := os.Stat(path)
			return errors.Join(err, os.Truncate(path, info.Size()+4096))
		},
		"cut":         func(path string) error { return os.Truncate(path, 8192) },
		"a byte":      func(path string) error { return os.Truncate(path, 1) },
		"no database": func(path string) error { return os.WriteFile(path, make([]byte, 8192), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, 1)
			folder, _ := s.backup()
			if err := harm(filepath.Join(folder.Name(), databaseFile)); err != nil {
				t.Fatal(err)
			}
			s.claimed(folder)
			file := filepath.Join(t.TempDir(), databaseFile)
			if _, err := OpenBackup(t.Context(), folder, file, math.MaxInt64, t.Logf); !errors.Is(err, ErrBackup) {
				t.Errorf("got %v, want ErrBackup", err)
			}
			if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("it was copied: %v", err)
			}
		})
	}
}

// claimed signs a manifest that says the database's length as it is now.
func (s *stage) claimed(folder *os.Root) {
	s.Helper()
	m, err := readManifest(folder)
	if err != nil {
		s.Fatal(err)
	}
	info, err := folder.Stat(databaseFile)
	if err != nil {
		s.Fatal(err)
	}
	m.Database.Bytes = info.Size()
	if err := m.write(folder); err != nil {
		s.Fatal(err)
	}
}

func TestADatabaseThatTheDiskHasNoRoomForIsNotCopied(t *testing.T) {
	s := newStage(t, 1)
	folder, _ := s.backup()
	m, err := readManifest(folder)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), databaseFile)
	if _, err := OpenBackup(t.Context(), folder, file, m.Database.Bytes-1, t.Logf); !errors.Is(err, ErrRoom) {
		t.Errorf("got %v, want ErrRoom", err)
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it was copied: %v", err)
	}
	if _, err := OpenBackup(t.Context(), folder, file, m.Database.Bytes, t.Logf); err != nil {
		t.Errorf("with room for it: %v", err)
	}
}

func TestALinkInPlaceOfAFolderOfPhotosIsRefused(t *testing.T) {
	for _, name := range []string{"media", "media/original"} {
		for _, leads := range []string{"out", "inside"} {
			t.Run(name+" "+leads, func(t *testing.T) {
				s := newStage(t, 1)
				folder, _ := s.backup()
				aside := filepath.Join(t.TempDir(), "aside")
				if leads == "inside" {
					aside = filepath.Join(folder.Name(), "aside")
				}
				path := filepath.Join(folder.Name(), name)
				if err := errors.Join(os.Rename(path, aside), os.Symlink(aside, path)); err != nil {
					t.Fatal(err)
				}
				to, _, err := s.restore(folder)
				if !errors.Is(err, ErrBackup) || !strings.Contains(err.Error(), name+" is not a plain folder") {
					t.Errorf("got %v, want ErrBackup that names %s", err, name)
				}
				empty(t, to)
			})
		}
	}
}

// empty holds that nothing was written.
func empty(t *testing.T, i Installation) {
	t.Helper()
	tables, err := digestTables(t.Context(), i.Store)
	if err != nil {
		t.Fatal(err)
	}
	for name, table := range tables {
		if table.Rows > 0 {
			t.Errorf("%d rows were written into %s", table.Rows, name)
		}
	}
	for object := range i.Bucket.List(t.Context(), "") {
		t.Errorf("object %s was written", object.Key)
	}
}

func TestALongVoteLogIsReadInPartsWithTheSameFindings(t *testing.T) {
	s := newStage(t, 7)
	for _, most := range []int64{1, 2, 5, 1000} {
		err := s.Store.Snapshot(t.Context(), func(tx *store.Tx) error {
			r := newRecount()
			r.most = most
			if err := r.read(tx, newProgress(t.Logf)); err != nil {
				return err
			}
			for want, c := range map[int64]*check{7: r.scores, 21: r.votes} {
				if c.looked != want || c.faults > 0 {
					t.Errorf("%d leaves at once: looked at %d %s, want %d; %s", most, c.looked, c.subject, want, c.first)
				}
			}
			if r.log.looked != 21 || r.log.faults > 0 {
				t.Errorf("%d leaves at once: looked at %d leaves, want 21; %s", most, r.log.looked, r.log.first)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
