package entries

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
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

// OriginalKey is where the bucket keeps an entry's photo as it was sent. One that came by an upload has "-" and who joined it
// behind that.
func OriginalKey(c contest.ChallengeID, e contest.EntryID) string {
	return originalPrefix + string(c) + "/" + string(e)
}

// EvidenceKey is where the bucket keeps the file that proves an entry, as its fan sent it by an upload; who joined it stands
// behind that as well.
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

// Tidy removes old idempotency keys, and originals and evidence that no entry names: their upload was cut off between the
// bucket and the database, or was never entered.
func (s *Service) Tidy(ctx context.Context) error {
	var now time.Time
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		now = tx.Now()
		return tx.DeleteIdempotent(now.Add(-keyLife))
	})
	if err != nil {
		return err
	}
	for _, prefix := range []string{originalPrefix, evidencePrefix} {
		if err := s.tidy(ctx, prefix, now.Add(-orphanLife)); err != nil {
			return fmt.Errorf("tidy %s: %w", prefix, err)
		}
	}
	return nil
}

// tidy removes what lies below a prefix since before a time and belongs to nobody.
func (s *Service) tidy(ctx context.Context, prefix string, before time.Time) error {
	for object, err := range s.bucket.List(ctx, prefix) {
		if err != nil {
			return err
		}
		if object.ModTime.After(before) {
			continue
		}
		named, err := s.named(ctx, object.Key)
		if err == nil && !named {
			err = s.bucket.Delete(ctx, object.Key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// named reports whether an entry names an object, or an upload is to become the entry that will.
func (s *Service) named(ctx context.Context, key string) (named bool, err error) {
	id, _, _ := strings.Cut(path.Base(key), "-") // what stands behind it says who brought it
	err = s.store.View(ctx, func(tx *store.Tx) error {
		e, err := tx.Entry(contest.EntryID(id))
		if errors.Is(err, store.ErrNotFound) {
			named, err = tx.Uploading(contest.EntryID(id))
			return err
		}
		named = key == e.Original || key == e.Evidence
		return err
	})
	return named, err
}
