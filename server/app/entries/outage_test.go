package entries

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fanfare/media/blob"
	"fanfare/search"
	"fanfare/server/job"
	"fanfare/server/store"
)

// messages reads what was logged, and its levels, without times.
func messages(logged string) (all []string) {
	for line := range strings.Lines(logged) {
		_, line, _ = strings.Cut(line, "level=")
		level, line, _ := strings.Cut(line, " msg=")
		all = append(all, level+" "+strings.Trim(strings.SplitAfter(line, `"`)[1], `"`))
	}
	return all
}

func wantLogged(t *testing.T, logged string, want ...string) {
	t.Helper()
	if got := messages(logged); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("logged %q, want %q", got, want)
	}
}

func TestOnlyTheBeginningAndTheEndOfAnOutageAreLogged(t *testing.T) {
	var logged strings.Builder
	log, other := slog.New(slog.NewTextHandler(&logged, nil)), errors.New("no such challenge")
	var o outage
	for _, err := range []error{nil, search.ErrUnavailable, other, search.ErrUnavailable, other, nil, other, nil} {
		o.saw(log, "search index", errors.Is(err, search.ErrUnavailable), err)
	}
	wantLogged(t, logged.String(), "WARN search index is away or full; jobs wait for it", "INFO search index answers again")
}

// Every failed job fails the test (see in), and the log has a line for each.
func TestJobsThatWaitForPhotosAreNoFailures(t *testing.T) {
	for _, kind := range []error{blob.ErrUnavailable, blob.ErrFull} {
		in(t, func(p *place) {
			const kindOfJob, jobs = "photos", 20
			var logged strings.Builder
			p.log = slog.New(slog.NewTextHandler(&logged, nil))
			var away atomic.Bool
			var asked, done atomic.Int64
			p.queue.Handle(kindOfJob, 4, jobLease, p.outlasting(kindOfJob, func(context.Context, job.Job) error {
				if away.Load() {
					asked.Add(1)
					return fmt.Errorf("test: %w", kind)
				}
				done.Add(1)
				return nil
			}))
			away.Store(true)
			for range jobs {
				p.must(p.store.Update(p.Context(), func(tx *store.Tx) error {
					return p.queue.Insert(tx, job.Job{Kind: kindOfJob})
				}))
			}
			p.work(10 * outagePause)
			if n := asked.Load(); n < jobs || n > 12*jobs {
				p.Errorf("the photos were asked for %d times, want each job to ask about ten times", n)
			}
			wantLogged(p.T, logged.String(), "WARN photo store is away or full; jobs wait for it")
			away.Store(false)
			p.work(2*outagePause + time.Second)
			if n := done.Load(); n != jobs {
				p.Errorf("%d jobs were done afterwards, want %d", n, jobs)
			}
			wantLogged(p.T, logged.String(), "WARN photo store is away or full; jobs wait for it", "INFO photo store answers again")
		})
	}
}
