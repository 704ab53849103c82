package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"fanfare/server/job"
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
	registry.MustRegister(jobCollector{s.app.queue})
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
		gauge("live_sockets", "Open websockets.", func() float64 { return float64(s.hub.Stats().Sockets) }),
		gauge("live_rooms", "Rooms with somebody in them.", func() float64 { return float64(s.hub.Stats().Rooms) }),
		counter("live_frames_total", "Frames written to sockets.", func() float64 { return float64(s.hub.Stats().Frames) }),
		counter("live_frames_replaced_total", "Frames not written because a newer one replaced them.", func() float64 { return float64(s.hub.Stats().Dropped) }),
		counter("store_commits_total", "Commits of the database.", func() float64 { return float64(s.app.store.Stats().Commits) }),
		counter("store_updates_total", "Updates within those commits.", func() float64 { return float64(s.app.store.Stats().Updates) }),
	}
}

// jobCollector reads the table of work when it is asked.
type jobCollector struct{ queue *job.Queue }

var jobsDesc = prometheus.NewDesc("fanfare_jobs", "Jobs by kind and state.", []string{"kind", "state"}, nil)

// Describe implements prometheus.Collector.
func (c jobCollector) Describe(descs chan<- *prometheus.Desc) { descs <- jobsDesc }

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
		for state, n := range map[string]int{"ready": s.Ready, "running": s.Running, "dead": s.Dead} {
			metrics <- prometheus.MustNewConstMetric(jobsDesc, prometheus.GaugeValue, float64(n), kind, state)
		}
	}
}
