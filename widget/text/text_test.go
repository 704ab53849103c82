package text

import (
	"regexp"
	"slices"
	"testing"
)

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func TestBothLanguagesSayEverySentenceWithTheSamePlaceholders(t *testing.T) {
	for k, s := range sentences {
		if s.en == "" || s.zh == "" {
			t.Errorf("sentence %d: got %q and %q, want both", k, s.en, s.zh)
		}
		en, zh := placeholder.FindAllString(s.en, -1), placeholder.FindAllString(s.zh, -1)
		slices.Sort(en)
		slices.Sort(zh)
		if !slices.Equal(en, zh) {
			t.Errorf("placeholders differ: %q has %v, %q has %v", s.en, en, s.zh, zh)
		}
	}
}

func TestChineseSentencesAreChineseAndEnglishOnesEnglish(t *testing.T) {
	han := regexp.MustCompile(`\p{Han}`)
	for _, s := range sentences {
		if !han.MatchString(s.zh) || han.MatchString(s.en) {
			t.Errorf("got %q for English and %q for Chinese", s.en, s.zh)
		}
	}
}

func TestSayFillsPlaceholdersByNameOnce(t *testing.T) {
	en, zh := For("en-GB"), For("ZH-hant")
	for _, c := range []struct{ got, want string }{
		{en.Say(Place, "of", "340", "rank", "12"), "#12 of 340"},
		{zh.Say(Place, "of", "340", "rank", "12"), "第 12 名，共 340 件"},
		{en.Say(NoHits, "q", "{q} {n}"), "Nothing found for “{q} {n}”. Try fewer words, a city or a hashtag."},
		{en.Say(Photos), "Photos {n}"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestUnknownCodeIsStillASentence(t *testing.T) {
	none := func(string) string { return "" }
	if got, want := For("en").Code("what_is_this", none), sentences[Unknown].en; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	limit := func(string) string { return "1000" }
	if got, want := For("en").Code("too_many_entries", limit), "You have sent all the photos you may: 1,000."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNumbersAreGrouped(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1200: "-1,200"} {
		if got := Number(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

func TestSpansShowTheirTwoLargestUnits(t *testing.T) {
	for millis, want := range map[int64]string{
		3*day + 4*hour + 59*minute: "3 d 4 h", 2*hour + 5*minute: "2 h 5 min", 25 * minute: "25 min",
		9*minute + 7_999: "9:07", 59_999: "0:59", 0: "0:00", -5: "0:00",
	} {
		if got := For("en").Span(millis); got != want {
			t.Errorf("%d ms: got %q, want %q", millis, got, want)
		}
	}
	if got, want := For("zh").Span(3*day), "3 天 0 小时"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
