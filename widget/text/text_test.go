package text

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// columns are the lines of sentences.txt: key, English, Chinese.
func columns(t *testing.T) [][]string {
	t.Helper()
	var rows [][]string
	for line := range strings.Lines(Sentences) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Split(line, " | ")
		if len(fields) != 3 || slices.Contains(fields, "") {
			t.Fatalf("%q: want a key and both languages", line)
		}
		rows = append(rows, fields)
	}
	return rows
}

func TestSentencesStandInTheOrderOfTheKeys(t *testing.T) {
	source, err := os.ReadFile("keys.go")
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, found := range regexp.MustCompile(`(?m)^\t([A-Z]\w+)`).FindAllStringSubmatch(string(source), -1) {
		keys = append(keys, found[1])
	}
	rows := columns(t)
	for i := range max(len(keys), len(rows)) {
		if i >= len(keys) || i >= len(rows) || keys[i] != rows[i][0] {
			t.Fatalf("number %d: keys.go and sentences.txt differ (%d keys, %d sentences)", i, len(keys), len(rows))
		}
	}
}

func TestBothLanguagesHaveTheSamePlaceholders(t *testing.T) {
	for _, row := range columns(t) {
		en, zh := placeholder.FindAllString(row[1], -1), placeholder.FindAllString(row[2], -1)
		slices.Sort(en)
		slices.Sort(zh)
		if !slices.Equal(en, zh) {
			t.Errorf("%s: got %v in English and %v in Chinese", row[0], en, zh)
		}
	}
}

func TestChineseSentencesAreChineseAndEnglishOnesEnglish(t *testing.T) {
	han := regexp.MustCompile(`\p{Han}`)
	for _, row := range columns(t) {
		if !han.MatchString(row[2]) || han.MatchString(row[1]) {
			t.Errorf("%s: got %q for English and %q for Chinese", row[0], row[1], row[2])
		}
	}
}

func english() *Language { return Read("en-GB", Catalogue("en-GB")) }
func hans() *Language    { return Read("ZH-hant", Catalogue("ZH-hant")) }

func TestSayFillsPlaceholdersByNameOnce(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{english().Say(Place, "of", "340", "rank", "12"), "#12 of 340"},
		{hans().Say(Place, "of", "340", "rank", "12"), "第 12 名，共 340 幅"},
		{english().Say(NoHits, "q", "{q} {n}"), "Nothing found for “{q} {n}”. Try fewer words, a city or a hashtag."},
		{english().Say(Photos), "Photos {n}"},
		{Read("en", "").Say(Photos), ""},
		{english().List([]string{"Weibo", "X"}), "Weibo, X"},
		{hans().List([]string{"微博", "X"}), "微博、X"},
		{english().Day("2027-03-01"), "2027-03-01"},
		{hans().Day("2027-03-01"), "2027年3月1日"},
		{hans().Day("soon"), "soon"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestCodesBecomeSentences(t *testing.T) {
	limit := func(string) string { return "1000" }
	for code, want := range map[string]string{
		"what_is_this":     english().Say(Unknown),
		"too_many_entries": "You have sent all the photos you may: 1,000.",
		"unavailable":      english().Say(Unavailable),
	} {
		if got := english().Code(code, limit); got != want || got == "" {
			t.Errorf("%s: got %q, want %q", code, got, want)
		}
	}
}

func TestNumbersAreGrouped(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1200: "-1,200"} {
		if got := Number(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

// unbroken shows the spaces at which a span must not be broken.
var unbroken = strings.NewReplacer("\u00a0", " ")

func TestSpansShowTheirTwoLargestUnits(t *testing.T) {
	for millis, want := range map[int64]string{
		3*day + 4*hour + 59*minute: "3 d 4 h", 2*hour + 5*minute: "2 h 5 min", 25 * minute: "25 min",
		9*minute + 7_999: "9:07", 59_999: "0:59", 0: "0:00", -5: "0:00",
	} {
		if got := unbroken.Replace(english().Span(millis)); got != want {
			t.Errorf("%d ms: got %q, want %q", millis, got, want)
		}
	}
	if got, want := unbroken.Replace(hans().Span(3*day)), "3 天 0 小时"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
