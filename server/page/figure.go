package page

import (
	"strconv"
	"strings"

	"fanfare/server/kpi"
)

// Figure writes a metric's number in full: "1,234,567", "CN¥4,580,000.00", "103.86 %".
func (c *Context) Figure(unit kpi.Unit, n int64, currency kpi.Currency) string {
	switch unit {
	case kpi.Money:
		return kpi.FormatAmount(n, currency, string(c.Lang))
	case kpi.Percent:
		return kpi.FormatPercent(n, false, string(c.Lang))
	}
	return grouped(n)
}

// Percent writes hundredths of a percent, with their sign where they say by how much something changed.
func (c *Context) Percent(hundredths int64, signed bool) string {
	return kpi.FormatPercent(hundredths, signed, string(c.Lang))
}

// steps are the words for large numbers, the largest first, and from which on each is used.
var steps = map[Lang][]struct {
	of, from float64
	word     string
}{
	English: {{1e9, 1e9, "B"}, {1e6, 1e6, "M"}, {1e3, 1e4, "K"}},
	Chinese: {{1e8, 1e8, "亿"}, {1e4, 1e4, "万"}},
}

// Short writes a metric's number where there is little room: "1.23M" in English, "123万" in Chinese. Money has no minor unit then,
// and no symbol.
func (c *Context) Short(unit kpi.Unit, n int64, currency kpi.Currency) string {
	if unit == kpi.Percent {
		return kpi.FormatPercent(n, false, string(c.Lang))
	}
	value, sign := float64(n), ""
	if unit == kpi.Money {
		for range currency.Digits() {
			value /= 10
		}
	}
	if value < 0 {
		value, sign = -value, "−"
	}
	for _, s := range steps[c.Lang] {
		if value >= s.from {
			return sign + threeDigits(value/s.of) + s.word
		}
	}
	return sign + grouped(strconv.FormatFloat(value, 'f', 0, 64))
}

// Brief is Short, but for money, which is written out without its minor unit.
func (c *Context) Brief(unit kpi.Unit, n int64, currency kpi.Currency) string {
	if unit == kpi.Money {
		return kpi.FormatWhole(n, currency, string(c.Lang))
	}
	return c.Short(unit, n, currency)
}

// threeDigits writes a number with three digits that count, without trailing zeros.
func threeDigits(v float64) string {
	digits := 0
	switch {
	case v < 10:
		digits = 2
	case v < 100:
		digits = 1
	}
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if digits > 0 {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}
