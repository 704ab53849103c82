package upkeep

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fanfare/media/blob"
	"fanfare/server/app/erasures"
	"fanfare/server/contest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// noted is the journal's note of the fan of an entry.
func (s *stage) noted(n int) []erasures.Note {
	return []erasures.Note{{Fan: erasures.Hash(s.entries[n].Fan), At: time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)}}
}

// target is an empty installation to restore into.
func (s *stage) target() (to Installation, driver *bucketWith) {
	s.Helper()
	driver = folderBucket(s.T, s.TempDir())
	return Installation{storetest.OpenSQLite(s, func([]contest.Change) {}), blob.NewBucket(driver)}, driver
}

// restoreInto restores a backup with notes of a journal from elsewhere.
func (s *stage) restoreInto(to Installation, folder *os.Root, notes []erasures.Note) (Restored, error) {
	s.Helper()
	file := filepath.Join(s.TempDir(), databaseFile)
	opened, err := OpenBackup(s.Context(), folder, file, roomForTests, s.Logf)
	if err != nil {
		s.Fatal(err)
	}
	write, read := storetest.Pools(s, file)
	db, err := store.Open(write, read, store.SQLite, func([]contest.Change) {})
	if err != nil {
		s.Fatal(err)
	}
	defer db.Close()
	return opened.Restore(s.Context(), db, to, notes, s.Logf)
}

// keeps holds that an installation has the photos of all entries but one, and is sound.
func (s *stage) keeps(i Installation, but int) {
	s.Helper()
	objects := 0
	for object, err := range i.Bucket.List(s.Context(), "") {
		if err != nil {
			s.Fatal(err)
		}
		if strings.Contains(object.Key, string(s.entries[but].ID)) {
			s.Errorf("%s of the erased fan is there", object.Key)
		}
		if _, ours := entryOf(object.Key); ours {
			objects++
		}
	}
	if want := 2 * (len(s.entries) - 1); objects != want {
		s.Errorf("%d objects are there, want %d", objects, want)
	}
	if status := s.status(i, but); status != contest.Withdrawn {
		s.Errorf("the entry of the erased fan is %s", status)
	}
	sound(s.T, i)
}

func TestWhoIsNotedIsErasedBeforeAnythingIsRestored(t *testing.T) {
	for name, journal := range map[string]func(s *stage, to Installation) (further []erasures.Note){
		"by the target's own journal": func(s *stage, to Installation) []erasures.Note {
			if err := erasures.NewJournal(to.Bucket).Write(t.Context(), s.noted(1)...); err != nil {
				s.Fatal(err)
			}
			return nil
		},
		"by one from elsewhere": func(s *stage, _ Installation) []erasures.Note { return s.noted(1) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, 3)
			folder, _ := s.backup()
			to, driver := s.target()
			further := journal(s, to)
			driver.onPut = func(key string, r io.Reader) (io.Reader, error) {
				if strings.Contains(key, string(s.entries[1].ID)) {
					t.Errorf("%s was put into the store, if only for a moment", key)
				}
				return r, nil
			}
			got, err := s.restoreInto(to, folder, further)
			if want := (Restored{Noted: 1, Erased: 1}); err != nil || got != want {
				t.Fatalf("restored %+v, %v, want %+v", got, err, want)
			}
			s.keeps(to, 1)
			notes, err := erasures.NewJournal(to.Bucket).Read(t.Context())
			if err != nil || len(notes) != 1 || notes[0] != s.noted(1)[0] {
				t.Errorf("the target's journal has %v, %v", notes, err)
			}
		})
	}
}

func TestARestoreWithAJournalGoesOnWhereItWasCutOff(t *testing.T) {
	s := newStage(t, 3)
	folder, _ := s.backup()
	to, driver := s.target()
	broken := errors.New("the store went away")
	driver.onPut = func(key string, r io.Reader) (io.Reader, error) {
		if strings.HasPrefix(key, "photo/") {
			return nil, broken
		}
		return r, nil
	}
	if _, err := s.restoreInto(to, folder, s.noted(2)); !errors.Is(err, broken) {
		t.Fatalf("got %v, want it to be cut off", err)
	}
	driver.onPut = nil
	if got, err := s.restoreInto(to, folder, s.noted(2)); err != nil || got.Erased != 1 {
		t.Fatalf("restored %+v, %v", got, err)
	}
	s.keeps(to, 2)
}

func TestANoteOfSomebodyWhomTheBackupDoesNotKnowDoesNoHarm(t *testing.T) {
	s := newStage(t, 2)
	folder, _ := s.backup()
	to, _ := s.target()
	stranger := []erasures.Note{{Fan: erasures.Hash("f_stranger"), At: s.noted(0)[0].At}}
	if got, err := s.restoreInto(to, folder, stranger); err != nil || got != (Restored{Noted: 1}) {
		t.Errorf("restored %+v, %v", got, err)
	}
	sound(t, to)
}

func TestWhoIsErasedWhileABackupRunsIsNotInWhatIsRestoredFromIt(t *testing.T) {
	s := newStage(t, 4)
	var once sync.Once
	s.driver.onOpen = func(string) error {
		once.Do(func() {
			if back, err := erasures.Apply(t.Context(), s.Store, s.noted(1)); err != nil || back != 1 {
				t.Errorf("erased %d, %v", back, err)
			}
			for _, o := range objectsOf(s.entries[1]) {
				if err := s.driver.Delete(t.Context(), o.key); err != nil {
					t.Error(err)
				}
			}
		})
		return nil
	}
	folder, c := s.backup()
	if len(c.Lost) > 0 {
		t.Errorf("lost are %v, want none", c.Lost)
	}
	to, _ := s.target()
	if _, err := s.restoreInto(to, folder, s.noted(1)); err != nil {
		t.Fatal(err)
	}
	s.keeps(to, 1)
}

func TestACopyOfThePhotosCarriesTheJournalOfErasures(t *testing.T) {
	s := newStage(t, 1)
	if err := erasures.NewJournal(s.Bucket).Write(t.Context(), s.noted(0)...); err != nil {
		t.Fatal(err)
	}
	to, _ := s.target()
	for range 2 { // the second time it is there
		if _, err := CopyMedia(t.Context(), s.Store, s.Bucket, to.Bucket, t.Logf); err != nil {
			t.Fatal(err)
		}
	}
	notes, err := erasures.NewJournal(to.Bucket).Read(t.Context())
	if err != nil || len(notes) != 1 || notes[0] != s.noted(0)[0] {
		t.Errorf("the copy's journal has %v, %v", notes, err)
	}
}

func TestVerifyTellsOfWhomTheDatabaseMayHaveBroughtBack(t *testing.T) {
	s := newStage(t, 1)
	if err := erasures.NewJournal(s.Bucket).Write(t.Context(), s.noted(0)...); err != nil {
		t.Fatal(err)
	}
	if faults := s.faults(s.Installation); len(faults) != 1 || !strings.Contains(faults[0], "2026-11-22 20:00 UTC may be back") {
		t.Errorf("verify found %v", faults)
	}
	s.put(erasures.Prefix+"readme.txt", []byte("x"))
	if faults := s.faults(s.Installation); len(faults) != 1 || !strings.Contains(faults[0], "not a journal") {
		t.Errorf("a foreign object: verify found %v", faults)
	}
}
