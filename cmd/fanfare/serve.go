package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fanfare/media/blob"
	"fanfare/server/app/notices"
	"fanfare/server/app/uploads"
	"fanfare/server/console"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/live"
	"fanfare/server/page"
	reporting "fanfare/server/report"
	"fanfare/server/standing"
	"fanfare/server/throttle"
	"fanfare/server/web"
	"fanfare/widget/bundle"
)

// Limits of connections.
const (
	headerTime = 10 * time.Second // to send a request's header
	idleTime   = 2 * time.Minute
	maxHeader  = 16 << 10         // bytes
	drainTime  = 10 * time.Second // for what is under way when the server stops
	tidyPause  = time.Hour
	// talliesPause is how often delayed counts are looked at, whose steps are minutes.
	talliesPause = time.Minute
	// retainPause is how often originals are looked for that the rules keep no longer; those count in days.
	retainPause = 6 * time.Hour
	// temporaryLife is how long an object may be temporary: longer than any upload takes.
	temporaryLife = uploads.Life + 24*time.Hour
	lookPause     = time.Minute
	downTime      = 10 * time.Second // without an answer, and a dependency is down
	portsTried    = 20
)

// collectorRoom is memory that is never touched, so that it costs none, and that the garbage collector takes for used: where
// little is in use it would otherwise run so often that it takes a fifth of the processor. The process grows by as much at most.
const collectorRoom = 32 << 20

// serve runs an installation until the context ends, and then drains it.
func serve(ctx context.Context, c config, out io.Writer) error {
	defer runtime.KeepAlive(make([]byte, collectorRoom))
	log := c.log
	listener, err := listen(c.addr, !c.addrChosen)
	if err != nil {
		return err
	}
	defer listener.Close()
	c = c.listening(listener)
	c.application = servingName
	if err := useTemporary(c); err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	release, err := lockServing(ctx, c, stop)
	if err != nil {
		return err
	}
	defer release() //nolint:errcheck // the process ends
	return with(ctx, c, log, func(b *backends, app *application) error {
		if err := app.store.CheckDurability(ctx); err != nil {
			return err
		}
		s, err := newServer(c, b, app, log)
		if err != nil {
			return err
		}
		if err := s.announce(ctx, out); err != nil {
			return err
		}
		err = s.run(ctx, listener, out)
		if errors.Is(context.Cause(ctx), errServed) {
			err = errors.Join(context.Cause(ctx), err)
		}
		return err
	})
}

// useTemporary keeps uploads in progress on the data's disk: the system's temporary folder may be small or read-only.
func useTemporary(c config) error {
	folder, err := filepath.Abs(filepath.Join(c.data, "tmp"))
	if err != nil {
		return fmt.Errorf("find data folder: %w", err)
	}
	return os.Setenv("TMPDIR", folder)
}

// server is everything that runs while serving.
type server struct {
	config   config
	backends *backends
	app      *application
	hub      *live.Hub
	health   []web.Dependency
	counts   *throttle.Counts // requests, together with the other replicas; nil where there are none
	http     *http.Server
	ready    atomic.Bool
	log      *slog.Logger
	work     sync.WaitGroup
}

func newServer(c config, b *backends, app *application, log *slog.Logger) (*server, error) {
	s := &server{config: c, backends: b, app: app, health: health(b, app), log: log}
	var err error
	if kind, _, _ := scheme("bus", c.bus, "nats"); kind == "nats" {
		if s.counts, err = throttle.New(b.bus); err != nil {
			return nil, err
		}
	}
	if err := s.openPost(); err != nil {
		return nil, err
	}
	app.queue.Every(tidyJob, tidyPause, s.tidy)
	app.queue.Every(talliesJob, talliesPause, func(ctx context.Context, _ job.Job) error { return app.tallies.Show(ctx) })
	app.queue.Every(retainJob, retainPause, func(ctx context.Context, _ job.Job) error { return app.entries.Retain(ctx) })
	app.notices.Watch(notices.Watch{News: app.news, Numbers: app.numbers, Down: s.down})
	if s.hub, err = live.NewHub(app.boards, admit{app.campaigns, app.people}, live.DefaultLimits, c.photosAt(), b.bus, log); err != nil {
		return nil, err
	}
	handler, err := s.handler(s.counter())
	if err != nil {
		return nil, err
	}
	s.http = &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// handler returns what answers requests, which counter counts for their limits.
func (s *server) handler(counter func(limit string) web.Counter) (http.Handler, error) {
	c, app := s.config, s.app
	pages, err := pages(c)
	if err != nil {
		return nil, err
	}
	var all http.Handler
	staff, err := console.New(console.Parts{
		Pages: pages, Campaigns: app.campaigns, Links: app.links, Kits: app.kits, Entries: app.entries, People: app.people, Staff: app.staff, Erasures: app.erasures, Client: web.ClientOf, Log: s.log,
		Results: app.results, Reviews: app.reviews, Reports: app.reports, Report: app.report, Archive: app.archive, Partners: app.partners, Numbers: app.numbers, Notices: app.notices, Keys: app.keys, Webhooks: app.webhooks, Pulse: s.pulse,
		Orders: app.orders, Self: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { all.ServeHTTP(w, r) }),
	})
	if err != nil {
		return nil, err
	}
	all = web.New(web.Parts{
		Public: c.public, Photos: c.photos, Campaigns: app.campaigns, Links: app.links, Entries: app.entries, Uploads: app.uploads, Votes: app.votes, People: app.people, Staff: app.staff, Erasures: app.erasures,
		Results: app.results, Reviews: app.reviews, Reports: app.reports, Report: app.report, Partners: app.partners, Orders: app.orders, Audits: app.audits, Events: app.events, Keys: app.keys, Webhooks: app.webhooks, Numbers: app.numbers, Notices: app.notices,
		Boards: app.boards, Bucket: s.backends.bucket, Pages: pages, Console: routes(staff), Live: s.hub.Serve, Pulse: s.pulse,
		Asset: asset, Static: []fs.FS{page.Assets(), reporting.Assets(), console.Assets()}, TrustedProxies: c.proxies, RateLimits: c.limits,
		Health: s.health, Ready: s.ready.Load, Observe: app.meter.request, Refused: app.meter.problem, Counter: counter, Log: s.log,
	})
	return all, nil
}

// pulse tells how many watch a challenge, and how votes come in as far as the public may know.
func (s *server) pulse(ctx context.Context, c contest.ChallengeID) (watching int, votes *int64, err error) {
	if _, err := s.app.boards.Top(ctx, standing.Overall(c), 0); err != nil { // which loads it
		return 0, nil, err
	}
	if perMinute, shown := s.app.boards.Pulse(c); shown {
		votes = &perMinute
	}
	return s.hub.Watching(c), votes, nil
}

// counter counts requests for a limit with the other replicas.
func (s *server) counter() func(string) web.Counter {
	if s.counts == nil {
		return nil
	}
	return func(limit string) web.Counter { return s.counts.Counter(limit) }
}

// routes gives web the console's table.
func routes(c *console.Console) (table []web.Route) {
	for _, r := range c.Routes() {
		table = append(table, web.Route{Method: r.Method, Pattern: r.Pattern, Roles: r.Roles, Limited: r.Limited, Handler: r.Handler})
	}
	return table
}

func asset(name string) (web.Asset, bool) {
	f, ok := bundle.Open(name)
	return web.Asset{Content: f.Content, Brotli: f.Brotli, ContentType: f.ContentType, Immutable: f.Immutable}, ok
}

func health(b *backends, app *application) []web.Dependency {
	return []web.Dependency{
		{Name: "database", Needed: true, Check: app.store.Check},
		{Name: "media", Check: func(ctx context.Context) error { return reachable(ctx, b.bucket) }},
		{Name: "search", Check: b.index.Check},
		{Name: "bus", Check: b.bus.Check},
	}
}

// down names the dependencies that do not answer.
func (s *server) down(ctx context.Context) (names []string) {
	for _, d := range s.health {
		asking, cancel := context.WithTimeout(ctx, downTime)
		if d.Check(asking) != nil {
			names = append(names, d.Name)
		}
		cancel()
	}
	return names
}

// reachable asks the bucket for an object that is never there; to be told so is to be answered.
func reachable(ctx context.Context, b *blob.Bucket) error {
	_, err := b.Stat(ctx, "health")
	if errors.Is(err, blob.ErrNotFound) {
		return nil
	}
	return err
}

// announce says where everything is, and how the first administrator comes in.
func (s *server) announce(ctx context.Context, out io.Writer) error {
	c := s.config
	s.log.Info("fanfare", "url", c.public.String(), "listen", c.addr, "db", c.db, "media", c.media, "search", c.search, "bus", c.bus, "mail", s.backends.mail.String(), "oidc", c.oidc)
	if c.public.Scheme == "https" && len(c.proxies) == 0 {
		s.log.Warn("the public address is https and no proxy is trusted: name it with --trusted-proxies, so that cookies are marked secure and limits see real addresses")
	}
	needs, err := s.app.staff.NeedsSetup(ctx)
	if err != nil || !needs {
		return err
	}
	token, err := s.app.staff.SetupLink(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n  There is no administrator yet. Open this once, within 24 hours, to become one:\n  %s\n\n", setupURL(c.public.String(), token))
	return nil
}

// run serves until the context ends or a part fails, then drains in reverse.
func (s *server) run(ctx context.Context, listener net.Listener, out io.Writer) error {
	work, stopWork := context.WithCancel(context.Background())
	defer stopWork()
	failed := make(chan error, 2)
	metrics, err := s.serveMetrics()
	if err != nil {
		return errors.Join(err, s.drain(stopWork))
	}
	if err := errors.Join(s.app.entries.Resume(work), s.app.erasures.Resume(work)); err != nil {
		return errors.Join(err, s.drain(stopWork, metrics))
	}
	s.work.Go(func() { s.app.queue.Run(work) })
	s.work.Go(func() { s.app.audits.Run(work) })
	s.work.Go(func() { s.app.numbers.Run(work) })
	s.work.Go(func() { s.app.keys.Run(work) })
	s.work.Go(func() { s.app.events.Run(work) })
	s.work.Go(func() {
		if err := s.http.Serve(lingering{listener}); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	})
	s.ready.Store(true)
	s.work.Go(func() { s.look(work) })
	s.work.Go(func() { s.spare(work) })
	var host *http.Server
	if s.config.demo {
		if host, err = s.startDemo(work, out); err != nil {
			failed <- err
		}
	}
	select {
	case <-ctx.Done():
		s.log.Info("stopping")
		err = nil
	case err = <-failed:
	}
	return errors.Join(err, s.drain(stopWork, host, metrics))
}

// look looks after what backends may have lost or never had, at the start and every minute.
func (s *server) look(ctx context.Context) {
	ticker := time.NewTicker(lookPause)
	defer ticker.Stop()
	for prepared := s.backends.prepareMedia == nil; ; {
		if !prepared {
			prepared = s.prepareMedia(ctx)
		}
		if err := s.app.entries.KeepIndex(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("search index is not kept; it is tried again in a minute", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// prepareMedia makes the object store ready.
func (s *server) prepareMedia(ctx context.Context) (ok bool) {
	err := s.backends.prepareMedia(ctx)
	if err != nil && ctx.Err() == nil {
		s.log.Warn("the photo store is not ready; it is tried again in a minute", "err", err)
	}
	return err == nil
}

// talliesJob brings delayed counts up to date.
const talliesJob = "tallies"

// retainJob removes originals that the rules keep no longer.
const retainJob = "retain"

// tidyJob removes what has outlived its use, takes up what was given up and looks who can read the photos. It is in the table of work, so that one
// replica does it for all.
const tidyJob = "tidy"

func (s *server) tidy(ctx context.Context, _ job.Job) error {
	return errors.Join(
		s.app.people.Tidy(ctx), s.app.staff.Tidy(ctx), s.app.entries.Tidy(ctx), s.app.entries.Resume(ctx), s.backends.bucket.Expire(ctx, temporaryLife),
		s.app.erasures.CatchUp(ctx), s.app.erasures.Tidy(ctx), s.app.orders.Tidy(ctx), s.lookForStrangers(ctx), s.app.events.Tidy(ctx), s.app.links.Tidy(ctx), s.app.webhooks.Tidy(ctx),
		s.app.notices.Tidy(ctx),
	)
}

// lookForStrangers tells the operator when anybody can read the object store.
func (s *server) lookForStrangers(ctx context.Context) error {
	if s.backends.mediaExposed == nil {
		return nil
	}
	exposed, err := s.backends.mediaExposed(ctx)
	if exposed {
		s.log.Error("strangers can read the photo store, originals with their places among them: take its public policy away")
	}
	return err
}

// drain stops taking requests, tells sockets when to come back, and lets what is under way finish. Work in the background
// ends at once: it stands in the table, and another replica or the next start goes on with it.
func (s *server) drain(stopWork func(), others ...*http.Server) error {
	s.ready.Store(false)
	time.Sleep(s.config.drainDelay) // balancers learn of it by asking; until then they send visitors
	stopWork()
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	sockets := make(chan error, 1)
	go func() { sockets <- s.hub.Drain(ctx) }()
	var errs []error
	for _, server := range append([]*http.Server{s.http}, others...) {
		if server != nil {
			errs = append(errs, server.Shutdown(ctx), server.Close())
		}
	}
	errs = append(errs, <-sockets)
	if ctx.Err() != nil {
		s.log.Warn("what took too long to wait for was cut off", "after", drainTime)
	}
	s.work.Wait()
	errs = append(errs, s.app.events.Flush(ctx))
	if s.counts != nil {
		s.counts.Close()
	}
	return errors.Join(slices.DeleteFunc(errs, func(err error) bool { return errors.Is(err, context.DeadlineExceeded) })...)
}
