package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"fanfare/server/app/audits"
	"fanfare/server/app/entries"
	"fanfare/server/app/webhooks"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/store"
	"fanfare/server/web"
)

// serveMetrics serves /metrics on a port of its own, on the loopback interface unless it was told otherwise, so that
// the public never reads it.
func (s *server) serveMetrics() (*http.Server, error) {
	addr := s.config.metrics
	if addr == "" {
		addr = "127.0.0.1:9464"
	}
	listener, err := listen(addr, s.config.metrics == "")
	if err != nil {
		return nil, fmt.Errorf("serve metrics: %w", err)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	registry.MustRegister(s.figures()...)
	registry.MustRegister(
		jobCollector{s.app.queue}, backendCollector{s.health}, diskCollector{s.config.data}, waitingCollector{s.app.store}, logCollector{s.app.audits},
		s.app.meter.requests, s.app.meter.updates, s.app.meter.refused, s.app.meter.problems, s.app.meter.renders, s.app.meter.rejections, s.app.meter.hooks,
		collectors.NewDBStatsCollector(s.backends.write, "write"), collectors.NewDBStatsCollector(s.backends.read, "read"),
	)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: headerTime}
	s.work.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("metrics stopped", "err", err)
		}
	})
	s.log.Info("metrics", "url", "http://"+listener.Addr().String()+"/metrics")
	return server, nil
}

// figures are the counters that parts keep of themselves.
func (s *server) figures() []prometheus.Collector {
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "fanfare_" + name, Help: help}, value)
	}
	counter := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "fanfare_" + name, Help: help}, value)
	}
	return []prometheus.Collector{
		gauge("ready", "1 while /readyz lets visitors in.", func() float64 { return truth(s.ready.Load()) }),
		gauge("live_sockets", "Open websockets.", func() float64 { return float64(s.hub.Stats().Sockets) }),
		gauge("live_rooms", "Rooms with somebody in them.", func() float64 { return float64(s.hub.Stats().Rooms) }),
		counter("live_frames_total", "Frames written to sockets.", func() float64 { return float64(s.hub.Stats().Frames) }),
		counter("live_frames_replaced_total", "Frames not written because a newer one replaced them.", func() float64 { return float64(s.hub.Stats().Dropped) }),
		counter("boards_corrected_total", "Entries whose place on a board the reconciling with the database mended.", func() float64 { return float64(s.app.boards.Stats().Repaired) }),
		counter("boards_unpublished_total", "Messages to other replicas that the bus did not take.", func() float64 { return float64(s.app.boards.Stats().Unpublished) }),
		counter("store_commits_total", "Commits of the database.", func() float64 { return float64(s.app.store.Stats().Commits) }),
		counter("store_updates_total", "Updates within those commits.", func() float64 { return float64(s.app.store.Stats().Updates) }),
	}
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// meter counts what passes through the server.
type meter struct {
	requests   *prometheus.HistogramVec
	updates    prometheus.Histogram
	refused    prometheus.Counter
	problems   *prometheus.CounterVec
	renders    *prometheus.HistogramVec
	rejections *prometheus.CounterVec
	hooks      *prometheus.CounterVec
}

// buckets of durations in seconds, from what nobody notices to what nobody waits for.
var buckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}

// renderBuckets begin at a small photo and end where a render process is killed.
var renderBuckets = []float64{.05, .1, .25, .5, 1, 2, 4, 10, 30}

func newMeter() *meter {
	return &meter{
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "fanfare_http_request_seconds", Help: "Answered requests, without websockets.", Buckets: buckets,
		}, []string{"route", "method", "code"}),
		updates: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "fanfare_store_update_seconds", Help: "What a caller waited for its commit.", Buckets: buckets,
		}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "fanfare_store_unavailable_total", Help: "Updates and reads refused because the database was not there.",
		}),
		problems: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "fanfare_problems_total", Help: "Answers of the API that told a problem, by its code.",
		}, []string{"code"}),
		renders: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "fanfare_render_seconds", Help: "Rendering a photo, with the wait for its turn, by the original's format.", Buckets: renderBuckets,
		}, []string{"format"}),
		rejections: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "fanfare_render_rejected_total", Help: "Photos that could not be rendered, by reason.",
		}, []string{"reason"}),
		hooks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "fanfare_webhook_attempts_total", Help: "Messages sent to webhooks, by what became of each: delivered, refused, unreached.",
		}, []string{"outcome"}),
	}
}

// problem is told the code of every problem that the API answered with.
func (m *meter) problem(code string) { m.problems.WithLabelValues(code).Inc() }

// hook is told how each attempt of a webhook went.
func (m *meter) hook(outcome string) { m.hooks.WithLabelValues(outcome).Inc() }

// photos is told what becomes of photos that are rendered.
func (m *meter) photos() entries.Meter {
	return entries.Meter{
		Rendered: func(format string, took time.Duration) { m.renders.WithLabelValues(format).Observe(took.Seconds()) },
		Rejected: func(reason string) { m.rejections.WithLabelValues(reason).Inc() },
	}
}

// request is told of every answered request.
func (m *meter) request(route, method string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Observe(took.Seconds())
}

// update is told of every update, and of reads that failed.
func (m *meter) update(took time.Duration, err error) {
	m.updates.Observe(took.Seconds())
	if errors.Is(err, store.ErrUnavailable) {
		m.refused.Inc()
	}
}

// backendCollector asks the backends when it is asked itself.
type backendCollector struct{ backends []web.Dependency }

var backendDesc = prometheus.NewDesc("fanfare_backend_up", "1 while the backend answers.", []string{"backend"}, nil)

// Describe implements prometheus.Collector.
func (c backendCollector) Describe(descs chan<- *prometheus.Desc) { descs <- backendDesc }

// Collect implements prometheus.Collector.
func (c backendCollector) Collect(metrics chan<- prometheus.Metric) {
	for i, err := range web.Examine(context.Background(), c.backends) {
		metrics <- prometheus.MustNewConstMetric(backendDesc, prometheus.GaugeValue, truth(err == nil), c.backends[i].Name)
	}
}

// diskCollector measures the disk under a folder.
type diskCollector struct{ folder string }

var (
	diskFree = prometheus.NewDesc("fanfare_disk_free_bytes", "Free bytes of the disk under the data folder.", nil, nil)
	diskSize = prometheus.NewDesc("fanfare_disk_size_bytes", "Size of the disk under the data folder.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c diskCollector) Describe(descs chan<- *prometheus.Desc) { descs <- diskFree; descs <- diskSize }

// Collect implements prometheus.Collector.
func (c diskCollector) Collect(metrics chan<- prometheus.Metric) {
	free, size, err := diskSpace(c.folder)
	if err != nil {
		return // not every system tells
	}
	metrics <- prometheus.MustNewConstMetric(diskFree, prometheus.GaugeValue, float64(free))
	metrics <- prometheus.MustNewConstMetric(diskSize, prometheus.GaugeValue, float64(size))
}

// waitingCollector counts what waits in the database when it is asked: bytes for their end, people for a decision.
type waitingCollector struct{ store *store.Store }

var (
	uploadsDesc      = prometheus.NewDesc("fanfare_uploads_unfinished", "Uploads that have begun and are not finished.", nil, nil)
	uploadBytesDesc  = prometheus.NewDesc("fanfare_uploads_unfinished_bytes", "Bytes that unfinished uploads announced.", nil, nil)
	takedownsDesc    = prometheus.NewDesc("fanfare_takedowns_open", "Requests to take a photo down that wait for a decision.", nil, nil)
	takedownLateDesc = prometheus.NewDesc("fanfare_takedowns_overdue", "Requests to take a photo down that should have been decided before.", nil, nil)
	complaintsDesc   = prometheus.NewDesc("fanfare_vote_complaints_open", "Complaints about votes that do not count, which wait for an answer.", nil, nil)
	hooksWaitDesc    = prometheus.NewDesc("fanfare_webhook_deliveries_waiting", "Messages to webhooks that are to be sent, for the first time or again.", nil, nil)
	hooksFailDesc    = prometheus.NewDesc("fanfare_webhooks_failing", "Webhooks that are on and whose last message was not taken.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c waitingCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{uploadsDesc, uploadBytesDesc, takedownsDesc, takedownLateDesc, complaintsDesc, hooksWaitDesc, hooksFailDesc} {
		descs <- desc
	}
}

// Collect implements prometheus.Collector.
func (c waitingCollector) Collect(metrics chan<- prometheus.Metric) {
	var uploads, takedowns, overdue int
	var complaints map[contest.ChallengeID]int
	var hooks hookState
	var bytes int64
	err := c.store.View(context.Background(), func(tx *store.Tx) (err error) {
		if uploads, bytes, err = tx.CountUploads(); err != nil {
			return err
		}
		if takedowns, overdue, err = tx.CountTakedowns(tx.Now().Add(-contest.TakedownTime)); err != nil {
			return err
		}
		if complaints, err = tx.CountComplaints(); err != nil {
			return err
		}
		hooks, err = readHooks(tx)
		return err
	})
	if err != nil {
		return // the backend's own figure says that it is away
	}
	gauge := func(desc *prometheus.Desc, value float64) {
		metrics <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value)
	}
	gauge(uploadsDesc, float64(uploads))
	gauge(uploadBytesDesc, float64(bytes))
	gauge(takedownsDesc, float64(takedowns))
	gauge(takedownLateDesc, float64(overdue))
	open := 0
	for _, n := range complaints {
		open += n
	}
	gauge(complaintsDesc, float64(open))
	gauge(hooksWaitDesc, float64(hooks.waiting))
	gauge(hooksFailDesc, float64(hooks.failing))
}

// hookState is how the webhooks are.
type hookState struct {
	on, failing, off int       // off by itself, or by a restore
	since            time.Time // when the first of those that fail began to
	waiting          int       // messages
}

func readHooks(tx *store.Tx) (s hookState, err error) {
	hooks, err := tx.Webhooks()
	if err != nil {
		return s, err
	}
	for _, h := range hooks {
		switch {
		case h.StoppedAt.IsZero():
			s.on++
			if !h.FailingSince.IsZero() {
				s.failing++
				if s.since.IsZero() || h.FailingSince.Before(s.since) {
					s.since = h.FailingSince
				}
			}
		case h.StoppedWhy != webhooks.StoppedByStaff:
			s.off++
		}
	}
	waiting, _, err := tx.DeliveryCounts()
	for _, n := range waiting {
		s.waiting += n
	}
	return s, err
}

// logCollector looks how far the trees over the vote logs are behind. Logs whose rules hide tallies are not counted, so that
// nobody reads there how many vote.
type logCollector struct{ audits *audits.Service }

var (
	unsealedDesc = prometheus.NewDesc("fanfare_log_unsealed_leaves", "Leaves of open vote logs that no checkpoint covers yet.", nil, nil)
	sealLateDesc = prometheus.NewDesc("fanfare_log_overdue_seconds", "How long the vote log has waited for its next checkpoint that waits longest.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c logCollector) Describe(descs chan<- *prometheus.Desc) {
	descs <- unsealedDesc
	descs <- sealLateDesc
}

// Collect implements prometheus.Collector.
func (c logCollector) Collect(metrics chan<- prometheus.Metric) {
	leaves, overdue, err := c.audits.Lag(context.Background())
	if err != nil {
		return // the backend's own figure says that it is away
	}
	metrics <- prometheus.MustNewConstMetric(unsealedDesc, prometheus.GaugeValue, float64(leaves))
	metrics <- prometheus.MustNewConstMetric(sealLateDesc, prometheus.GaugeValue, overdue.Seconds())
}

// jobCollector reads the table of work when it is asked.
type jobCollector struct{ queue *job.Queue }

var (
	jobsDesc    = prometheus.NewDesc("fanfare_jobs", "Jobs by kind and state.", []string{"kind", "state"}, nil)
	overdueDesc = prometheus.NewDesc("fanfare_jobs_overdue_seconds", "How long the oldest due job has been waiting.", []string{"kind"}, nil)
)

// Describe implements prometheus.Collector.
func (c jobCollector) Describe(descs chan<- *prometheus.Desc) {
	descs <- jobsDesc
	descs <- overdueDesc
}

// Collect implements prometheus.Collector.
func (c jobCollector) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), headerTime)
	defer cancel()
	stats, err := c.queue.Stats(ctx)
	if err != nil {
		metrics <- prometheus.NewInvalidMetric(jobsDesc, err)
		return
	}
	for kind, s := range stats {
		metrics <- prometheus.MustNewConstMetric(overdueDesc, prometheus.GaugeValue, s.Overdue.Seconds(), kind)
		for state, n := range map[string]int{"ready": s.Ready, "running": s.Running, "dead": s.Dead} {
			metrics <- prometheus.MustNewConstMetric(jobsDesc, prometheus.GaugeValue, float64(n), kind, state)
		}
	}
}
