package kpi

import (
	"slices"
	"strings"
	"time"
)

// Step is how long the buckets of a series are.
type Step string

// The steps. Hours and days are those that clocks and calendars of the campaign's time zone show.
const (
	ByQuarter Step = "quarter"
	ByHour    Step = "hour"
	ByDay     Step = "day"
)

// Bucket is a stretch of time and what was counted in it.
type Bucket struct {
	From  time.Time // its first moment, in the series' time zone
	To    time.Time // the first moment after it
	Value int64
	// Partial says that it is not over, so that its value is not to be compared with the others'.
	Partial bool
}

// Day is the day that the bucket begins on, as DayOf writes it.
func (b Bucket) Day() string { return DayOf(b.From, b.From.Location()) }

// Series is one number over time: buckets that follow one another without gaps.
type Series []Bucket

// WholeDays are the first and the last day of a time zone that a span touches.
func WholeDays(from, to time.Time, zone *time.Location) (first, last Bucket) {
	return NewSeries(from, from.Add(1), from, ByDay, zone)[0], NewSeries(to.Add(-1), to, to, ByDay, zone)[0]
}

// NewSeries returns empty buckets from one time to another, but none that lies in the future. A day has 23 or 25 hours where
// clocks are put forward or back, and of two hours with the same name each has a bucket. The first and the last one are
// whole, even where from and to lie within them.
func NewSeries(from, to, now time.Time, by Step, zone *time.Location) Series {
	first, last := QuarterOf(from), QuarterOf(to.Add(-time.Nanosecond))
	last = min(last, QuarterOf(now))
	if last < first {
		return nil
	}
	for sameBucket(first-1, first, by, zone) {
		first--
	}
	for sameBucket(last, last+1, by, zone) {
		last++
	}
	var s Series
	for begin, q := first, first; q <= last; q++ {
		if sameBucket(q, q+1, by, zone) {
			continue
		}
		end := (q + 1).Start()
		s = append(s, Bucket{From: begin.Start().In(zone), To: end.In(zone), Partial: now.Before(end)})
		begin = q + 1
	}
	return s
}

// sameBucket reports whether two quarter-hours of a zone that follow one another belong together. A change of clocks ends an
// hour, because what comes after it has another name or the same once more.
func sameBucket(a, b Quarter, by Step, zone *time.Location) bool {
	s, t := a.Start().In(zone), b.Start().In(zone)
	switch by {
	case ByDay:
		return s.Day() == t.Day()
	case ByHour:
		_, before := s.Zone()
		_, after := t.Zone()
		return s.Hour() == t.Hour() && before == after
	}
	return false
}

// Add adds to the bucket that a time lies in; where it lies in none, nothing happens.
func (s Series) Add(at time.Time, n int64) {
	i, found := slices.BinarySearchFunc(s, at, func(b Bucket, at time.Time) int {
		switch {
		case at.Before(b.From):
			return 1
		case !at.Before(b.To):
			return -1
		}
		return 0
	})
	if found {
		s[i].Value += n
	}
}

// AddDay adds to the bucket that begins on a day; where none does, nothing happens.
func (s Series) AddDay(day string, n int64) {
	i, found := slices.BinarySearchFunc(s, day, func(b Bucket, day string) int { return strings.Compare(b.Day(), day) })
	if found {
		s[i].Value += n
	}
}

// Sum adds all buckets up.
func (s Series) Sum() (n int64) {
	for _, b := range s {
		n += b.Value
	}
	return n
}
