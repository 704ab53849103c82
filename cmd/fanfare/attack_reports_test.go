package main

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// dated are what moves with the time alone in a report: as of when it is, and when its files were written.
var dated = regexp.MustCompile(`\d{1,2}:\d{2}|\d{4}-\d{2}-\d{2}T[\d:.]+Z?|datetime="[^"]*"`)

// report reads all of a shared report, without what moves with the time alone.
func (s *tallied) report(token string) string {
	s.t.Helper()
	var all strings.Builder
	for _, path := range []string{"?lang=en", "?lang=zh-CN", "/report.xlsx?lang=en", "/report.zip?lang=en"} {
		r := s.do(request{method: "GET", path: "/r/" + token + path, raw: true})
		if r.Status != http.StatusOK {
			s.t.Fatalf("%s: %d", path, r.Status)
		}
		if strings.HasPrefix(path, "?") {
			all.WriteString(r.Text)
			continue
		}
		files := unzipped(s.t, r.Text)
		for _, name := range slices.Sorted(maps.Keys(files)) {
			all.WriteString(name)
			all.Write(files[name])
		}
	}
	return dated.ReplaceAllString(all.String(), "")
}

// CHECKS 19: whoever was given a report's link learns no more of votes from its page and its files than the rules show.
func TestASharedReportTellsNoVotesThatTheRulesConceal(t *testing.T) {
	for mode, tells := range map[contest.TallyMode]bool{contest.TallyLive: true, contest.TallyRanks: false, contest.TallyHidden: false} {
		t.Run(string(mode), func(t *testing.T) {
			s := tally(t, mode)
			s.planned()
			token := must(s.app.reports.Share(t.Context(), "", s.challenge.Campaign, "Board", 7))(t)
			voted := func() int64 {
				return must(s.app.numbers.Overview(t.Context(), s.challenge.Campaign))(t).Figure(kpi.Votes).Measured
			}
			s.eventually("staff see the votes", func() bool { return voted() == 7 })
			before := s.report(token)
			s.votes(0, 0, 20)
			s.eventually("staff see the new votes", func() bool { return voted() == 27 })
			if changed := s.report(token) != before; changed != tells {
				t.Errorf("votes change the report: %t, want %t", changed, tells)
			}
		})
	}
}

// A link to a report is what was drawn, and nothing that looks like it.
func TestATokenThatIsNoneOpensNoReport(t *testing.T) {
	i := install(t, nil)
	i.planned()
	token := must(i.app.reports.Share(t.Context(), "", i.challenge.Campaign, "Board", 7))(t)
	forged := []string{token[:42], token + "a", strings.ToUpper(token), token[:42] + "*", strings.Repeat("a", len(token)), "%00" + token, token + "%00", token + "/", "..", strings.Repeat("a", 4000)}
	for _, text := range forged {
		for _, rest := range []string{"", "/report.xlsx", "/report.zip"} {
			if r := i.do(request{method: "GET", path: "/r/" + text + rest, raw: true}); r.Status == http.StatusOK || r.Status >= 500 {
				t.Errorf("/r/%.60s%s: %d", text, rest, r.Status)
			}
		}
	}
	if r := i.do(request{method: "GET", path: "/r/" + token, raw: true}); r.Status != http.StatusOK || r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Set-Cookie") != "" ||
		!strings.Contains(r.Header.Get("X-Robots-Tag"), "noindex") {
		t.Errorf("the link: %d %v", r.Status, r.Header)
	}
}
