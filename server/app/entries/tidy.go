package entries

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/store"
)

// How long things are kept that nothing names any more.
const (
	keyLife    = 7 * 24 * time.Hour // of idempotency keys: a phone that was off for a week sends again
	orphanLife = 24 * time.Hour     // of originals without an entry: longer than any upload takes
)

// Where the bucket keeps what is never served, by challenge and entry.
const (
	originalPrefix = "original/" // the photos as they were sent
	evidencePrefix = "evidence/" // the cameras' own files that staff asked for
)

// MaxOriginal is the largest of the files that staff ask for: a raw picture of 100 megapixels has less.
const MaxOriginal = 100 << 20

// OriginalKey is where the bucket keeps an entry's photo as it was sent.
func OriginalKey(c contest.ChallengeID, e contest.EntryID) string {
	return originalPrefix + string(c) + "/" + string(e)
}

// EvidenceKey is where the bucket keeps the file that proves an entry, as its fan sent it by an upload.
func EvidenceKey(c contest.ChallengeID, e contest.EntryID, upload string) string {
	return evidencePrefix + string(c) + "/" + string(e) + "-" + upload
}

// Resume takes up the rendering of every entry that waits for it, those included whose job was given up during a long
// outage.
func (s *Service) Resume(ctx context.Context) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		waiting, err := tx.Queue([]contest.Status{contest.Processing}, maxResumed)
		for _, e := range waiting {
			err = errors.Join(err, s.queue.Insert(tx, job.Job{Kind: renderJob, Key: string(e.ID)}))
		}
		return err
	})
}

// maxResumed is how many entries are taken up at once; the oldest go first.
const maxResumed = 1000

// Tidy removes old idempotency keys, and originals that no entry names: their upload was cut off between the bucket and
// the database.
func (s *Service) Tidy(ctx context.Context) error {
	var now time.Time
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		now = tx.Now()
		return tx.DeleteIdempotent(now.Add(-keyLife))
	})
	if err != nil {
		return err
	}
	for object, err := range s.bucket.List(ctx, originalPrefix) {
		if err != nil {
			return fmt.Errorf("list originals: %w", err)
		}
		if now.Sub(object.ModTime) < orphanLife {
			continue
		}
		_, err := s.Entry(ctx, contest.EntryID(path.Base(object.Key)))
		if errors.Is(err, store.ErrNotFound) {
			err = s.bucket.Delete(ctx, object.Key)
		}
		if err != nil {
			return fmt.Errorf("tidy original %s: %w", object.Key, err)
		}
	}
	return nil
}
