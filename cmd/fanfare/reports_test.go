package main

import (
	"net/http"
	"strings"
	"testing"
)

// A report's link opens the page and its files to whoever has it, and nothing once it is revoked.
func TestALinkToAReportOpensItUntilItIsRevoked(t *testing.T) {
	i := install(t, nil)
	i.planned()
	campaign := i.challenge.Campaign
	token := must(i.app.reports.Share(t.Context(), "", campaign, "Board", 7))(t)
	at := "/r/" + token
	for path, begins := range map[string]string{at: "<!", at + "/report.xlsx": "PK", at + "/report.zip": "PK"} {
		r := i.get(path, "")
		if r.Status != http.StatusOK || !strings.HasPrefix(strings.ToLower(r.Text), strings.ToLower(begins)) || r.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %d %.40q %v", path, r.Status, r.Text, r.Header)
		}
	}
	links := must(i.app.reports.Links(t.Context(), campaign))(t)
	if len(links) != 1 {
		t.Fatalf("%d links, want 1", len(links))
	}
	if err := i.app.reports.Revoke(t.Context(), "", campaign, links[0].ID); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{at, at + "/report.xlsx", at + "/report.zip"} {
		if r := i.get(path, ""); r.Status != http.StatusNotFound {
			t.Errorf("%s after the link was revoked: %d", path, r.Status)
		}
	}
}
