package storetest

import (
	"context"

	"fanfare/server/job"
	"fanfare/server/store"
)

// Queue returns a queue of a store's jobs, as production has one. failed is told of every run that failed; nil where none runs.
func Queue(s *store.Store, failed func(job.Job, error)) *job.Queue {
	return job.NewQueue(func(ctx context.Context, fn func(job.Tx) error) error {
		return s.Update(ctx, func(tx *store.Tx) error { return fn(tx) })
	}, failed)
}
