package upkeep

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"fanfare/media/blob"
	"fanfare/media/blob/dirblob"
	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bucketWith is a bucket in a folder, with hooks before reads and around writes.
type bucketWith struct {
	blob.Driver
	onOpen func(key string) error
	onPut  func(key string, r io.Reader) (io.Reader, error)
}

func (b *bucketWith) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if b.onOpen != nil {
		if err := b.onOpen(key); err != nil {
			return nil, err
		}
	}
	return b.Driver.Open(ctx, key, offset, length)
}

func (b *bucketWith) Put(ctx context.Context, key string, r io.Reader) error {
	if b.onPut != nil {
		var err error
		if r, err = b.onPut(key, r); err != nil {
			return err
		}
	}
	return b.Driver.Put(ctx, key, r)
}

func folderBucket(t *testing.T, folder string) *bucketWith {
	t.Helper()
	driver, err := dirblob.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { driver.Close() })
	return &bucketWith{Driver: driver}
}

// stage is an installation with a launched challenge, entries with photos, and votes.
type stage struct {
	*testing.T
	Installation
	driver    *bucketWith
	reread    func(key string) error // onOpen of the bucket that it is backed up to
	challenge contest.Challenge
	entries   []contest.Entry
}

func newStage(t *testing.T, photos int) *stage {
	t.Helper()
	s := &stage{T: t, driver: folderBucket(t, filepath.Join(t.TempDir(), "media"))}
	s.Installation = Installation{storetest.OpenSQLite(t, func([]contest.Change) {}), blob.NewBucket(s.driver)}
	s.write("", func(tx *store.Tx) error {
		campaign, err := tx.CreateCampaign(contest.Campaign{Name: contest.Text{ZH: "夜", EN: "Night"}})
		if err == nil {
			s.challenge, err = tx.CreateChallenge(storetest.Draft(campaign.ID, "night", tx.Now()))
		}
		return err
	})
	for n := range photos {
		s.enter(n)
	}
	return s
}

func (s *stage) write(in contest.ChallengeID, fn func(*store.Tx) error) {
	s.Helper()
	if err := s.Store.UpdateIn(s.Context(), in, fn); err != nil {
		s.Fatal(err)
	}
}

// enter publishes an entry whose original and rendition are in the bucket, and has three fans vote for it.
func (s *stage) enter(n int) {
	s.Helper()
	original, rendition := fmt.Appendf(nil, "original %d", n), fmt.Appendf(nil, "rendition %d", n)
	e := contest.Entry{ID: contest.EntryID(fmt.Sprintf("e_%013d", n)), Challenge: s.challenge.ID, Status: contest.Processing, SHA256: hashOf(original)}
	e.Original = "original/" + string(s.challenge.ID) + "/" + string(e.ID)
	if n%2 == 1 {
		e.Original += "-3" // it came by an upload
	}
	key := string(e.ID) + "/" + hashOf(rendition)[:32] + ".jpg"
	s.put(e.Original, original)
	s.put(entries.PhotoPrefix+key, rendition)
	s.write(s.challenge.ID, func(tx *store.Tx) error {
		for fan := range 3 {
			f, err := tx.FanFor("guest", fmt.Sprint(n, "-", fan), "")
			if err != nil {
				return err
			}
			if fan == 0 {
				e.Fan = f.ID
				if e, err = tx.InsertEntry(e); err != nil {
					return err
				}
				photo := contest.Photo{Renditions: []contest.Rendition{{Name: "480", Key: key, Bytes: len(rendition), SHA256: hashOf(rendition)}}}
				if _, err := tx.SetPhoto(e.ID, photo, nil, contest.Published, ""); err != nil {
					return err
				}
			}
			if _, err := storetest.Cast(tx, storetest.Ballot(s.challenge.ID, e.ID, string(f.ID)), s.challenge.PeriodAt(tx.Now())); err != nil {
				return err
			}
		}
		return nil
	})
	s.entries = append(s.entries, e)
}

func (s *stage) put(key string, content []byte) {
	s.Helper()
	if _, err := s.Bucket.Put(s.Context(), key, bytes.NewReader(content), int64(len(content))); err != nil {
		s.Fatal(err)
	}
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// backup backs the stage up and returns the folder.
func (s *stage) backup() (folder *os.Root, c Carried) {
	s.Helper()
	path := s.TempDir()
	folder, err := os.OpenRoot(path)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { folder.Close() })
	write, read := storetest.Pools(s, filepath.Join(path, databaseFile))
	db, err := store.Open(write, read, store.SQLite, func([]contest.Change) {})
	if err != nil {
		s.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(s.Context()); err != nil {
		s.Fatal(err)
	}
	bucket := folderBucket(s.T, filepath.Join(path, "media"))
	bucket.onOpen = s.reread
	to := Installation{db, blob.NewBucket(bucket)}
	finish := func() error {
		db.Close()
		if err := read.Close(); err != nil {
			return err
		}
		_, err := write.Exec("PRAGMA journal_mode = DELETE")
		return err
	}
	if _, c, err = Backup(s.Context(), s.Installation, to, folder, finish, s.Logf); err != nil {
		s.Fatal(err)
	}
	if err := write.Close(); err != nil {
		s.Fatal(err)
	}
	return folder, c
}

// roomForTests is what a test's backup may take of the disk.
const roomForTests = 64 << 20

// restore opens a backup and restores it into an empty installation.
func (s *stage) restore(folder *os.Root) (to Installation, lost int, err error) {
	s.Helper()
	file := filepath.Join(s.TempDir(), databaseFile)
	to = Installation{storetest.OpenSQLite(s, func([]contest.Change) {}), blob.NewBucket(folderBucket(s.T, s.TempDir()))}
	opened, err := OpenBackup(s.Context(), folder, file, roomForTests, s.Logf)
	if err != nil {
		return to, 0, err
	}
	write, read := storetest.Pools(s, file)
	db, err := store.Open(write, read, store.SQLite, func([]contest.Change) {})
	if err != nil {
		s.Fatal(err)
	}
	defer db.Close()
	fresh := storetest.OpenSQLite(s, func([]contest.Change) {})
	if err := Adopt(s.Context(), db, fresh); err != nil {
		return to, 0, err
	}
	restored, err := opened.Restore(s.Context(), db, to, nil, s.Logf)
	return to, restored.Lost, err
}
