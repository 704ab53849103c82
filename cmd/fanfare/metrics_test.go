package main

import (
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"fanfare/server/app/keys"
)

// What dashboards and alerts read is counted: figures that stay at nothing look like a quiet night.
func TestFiguresMove(t *testing.T) {
	i := install(t, nil, "--outbound-allow", "127.0.0.1")
	entry := i.published(i.guest(), "江边")
	if r := i.vote(http.MethodPut, entry, i.guest()); r.Status != http.StatusOK {
		t.Fatalf("vote: %d", r.Status)
	}
	refuses := newSink(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		http.Error(w, "not now", http.StatusInternalServerError)
	})
	i.hooked(i.planned(), i.key(i.challenge.Campaign, keys.WebhooksWrite), refuses.URL, "entry.published")
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
	author := i.guest()
	taken := i.published(author, "江边，又一张")
	i.send(author, "a.gif", "image/gif", []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00"))
	cut := picture()
	broken := i.send(author, "a.jpg", "image/jpeg", cut[:len(cut)/2]).text("id")
	i.eventually("the broken photo is rejected", func() bool { return i.get("/api/v1/entries/"+broken, author).text("status") == "rejected" })
	i.do(request{method: http.MethodPost, path: "/api/v1/uploads", token: author, header: map[string]string{"Tus-Resumable": "1.0.0", "Upload-Length": "1000"}})
	form := []byte(`{"contact":"13800138000","statement":"I am in this photo"}`)
	i.do(request{method: http.MethodPost, path: "/api/v1/entries/" + taken + "/takedowns", kind: "application/json", body: form})
	content := ""
	i.eventually("a webhook that refuses is counted", func() bool {
		resp := must(client.Get("http://" + address + "/metrics"))(t)
		defer resp.Body.Close()
		content = string(must(io.ReadAll(resp.Body))(t))
		return valueOf(content, "fanfare_webhooks_failing") == 1 && valueOf(content, `fanfare_webhook_attempts_total{outcome="refused"}`) > 0
	})
	for _, figure := range []string{
		`fanfare_ready`, `fanfare_store_update_seconds_count`, `fanfare_store_commits_total`, `fanfare_disk_size_bytes`,
		`fanfare_backend_up{backend="database"}`, `fanfare_backend_up{backend="media"}`, `fanfare_backend_up{backend="search"}`, `fanfare_backend_up{backend="bus"}`,
		`fanfare_problems_total{code="unsupported_type"}`, `fanfare_render_seconds_count{format="jpeg"}`, `fanfare_render_rejected_total{reason="broken"}`,
		`fanfare_uploads_unfinished`, `fanfare_uploads_unfinished_bytes`, `fanfare_takedowns_open`,
		`fanfare_webhook_deliveries_waiting`,
		`fanfare_http_request_seconds_count{code="200",method="PUT",route="/api/v1/entries/{id}/vote"}`,
	} {
		if valueOf(content, figure) <= 0 {
			t.Errorf("%s does not move:\n%s", figure, lines(content, figure[:min(len(figure), 24)]))
		}
	}
	if late := valueOf(content, "fanfare_takedowns_overdue"); late != 0 {
		t.Errorf("%v requests of a moment ago are overdue, want 0", late)
	}
	if n, late := valueOf(content, "fanfare_log_unsealed_leaves"), valueOf(content, "fanfare_log_overdue_seconds"); n < 0 || n > 1 || late < 0 || late > 60 {
		t.Errorf("%v votes have waited for a checkpoint for %v seconds; one was cast a moment ago", n, late)
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
