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

func TestAmountsAreExact(t *testing.T) {
	for _, c := range []struct {
		cell   string
		digits int
		want   int64
	}{
		{"1234.5", 2, 123450}, {"1,234.50", 2, 123450}, {"¥1,234,567", 2, 123456700}, {"￥12.3", 2, 1230}, {"-5", 0, -5}, {"+5", 0, 5}, {"5.000", 0, 5},
		{"1.2亿", 0, 120_000_000}, {"458万", 2, 458_000_000}, {"0.1", 3, 100}, {"９９", 0, 99}, {"9223372036854775807", 0, 1<<63 - 1}, {"-0", 0, 0},
	} {
		if got, ok := Amount(c.cell, c.digits); !ok || got != c.want {
			t.Errorf("%q in %d digits: %d, %t, want %d", c.cell, c.digits, got, ok, c.want)
		}
	}
	for _, cell := range []string{
		"", "-", "1.234,50", "1,5", "12,34", "1e5", "NaN", "0x10", "1 000", "1.005", "9223372036854775808", "12元", "--1", "1.2.3", "99999999999999999999999999", ".5", "5.",
	} {
		if got, ok := Amount(cell, 2); ok {
			t.Errorf("%q is taken for %d", cell, got)
		}
	}
}
