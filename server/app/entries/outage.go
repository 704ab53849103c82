package entries

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fanfare/media/blob"
	"fanfare/server/job"
	"fanfare/server/store"
)

// outagePause is when a job that found no object store is tried again: soon enough that what piled up is done within two
// minutes after an outage, however long that was.
const outagePause = 10 * time.Second

// outlasting makes a job wait for the object store as long as it is away or full: that is not the job's fault, so its
// pauses do not grow and it is never given up.
func (s *Service) outlasting(kind string, do job.Handler) job.Handler {
	return func(ctx context.Context, j job.Job) error {
		err := do(ctx, j)
		if !errors.Is(err, blob.ErrUnavailable) && !errors.Is(err, blob.ErrFull) {
			return err
		}
		again := s.store.Update(ctx, func(tx *store.Tx) error {
			return s.queue.Insert(tx, job.Job{Kind: kind, Key: j.Key, Payload: j.Payload, RunAt: tx.Now().Add(outagePause)})
		})
		if again != nil {
			return errors.Join(err, fmt.Errorf("arm %s again: %w", kind, again))
		}
		return err
	}
}
