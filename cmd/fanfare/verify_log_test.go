package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/ledger"
	"fanfare/server/store"
)

// exported writes the published log into a file, compressed where that is asked for.
func (i *installation) exported(name string) (file string) {
	i.t.Helper()
	coding := "identity"
	if strings.HasSuffix(name, ".gz") {
		coding = "gzip"
	}
	r := i.do(request{method: "GET", path: "/log/" + string(i.challenge.ID) + "/export.jsonl", raw: true, header: map[string]string{"Accept-Encoding": coding}})
	if r.Status != http.StatusOK {
		i.t.Fatalf("export: %d %s", r.Status, r.Text)
	}
	file = filepath.Join(i.t.TempDir(), name)
	if err := os.WriteFile(file, []byte(r.Text), 0o600); err != nil {
		i.t.Fatal(err)
	}
	return file
}

// verifier is the program that recounts exports without us, as the server offers it for download.
func (i *installation) verifier() (run func(file string) (said string, sound bool)) {
	i.t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		i.t.Skip("node is not installed")
	}
	program := filepath.Join(i.t.TempDir(), "verify.mjs")
	if err := os.WriteFile(program, []byte(i.do(request{method: "GET", path: "/log/verify.mjs", raw: true}).Text), 0o600); err != nil {
		i.t.Fatal(err)
	}
	return func(file string) (string, bool) {
		i.t.Helper()
		out, err := exec.CommandContext(i.t.Context(), node, program, file).CombinedOutput()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			i.t.Fatal(err)
		}
		return string(out), err == nil
	}
}

// soundFor wants both verifiers to find a file sound.
func (i *installation) soundFor(file string, more ...string) (said string) {
	i.t.Helper()
	said = mustRun(i.t, append([]string{"verify", file}, more...)...)
	if other, sound := i.verifier()(file); !sound {
		i.t.Errorf("the other verifier: %s", other)
	}
	return said
}

// brokenFor wants both verifiers to name what is wrong with a file.
func (i *installation) brokenFor(file, want string) {
	i.t.Helper()
	said, err := command(i.t, "verify", file)
	if !errors.Is(err, errFound) || !strings.Contains(said, want) {
		i.t.Errorf("got %v, want a report with %q", err, want)
	}
	if other, sound := i.verifier()(file); sound || !strings.Contains(other, want) {
		i.t.Errorf("the other verifier says %q, want %q", other, want)
	}
}

// decidedVotes has guests vote for three photos, one takes the vote back, and holds the first vote.
func (i *installation) decidedVotes(guests int) {
	i.t.Helper()
	ids := i.publishedPhotos(3)
	for n := range guests {
		guest := i.guest()
		if r := i.vote("PUT", ids[n%3], guest); r.Status != http.StatusOK {
			i.t.Fatalf("vote: %d %s", r.Status, r.Text)
		}
		if n == 4 {
			i.vote("DELETE", ids[n%3], guest)
		}
	}
	first := i.leaves()[0]
	err := i.app.store.UpdateIn(i.t.Context(), i.challenge.ID, func(tx *store.Tx) error {
		_, err := tx.RuleVotes(i.challenge.ID, store.Ruling{
			Kind: contest.Hold, Keys: []contest.VoteKey{first.Key()}, Reason: contest.Burst, Actor: contest.RulesActor, Batch: "vb_1",
		})
		return err
	})
	if err != nil {
		i.t.Fatal(err)
	}
	i.sealed()
}

func (i *installation) sealed() {
	i.t.Helper()
	if err := i.app.audits.Seal(i.t.Context(), i.challenge.ID); err != nil {
		i.t.Fatal(err)
	}
}

// past moves the challenge into the past with its votes, as if it had been then: what was sealed of it was never signed.
func (i *installation) past() {
	i.t.Helper()
	i.ended()
	const days = 3 * 24 * 3600 * 1000
	err := i.beside(fmt.Sprintf("UPDATE vote_log SET at = at - %d", days), fmt.Sprintf("UPDATE votes SET at = at - %d", days),
		"DELETE FROM log_tiles", "DELETE FROM log_checkpoints", "DELETE FROM log_blocks")
	if err != nil {
		i.t.Fatal(err)
	}
	i.challenge = must(i.app.campaigns.Challenge(i.t.Context(), i.challenge.ID))(i.t)
	i.sealed()
}

// certify has two people certify the result.
func (i *installation) certify() {
	i.t.Helper()
	ada := i.administrator()
	bo := i.invited(ada, "bo")
	desk := "/console/challenges/" + string(i.challenge.ID) + "/results"
	hash := regexp.MustCompile(`name="hash" value="([0-9a-f]{64})"`).FindStringSubmatch(i.page(ada, desk).Text)
	if hash == nil {
		i.t.Fatal("nothing to propose")
	}
	form := url.Values{"hash": {hash[1]}}
	if r := i.console(ada, desk+"/propose", form); r.Status != http.StatusSeeOther {
		i.t.Fatalf("propose: %d %s", r.Status, r.Text)
	}
	if r := i.console(bo, desk+"/confirm", form); r.Status != http.StatusSeeOther {
		i.t.Fatalf("confirm: %d %s", r.Status, r.Text)
	}
}

// checkpointOf reads the newest checkpoint as anybody may.
func (i *installation) checkpointOf() ledger.Checkpoint {
	i.t.Helper()
	key := strings.TrimSpace(i.get("/log/key", "").Text)
	signed := i.get("/log/"+string(i.challenge.ID)+"/checkpoint", "").Text
	return must(ledger.OpenCheckpoint(signed, ledger.Origin(key, string(i.challenge.ID)), key))(i.t)
}

// wholePeriod has votes counted over the whole challenge, so that it can be moved into the past.
func wholePeriod(mode contest.TallyMode) func(*contest.Challenge) {
	return func(c *contest.Challenge) {
		c.Rules.Period, c.Rules.Tally, c.Rules.Winners, c.Rules.AuditHours = contest.PeriodChallenge, mode, 1, 1
	}
}

// CHECKS 26 for whoever has the published file alone, while votes come, when they are closed, and with the result.
func TestAPublishedLogIsRecountedFromItsFileAlone(t *testing.T) {
	for mode, secret := range map[contest.TallyMode]bool{contest.TallyLive: false, contest.TallyHidden: true} {
		t.Run("tally "+string(mode), func(t *testing.T) {
			i := install(t, wholePeriod(mode))
			i.t = t
			i.decidedVotes(7)
			running := must(os.ReadFile(i.exported("running.jsonl")))(t)
			i.soundFor(i.exported("running.jsonl.gz"))
			for what, hidden := range map[string]bool{`"leaf":`: secret, `{"tally":`: secret, "hold": true, "burst": true} {
				if found := bytes.Contains(running, []byte(what)); found == hidden {
					t.Errorf("the export has %s: %v", what, found)
				}
			}
			if secret && i.checkpointOf().Size != ledger.BlockLeaves {
				t.Errorf("the tree has %d leaves, want one block", i.checkpointOf().Size)
			}

			i.past()
			closed := i.exported("closed.jsonl")
			i.soundFor(closed)
			i.certify()
			whole := i.exported("whole.jsonl")
			said := i.soundFor(whole, "--since", closed, "--key", strings.TrimSpace(i.get("/log/key", "").Text))
			for _, part := range []string{"7 cast", "1 retract", "1 hold", "result ", "entry 1: 2 (2 votes, 1 held, 0 excluded)"} {
				if !strings.Contains(said, part) {
					t.Errorf("the recount lacks %q", part)
				}
			}
			if i.checkpointOf().Result == "" {
				t.Error("the newest checkpoint names no result")
			}
			i.tampered(must(os.ReadFile(whole))(t))
			i.rewritten(closed)
		})
	}
}

// tampered wants the first bad leaf of changed copies of an export named.
func (i *installation) tampered(whole []byte) {
	i.t.Helper()
	var at int
	for n, line := range bytes.Split(whole, []byte("\n")) {
		if bytes.Contains(line, []byte(`\"kind\":\"retract\"`)) {
			at = n - 1 - bytes.Count(bytes.Join(bytes.Split(whole, []byte("\n"))[:n], nil), []byte(`{"checkpoint"`))
		}
	}
	leaf := fmt.Sprintf("leaf %d: ", at)
	for name, edit := range map[string]func([]byte) []byte{
		"voter": func(b []byte) []byte {
			return bytes.Replace(b, []byte(`\"kind\":\"retract\",\"entry\":2`), []byte(`\"kind\":\"retract\",\"entry\":3`), 1)
		},
		"dropped": func(b []byte) []byte {
			line := regexp.MustCompile(fmt.Sprintf(`(?m)^\{"index":%d,.*\n`, at)).Find(b)
			return bytes.Replace(b, line, nil, 1)
		},
	} {
		changed := edit(bytes.Clone(whole))
		if bytes.Equal(changed, whole) {
			i.t.Fatalf("%s: nothing was changed", name)
		}
		file := filepath.Join(i.t.TempDir(), name+".jsonl")
		if err := os.WriteFile(file, changed, 0o600); err != nil {
			i.t.Fatal(err)
		}
		i.brokenFor(file, leaf)
	}
}

// rewritten wants what somebody changes in the database to be named by whoever looks, outside and inside.
func (i *installation) rewritten(before string) {
	i.t.Helper()
	err := i.beside("UPDATE vote_log SET entry = 1 WHERE position = 2", "UPDATE votes SET entry = 1 WHERE position = 2",
		"UPDATE tallies SET score = score + 1, votes = votes + 1 WHERE number = 1", "UPDATE tallies SET score = score - 1, votes = votes - 1 WHERE number = 2")
	if err != nil {
		i.t.Fatal(err)
	}
	i.brokenFor(i.exported("rewritten.jsonl"), "it is not ")
	said, err := command(i.t, append([]string{"verify", "--data", i.data}, i.flags...)...)
	if err == nil || !strings.Contains(said, "FAIL  log tree       challenge "+string(i.challenge.ID)+": leaf 2 is not the one that the checkpoint of ") {
		i.t.Errorf("got %v, want a report that names leaf 2", err)
	}
	if said, err := command(i.t, "verify", before, "--key", "another"); !errors.Is(err, errFound) || !strings.Contains(said, "another key") {
		i.t.Errorf("with another key: %v", err)
	}
}

func TestPartsOfALogHaveTheAddressesOfTheirStandard(t *testing.T) {
	i := install(t, nil)
	i.decidedVotes(4)
	at := "/log/" + string(i.challenge.ID)
	i.eventually("all is sealed", func() bool {
		return i.do(request{method: "GET", path: at + "/tile/0/000.p/5", raw: true}).Status == http.StatusOK
	})
	for path, want := range map[string]struct {
		status      int
		kind, cache string
	}{
		at + "/checkpoint":            {200, "text/plain; charset=utf-8", "public, max-age=2"},
		at + "/tile/0/000.p/5":        {200, "application/octet-stream", "public, max-age=31536000, immutable"},
		at + "/tile/0/000.p/6":        {404, "application/problem+json", "no-cache"},
		at + "/tile/0/000":            {404, "application/problem+json", "no-cache"},
		at + "/tile/entries/000.p/4":  {200, "application/octet-stream", "public, max-age=31536000, immutable"},
		at + "/tile/entries/000.p/5":  {404, "application/problem+json", "no-cache"}, // a decision
		at + "/tile/0/0":              {404, "application/problem+json", "no-cache"},
		at + "/export.jsonl":          {200, "application/jsonl", "no-cache"},
		"/log/ch_none/checkpoint":     {404, "application/problem+json", "no-cache"},
		"/log/ch_none/export.jsonl":   {404, "application/problem+json", "no-cache"},
		"/log/ch_none/tile/0/000.p/1": {404, "application/problem+json", "no-cache"},
		"/log/key":                    {200, "text/plain; charset=utf-8", "public, max-age=300"},
		"/log/verify.mjs":             {200, "text/javascript; charset=utf-8", "public, max-age=300"},
		"/c/night/log":                {200, "text/html; charset=utf-8", ""},
		"/c/none/log":                 {404, "text/html; charset=utf-8", ""},
	} {
		r := i.do(request{method: "GET", path: path, raw: true, origin: "https://anywhere.example"})
		if kind, cache := r.Header.Get("Content-Type"), r.Header.Get("Cache-Control"); r.Status != want.status || kind != want.kind || cache != want.cache {
			t.Errorf("%s: got %d %s %q, want %+v", path, r.Status, kind, cache, want)
		}
		if strings.HasPrefix(path, "/log/") && r.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: pages of other sites may not read it", path)
		}
	}
}
