package meiliindex

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"testing"

	"fanfare/search"
)

func TestWordsAndCharactersStandApart(t *testing.T) {
	for _, c := range []struct{ text, words, characters string }{
		{"", "", ""},
		{"Night Lights", "night lights", ""},
		{"外滩 夜景", "", "外 滩 夜 景"},
		{"外滩，夜景", "", "外 滩 。 夜 景"},
		{"小米14Ultra拍", "14ultra", "小 米 。 拍"},
		{"夜景 in 上海", "in", "夜 景 。 上 海"},
		{"in 上海", "in", "上 海"},
		{"ค่ำคืน", "", "ค่ํ า คื น"},
		{"タワー", "", "タ ワ ー"},
		{"🌃", "", ""},
	} {
		if words, characters := parted(c.text); words != c.words || characters != c.characters {
			t.Errorf("parted(%q) = %q, %q, want %q, %q", c.text, words, characters, c.words, c.characters)
		}
	}
}

func TestQueriesAreWrittenForTheServer(t *testing.T) {
	for _, c := range []struct{ query, phrases, apart string }{
		{"", "", ""},
		{"night", "night", "night"},
		{"night ", "night ", "night "},
		{"night li", "night li", "night li"},
		{"夜景", `"夜 景" `, `"夜 景" `},
		{"外滩夜景", `"外 滩 夜 景" `, "外 滩 夜 景 "},
		{"夜景 li", `"夜 景" li`, `"夜 景" li`},
		{"li夜景", `li "夜 景" `, `li "夜 景" `},
		{"12", "12 ", "12 "},
		{`"night" -lights`, "night lights", "night lights"},
		{"\u0301", "", ""},
		{"night \u0301", "night ", "night "},
	} {
		texts := search.Parse(c.query).Texts
		if got := written(texts, phrase); got != c.phrases {
			t.Errorf("%q is written %q, want %q", c.query, got, c.phrases)
		}
		if got := written(texts, apart); got != c.apart {
			t.Errorf("%q is written apart as %q, want %q", c.query, got, c.apart)
		}
	}
}

// TestOtherSettingsAreAnotherVersion fails where settings were changed: then encoding rises as well, so that indexes are
// rebuilt, and the sum here is brought up to date.
func TestOtherSettingsAreAnotherVersion(t *testing.T) {
	text, err := json.Marshal(settings())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	if got, want := fmt.Sprintf("%d %x", encoding, sum[:6]), "1 5d7b26e3e661"; got != want {
		t.Errorf("version and settings are %s, want %s", got, want)
	}
}

func TestSettingsThatDifferAreNamed(t *testing.T) {
	got := settings()
	got.StopWords = []string{"the"}
	got.FacetSearch = true
	got.TypoTolerance.DisableOnNumbers = false
	got.FilterableAttributes = []string{"tags", "number", "challenge"} // in another order is the same
	got.SearchCutoffMs = 100                                           // does not change what is found
	wrong, err := differing(got, settings())
	if want := "[typoTolerance stopWords facetSearch]"; err != nil || fmt.Sprint(wrong) != want {
		t.Errorf("differing = %v, %v, want %s", wrong, err, want)
	}
}
