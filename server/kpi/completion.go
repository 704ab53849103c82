package kpi

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Completion says how much of a target was reached, in hundredths of a percent: 10,386 is 103.86 %. Halves are rounded away
// from zero. False where there is no target.
func Completion(actual, target int64) (int64, bool) {
	if target <= 0 {
		return 0, false
	}
	return scaled(actual, wholePercent, target), true
}

// Uplift says by how much a figure is above the baseline's, in hundredths of a percent: 13,140 is +131.4 %, -2,500 a quarter
// less. Halves are rounded away from zero. False where the baseline has nothing to compare with.
func Uplift(actual, baseline int64) (int64, bool) {
	if baseline <= 0 || actual < math.MinInt64+baseline {
		return 0, false
	}
	return scaled(actual-baseline, wholePercent, baseline), true
}

// scaled returns a times factor over by, both above zero, halves rounded away from zero. What no number can hold is the
// largest one.
func scaled(a, factor, by int64) int64 {
	size, sign := uint64(a), int64(1)
	if a < 0 {
		size, sign = -size, -1
	}
	high, low := bits.Mul64(size, uint64(factor))
	low, carry := bits.Add64(low, uint64(by)/2, 0)
	high += carry
	if high >= uint64(by) {
		return sign * math.MaxInt64
	}
	// Half of an odd divisor is rounded down above, which is right: no half lies between its multiples.
	n, _ := bits.Div64(high, low, uint64(by))
	return sign * int64(min(n, math.MaxInt64))
}

// FormatPercent writes hundredths of a percent as they stand in reports, without trailing zeros: "103.86 %" in English,
// "103.86%" in Chinese; signed with its sign, "+131.4 %".
func FormatPercent(hundredths int64, signed bool, lang string) string {
	sign, size := "", uint64(hundredths)
	switch {
	case hundredths < 0:
		sign, size = "−", -size
	case signed && hundredths > 0:
		sign = "+"
	}
	text := sign + grouped(size/100)
	if rest := size % 100; rest > 0 {
		text += "." + strings.TrimRight(strconv.FormatUint(100+rest, 10)[1:], "0")
	}
	if chinese(lang) {
		return text + "%"
	}
	return text + "\u00a0%"
}

// chinese reports whether a language tag is one of Chinese, as contest.Text.In does.
func chinese(lang string) bool { return len(lang) >= 2 && strings.EqualFold(lang[:2], "zh") }

// grouped writes a number with its thousands grouped by commas, as both languages do.
func grouped(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
