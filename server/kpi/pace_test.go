package kpi

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	day := func(n float64) time.Time {
		return time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n * 24 * float64(time.Hour)))
	}
	november := Progress{Target: 3000, Starts: day(0), Ends: day(30)}
	for name, c := range map[string]struct {
		actual, recent int64
		since, now     float64 // days
		want           Pace
	}{
		"even":                      {1000, 0, 0, 10, Pace{Due: 1000, AtEnd: 3000, Completion: 100_00, PerDay: 100}},
		"behind":                    {970, 0, 0, 10, Pace{Due: 1000, AtEnd: 2910, Completion: 97_00, PerDay: 102}}, // 101.5 a day
		"slower of late":            {1000, 60, 8, 10, Pace{Due: 1000, AtEnd: 1600, Completion: 53_33, PerDay: 100}},
		"faster of late":            {1000, 400, 8, 10, Pace{Due: 1000, AtEnd: 5000, Completion: 166_67, PerDay: 100}},
		"nothing of late":           {1000, 0, 8, 10, Pace{Due: 1000, AtEnd: 1000, Completion: 33_33, PerDay: 100}},
		"refunds of late":           {1000, -10, 8, 10, Pace{Due: 1000, AtEnd: 900, Completion: 30_00, PerDay: 100}},
		"reached":                   {3000, 0, 0, 10, Pace{Due: 1000, AtEnd: 9000, Completion: 300_00}},
		"an hour into the campaign": {5, 0, 0, 1.0 / 24, Pace{Due: 4, AtEnd: 3600, Completion: 120_00, PerDay: 100}},
		"at the end":                {2910, 50, 29, 30, Pace{Due: 3000, AtEnd: 2910, Completion: 97_00}},
		"long after the end":        {2910, 50, 90, 99, Pace{Due: 3000, AtEnd: 2910, Completion: 97_00}},
		"an hour before the end":    {2990, 0, 29, 30 - 1.0/24, Pace{Due: 2996, AtEnd: 2990, Completion: 99_67, PerDay: 240}},
	} {
		p := november
		p.Actual, p.Recent, p.Now = c.actual, c.recent, day(c.now)
		if c.since > 0 {
			p.Since = day(c.since)
		}
		if got, ok := p.Pace(); !ok || got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

func TestThereIsNoPaceWithoutAStartOrATarget(t *testing.T) {
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for name, p := range map[string]Progress{
		"before the start": {Actual: 1, Target: 2, Starts: start, Ends: start.Add(time.Hour), Now: start},
		"no target":        {Actual: 1, Starts: start, Ends: start.Add(time.Hour), Now: start.Add(time.Minute)},
		"no period":        {Actual: 1, Target: 2, Now: start},
	} {
		if got, ok := p.Pace(); ok {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}
