package entries

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"fanfare/media/blob"
	"fanfare/server/job"
	"fanfare/server/store"
)

// outagePause is when a job that found no object store is tried again: soon enough that what piled up is done within two
// minutes after an outage, however long that was.
const outagePause = 10 * time.Second

// outlasting makes a job wait for the object store as long as it is away or full: that is not the job's fault, so its
// pauses do not grow, it is never given up, and an hour's backlog is no thousand warnings.
func (s *Service) outlasting(kind string, do job.Handler) job.Handler {
	var photos outage // of this kind: a full store takes deletions
	return func(ctx context.Context, j job.Job) error {
		err := do(ctx, j)
		away := errors.Is(err, blob.ErrUnavailable) || errors.Is(err, blob.ErrFull)
		photos.saw(s.log, "photo store", away, err, "kind", kind)
		if !away {
			return err
		}
		again := s.store.Update(ctx, func(tx *store.Tx) error {
			return s.queue.Insert(tx, job.Job{Kind: kind, Key: j.Key, Payload: j.Payload, RunAt: tx.Now().Add(outagePause)})
		})
		if again != nil {
			return errors.Join(err, fmt.Errorf("arm %s again: %w", kind, again))
		}
		return nil
	}
}

// outage has the log tell when a backend went away and when it is back, and not of each job that found it so.
type outage struct {
	away atomic.Bool // as far as the last job that knows saw
}

// saw takes how a job ended, and whether that was for the backend's absence. Other errors say nothing of the backend.
func (o *outage) saw(log *slog.Logger, backend string, away bool, err error, where ...any) {
	switch {
	case away && !o.away.Swap(true):
		log.Warn(backend+" is away or full; jobs wait for it", append(where, "err", err)...)
	case err == nil && o.away.Swap(false):
		log.Info(backend+" answers again", where...)
	}
}
