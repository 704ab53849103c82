package demo

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

const embedBase = "http://192.168.1.20:8080"

func visit(t *testing.T, path, acceptLanguage string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Language", acceptLanguage)
	w := httptest.NewRecorder()
	HostPage(embedBase).ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Result(), string(body)
}

func TestTheHostPageEmbedsTheWidgetByExactlyTwoLines(t *testing.T) {
	_, body := visit(t, "/", "en")
	want := `<script async src="` + embedBase + `/embed.js"></script>
<fanfare-challenge challenge="night"></fanfare-challenge>
`
	if !strings.Contains(body, want) {
		t.Errorf("page lacks the two lines\n%s", want)
	}
	if got := strings.Count(body, "<script"); got != 1 {
		t.Errorf("page has %d scripts, want the widget's alone", got)
	}
	if regexp.MustCompile(`<style|\sstyle=|\son[a-z]+=`).MatchString(body) {
		t.Error("page has inline styles or handlers, which its own policy forbids")
	}
}

func TestTheHostPageSpeaksTheLanguageAskedFor(t *testing.T) {
	for _, c := range []struct{ path, accept, lang, words string }{
		{"/", "en-GB,en;q=0.9", "en", "After dark, the river is another city"},
		{"/", "zh-CN,zh;q=0.9,en;q=0.8", "zh-CN", "天黑以后，江是另一座城"},
		{"/?lang=zh-CN", "en", "zh-CN", "天黑以后，江是另一座城"},
		{"/?lang=en", "zh-CN", "en", "After dark, the river is another city"},
		{"/?lang=<script>", "zh-CN", "en", "After dark, the river is another city"},
	} {
		_, body := visit(t, c.path, c.accept)
		if !strings.Contains(body, `<html lang="`+c.lang+`">`) || !strings.Contains(body, c.words) {
			t.Errorf("%s with %s: page is not in %s", c.path, c.accept, c.lang)
		}
	}
}

func TestTheHostPagesPolicyAllowsTheWidgetAndNoMore(t *testing.T) {
	res, _ := visit(t, "/", "en")
	want := "default-src 'none'; script-src http://192.168.1.20:8080 'wasm-unsafe-eval'; " +
		"connect-src http://192.168.1.20:8080 ws://192.168.1.20:8080; img-src 'self' blob: http://192.168.1.20:8080; " +
		"style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	if got := res.Header.Get("Content-Security-Policy"); got != want {
		t.Errorf("policy\n got %s\nwant %s", got, want)
	}
	if got := hostPolicy("https://fanfare.example"); !strings.Contains(got, "connect-src https://fanfare.example wss://fanfare.example;") {
		t.Errorf("policy of a server behind TLS: got %s", got)
	}
}

func TestTheHostPageHasAllItRefersTo(t *testing.T) {
	_, body := visit(t, "/", "en")
	for _, m := range regexp.MustCompile(`(?:src|href)="(/[a-z]+\.[a-z]+)"`).FindAllStringSubmatch(body, -1) {
		res, content := visit(t, m[1], "en")
		if res.StatusCode != http.StatusOK || len(content) == 0 {
			t.Errorf("%s: got %d with %d bytes", m[1], res.StatusCode, len(content))
		}
	}
	if res, _ := visit(t, "/page.html", "en"); res.StatusCode != http.StatusNotFound {
		t.Errorf("/page.html: got %d, want 404", res.StatusCode)
	}
}
