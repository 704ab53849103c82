package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"

	"fanfare/media"
	"fanfare/server/app/audits"
	"fanfare/server/app/campaigns"
	"fanfare/server/app/entries"
	"fanfare/server/app/erasures"
	"fanfare/server/app/events"
	"fanfare/server/app/keys"
	"fanfare/server/app/kits"
	"fanfare/server/app/links"
	"fanfare/server/app/news"
	"fanfare/server/app/notices"
	"fanfare/server/app/numbers"
	"fanfare/server/app/orders"
	"fanfare/server/app/partners"
	"fanfare/server/app/people"
	"fanfare/server/app/reports"
	"fanfare/server/app/results"
	"fanfare/server/app/reviews"
	"fanfare/server/app/staff"
	"fanfare/server/app/tallies"
	"fanfare/server/app/uploads"
	"fanfare/server/app/votes"
	"fanfare/server/app/webhooks"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/outbound"
	"fanfare/server/page"
	reporting "fanfare/server/report"
	"fanfare/server/report/archive"
	"fanfare/server/standing"
	"fanfare/server/store"
)

// application is the use cases over the backends, without anything that listens.
type application struct {
	store     *store.Store
	boards    *standing.Boards
	renderer  *media.Renderer
	queue     *job.Queue
	meter     *meter
	campaigns *campaigns.Service
	entries   *entries.Service
	uploads   *uploads.Service
	votes     *votes.Service
	tallies   *tallies.Service
	people    *people.Service
	staff     *staff.Service
	erasures  *erasures.Service
	keys      *keys.Service
	links     *links.Service
	results   *results.Service
	reviews   *reviews.Service
	events    *events.Service
	orders    *orders.Service
	audits    *audits.Service
	numbers   *numbers.Service
	partners  *partners.Service
	kits      *kits.Service
	news      *news.Service
	webhooks  *webhooks.Service
	notices   *notices.Service
	reports   *reports.Service
	report    *reporting.Drawer
	archive   *archive.Keeper
}

// assemble builds the application and brings the database to this version.
func assemble(ctx context.Context, c config, b *backends, log *slog.Logger) (*application, error) {
	a := &application{meter: newMeter()}
	var err error
	// The boards and the audits read the store and the store tells them; commits begin only after all stand.
	a.store, err = store.Open(b.write, b.read, b.dialect, a.committed,
		store.WithDoubt(func(c contest.ChallengeID) { a.boards.Recheck(c) }), store.WithObserver(a.meter.update))
	if err != nil {
		return nil, err
	}
	if err := a.store.Migrate(ctx); err != nil {
		a.store.Close()
		return nil, err
	}
	a.audits = audits.New(a.store, c.public.Host, log)
	if a.boards, err = standing.New(source{a.store}, b.bus); err != nil {
		a.store.Close()
		return nil, err
	}
	if a.staff, err = staff.New(a.store, c.public, b.issuer); err != nil {
		return nil, errors.Join(err, a.close())
	}
	if a.renderer, err = renderer(c); err != nil {
		return nil, errors.Join(err, a.close())
	}
	a.queue = job.NewQueue(a.update, func(j job.Job, err error) {
		log.Warn("job failed", "kind", j.Kind, "key", j.Key, "attempt", j.Attempt, "err", err)
	})
	a.news = news.New(a.queue)
	a.notices = notices.New(a.store, a.queue)
	a.news.Pass("letters", a.notices.Tell)
	a.webhooks = webhooks.New(webhooks.Parts{
		Store: a.store, Queue: a.queue, News: a.news, Caller: outbound.NewCaller(c.allowed), Public: c.public.String(), Tried: a.meter.hook, Log: log,
	})
	a.campaigns = campaigns.New(a.store, c.public.String())
	a.people = people.New(a.store, a.campaigns, c.public.String())
	a.keys = keys.New(a.store, log)
	a.links = links.New(a.store, c.public.String())
	a.votes = votes.New(a.store, a.campaigns, a.audits)
	a.tallies = tallies.New(a.store, a.campaigns, a.boards)
	a.results = results.New(a.store, a.campaigns, a.boards, a.news)
	a.entries = entries.New(entries.Parts{
		Store: a.store, Campaigns: a.campaigns, Bucket: b.bucket, Renderer: a.renderer, Index: b.index, Boards: a.boards,
		Queue: a.queue, News: a.news, Log: log, Meter: a.meter.photos(),
	}, renderers())
	a.uploads = uploads.New(a.store, a.campaigns, a.entries, b.bucket, a.queue, log)
	a.partners = partners.New(a.store, a.results, a.boards, a.news, c.public.Hostname())
	a.news.Pass("partners", a.partners.Heed)
	a.kits = kits.New(a.store, a.partners, a.entries, a.renderer)
	a.reviews = reviews.New(a.store, a.results)
	a.numbers = numbers.New(a.store, log)
	pages, err := pages(c)
	if err == nil {
		a.report, err = reporting.New(pages)
	}
	if err != nil {
		return nil, errors.Join(err, a.close())
	}
	a.reports = reports.New(a.store, a.numbers, a.notices, a.queue, a.report.Brief)
	a.events = events.New(a.store, a.campaigns, log)
	a.orders = orders.New(a.store, a.queue)
	a.campaigns.OnConversion(a.orders.Reconvert)
	tokens, _ := asset("tokens.css")
	if a.archive, err = archive.New(archive.Parts{
		Reports: a.reports, Results: a.results, Entries: a.entries, Audits: a.audits, Bucket: b.bucket, Pages: pages, Drawer: a.report, Tokens: tokens.Content,
	}); err != nil {
		return nil, errors.Join(err, a.close())
	}
	a.erasures = erasures.New(erasures.Parts{
		Store: a.store, Journal: erasures.NewJournal(b.bucket), Entries: a.entries, Uploads: a.uploads, People: a.people, Queue: a.queue, Log: log,
	})
	return a, nil
}

// committed tells of each commit's changes.
func (a *application) committed(changes []contest.Change) {
	a.boards.Committed(changes)
	a.audits.Committed(changes)
}

// renderers is how many photos are rendered at once: one a core that this process may use, because each keeps one busy.
func renderers() int { return max(1, runtime.GOMAXPROCS(0)) }

func renderer(c config) (*media.Renderer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find own program: %w", err)
	}
	folder, err := filepath.Abs(filepath.Join(c.data, "tmp"))
	if err != nil {
		return nil, fmt.Errorf("find data folder: %w", err)
	}
	return media.NewRenderer(folder, []string{self, "render"}, renderers())
}

// pages draws pages, and what has their words without being asked for at an address.
func pages(c config) (*page.Renderer, error) {
	pages, err := page.New(c.public.String())
	if err != nil {
		return nil, err
	}
	return pages.PhotosAt(c.photosAt()), nil
}

// update lets the queue share the store's writer.
func (a *application) update(ctx context.Context, fn func(job.Tx) error) error {
	return a.store.Update(ctx, func(tx *store.Tx) error { return fn(tx) })
}

// close ends what assemble started, in reverse.
func (a *application) close() error {
	var err error
	if a.renderer != nil {
		err = a.renderer.Close()
	}
	a.store.Close()
	if a.boards != nil {
		a.boards.Close()
	}
	return err
}
