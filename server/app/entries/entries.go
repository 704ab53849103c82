// Package entries holds the use cases of entries: a fan submits a photo, it is rendered, judged, shown, searched,
// reported, withdrawn.
package entries

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"fanfare/media"
	"fanfare/media/blob"
	"fanfare/search"
	"fanfare/server/app/campaigns"
	"fanfare/server/app/news"
	"fanfare/server/job"
	"fanfare/server/standing"
	"fanfare/server/store"
)

// The kinds of jobs.
const (
	renderJob  = "render"  // key: entry; makes the renditions and applies the rules on capture data
	heicJob    = "heic"    // likewise of HEICs, which are rendered one at a time and must not hold up others
	indexJob   = "index"   // key: entry; makes the search index agree with the entry
	purgeJob   = "purge"   // key: entry; removes the photos of a withdrawn entry
	rebuildJob = "rebuild" // of the whole search index
	shedJob    = "shed"    // key: entry; removes originals that the rules keep no longer, whose keys are the payload's lines
	retireJob  = "retire"  // key: entry; removes renditions that newer ones replaced
)

// jobLease is how long a job of a dead process stays taken. A living one renews it.
const jobLease = 30 * time.Second

// Service carries out the use cases.
type Service struct {
	store     *store.Store
	campaigns *campaigns.Service
	bucket    *blob.Bucket
	renderer  *media.Renderer
	index     search.Index
	boards    *standing.Boards
	queue     *job.Queue
	news      *news.Service
	log       *slog.Logger
	renderers int // photos at once
	meter     Meter

	indexAway  outage // as index jobs see it
	lookalikes *lookalikes
	owners     owners
}

// Parts are what a Service works with.
type Parts struct {
	Store     *store.Store
	Campaigns *campaigns.Service
	Bucket    *blob.Bucket
	Renderer  *media.Renderer
	Index     search.Index
	Boards    *standing.Boards
	Queue     *job.Queue
	News      *news.Service
	Log       *slog.Logger
	Meter     Meter
}

// New returns a service, whose jobs the queue will do: up to renderers photos at once.
func New(p Parts, renderers int) *Service {
	s := &Service{
		store: p.Store, campaigns: p.Campaigns, bucket: p.Bucket, renderer: p.Renderer, index: p.Index, boards: p.Boards,
		queue: p.Queue, news: p.News, log: p.Log, renderers: renderers, meter: p.Meter, lookalikes: newLookalikes(),
		owners: owners{known: map[owner]owned{}},
	}
	s.queue.Handle(renderJob, renderers, jobLease, s.outlasting(renderJob, s.render))
	s.queue.Handle(heicJob, 1, jobLease, s.outlasting(heicJob, s.render))
	s.queue.Handle(indexJob, indexers, jobLease, s.reindex)
	s.queue.Handle(rebuildJob, 1, jobLease, s.rebuild)
	s.queue.Handle(purgeJob, 1, jobLease, s.outlasting(purgeJob, s.purge))
	s.queue.Handle(shedJob, 1, jobLease, s.outlasting(shedJob, s.shed))
	s.queue.Handle(retireJob, 1, jobLease, s.outlasting(retireJob, s.retire))
	s.queue.Every(rightsJob, rightsPause, func(ctx context.Context, _ job.Job) error { return s.EndRights(ctx) })
	return s
}

// Errors that surfaces tell apart.
var (
	ErrReportReason     = errors.New("unknown reason")
	ErrMediaUnavailable = errors.New("the photo store is not available")
	// ErrSearchUnavailable says that the search index cannot answer now.
	ErrSearchUnavailable = search.ErrUnavailable
)
