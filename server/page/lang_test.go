package page

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTheLanguageIsTheOneAskedFor(t *testing.T) {
	for _, c := range []struct {
		query, header string
		want          Lang
	}{
		{"", "", English},
		{"", "zh-CN,zh;q=0.9,en;q=0.8", Chinese},
		{"", "en-GB,en;q=0.9,zh-CN;q=0.8", English},
		{"", "zh;q=0.3, en;q=0.7", English},
		{"", "fr, zh-TW;q=0.5", Chinese},
		{"", "fr-FR", English},
		{"", "zh;q=0", English},
		{"", "zh;q=x, en;q=0.1", English},
		{"?lang=zh-CN", "en", Chinese},
		{"?lang=zh-Hant-TW", "en", Chinese},
		{"?lang=EN", "zh", English},
		{"?lang=tlh", "zh", Chinese},
		{"", strings.Repeat("fr,", 1000) + "zh", English}, // beyond what is read
	} {
		r := httptest.NewRequest(http.MethodGet, "/"+c.query, nil)
		r.Header.Set("Accept-Language", c.header)
		if got := LangOf(r); got != c.want {
			t.Errorf("%q, %q: got %s, want %s", c.query, c.header, got, c.want)
		}
	}
}

func FuzzAcceptLanguage(f *testing.F) {
	f.Add("zh-CN,zh;q=0.9,en;q=0.8")
	f.Add(";q=,,-;q=2")
	f.Fuzz(func(t *testing.T, header string) {
		if lang := acceptedLang(header); lang != Chinese && lang != English {
			t.Errorf("%q: got %q", header, lang)
		}
	})
}

func TestLinksKeepALanguageThatWasAskedFor(t *testing.T) {
	p := renderer(t)
	asked := p.Context(httptest.NewRequest(http.MethodGet, "/c/night?lang=zh-CN&page=2", nil))
	for to, want := range map[string]string{"/": "/?lang=zh-CN", "/x?a=b": "/x?a=b&lang=zh-CN", "/c/n#e_1": "/c/n?lang=zh-CN#e_1"} {
		if got := asked.Href(to); got != want {
			t.Errorf("link to %s: got %s, want %s", to, got, want)
		}
	}
	if got, want := asked.Switch(English), "/c/night?page=2&lang=en"; got != want {
		t.Errorf("switch: got %s, want %s", got, want)
	}
	silent := p.Context(httptest.NewRequest(http.MethodGet, "/c/night", nil))
	if got := silent.Href("/x"); got != "/x" {
		t.Errorf("nobody asked: got %s", got)
	}
	if got, want := silent.Canonical(), "https://photos.example.org/c/night"; got != want {
		t.Errorf("canonical: got %s, want %s", got, want)
	}
}
