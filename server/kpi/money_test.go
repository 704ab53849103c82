package kpi

import (
	"math"
	"strings"
	"testing"
)

func TestAmountsHaveTheirCurrencysDigits(t *testing.T) {
	for _, c := range []struct {
		amount   int64
		currency Currency
		en, zh   string
	}{
		{129_90, "CNY", "CN¥129.90", "¥129.90"}, {1500, "JPY", "¥1,500", "JP¥1,500"}, {1_234_567, "KWD", "KWD\u00a01,234.567", "KWD\u00a01,234.567"},
		{-5, "USD", "−$0.05", "−US$0.05"}, {0, "EUR", "€0.00", "€0.00"}, {math.MinInt64, "KRW", "−₩9,223,372,036,854,775,808", "−₩9,223,372,036,854,775,808"},
	} {
		if got := FormatAmount(c.amount, c.currency, "en"); got != c.en {
			t.Errorf("got %s, want %s", got, c.en)
		}
		if got := FormatAmount(c.amount, c.currency, "zh-CN"); got != c.zh {
			t.Errorf("got %s, want %s", got, c.zh)
		}
	}
	for amount, want := range map[int64]string{149: "€1", 150: "€2", -150: "−€2", -49: "€0", 99_999_99: "€100,000"} {
		if got := FormatWhole(amount, "EUR", "en"); got != want {
			t.Errorf("%d: got %s, want %s", amount, got, want)
		}
	}
}

func TestAProgramsAmountIsAPlainNumber(t *testing.T) {
	for text, want := range map[string]int64{"129.90": 129_90, "129.9": 129_90, "129": 129_00, "0": 0, "0.01": 1, "1.000": 1_00, "10000000000000": 1e15} {
		if got, err := ParseAmount(text, "CNY"); err != nil || got != want {
			t.Errorf("%q: got %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-1", "+1", "1,299.00", "0.001", "NaN", "1e3", ".5", "5.", " 5", "１２", "0x10", "10000000000000.01", strings.Repeat("9", 40)} {
		if got, err := ParseAmount(text, "CNY"); err == nil {
			t.Errorf("%q was read as %d", text, got)
		}
	}
	if got, err := ParseAmount("1", "XYZ"); err == nil {
		t.Errorf("an amount of no currency: got %d", got)
	}
	if got, err := ParseAmount("1.5", "JPY"); err == nil {
		t.Errorf("one and a half yen: got %d", got)
	}
}

func TestPeopleWriteNumbersAsTheyLike(t *testing.T) {
	for text, want := range map[string]int64{
		"4,580,000": 458_000_000, "458万": 458_000_000, "458 万": 458_000_000, "1.2亿": 12_000_000_000, " 12 ": 12_00, "0.5": 50, "1，000": 1_000_00, "0.000001万": 1,
	} {
		if got, err := ParseTyped(text, 2); err != nil || got != want {
			t.Errorf("%q: got %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "1,00", "12,34,567", "1.2.3", "万", "五万", "1万亿", "-3", "0.001", "1 million"} {
		if got, err := ParseTyped(text, 2); err == nil {
			t.Errorf("%q was read as %d", text, got)
		}
	}
}

func FuzzTyped(f *testing.F) {
	for _, seed := range []string{"4,580,000", "458万", "1.2亿", "1万亿", "0.001"} {
		f.Add(seed, uint8(2))
	}
	f.Fuzz(func(t *testing.T, text string, digits uint8) {
		if n, err := ParseTyped(text, int(digits%4)); err == nil && (n < 0 || n > MaxAmount) {
			t.Errorf("%q was read as %d", text, n)
		}
	})
}

func TestAnAmountIsReadBackAsItWasWritten(t *testing.T) {
	for currency := range digits {
		for _, amount := range []int64{0, 1, 999, 1000, 123_456_789} {
			text := PlainAmount(amount, currency)
			if got, err := ParseAmount(text, currency); err != nil || got != amount {
				t.Errorf("%s %s: got %d, %v, want %d", text, currency, got, err, amount)
			}
		}
	}
}

func TestCurrenciesOfTheWorld(t *testing.T) {
	for currency, want := range map[Currency]int{"CNY": 2, "JPY": 0, "KWD": 3, "ISK": 0, "HUF": 2, "CLP": 0, "TND": 3} {
		if got := currency.Digits(); got != want || !currency.Known() {
			t.Errorf("%s: got %d digits, want %d", currency, got, want)
		}
	}
	for _, none := range []Currency{"", "cny", "RMB", "XAU", "DEM", " CNY"} {
		if none.Known() {
			t.Errorf("%q is a currency", none)
		}
	}
}
