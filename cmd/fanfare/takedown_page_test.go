package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// asks sends the form of the page on which somebody in a photo asks for its removal.
func (i *installation) asks(id, origin string, form url.Values) reply {
	i.t.Helper()
	return i.do(request{
		method: "POST", path: "/e/" + id + "/takedown?lang=en", origin: origin, kind: "application/x-www-form-urlencoded",
		body: []byte(form.Encode()), header: map[string]string{"Sec-Fetch-Site": map[bool]string{true: "same-origin", false: "cross-site"}[origin == i.url]},
	})
}

func TestThePageOfATakedownNeedsNoScriptAndNoAccount(t *testing.T) {
	i := install(t, nil)
	id := i.published(i.guest(), "one")
	if r := i.get("/e/"+id, ""); !strings.Contains(r.Text, `href="/e/`+id+`/takedown"`) {
		t.Error("the entry's page does not lead there")
	}
	if r := i.get("/e/"+id+"/takedown?lang=en", ""); r.Status != http.StatusOK || !strings.Contains(r.Text, `name="statement"`) {
		t.Errorf("the form: %d", r.Status)
	}
	complete := url.Values{"contact": {"ada@example.org"}, "statement": {"I am on the left"}}
	if r := i.asks(id, "https://evil.example", complete); r.Status != http.StatusForbidden {
		t.Errorf("a form of another site: %d", r.Status)
	}
	r := i.asks(id, i.url, url.Values{"statement": {"I am on the left"}})
	if r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Text, "how you can be reached") || !strings.Contains(r.Text, "I am on the left</textarea>") {
		t.Errorf("without a contact: %d", r.Status)
	}
	if r := i.asks(id, i.url, complete); r.Status != http.StatusCreated || !strings.Contains(r.Text, "The photo is hidden now") || !strings.Contains(r.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("complete: %d %s", r.Status, r.Header)
	}
	for _, path := range []string{"/e/" + id, "/e/" + id + "/takedown"} {
		if r := i.get(path, ""); r.Status != http.StatusNotFound {
			t.Errorf("%s afterwards: %d", path, r.Status)
		}
	}
	if r := i.asks(id, i.url, complete); r.Status != http.StatusNotFound {
		t.Errorf("of a photo that is hidden: %d", r.Status)
	}
}

func TestOneAddressAsksForFewTakedowns(t *testing.T) {
	i := install(t, nil)
	id := i.published(i.guest(), "one")
	statuses := map[int]int{}
	for range 12 {
		r := i.asks(id, i.url, url.Values{"statement": {"?"}})
		statuses[r.Status]++
		if r.Status == http.StatusTooManyRequests && (r.Header.Get("Retry-After") == "" || !strings.Contains(r.Text, "<html")) {
			t.Errorf("refused without a page or a time: %s", r.Header)
		}
	}
	if statuses[http.StatusTooManyRequests] != 2 || statuses[http.StatusUnprocessableEntity] != 10 {
		t.Errorf("got %v", statuses)
	}
}
