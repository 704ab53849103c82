package kpi

import (
	"testing"
	"time"
)

func TestAQuarterBeginsADayInEveryTimeZone(t *testing.T) {
	for _, zone := range []string{"Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns", "Australia/Eucla"} {
		place, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		midnight := time.Date(2026, 11, 22, 0, 0, 0, 0, place)
		if got := QuarterOf(midnight).Start(); !got.Equal(midnight) {
			t.Errorf("%s: the quarter-hour of midnight begins at %s", zone, got)
		}
	}
}

func TestAQuarterContainsItsTimes(t *testing.T) {
	for _, at := range []time.Time{time.Unix(0, 0), time.Unix(899, 999), time.Unix(900, 0), time.Unix(-1, 0), time.Unix(-900, 0)} {
		start := QuarterOf(at).Start()
		if at.Before(start) || !at.Before(start.Add(QuarterLength)) {
			t.Errorf("%s: its quarter-hour begins at %s", at, start)
		}
	}
}
