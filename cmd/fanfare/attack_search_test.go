package main

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fanfare/cmd/fanfare/faulttest"
	"fanfare/server/contest"
)

const (
	searchTold    = 4 * time.Second // within which a visitor is told that the search is away
	searchDrained = time.Minute     // within which the index agrees with the database after an outage
)

// meilisearch is the server that the environment names, behind a faulty network, with an index for one test.
type meilisearch struct {
	*faulttest.Proxy
	t     *testing.T
	host  string
	index string
}

// installOverMeilisearch starts an installation that searches there.
func installOverMeilisearch(t *testing.T) (*installation, *meilisearch) {
	t.Helper()
	address, err := url.Parse(os.Getenv("FANFARE_TEST_MEILISEARCH"))
	if err != nil {
		t.Fatal(err)
	}
	if address.Host == "" {
		t.Skip("FANFARE_TEST_MEILISEARCH names no Meilisearch server: meilisearch://HOST:PORT, with its key in FANFARE_TEST_MEILISEARCH_KEY")
	}
	m := &meilisearch{faulttest.Start(t, address.Host), t, address.Host, "test-" + strings.ToLower(rand.Text())}
	keys := filepath.Join(t.TempDir(), "secrets")
	if err := os.WriteFile(keys, []byte(meilisearchKey+"="+os.Getenv("FANFARE_TEST_MEILISEARCH_KEY")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.wipe)
	generous := func(c *contest.Challenge) { c.Rules.VotesPerPeriod = 100 }
	return install(t, generous, "--search", fmt.Sprintf("meilisearch://%s?index=%s", m.Addr(), m.index), "--secrets", keys), m
}

// wipe deletes the index behind the installation's back.
func (m *meilisearch) wipe() {
	m.t.Helper()
	r, err := http.NewRequest("DELETE", "http://"+m.host+"/indexes/"+m.index, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+os.Getenv("FANFARE_TEST_MEILISEARCH_KEY"))
	answer, err := client.Do(r)
	if err != nil {
		m.t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusAccepted {
		m.t.Fatalf("wipe %s: %s", m.index, answer.Status)
	}
}

// found returns the entries that a search finds, in order of their identifiers; ok is false where the search is away.
func (i *installation) found(text string) (ids []string, ok bool) {
	i.t.Helper()
	start := time.Now()
	r := i.get("/api/v1/challenges/night/search?q="+url.QueryEscape(text), "")
	if took := time.Since(start); took > searchTold {
		i.t.Errorf("the search for %s took %s", text, took)
	}
	if r.Status == http.StatusServiceUnavailable && r.code() == "search_unavailable" && r.Header.Get("Retry-After") != "" {
		return nil, false
	}
	list, isList := r.Body["entries"].([]any)
	if r.Status != http.StatusOK || !isList {
		i.t.Fatalf("the search for %s: %d %s", text, r.Status, r.Text)
	}
	for _, e := range list {
		ids = append(ids, e.(map[string]any)["id"].(string))
	}
	slices.Sort(ids)
	return ids, true
}

// finds waits until a search finds exactly these entries and the index agrees with the database.
func (i *installation) finds(text string, want []string) {
	i.t.Helper()
	slices.Sort(want)
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		got, ok := i.found(text)
		diff, err := i.app.entries.CompareIndex(i.t.Context())
		if ok && slices.Equal(got, want) && err == nil && diff.Empty() {
			return
		}
		if time.Since(start) > searchDrained {
			i.t.Fatalf("after %s the search finds %v, want %v; the index differs by %+v, %v", searchDrained, got, want, diff, err)
		}
	}
}

// CHECKS 52: the search server down, slow, wiped, while photos, votes and withdrawals go on.
func TestNothingButTheSearchWaitsForTheSearchServer(t *testing.T) {
	i, server := installOverMeilisearch(t)
	author, voter := i.guest(), i.guest()
	shown := []string{i.published(author, "外滩 before")}
	i.finds("外滩", shown)
	for _, fault := range []struct {
		name   string
		faults faulttest.Faults
		away   bool
	}{
		{"refusing", faulttest.Faults{Refuse: true}, true},
		{"silent", faulttest.Faults{BlackHole: true}, true},
		{"slow", faulttest.Faults{ToClient: faulttest.Way{Latency: 300 * time.Millisecond}}, false},
		{"cut off in mid-answer", faulttest.Faults{ToClient: faulttest.Way{ResetAfter: 60}}, true},
	} {
		server.Set(fault.faults)
		server.Cut()
		if _, ok := i.found("外滩"); ok == fault.away {
			t.Errorf("%s: the search answers: %v", fault.name, ok)
		}
		hidden := i.published(author, "外滩 withdrawn while the server is "+fault.name)
		if r := i.do(request{method: "DELETE", path: "/api/v1/entries/" + hidden, token: author}); r.Status/100 != 2 {
			t.Fatalf("%s: withdraw: %d %s", fault.name, r.Status, r.Text)
		}
		shown = append(shown, i.published(author, "外滩 while the server is "+fault.name))
		start := time.Now()
		if r := i.vote("PUT", shown[0], voter); r.Status != http.StatusOK || time.Since(start) > time.Second {
			t.Errorf("%s: a vote took %s: %d %s", fault.name, time.Since(start), r.Status, r.Text)
		}
		if r := i.get("/readyz", ""); r.Status != http.StatusOK || fault.away && r.Body["status"] != "degraded" {
			t.Errorf("%s: readiness is %d %s", fault.name, r.Status, r.Text)
		}
		server.Set(faulttest.Faults{})
		server.Cut()
		i.finds("外滩", shown)
	}
	server.wipe()
	shown = append(shown, i.published(author, "外滩 after the index was lost"))
	if err := i.app.entries.KeepIndex(t.Context()); err != nil { // as the server does every minute
		t.Fatal(err)
	}
	i.finds("外滩", shown)
}
