package page

import (
	"testing"

	"fanfare/server/kpi"
)

func TestShortNumbersKeepThreeDigitsInTheWordsOfTheirLanguage(t *testing.T) {
	en, zh := english(t), chinese(t)
	for _, c := range []struct {
		unit   kpi.Unit
		n      int64
		en, zh string
	}{
		{kpi.Count, 0, "0", "0"}, {kpi.Count, 9999, "9,999", "9,999"}, {kpi.Count, 12_345, "12.3K", "1.23万"}, {kpi.Count, 1_200_000, "1.2M", "120万"},
		{kpi.Count, 4_580_000, "4.58M", "458万"}, {kpi.Count, 123_456_789, "123M", "1.23亿"}, {kpi.Count, 2_000_000_000, "2B", "20亿"},
		{kpi.Count, -5000, "−5,000", "−5,000"}, {kpi.Count, -50_000, "−50K", "−5万"},
		{kpi.Money, 458_000_000, "4.58M", "458万"}, {kpi.Money, 12_990, "130", "130"}, {kpi.Percent, 10_386, "103.86\u00a0%", "103.86%"},
	} {
		if got := en.Short(c.unit, c.n, "CNY"); got != c.en {
			t.Errorf("%d: got %q, want %q", c.n, got, c.en)
		}
		if got := zh.Short(c.unit, c.n, "CNY"); got != c.zh {
			t.Errorf("%d: got %q, want %q", c.n, got, c.zh)
		}
	}
}

func TestFiguresAreWrittenInFull(t *testing.T) {
	c := english(t)
	for want, got := range map[string]string{
		"1,234,567":       c.Figure(kpi.Count, 1_234_567, "CNY"),
		"CN¥4,580,000.00": c.Figure(kpi.Money, 458_000_000, "CNY"),
		"¥4,580":          c.Figure(kpi.Money, 4580, "JPY"),
		"114.5\u00a0%":    c.Figure(kpi.Percent, 11_450, "CNY"),
		"+131.4\u00a0%":   c.Percent(13_140, true),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
