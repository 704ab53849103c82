package notices

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"fanfare/server/app/news"
	"fanfare/server/app/numbers"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// When staff are told that something waits for them.
const (
	waitTime = 24 * time.Hour // of the oldest entry that waits for a decision
	downTime = 10 * time.Minute
	// dangerPart is how much of a campaign has to be over before its pace says anything, and dangerBelow the completion, in hundredths
	// of a percent, below which a target is in danger: around 100 % a pace goes up and down.
	dangerPart  = 5 // a fifth
	dangerBelow = 90_00
)

// How often is looked.
const (
	watchJob     = "watch"
	watchPause   = 15 * time.Minute
	backendJob   = "watch backends"
	backendPause = time.Minute
)

// Watch is what staff are warned of.
type Watch struct {
	News    *news.Service
	Numbers *numbers.Service
	// Down names the backends that do not answer, but the database: without that nobody is told anything.
	Down func(context.Context) []string
}

// Watch has staff warned of what waits for them. Call it before the queue runs.
func (s *Service) Watch(w Watch) {
	s.queue.Every(watchJob, watchPause, func(ctx context.Context, _ job.Job) error {
		return errors.Join(s.lookAtQueue(ctx, w), s.lookAtTargets(ctx, w))
	})
	s.queue.Every(backendJob, backendPause, func(ctx context.Context, _ job.Job) error { return s.lookAtBackends(ctx, w) })
}

// lookAtQueue tells once a day that entries wait too long.
func (s *Service) lookAtQueue(ctx context.Context, w Watch) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		oldest, err := tx.Queue([]contest.Status{contest.Pending}, 1)
		if err != nil || len(oldest) == 0 || tx.Now().Sub(oldest[0].SubmittedAt) < waitTime {
			return err
		}
		n, err := tx.CountQueue([]contest.Status{contest.Pending})
		if err != nil {
			return err
		}
		return s.once(tx, w, news.Item{ID: "queue-" + tx.Now().Format(time.DateOnly), Kind: news.QueueWaiting, Note: strconv.Itoa(n)})
	})
}

// lookAtTargets tells once a week of each target that will be missed at this rate.
func (s *Service) lookAtTargets(ctx context.Context, w Watch) error {
	var plans []store.Plan
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		plans, err = tx.Plans()
		plans = slices.DeleteFunc(plans, func(p store.Plan) bool { return !p.Launched() || !telling(p.Plan, tx.Now()) })
		return err
	})
	for _, p := range plans {
		if err != nil {
			return err
		}
		err = s.lookAt(ctx, w, p.Campaign)
	}
	return err
}

// telling reports whether a campaign's pace says anything.
func telling(p kpi.Plan, now time.Time) bool {
	return p.Running(now) && now.Sub(p.Starts) >= p.Ends.Sub(p.Starts)/dangerPart
}

func (s *Service) lookAt(ctx context.Context, w Watch, campaign contest.CampaignID) error {
	o, err := w.Numbers.Overview(ctx, campaign)
	if err != nil {
		return fmt.Errorf("look at targets of campaign %s: %w", campaign, err)
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		year, week := tx.Now().ISOWeek()
		for _, f := range o.Figures {
			if !f.HasPace || f.Pace.Completion >= dangerBelow {
				continue
			}
			id := fmt.Sprintf("danger-%s-%s-%d-%d", campaign, f.Metric, year, week)
			if err := s.once(tx, w, news.Item{ID: id, Kind: news.TargetDanger, Campaign: campaign, Note: string(f.Metric)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// once tells of something that may be told of under its identifier once: a job that was done is gone from its table, so it is
// remembered here.
func (s *Service) once(tx *store.Tx, w Watch, i news.Item) error {
	isNew, err := tx.InsertNotice(store.Notice{Key: i.ID, Person: "news", Topic: string(i.Kind), Kind: string(i.Kind), DueAt: tx.Now()})
	if err != nil || !isNew {
		return err
	}
	return errors.Join(tx.EndNotices([]string{i.ID}, false), w.News.Tell(tx, i))
}

// downSetting is since when a backend has not answered.
func downSetting(name string) string { return "down " + name }

// backends are those that are looked at, with what staff call them.
var backends = map[string]contest.Text{
	"media":  {EN: "The photo store", ZH: "图片存储"},
	"search": {EN: "The search index", ZH: "搜索服务"},
	"bus":    {EN: "The bus between replicas", ZH: "副本之间的消息总线"},
}

// lookAtBackends tells of a backend that has not answered for a while, once for each time that it fails.
func (s *Service) lookAtBackends(ctx context.Context, w Watch) error {
	down := w.Down(ctx)
	known, err := s.anyKnownDown(ctx)
	if err != nil || len(down) == 0 && !known {
		return err // as nearly always: nothing is written
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		for name := range backends {
			if err := s.lookAtBackend(tx, w, name, slices.Contains(down, name)); err != nil {
				return err
			}
		}
		return nil
	})
}

// anyKnownDown reports whether a backend was down when it was looked at before.
func (s *Service) anyKnownDown(ctx context.Context) (known bool, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		known = false
		for name := range backends {
			since, err := tx.Setting(downSetting(name))
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			known = known || since != ""
		}
		return nil
	})
	return known, err
}

func (s *Service) lookAtBackend(tx *store.Tx, w Watch, name string, down bool) error {
	since, err := tx.Setting(downSetting(name))
	known := err == nil && since != ""
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	case !down && !known:
		return nil
	case !down:
		return tx.SetSetting(downSetting(name), "")
	case !known:
		return tx.SetSetting(downSetting(name), tx.Now().Format(time.RFC3339))
	}
	at, err := time.Parse(time.RFC3339, since)
	if err != nil || tx.Now().Sub(at) < downTime {
		return err
	}
	return s.once(tx, w, news.Item{ID: "down-" + name + "-" + since, Kind: news.BackendDown, Note: name})
}
