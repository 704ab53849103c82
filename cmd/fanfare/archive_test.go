package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/ledger"
	"fanfare/server/store"
)

// season is an installation whose campaign is over: three entries in order, a photo that its fan withdrew, and one that somebody asks to be
// taken down.
type season struct {
	*installation
	ada string // Cookie header
}

// endedSeason plays a whole campaign. certify says whether its result is certified.
func endedSeason(t *testing.T, certify bool) *season {
	t.Helper()
	s := &season{installation: install(t, func(c *contest.Challenge) {
		closes := time.Now().Add(12 * time.Second).Truncate(time.Millisecond) // a busy machine enters and votes in four
		c.Entries.Closes, c.Votes.Closes = closes, closes
		c.Rules.Tally, c.Rules.Winners = contest.TallyHidden, 1
	}, "--rate-limits", "off")}
	fan := s.guest()
	var ids []string
	for k := range 5 {
		ids = append(ids, s.published(fan, fmt.Sprintf("caption-%d <b>&", k+1)))
	}
	for k, votes := range []int{1, 3, 2, 0, 0} {
		for range votes {
			if r := s.vote("PUT", ids[k], s.guest()); r.Status != http.StatusOK {
				t.Fatalf("vote: %d %s", r.Status, r.Text)
			}
		}
	}
	s.planned()
	s.ada = s.administrator()
	s.within(30*time.Second, "the challenge is over", func() bool { return s.results("")["stage"] == "due" })
	if certify {
		s.certify()
	}
	if r := s.console(s.ada, "/console/entries/"+ids[2]+"/feature", url.Values{"on": {"yes"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("feature: %d %s", r.Status, r.Text)
	}
	if r := s.do(request{method: "DELETE", path: "/api/v1/entries/" + ids[3], token: fan}); r.Status >= http.StatusBadRequest {
		t.Fatalf("withdraw: %d %s", r.Status, r.Text)
	}
	down := url.Values{"contact": {"somebody@example.org"}, "statement": {"I am in it."}}
	if r := s.console("", "/e/"+ids[4]+"/takedown", down); r.Status >= http.StatusBadRequest {
		t.Fatalf("takedown: %d %s", r.Status, r.Text)
	}
	return s
}

// planned gives the campaign a period that is over.
func (s *season) planned() {
	s.t.Helper()
	plan := kpi.StartingPlan()
	plan.Starts, plan.Ends = time.Now().Add(-96*time.Hour), time.Now().Add(-48*time.Hour)
	plan.Prizes = []kpi.Prize{{Name: contest.Text{ZH: "手机", EN: "Phone"}, Value: 6499_00, Currency: "CNY", Count: 1, How: kpi.ByRank}}
	if err := s.app.store.Update(s.t.Context(), func(tx *store.Tx) error { return tx.SavePlan(s.challenge.Campaign, plan) }); err != nil {
		s.t.Fatal(err)
	}
}

func (s *season) certify() {
	s.t.Helper()
	desk, bo := "/console/challenges/"+string(s.challenge.ID)+"/results", s.invited(s.ada, "bo")
	hash := regexp.MustCompile(`name="hash" value="([0-9a-f]{64})"`).FindStringSubmatch(s.page(s.ada, desk).Text)
	if hash == nil {
		s.t.Fatal("nothing to propose")
	}
	form := url.Values{"hash": {hash[1]}}
	if r := s.console(s.ada, desk+"/propose", form); r.Status != http.StatusSeeOther {
		s.t.Fatalf("propose: %d %s", r.Status, r.Text)
	}
	if r := s.console(bo, desk+"/confirm", form); r.Status != http.StatusSeeOther {
		s.t.Fatalf("confirm: %d %s", r.Status, r.Text)
	}
}

// zip takes the archive as marketers do.
func (s *season) zip() reply {
	return s.do(request{
		method: "GET", path: "/console/campaigns/" + string(s.challenge.Campaign) + "/archive.zip", raw: true, header: map[string]string{"Cookie": s.ada},
	})
}

// command takes the archive as the operator does, and returns its folder.
func (s *season) command() (fs.FS, error) {
	folder := filepath.Join(s.t.TempDir(), "season")
	args := append([]string{"archive", string(s.challenge.Campaign), folder, "--data", s.data, "--public-url", s.url}, s.flags...)
	err := run(s.t.Context(), args, func(string) string { return "" }, nil, io.Discard)
	return os.DirFS(folder), err
}

func TestACampaignsArchiveIsWholeWithoutAServer(t *testing.T) {
	s := endedSeason(t, true)
	folder, err := s.command()
	if err != nil {
		t.Fatal(err)
	}
	linksResolve(t, folder)
	hides(t, folder)
	saysTheResult(t, folder)
	log := must(folder.Open("night/log/votes-night.jsonl"))(t)
	defer log.Close() //nolint:errcheck // only read
	if report, err := ledger.Audit(log, nil); err != nil || report.Results != 1 {
		t.Errorf("the log counted again: %v, %d results", err, report.Results)
	}
	if sum := sha256.Sum256(must(fs.ReadFile(folder, "night/rules.json"))(t)); hex.EncodeToString(sum[:]) != s.challenge.RulesHash {
		t.Errorf("the rules have the fingerprint %x, want %s", sum, s.challenge.RulesHash)
	}

	r := s.zip()
	if r.Status != http.StatusOK || r.Header.Get("Content-Type") != "application/zip" {
		t.Fatalf("the file: %d %s", r.Status, r.Header.Get("Content-Type"))
	}
	sent := unpacked(t, []byte(r.Text))
	linksResolve(t, sent)
	hides(t, sent)
	err = fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if _, missing := fs.Stat(sent, name); missing != nil {
			t.Errorf("the file lacks %s", name)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if !strings.Contains(s.page(s.ada, "/console/audit").Text, "Downloaded a campaign’s archive") {
		t.Error("the audit log does not tell of the download")
	}
}

func TestACampaignThatHidesAResultHasNoArchive(t *testing.T) {
	s := endedSeason(t, false)
	if _, err := s.command(); err == nil || !strings.Contains(err.Error(), "certify it") {
		t.Errorf("the command: %v", err)
	}
	if r := s.zip(); r.Status != http.StatusNotFound {
		t.Errorf("the file: %d", r.Status)
	}
	shown := s.page(s.ada, "/console/campaigns/"+string(s.challenge.Campaign)).Text
	if strings.Contains(shown, "archive.zip") || !strings.Contains(shown, "once the result is certified") {
		t.Error("the campaign's page offers it, or does not say what it waits for")
	}
}

// unpacked is a ZIP with one folder, from that folder on.
func unpacked(t *testing.T, file []byte) fs.FS {
	t.Helper()
	in := must(zip.NewReader(bytes.NewReader(file), int64(len(file))))(t)
	out := fstest.MapFS{}
	for _, f := range in.File {
		r := must(f.Open())(t)
		_, name, _ := strings.Cut(f.Name, "/")
		out[name] = &fstest.MapFile{Data: must(io.ReadAll(r))(t)}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	return out
}

// leads are all places at which a page names a file, and what loads one in a stylesheet.
var leads = regexp.MustCompile(`(?:href|src|srcset|action|poster)="([^"]*)"|url\(([^)]*)\)|@import ([^;]*)`)

// linksResolve holds that everything that a page or a stylesheet names is in the folder, and that nothing runs.
func linksResolve(t *testing.T, folder fs.FS) {
	t.Helper()
	pages := 0
	err := fs.WalkDir(folder, ".", func(name string, _ fs.DirEntry, err error) error {
		if ext := path.Ext(name); err != nil || ext != ".html" && ext != ".css" {
			return err
		}
		pages++
		content, err := fs.ReadFile(folder, name)
		for _, found := range leads.FindAllSubmatch(content, -1) {
			to := string(bytes.Join(found[1:], nil))
			if strings.HasPrefix(to, "#") {
				continue
			}
			if _, missing := fs.Stat(folder, path.Join(path.Dir(name), to)); missing != nil {
				t.Errorf("%s leads to %s, which is not there", name, to)
			}
		}
		if bytes.Contains(content, []byte("<script")) {
			t.Errorf("%s runs a script", name)
		}
		return err
	})
	if err != nil || pages < 14 {
		t.Errorf("%d pages: %v", pages, err)
	}
}

// hides holds that nothing of what nobody may see is there, in any file.
func hides(t *testing.T, folder fs.FS) {
	t.Helper()
	for _, gone := range []string{"night/4.html", "night/photos/4.jpg", "night/5.html", "night/photos/5.jpg"} {
		if _, err := fs.Stat(folder, gone); err == nil {
			t.Errorf("%s is there", gone)
		}
	}
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(folder, name)
		for _, secret := range []string{"caption-4", "caption-5", "somebody@example.org", "bo@example.org"} {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s tells %q", name, secret)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// saysTheResult holds that pages say in both languages who won what.
func saysTheResult(t *testing.T, folder fs.FS) {
	t.Helper()
	for name, words := range map[string][]string{
		"index.html":          {"夜色", "夜景", `href="night/index.html"`, `href="index.en.html"`},
		"index.en.html":       {"Night", "Night views", "3 photos", `href="night/index.en.html"`},
		"night/index.en.html": {"The winners", "caption-2 &lt;b&gt;&amp;", "3 votes", "Phone", "Certified on"},
		"night/index.html":    {"caption-2", "手机"},
		"night/2.en.html":     {"Final rank", "<b>1</b>", "Partners may not repost this photo."},
		"night/photos.html":   {`href="1.html"`, `href="2.html"`, `href="3.html"`},
		"report.en.html":      {"Closing report"},
		"night/log.en.html":   {"node verify.mjs votes-night.jsonl"},
	} {
		content, err := fs.ReadFile(folder, name)
		for _, part := range words {
			if err != nil || !strings.Contains(string(content), part) {
				t.Errorf("%s: %v, without %q", name, err, part)
			}
		}
	}
	challenge := string(must(fs.ReadFile(folder, "night/index.en.html"))(t))
	if strings.Contains(challenge, "podium-2") {
		t.Error("a photo stands among the winners that won nothing")
	}
	if _, featured, found := strings.Cut(challenge, ">Featured<"); !found || !strings.Contains(featured, "caption-3") || strings.Contains(featured, "0 votes") {
		t.Errorf("the featured photo with the score it has: %v", found)
	}
}
