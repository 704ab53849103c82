package numbers

import (
	"slices"
	"time"

	"fanfare/server/kpi"
)

// lately is over how many days the rate is taken at which a figure goes on: a week has its weekend.
const lately = 7

// figures are those of all metrics.
func (l *ledger) figures() []Figure {
	totals := map[kpi.Metric]int64{}
	figures := make([]Figure, len(kpi.Definitions))
	for i, d := range kpi.Definitions {
		f := Figure{Definition: d}
		if d.Counted() {
			f.Days, f.HasMeasured = l.series(l.measured, d.Metric), true
			f.ReportedDays, f.HasReported = l.reports[d.Metric], l.reports[d.Metric] != nil
			f.Measured, f.Reported = f.Days.Sum(), f.ReportedDays.Sum()
			totals[d.Metric] = f.Measured
		} else {
			f.Measured, f.HasMeasured = kpi.Derived(d.Metric, totals)
			f.Days = l.derived(d)
		}
		figures[i] = l.judged(f)
	}
	return figures
}

// derived works a metric out for each day by itself.
func (l *ledger) derived(d kpi.Definition) kpi.Series {
	days := slices.Clone(l.empty)
	for i := range days {
		of := map[kpi.Metric]int64{}
		for _, made := range d.Of {
			of[made] = l.series(l.measured, made)[i].Value
		}
		days[i].Value, _ = kpi.Derived(d.Metric, of)
	}
	return days
}

// judged holds a figure against the plan's target and baseline.
func (l *ledger) judged(f Figure) Figure {
	f.Target, f.Baseline = l.plan.Targets[f.Metric], l.plan.Baseline.Figures[f.Metric]
	if !f.Has() {
		return f
	}
	if f.Target > 0 {
		f.Completion, _ = kpi.Completion(f.Total(), f.Target)
	}
	if f.Counted() {
		f.Pace, f.HasPace = l.progress(f).Pace()
	}
	f.Uplift, f.HasUplift = kpi.Uplift(f.Total(), f.Baseline)
	return f
}

// progress is a figure on its way. What others report comes when they do, so that no rate of late can be told from it.
func (l *ledger) progress(f Figure) kpi.Progress {
	p := kpi.Progress{Actual: f.Total(), Target: f.Target, Starts: l.period.From, Ends: l.period.To, Now: l.now}
	if days := f.Days; len(days) > lately && !f.HasReported {
		recent := days[len(days)-lately:]
		p.Recent, p.Since = recent.Sum(), recent[0].From
	}
	return p
}

// Elapsed is how much of the period has passed, from 0 to 1.
func (p Period) Elapsed(now time.Time) float64 {
	return min(max(float64(now.Sub(p.From))/float64(p.To.Sub(p.From)), 0), 1)
}
