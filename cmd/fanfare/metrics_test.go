package main

import (
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// What dashboards and alerts read is counted: figures that stay at nothing look like a quiet night.
func TestFiguresMove(t *testing.T) {
	i := install(t, nil)
	entry := i.published(i.guest(), "江边")
	if r := i.vote(http.MethodPut, entry, i.guest()); r.Status != http.StatusOK {
		t.Fatalf("vote: %d", r.Status)
	}
	i.close()
	r := i.replica("")
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := probe.Addr().String()
	probe.Close()
	i.flags = append(i.flags, "--metrics-addr", address)
	r.start()
	i.url = r.url
	if r := i.vote(http.MethodPut, entry, i.guest()); r.Status != http.StatusOK {
		t.Fatalf("vote: %d", r.Status)
	}
	resp, err := client.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, figure := range []string{
		`fanfare_ready`, `fanfare_store_update_seconds_count`, `fanfare_store_commits_total`, `fanfare_disk_size_bytes`,
		`fanfare_backend_up{backend="database"}`, `fanfare_backend_up{backend="media"}`, `fanfare_backend_up{backend="search"}`, `fanfare_backend_up{backend="bus"}`,
		`fanfare_http_request_seconds_count{code="200",method="PUT",route="/api/v1/entries/{id}/vote"}`,
	} {
		if valueOf(string(content), figure) <= 0 {
			t.Errorf("%s does not move:\n%s", figure, lines(string(content), figure[:min(len(figure), 24)]))
		}
	}
}

// valueOf returns a figure of the exposition format, -1 where it is missing.
func valueOf(exposition, figure string) float64 {
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(figure) + ` (\S+)$`).FindStringSubmatch(exposition)
	if found == nil {
		return -1
	}
	value, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		return -1
	}
	return value
}

func lines(text, prefix string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, prefix) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}
