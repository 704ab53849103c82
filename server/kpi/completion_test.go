package kpi

import (
	"math"
	"testing"
)

func TestCompletionIsRoundedToHundredthsOfAPercent(t *testing.T) {
	for _, c := range []struct{ actual, target, want int64 }{
		{0, 100, 0}, {100, 100, 100_00}, {1, 3, 33_33}, {2, 3, 66_67}, {201, 100, 201_00},
		{1, 20_000, 1},                    // exactly half a hundredth is rounded up
		{1, 20_001, 0},                    // a little less is not
		{-1, 20_000, -1},                  // refunds may outweigh what came
		{3, 7 * 10_000, 0},                // 0.43 hundredths
		{5, 10_000 * 9, 1},                // 0.56
		{math.MaxInt64, 1, math.MaxInt64}, // larger than any number: the largest
		{math.MaxInt64, math.MaxInt64, 100_00},
		{math.MinInt64, math.MaxInt64, -100_00},
	} {
		if got, ok := Completion(c.actual, c.target); !ok || got != c.want {
			t.Errorf("%d of %d: got %d, want %d", c.actual, c.target, got, c.want)
		}
	}
	for _, target := range []int64{0, -1} {
		if got, ok := Completion(7, target); ok {
			t.Errorf("a target of %d: got %d", target, got)
		}
	}
}

func TestUpliftHasASign(t *testing.T) {
	for _, c := range []struct{ actual, baseline, want int64 }{
		{200, 100, 100_00}, {100, 100, 0}, {75, 100, -25_00}, {0, 100, -100_00}, {2, 3, -33_33}, {4, 3, 33_33},
		{19_999, 20_000, -1}, {20_001, 20_000, 1},
	} {
		if got, ok := Uplift(c.actual, c.baseline); !ok || got != c.want {
			t.Errorf("%d against %d: got %d, want %d", c.actual, c.baseline, got, c.want)
		}
	}
	for _, c := range [][2]int64{{1, 0}, {1, -1}, {math.MinInt64, 1}} {
		if got, ok := Uplift(c[0], c[1]); c[1] <= 0 && ok {
			t.Errorf("%v: got %d", c, got)
		}
	}
}

// The figures of Xiaomi's fan festival of 2024, as its report gives them, from counts that make them.
func TestAReportsFiguresComeOutOfItsCounts(t *testing.T) {
	shown := func(hundredths int64, ok bool) func(signed bool) string {
		return func(signed bool) string {
			if !ok {
				return "none"
			}
			return FormatPercent(hundredths, signed, "en")
		}
	}
	for name, c := range map[string]struct{ got, want string }{
		"exposure":      {shown(Completion(51_930_000, 50_000_000))(false), "103.86\u00a0%"},
		"content views": {shown(Completion(6_030_000, 3_000_000))(false), "201\u00a0%"},
		"GMV":           {shown(Completion(4_580_000_00, 4_000_000_00))(false), "114.5\u00a0%"},
		"orders":        {shown(Uplift(2_314, 1_000))(true), "+131.4\u00a0%"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", name, c.got, c.want)
		}
	}
	if got := FormatAmount(4_580_000_00, "CNY", "zh-CN"); got != "¥4,580,000.00" {
		t.Errorf("GMV: got %s", got)
	}
}

func TestPercentsAreWrittenWithoutTrailingZeros(t *testing.T) {
	for _, c := range []struct {
		hundredths int64
		signed     bool
		lang, want string
	}{
		{103_86, false, "zh-CN", "103.86%"}, {131_40, true, "zh-CN", "+131.4%"}, {-5, true, "en", "−0.05\u00a0%"}, {0, true, "en", "0\u00a0%"},
		{1_234_567_00, false, "en", "1,234,567\u00a0%"}, {math.MinInt64, false, "zh", "−92,233,720,368,547,758.08%"},
	} {
		if got := FormatPercent(c.hundredths, c.signed, c.lang); got != c.want {
			t.Errorf("%d: got %s, want %s", c.hundredths, got, c.want)
		}
	}
}
