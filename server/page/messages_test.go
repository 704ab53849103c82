package page

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"testing"
	"testing/fstest"
)

func TestBothLanguagesSayTheSameThings(t *testing.T) {
	if _, err := LoadMessages(files); err != nil {
		t.Error(err)
	}
}

func TestAForgottenSentenceIsFound(t *testing.T) {
	for name, c := range map[string][2]string{
		"a key only in English":          {`{"a":"x"}`, `{"a":"x","b":"y"}`},
		"a key only in Chinese":          {`{"a":"x","b":"y"}`, `{"a":"x"}`},
		"an empty sentence":              {`{"a":""}`, `{"a":"x"}`},
		"a placeholder only in English":  {`{"a":"x"}`, `{"a":"{n} x"}`},
		"a placeholder of another name":  {`{"a":"{m} x"}`, `{"a":"{n} x"}`},
		"a placeholder that is repeated": {`{"a":"{n} {n}"}`, `{"a":"{m} {n}"}`},
		"no list":                        {`[]`, `{}`},
	} {
		fsys := fstest.MapFS{"messages/zh-CN.json": {Data: []byte(c[0])}, "messages/en.json": {Data: []byte(c[1])}}
		if _, err := LoadMessages(fsys); err == nil {
			t.Errorf("%s: not found", name)
		}
	}
}

func TestAnAreaHasWordsOfItsOwn(t *testing.T) {
	fsys := fstest.MapFS{
		"messages/zh-CN.json": {Data: []byte(`{"a":"甲"}`)}, "messages/en.json": {Data: []byte(`{"a":"A"}`)},
		"messages/orders.zh-CN.json": {Data: []byte(`{"b":"乙"}`)}, "messages/orders.en.json": {Data: []byte(`{"b":"B"}`)},
	}
	m, err := LoadMessages(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Say(Chinese, "a") + m.Say(Chinese, "b") + m.Say(English, "b"); got != "甲乙B" {
		t.Errorf("got %q", got)
	}
	fsys["messages/orders.en.json"].Data = []byte(`{"b":"B","a":"again"}`)
	if _, err := LoadMessages(fsys); err == nil {
		t.Error("a key of two files was taken")
	}
}

func TestWordsAreNotReplacedByThoseThatExtendThem(t *testing.T) {
	ours := Messages{Chinese: {"a": "甲"}, English: {"a": "A"}}
	if _, err := ours.with(Messages{Chinese: {"a": "乙"}, English: {"a": "B"}}); err == nil {
		t.Error("a key of both was taken")
	}
	joined, err := ours.with(Messages{Chinese: {"b": "乙"}, English: {"b": "B"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := joined.Say(Chinese, "a") + joined.Say(English, "b"); got != "甲B" {
		t.Errorf("got %q", got)
	}
}

func TestPlaceholdersAreFilledOnce(t *testing.T) {
	m := Messages{English: {"a": "{x} and {y}"}}
	if got, want := m.Say(English, "a", "x", "{y}", "y", 2), "{y} and 2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := m.Say(English, "missing"); got != "missing" {
		t.Errorf("a missing message: got %q", got)
	}
}

func TestOneIsSingular(t *testing.T) {
	c := renderer(t).Context(httptest.NewRequest(http.MethodGet, "/?lang=en", nil))
	for n, want := range map[int]string{0: "0 votes", 1: "1 vote", 2: "2 votes", 1234567: "1,234,567 votes"} {
		if got := c.N("votes", n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int]string{-1: "-1", 999: "999", 1000: "1,000", -100000: "-100,000"} {
		if got := grouped(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

// Every message that a template or a function names exists.
func TestNoMessageIsMissing(t *testing.T) {
	p := renderer(t)
	named := regexp.MustCompile(`(?:c\.T|c\.N|\.T|\.N) ?\(?"([a-z_.0-9]+)"`)
	for _, folder := range []string{".", "templates", "letters"} {
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			b, err := os.ReadFile(folder + "/" + e.Name())
			if err != nil || e.IsDir() {
				continue
			}
			for _, found := range named.FindAllSubmatch(b, -1) {
				if key := string(found[1]); !p.messages.Has(key) && !p.messages.Has(key+".one") && key[len(key)-1] != '.' {
					t.Errorf("%s names %q, which is no message", e.Name(), key)
				}
			}
		}
	}
}
