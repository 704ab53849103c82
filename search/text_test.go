package search_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"fanfare/search"
	"fanfare/server/contest"
)

func TestNormal(t *testing.T) {
	for _, c := range []struct{ claim, text, want string }{
		{"lower case", "NIGHT Ночь ΟΔΟΣ οδος", "night ночь οδοσ οδοσ"},
		{"full width becomes plain", "Ｎｉｇｈｔ１２", "night12"},
		{"half-width kana become whole, with their marks", "ｶﾞﾗｽ", "ガラス"},
		{"ligatures and numerals", "ﬁlm Ⅷ ①", "film viii 1"},
		{"mathematical letters", "𝓷𝓲𝓰𝓱𝓽", "night"},
		{"accents go, in both encodings", "Café cafe\u0301", "cafe cafe"},
		{"even with something invisible before them", "cafe\u200d\u0301", "cafe"},
		{"marks that are letters stay", "がन्ทั่", "がन्ทั่"},
		{"invisible characters go", "\ufeffni\u200bg\u200dh\u00adt\ufe0f \u202eשלום\u202c", "night שלום"},
		{"a capital that has no single small letter", "İ", "i"},
		{"bytes that are no text", "a\xffb", "a\ufffdb"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			if got := search.Normal(c.text); got != c.want {
				t.Errorf("Normal(%q) = %q, want %q", c.text, got, c.want)
			}
		})
	}
}

// write shows runs as "word [字符] |[字]", where "|" stands for punctuation before the run.
func write(runs []search.Run) string {
	var parts []string
	for _, run := range runs {
		part := strings.Join(run.Tokens, "·")
		if run.Unspaced {
			part = "[" + part + "]"
		}
		if run.Broken {
			part = "|" + part
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " ")
}

func TestRuns(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"night lights", "night lights"},
		{"外滩的夜景", "[外·滩·的·夜·景]"},
		{"外滩，夜景", "[外·滩] |[夜·景]"},
		{"外滩 夜景", "[外·滩] [夜·景]"},
		{"外滩🌃 夜景", "[外·滩] |[夜·景]"},
		{"小米14Ultra拍", "[小·米] 14ultra [拍]"},
		{"don't", "don |t"},
		{"night_sky", "night |sky"},
		{"タワー", "[タ·ワ·ー]"},
		{"#夜景#", "|[夜·景]"},
		{"🌃", ""},
	} {
		if got := write(search.Runs(c.text)); got != c.want {
			t.Errorf("Runs(%q) = %s, want %s", c.text, got, c.want)
		}
	}
}

func TestLongFieldsAreCut(t *testing.T) {
	runs := search.Runs(strings.Repeat("夜", search.MaxFieldRunes+5))
	if len(runs) != 1 || len(runs[0].Tokens) != search.MaxFieldRunes {
		t.Errorf("a long field has %d runs, the first of %d tokens", len(runs), len(runs[0].Tokens))
	}
}

// terms shows a query's terms; "*" marks what is open.
func terms(t search.Terms) string {
	var parts []string
	star := map[bool]string{true: "*"}
	if t.Number != 0 {
		parts = append(parts, fmt.Sprint("number ", t.Number))
	}
	for _, tag := range t.Tags {
		parts = append(parts, "#"+tag.Key+star[tag.Open])
	}
	for _, text := range t.Texts {
		parts = append(parts, strings.Join(text.Tokens, "")+star[text.Open])
	}
	return strings.Join(parts, ", ")
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ query, want string }{
		{"", ""},
		{"night", "night*"},
		{"night ", "night"},
		{"night li", "night, li*"},
		{"夜景", "夜景"},
		{"夜景 li", "夜景, li*"},
		{"li夜景", "li, 夜景"},
		{"#夜景", "#夜景*"},
		{"#夜景 ", "#夜景"},
		{"#夜景#", "#夜景"},
		{"＃夜景＃外滩", "#夜景, 外滩"},
		{"#夜景#外滩#", "#夜景, 外滩"},
		{"#a#b", "#a, b*"},
		{"##a", "#a*"},
		{"harb#a", "#a*, harb"},
		{"# a", "a*"},
		{"12", "number 12, 12"},
		{" #012 ", "number 12, #012"},
		{"１２", "number 12, 12"},
		{"12 a", "12, a*"},
		{"0", "0*"},
		{"4294967296", "4294967296*"},
		{"+12", "12*"},
		{"#" + strings.Repeat("x", 65), strings.Repeat("x", 65) + "*"},
	} {
		if got := terms(search.Parse(c.query)); got != c.want {
			t.Errorf("Parse(%q) = %s, want %s", c.query, got, c.want)
		}
	}
}

func TestQueriesAreCut(t *testing.T) {
	for _, unit := range []string{"a ", "#a ", "夜 ", "#a#b ", "a#b "} {
		got := search.Parse(strings.Repeat(unit, 1000))
		if n := len(got.Tags) + len(got.Texts); n != search.MaxTerms {
			t.Errorf("1000 × %q has %d terms, want %d", unit, n, search.MaxTerms)
		}
	}
	if got := search.Parse(strings.Repeat("a", 1000)).Texts[0].Tokens[0]; len(got) != search.MaxQueryRunes {
		t.Errorf("a long word is read to %d letters, want %d", len(got), search.MaxQueryRunes)
	}
}

func TestWithin(t *testing.T) {
	for _, c := range []struct{ q, want search.Query }{
		{search.Query{Offset: 5, Limit: 7}, search.Query{Offset: 5, Limit: 7}},
		{search.Query{Offset: -1, Limit: -1}, search.Query{}},
		{search.Query{Offset: 1 << 40, Limit: 1 << 40}, search.Query{Offset: search.MaxOffset, Limit: search.MaxLimit}},
	} {
		if got := c.q.Within(); got != c.want {
			t.Errorf("%+v within = %+v, want %+v", c.q, got, c.want)
		}
	}
}

// FuzzTagKey holds this library's keys equal to those that entries are stored with.
func FuzzTagKey(f *testing.F) {
	for _, tag := range []string{
		"夜景", "#夜景#", "＃ＮｉｇｈｔＳｈｏｔ", "﹟a", "re\u0301sume\u0301", "night\u200dshot", "night shot", "🌃", "#️⃣", "İ", "e\u200d\u0301", "a·b", "½", "Ⅷ", "\xff", "ΟΔΟΣ", "οδος", "a\u3164b", "a#b", " # a # ",
		strings.Repeat("夜", 64), strings.Repeat("夜", 65),
	} {
		f.Add(tag)
	}
	f.Fuzz(func(t *testing.T, tag string) {
		if got, want := search.TagKey(tag), contest.TagKey(tag); got != want {
			t.Errorf("TagKey(%q) = %q, the contest's is %q", tag, got, want)
		}
	})
}

func TestALookAlikeHashtagHasOneKey(t *testing.T) {
	for _, tag := range []string{"#Café#", "＃ＣＡＦＥ\u0301", "ca\u200bfe\u200d\u0301", "\u202ecafé\u202c", " ﹟𝒸𝒶𝒻é "} {
		if got := search.TagKey(tag); got != "café" {
			t.Errorf("TagKey(%q) = %q, want %q", tag, got, "café")
		}
	}
	if got := search.TagKey("саfé"); got == "café" { // two Cyrillic letters
		t.Error("letters of two scripts have one key")
	}
}

// FuzzParse checks that any query is read within the limits, and that its tokens are words in normal form.
func FuzzParse(f *testing.F) {
	for _, query := range []string{"夜景 #夜景# night", "#12", "\xff\x00#", "ﾀﾜｰ🌃e\u0301"} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		got := search.Parse(query)
		if len(got.Tags)+len(got.Texts) > search.MaxTerms {
			t.Errorf("%d tags and %d texts", len(got.Tags), len(got.Texts))
		}
		for _, text := range got.Texts {
			if again := search.Runs(strings.Join(text.Tokens, "")); len(again) != 1 || !reflect.DeepEqual(again[0].Tokens, text.Tokens) {
				t.Errorf("%q: tokens %q are read again as %+v", query, text.Tokens, again)
			}
		}
	})
}
