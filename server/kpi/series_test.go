package kpi

import (
	"fmt"
	"testing"
	"time"
)

func zoneOf(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestDaysAreThoseOfTheCampaignsTimeZone(t *testing.T) {
	for name, c := range map[string]struct {
		zone  string
		date  [3]int
		hours float64
	}{
		"an ordinary one":                     {"Asia/Shanghai", [3]int{2026, 11, 22}, 24},
		"half an hour beside the others":      {"Asia/Kolkata", [3]int{2026, 11, 22}, 24},
		"three quarters of an hour":           {"Asia/Kathmandu", [3]int{2026, 11, 22}, 24},
		"clocks put forward":                  {"Europe/Berlin", [3]int{2026, 3, 29}, 23},
		"clocks put back":                     {"Europe/Berlin", [3]int{2026, 10, 25}, 25},
		"clocks put forward by half an hour":  {"Australia/Lord_Howe", [3]int{2026, 10, 4}, 23.5},
		"clocks put back by half an hour":     {"Australia/Lord_Howe", [3]int{2026, 4, 5}, 24.5},
		"a day without a midnight":            {"Africa/Cairo", [3]int{2026, 4, 24}, 23},
		"a day whose last hour comes twice":   {"Africa/Cairo", [3]int{2026, 10, 29}, 25},
		"a day that begins with an hour less": {"America/Santiago", [3]int{2026, 9, 6}, 23},
	} {
		zone := zoneOf(t, c.zone)
		noon := time.Date(c.date[0], time.Month(c.date[1]), c.date[2], 12, 0, 0, 0, zone)
		s := NewSeries(noon, noon.Add(time.Second), noon.AddDate(1, 0, 0), ByDay, zone)
		if len(s) != 1 {
			t.Errorf("%s: got %d days, want 1", name, len(s))
			continue
		}
		day, length := s[0], s[0].To.Sub(s[0].From).Hours()
		if length != c.hours || day.Day() != noon.Format(time.DateOnly) || day.From.Add(-time.Second).Day() == day.From.Day() {
			t.Errorf("%s: got %s to %s, %v hours, want %v", name, day.From, day.To, length, c.hours)
		}
	}
}

func TestHoursFollowTheClocksOfTheTimeZone(t *testing.T) {
	for name, c := range map[string]struct {
		zone     string
		from, to string
		want     string
	}{
		"half past in UTC":           {"Asia/Kolkata", "2026-11-22T00:00:00+05:30", "2026-11-22T03:00:00+05:30", "[00:00 01:00 02:00]"},
		"an hour that is not there":  {"Europe/Berlin", "2026-03-29T01:00:00+01:00", "2026-03-29T04:00:00+02:00", "[01:00 03:00]"},
		"an hour that comes twice":   {"Europe/Berlin", "2026-10-25T01:00:00+02:00", "2026-10-25T04:00:00+01:00", "[01:00 02:00 02:00 03:00]"},
		"half an hour comes twice":   {"Australia/Lord_Howe", "2026-04-05T01:00:00+11:00", "2026-04-05T03:00:00+10:30", "[01:00 01:30 02:00]"},
		"cut off at both ends":       {"Asia/Shanghai", "2026-11-22T10:20:00+08:00", "2026-11-22T12:01:00+08:00", "[10:00 11:00 12:00]"},
		"the end is not part of it":  {"Asia/Shanghai", "2026-11-22T10:00:00+08:00", "2026-11-22T11:00:00+08:00", "[10:00]"},
		"nothing between":            {"Asia/Shanghai", "2026-11-22T10:00:00+08:00", "2026-11-22T10:00:00+08:00", "[]"},
		"what begins after it ended": {"Asia/Shanghai", "2026-11-22T10:00:00+08:00", "2026-11-21T10:00:00+08:00", "[]"},
	} {
		from, _ := time.Parse(time.RFC3339, c.from)
		to, _ := time.Parse(time.RFC3339, c.to)
		var got []string
		s := NewSeries(from, to, to.AddDate(1, 0, 0), ByHour, zoneOf(t, c.zone))
		for i, b := range s {
			got = append(got, b.From.Format("15:04"))
			if i > 0 && !b.From.Equal(s[i-1].To) {
				t.Errorf("%s: %s begins when the bucket before it does not end", name, b.From)
			}
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%s: got %v, want %s", name, got, c.want)
		}
	}
}

func TestASeriesEndsWithTheBucketOfNowWhichIsPartial(t *testing.T) {
	zone := zoneOf(t, "Asia/Kolkata")
	starts := time.Date(2026, 11, 20, 0, 0, 0, 0, zone)
	ends := starts.AddDate(0, 0, 10)
	for name, c := range map[string]struct {
		now  time.Time
		days int
		last bool // is partial
	}{
		"before it begins":    {starts.Add(-time.Second), 0, false},
		"its first moment":    {starts, 1, true},
		"on the third day":    {starts.Add(50 * time.Hour), 3, true},
		"a day's last moment": {starts.Add(72*time.Hour - 1), 3, true},
		"a day's first one":   {starts.Add(72 * time.Hour), 4, true},
		"when it is over":     {ends, 10, false},
	} {
		s := NewSeries(starts, ends, c.now, ByDay, zone)
		if len(s) != c.days {
			t.Errorf("%s: got %d days, want %d", name, len(s), c.days)
			continue
		}
		for i, b := range s {
			if want := c.last && i == len(s)-1; b.Partial != want {
				t.Errorf("%s: day %d partial: got %v, want %v", name, i+1, b.Partial, want)
			}
		}
	}
}

func TestWhatIsCountedFallsIntoItsBucket(t *testing.T) {
	zone := zoneOf(t, "Asia/Kolkata")
	midnight := time.Date(2026, 11, 22, 0, 0, 0, 0, zone)
	s := NewSeries(midnight, midnight.AddDate(0, 0, 2), midnight.AddDate(0, 0, 5), ByDay, zone)
	s.Add(midnight, 1)
	s.Add(midnight.Add(24*time.Hour-1), 10)
	s.Add(midnight.Add(24*time.Hour), 100)
	s.Add(midnight.Add(-1), 1000)
	s.Add(midnight.Add(48*time.Hour), 1000)
	s.AddDay("2026-11-23", 5)
	s.AddDay("2026-11-24", 1000)
	if len(s) != 2 || s[0].Value != 11 || s[1].Value != 105 || s.Sum() != 116 {
		t.Errorf("got %+v", s)
	}
}
