package kpi

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Rate is what one unit of a currency is worth in another: yuan for a dollar. It counts ten-billionths, so that a dong in
// dinars still has six digits.
type Rate int64

const (
	rateDigits = 10
	// RateOne is the rate between a currency and itself.
	RateOne Rate = 10_000_000_000
	// MaxRate bounds what is typed: no two currencies are further apart than 300,000 to one.
	MaxRate = 1_000_000 * RateOne
	// maxConverted is what an amount comes to at most: a million of them still add up in 64 bits, whatever rate somebody typed.
	maxConverted = math.MaxInt64 / 1_000_000
)

// ParseRate reads a rate as people write it, "7.1234". It is more than zero, at most MaxRate, and has at most ten decimals.
func ParseRate(text string) (Rate, bool) {
	whole, part, _ := strings.Cut(text, ".")
	part = strings.TrimRight(part, "0")
	if whole == "" || len(whole) > 7 || len(part) > rateDigits {
		return 0, false
	}
	n, err := strconv.ParseUint(whole+part+strings.Repeat("0", rateDigits-len(part)), 10, 63)
	if err != nil || n == 0 || Rate(n) > MaxRate {
		return 0, false
	}
	return Rate(n), true
}

// String writes the rate as ParseRate reads it.
func (r Rate) String() string {
	whole, part := strconv.FormatInt(int64(r/RateOne), 10), strconv.FormatInt(int64(r%RateOne+RateOne), 10)[1:]
	if part = strings.TrimRight(part, "0"); part != "" {
		return whole + "." + part
	}
	return whole
}

// Convert returns what an amount in the minor units of one currency is in those of another, halves rounded up; false where that
// is more than any order comes to. Amounts are not negative.
func Convert(amount int64, from, to Currency, r Rate) (int64, bool) {
	if amount < 0 || r <= 0 {
		return 0, false
	}
	factor, divisor := uint64(r), uint64(RateOne) // both times a power of ten: at most 10^16 · 10^3 and 10^10 · 10^3
	for range to.Digits() - from.Digits() {
		factor *= 10
	}
	for range from.Digits() - to.Digits() {
		divisor *= 10
	}
	high, low := bits.Mul64(uint64(amount), factor)
	low, carry := bits.Add64(low, divisor/2, 0)
	high += carry
	if high >= divisor {
		return 0, false
	}
	converted, _ := bits.Div64(high, low, divisor)
	return int64(converted), converted <= maxConverted
}
