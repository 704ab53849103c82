package numbers

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// What stands in the way of a metric over time.
var (
	ErrMetric = errors.New("no metric")
	ErrFilter = errors.New("the metric is not told apart by this")
)

// Span says how a metric's numbers over time are asked for: by which step, from one day to another, that included. Days that
// are empty or outside the campaign's period are its own.
type Span struct {
	By          kpi.Step
	First, Last string
	Filter      Filter
}

// longest is how many days are shown at most by each step: a chart of more has nothing to see.
var longest = map[kpi.Step]int{kpi.ByHour: 31, kpi.ByQuarter: 2}

// Detail is one metric over time.
type Detail struct {
	Overview Overview
	Figure   Figure
	Span     Span // as it is answered
	Series   kpi.Series
	Reported kpi.Series // by days alone
}

// Detail returns a metric of a campaign over time. Errors: ErrMetric, store.ErrNotFound.
func (s *Service) Detail(ctx context.Context, id contest.CampaignID, m kpi.Metric, span Span) (Detail, error) {
	if _, ok := kpi.Define(m); !ok {
		return Detail{}, fmt.Errorf("%w: %q", ErrMetric, m)
	}
	o, err := s.Overview(ctx, id)
	if err != nil {
		return Detail{}, err
	}
	d := Detail{Overview: o, Figure: o.Figure(m), Span: span}
	if m == kpi.Reach || longest[span.By] == 0 {
		d.Span.By = kpi.ByDay // of a day's visitors nobody knows the hour
	}
	if !span.Filter.suits(m) {
		return Detail{}, fmt.Errorf("%w: %s by %+v", ErrFilter, m, span.Filter)
	}
	days := chosen(d.Figure.Days, &d.Span)
	if d.Span.By == kpi.ByDay && span.Filter == (Filter{}) {
		d.Series, d.Reported = days, chosen(d.Figure.ReportedDays, &d.Span)
		return d, nil
	}
	if len(days) > 0 {
		err = s.store.View(ctx, func(tx *store.Tx) (err error) {
			empty := kpi.NewSeries(days[0].From, days[len(days)-1].To, o.Now, d.Span.By, o.Plan.Location())
			if d.Series, err = o.over(tx, d.Figure.Definition, empty, span.Filter); err == nil && d.Span.By == kpi.ByDay {
				d.Reported, err = o.reported(tx, m, empty, span.Filter)
			}
			return err
		})
	}
	if err != nil {
		return Detail{}, fmt.Errorf("read %s of campaign %s: %w", m, id, err)
	}
	return d, nil
}

// chosen returns the days of a span, which is brought to what there is: the last of them, where it is too long.
func chosen(days kpi.Series, span *Span) kpi.Series {
	days = slices.Clone(days)
	if span.First != "" {
		days = slices.DeleteFunc(days, func(b kpi.Bucket) bool { return b.Day() < span.First })
	}
	if span.Last != "" {
		days = slices.DeleteFunc(days, func(b kpi.Bucket) bool { return b.Day() > span.Last })
	}
	if most := longest[span.By]; most > 0 && len(days) > most {
		days = days[len(days)-most:]
	}
	if len(days) > 0 {
		span.First, span.Last = days[0].Day(), days[len(days)-1].Day()
	}
	return days
}

// over reads what passes a filter of a metric into empty buckets.
func (o Overview) over(tx *store.Tx, d kpi.Definition, empty kpi.Series, f Filter) (kpi.Series, error) {
	if d.Counted() {
		return o.counted(tx, d.Metric, empty, f)
	}
	parts := map[kpi.Metric]kpi.Series{}
	for _, m := range d.Of {
		var err error
		if parts[m], err = o.counted(tx, m, empty, f); err != nil {
			return nil, err
		}
	}
	for i := range empty {
		of := map[kpi.Metric]int64{}
		for m, part := range parts {
			of[m] = part[i].Value
		}
		empty[i].Value, _ = kpi.Derived(d.Metric, of)
	}
	return empty, nil
}

// counted reads a counted metric into buckets.
func (o Overview) counted(tx *store.Tx, m kpi.Metric, empty kpi.Series, f Filter) (kpi.Series, error) {
	series := slices.Clone(empty)
	if len(series) == 0 {
		return nil, nil
	}
	if m == kpi.Reach {
		return series, o.reach(tx, series, f)
	}
	points, err := o.points(tx, m, kpi.QuarterOf(series[0].From), kpi.QuarterOf(series[len(series)-1].To))
	for _, p := range points {
		if f.passes(p.Channel, p.Partner) {
			series.Add(p.Quarter.Start(), p.Value)
		}
	}
	return series, err
}

// points reads a counted metric's quarter-hours. Some are read whole, because no index knows their times.
func (o Overview) points(tx *store.Tx, m kpi.Metric, from, before kpi.Quarter) (points []kpi.Point, err error) {
	switch m {
	case kpi.Orders, kpi.GMV, kpi.Refunds:
		points, err = tx.OrderCells(o.Campaign.ID, o.Plan.Currency, from, min(before, kpi.QuarterOf(o.Now)+1))
		return slices.DeleteFunc(points, func(p kpi.Point) bool { return p.Metric != m }), err
	case kpi.Participants:
		return o.participants, nil
	case kpi.Reposts:
		return tx.RepostPoints(o.Campaign.ID, from, before)
	case kpi.Entries:
		for _, c := range o.Challenges {
			groups, err := tx.EntryGroups(c.ID)
			if err != nil {
				return nil, err
			}
			for _, g := range groups {
				points = append(points, kpi.Point{Cell: kpi.Cell{Quarter: g.Quarter, Challenge: c.ID, Partner: g.Partner, Metric: m}, Value: g.N})
			}
		}
		return points, nil
	}
	return tx.QuartersOf(o.Campaign.ID, m, from, before)
}
