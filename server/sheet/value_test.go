package sheet

import (
	"testing"
	"time"
)

func TestDaysAreReadAsPeopleWriteThem(t *testing.T) {
	for cell, want := range map[string]string{
		"2026-11-22": "2026-11-22", "2026/1/2": "2026-01-02", "2026年11月2日": "2026-11-02", "20261122": "2026-11-22", "2026.11.22": "2026-11-22",
		"46348": "2026-11-22", "46348.75": "2026-11-22", "2026-11-22 18:00": "2026-11-22", "２０２６-11-22": "2026-11-22",
	} {
		if got, ok := Day(cell); !ok || got != want {
			t.Errorf("%q: %s, %t, want %s", cell, got, ok, want)
		}
	}
	for _, cell := range []string{"", "22.11.2026", "11/22/2026", "2026-13-01", "2026-02-30", "1906-01-01", "1905", "73051", "NaN", "Inf", "tomorrow", "2026-11-22 25:00"} {
		if got, ok := Day(cell); ok {
			t.Errorf("%q is taken for %s", cell, got)
		}
	}
}

func TestATimeWithoutAZoneIsOneOfThePlace(t *testing.T) {
	kolkata, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2026, 11, 22, 12, 30, 0, 0, time.UTC)
	for _, cell := range []string{
		"2026-11-22 18:00", "2026-11-22 18:00:00", "2026/11/22 18:00", "2026年11月22日 18时00分", "46348.75", "2026-11-22T18:00:00", "2026-11-22T12:30:00Z",
		"2026-11-22T20:30:00+08:00", "2026-11-22 18:00:00.000",
	} {
		if got, ok := Time(cell, kolkata); !ok || !got.Equal(want) {
			t.Errorf("%q: %s, %t, want %s", cell, got, ok, want)
		}
	}
}
