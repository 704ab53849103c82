package kpi

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// ErrAmount says that a text is no amount: not a plain number, with more digits than the currency has, below zero, or too
// large.
var ErrAmount = errors.New("no amount")

var (
	plainNumber = regexp.MustCompile(`^\d{1,18}(?:\.\d{1,18})?$`)
	typedNumber = regexp.MustCompile(`^(?:\d{1,18}|\d{1,3}(?:,\d{3}){1,5})(?:\.\d{1,18})?$`)
)

// ParseAmount reads an amount as programs write it, "129.90", into minor units.
func ParseAmount(text string, c Currency) (int64, error) {
	if !c.Known() || !plainNumber.MatchString(text) {
		return 0, ErrAmount
	}
	return shifted(text, c.Digits())
}

// ParseTyped reads a number as people write it: thousands may be grouped, and 万 and 亿 stand for ten thousand and a hundred
// million. It counts units of which a whole has ten to the power of digits: 2 for yuan, 0 for what is counted.
func ParseTyped(text string, digits int) (int64, error) {
	text = strings.NewReplacer("，", ",", " ", "", "\u00a0", "", "\u202f", "").Replace(strings.TrimSpace(text))
	if number, ok := strings.CutSuffix(text, "万"); ok {
		text, digits = number, digits+4
	} else if number, ok := strings.CutSuffix(text, "亿"); ok {
		text, digits = number, digits+8
	}
	if !typedNumber.MatchString(text) {
		return 0, ErrAmount
	}
	return shifted(strings.ReplaceAll(text, ",", ""), digits)
}

// shifted reads a plain number with its point moved to the right; ErrAmount where a fraction is left.
func shifted(text string, digits int) (int64, error) {
	whole, part, _ := strings.Cut(text, ".")
	part = strings.TrimRight(part, "0")
	if len(part) > digits {
		return 0, ErrAmount
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", digits-len(part)), 10, 64)
	if err != nil || n > MaxAmount {
		return 0, ErrAmount
	}
	return n, nil
}

// symbols are how amounts of the commonest currencies begin, in English and in Chinese (Unicode CLDR). The others begin with
// their code.
var symbols = map[Currency][2]string{
	"CNY": {"CN¥", "¥"}, "JPY": {"¥", "JP¥"}, "USD": {"$", "US$"}, "EUR": {"€", "€"}, "GBP": {"£", "£"}, "HKD": {"HK$", "HK$"},
	"TWD": {"NT$", "NT$"}, "KRW": {"₩", "₩"}, "INR": {"₹", "₹"}, "CAD": {"CA$", "CA$"}, "AUD": {"A$", "AU$"}, "BRL": {"R$", "R$"},
	"VND": {"₫", "₫"}, "ILS": {"₪", "₪"}, "MXN": {"MX$", "MX$"}, "NZD": {"NZ$", "NZ$"}, "PHP": {"₱", "₱"},
}

// FormatAmount writes an amount of minor units with its currency, "CN¥4,580,000.00" in English, "¥4,580,000.00" in Chinese.
func FormatAmount(amount int64, c Currency, lang string) string {
	return signOf(amount) + symbolOf(c, lang) + decimal(amount, c.Digits())
}

// FormatWhole is FormatAmount without the minor unit, halves rounded away from zero: where the figure counts, and not the
// cent.
func FormatWhole(amount int64, c Currency, lang string) string {
	unit := int64(math.Pow10(c.Digits()))
	whole := scaled(amount, 1, unit)
	return signOf(whole) + symbolOf(c, lang) + decimal(whole, 0)
}

// PlainAmount writes an amount as ParseAmount reads it, without its currency: "129.90".
func PlainAmount(amount int64, c Currency) string {
	sign := ""
	if amount < 0 {
		sign = "-"
	}
	return sign + strings.ReplaceAll(decimal(amount, c.Digits()), ",", "")
}

func signOf(amount int64) string {
	if amount < 0 {
		return "−"
	}
	return ""
}

func symbolOf(c Currency, lang string) string {
	pair, ok := symbols[c]
	switch {
	case !ok:
		return string(c) + "\u00a0"
	case chinese(lang):
		return pair[1]
	}
	return pair[0]
}

// decimal writes a number's size with its last digits behind a point.
func decimal(n int64, digits int) string {
	size := uint64(n)
	if n < 0 {
		size = -size
	}
	unit := uint64(math.Pow10(digits))
	if digits == 0 {
		return grouped(size)
	}
	return grouped(size/unit) + "." + strconv.FormatUint(unit+size%unit, 10)[1:]
}
