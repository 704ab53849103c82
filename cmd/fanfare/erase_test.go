package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// The words of a fan who is to be erased. They are nobody else's, so that they are found wherever they stay.
const (
	theirName    = "Lǐ Jìngyí 静怡"
	theirSubject = "member-7391-jingyi"
	theirWords   = "江汉关钟楼的影子 gravelpath"
	theirFile    = "jingyi-private-trip.jpg"
)

var theirs = []string{"Jìngyí", "静怡", "7391-jingyi", "江汉关", "gravelpath", "jingyi-private"}

// leaver is a fan of a site who entered, voted, reported and began to send another photo.
type leaver struct {
	*installation
	token  string
	fan    contest.FanID
	entry  string
	other  string // whom they voted for
	photos []string
}

// signed asks for the session of a fan whom the site signs for.
func (i *installation) signed(subject, name string) reply {
	i.t.Helper()
	claims := jwt.MapClaims{"iss": string(i.site.ID), "aud": i.url, "sub": subject, "name": name, "exp": time.Now().Add(time.Minute).Unix()}
	token := must(jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(i.site.Secret)))(i.t)
	body := fmt.Sprintf(`{"challenge":"night","token":%q}`, token)
	return i.do(request{method: "POST", path: "/api/v1/session", kind: "application/json", origin: hostOrigin, body: []byte(body)})
}

func newLeaver(t *testing.T, i *installation) *leaver {
	t.Helper()
	l := &leaver{installation: i, other: i.published(i.guest(), "somebody else's")}
	opened := i.signed(theirSubject, theirName)
	i.want("open a session", opened, http.StatusCreated, "")
	l.token = opened.text("token")
	kind, body := i.form(picture(), map[string]string{"caption": theirWords, "author": theirName, "consents": string(i.challenge.Consents[0])})
	entered := i.do(request{
		method: "POST", path: "/api/v1/challenges/night/entries", token: l.token, kind: kind, body: body, header: map[string]string{"Idempotency-Key": theirSubject},
	})
	i.want("enter", entered, http.StatusCreated, "")
	l.entry = entered.text("id")
	i.eventually("it is published", func() bool { return i.get("/api/v1/entries/"+l.entry, "").Status == http.StatusOK })
	i.want("vote", i.do(request{
		method: "PUT", path: "/api/v1/entries/" + l.other + "/vote", token: l.token, header: map[string]string{"Idempotency-Key": theirSubject},
	}), http.StatusOK, "")
	i.want("be voted for", i.vote("PUT", l.entry, i.guest()), http.StatusOK, "")
	i.post("/api/v1/entries/"+l.other+"/reports", l.token, map[string]string{"reason": "other", "note": theirWords})
	at := i.begin(l.token, 5000, map[string]string{"filename": theirFile, "purpose": "entry"})
	i.want("send a piece", i.patch(at, l.token, 0, make([]byte, 2000)), http.StatusNoContent, "")
	e := must(i.app.entries.Entry(t.Context(), contest.EntryID(l.entry)))(t)
	l.fan = e.Fan
	for _, r := range e.Photo.Renditions {
		l.photos = append(l.photos, "/m/"+r.Key)
	}
	return l
}

// askErasure has the fan delete everything about themselves.
func (l *leaver) askErasure() reply {
	l.t.Helper()
	return l.do(request{method: "DELETE", path: "/api/v1/me?confirm=everything", token: l.token})
}

// gone waits until nothing of the fan is shown anywhere at an address.
func (l *leaver) gone(at string) {
	l.t.Helper()
	ask := func(path, token string) reply {
		shown := *l.installation
		shown.url = at
		return shown.get(path, token)
	}
	l.within(time.Minute, "nothing is shown at "+at, func() bool {
		if ask("/api/v1/me", l.token).Status != http.StatusUnauthorized || ask("/api/v1/entries/"+l.entry, "").Status != http.StatusNotFound ||
			ask("/e/"+l.entry, "").Status != http.StatusNotFound {
			return false
		}
		for _, path := range l.photos {
			if ask(path, "").Status != http.StatusNotFound {
				return false
			}
		}
		for _, path := range []string{
			"/", "/c/night", "/api/v1/challenges/night", "/api/v1/challenges/night/board", "/api/v1/challenges/night/entries",
			"/api/v1/challenges/night/search?q=" + url.QueryEscape("江汉关"),
		} {
			if r := ask(path, ""); r.Status != http.StatusOK || strings.Contains(r.Text, l.entry) || containsAny(r.Text, theirs) {
				return false
			}
		}
		return true
	})
}

func containsAny(text string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}

// erasedFrom holds that the rows and objects of an installation have nothing of the fan.
func (l *leaver) erasedFrom(i *installation) {
	l.t.Helper()
	var linked []string
	for table, rows := range i.everyTable() {
		for _, row := range rows {
			if line := fmt.Sprint(row...); containsAny(line, theirs) {
				l.t.Errorf("table %s still has %s", table, line)
			} else if strings.Contains(line, string(l.fan)) {
				linked = append(linked, table)
			}
		}
	}
	slices.Sort(linked)
	for _, table := range slices.Compact(linked) { // a row of others may name whom nobody knows
		if !slices.Contains([]string{"fans", "entries", "reports", "jobs"}, table) {
			l.t.Errorf("table %s still names the fan", table)
		}
	}
	i.within(time.Minute, "the photos are removed", func() bool { return len(i.objectsOf(l.entry)) == 0 })
}

// everyTable are all rows, those that copies leave out among them.
func (i *installation) everyTable() map[string][][]any {
	i.t.Helper()
	tables := i.tables()
	i.inspect(func(s *store.Store) error {
		return s.View(i.t.Context(), func(tx *store.Tx) error {
			for name, columns := range map[string]string{"uploads": "id fan purpose entry metadata object", "upload_parts": "upload object", "confirmations": "token mailbox address"} {
				keep := func(row []any) error { tables[name] = append(tables[name], row); return nil }
				if err := tx.Rows(store.Table{Name: name, Columns: strings.Fields(columns), Key: 1}, nil, keep); err != nil {
					return err
				}
			}
			return nil
		})
	})
	return tables
}

// objectsOf are the files of the bucket that belong to an entry, or to an upload.
func (i *installation) objectsOf(entry string) (files []string) {
	i.t.Helper()
	err := filepath.WalkDir(filepath.Join(i.data, "media"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && (strings.Contains(path, entry) || strings.Contains(path, "/tmp/upload/")) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		i.t.Fatal(err)
	}
	return files
}

// CHECKS 61: who asks for it is deleted from everywhere, and what they voted for keeps the vote.
func TestAFanWhoAsksForItIsDeletedFromEverywhere(t *testing.T) {
	i := install(t, nil)
	l := newLeaver(t, i)
	i.eventually("the words are found", func() bool { ids, _ := i.found("江汉关"); return slices.Equal(ids, []string{l.entry}) })
	asked := i.get("/api/v1/me/erasure", l.token)
	if asked.Text != fmt.Sprintf(`{"entries":1,"votes":1,"may_return":false}`+"\n") {
		t.Errorf("what would be deleted: %d %s", asked.Status, asked.Text)
	}
	i.want("without a confirmation", i.do(request{method: "DELETE", path: "/api/v1/me", token: l.token}), http.StatusUnprocessableEntity, "invalid")
	for _, row := range i.everyTable()["idempotency"] { // another replica may still write one of a fan who was just erased
		if line := fmt.Sprint(row...); strings.Contains(line, "vote/") && strings.Contains(line, string(l.fan)) {
			t.Errorf("what is kept of a vote, the place of its leaf, names the fan: %s", line)
		}
	}
	log := i.leaves()
	i.want("delete", l.askErasure(), http.StatusNoContent, "")
	i.want("the session", i.get("/api/v1/me", l.token), http.StatusUnauthorized, "session_expired")
	l.gone(i.url)
	l.erasedFrom(i)
	if got := i.leaves(); fmt.Sprint(got) != fmt.Sprint(log) {
		t.Errorf("the log has %v, had %v", got, log)
	}
	if score := i.get("/api/v1/entries/"+l.other, "").Body["score"]; score != 1.0 {
		t.Errorf("who they voted for has %v votes, want 1", score)
	}
	l.exported()
	i.want("coming back", i.signed(theirSubject, theirName), http.StatusForbidden, "departed")
	i.want("another member of the site", i.signed("somebody", ""), http.StatusCreated, "")
	i.close()
	i.fanfare("verify")
	if onPostgres {
		return
	}
	for _, file := range filesBelow(t, i.data) { // the freed pages of the database among them
		if content := must(os.ReadFile(file))(t); filepath.Base(file) != "index.db" && containsAny(string(content), theirs) {
			t.Errorf("%s still has their words", file)
		}
	}
}

// exported holds that the published log names nobody, and that whoever has it alone can recount it.
func (l *leaver) exported() {
	l.t.Helper()
	if err := l.app.audits.Seal(l.t.Context(), l.challenge.ID); err != nil {
		l.t.Fatal(err)
	}
	r := l.do(request{method: "GET", path: "/log/" + string(l.challenge.ID) + "/export.jsonl", raw: true, header: map[string]string{"Accept-Encoding": "identity"}})
	if r.Status != http.StatusOK || strings.Count(r.Text, `"leaf":`) != 2 || containsAny(r.Text, theirs) || strings.Contains(r.Text, string(l.fan)) {
		l.t.Errorf("the exported log: %d %s", r.Status, r.Text)
	}
	file := filepath.Join(l.t.TempDir(), "export.jsonl")
	if err := os.WriteFile(file, []byte(r.Text), 0o600); err != nil {
		l.t.Fatal(err)
	}
	mustRun(l.t, "verify", file)
}

// CHECKS 57 and 61: a backup of before an erasure does not bring anybody back.
func TestARestoredBackupBringsNobodyBackWhoWasErased(t *testing.T) {
	i := install(t, func(c *contest.Challenge) { c.Rules.VotesPerPeriod = 1000 }, "--rate-limits", "off")
	l := newLeaver(t, i)
	c := newCrowd(i.publishedPhotos(4), i.url)
	stop := c.run(t.Context(), 8, 0, nil)
	i.eventually("votes are under way", func() bool { return c.acknowledged() > 50 })
	folder := filepath.Join(t.TempDir(), "backup")
	i.fanfare("backup", folder)
	i.want("delete", l.askErasure(), http.StatusNoContent, "")
	stop()
	i.close()
	journal := filepath.Join(t.TempDir(), "journal.jsonl")
	if err := os.WriteFile(journal, []byte(i.fanfare("erasures")), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"what fanfare erasures printed": journal, "the folder of the lost store": filepath.Join(i.data, "media", "erasures")} {
		t.Run(name, func(t *testing.T) {
			restored := i.elsewhere(t)
			out := restored.fanfare("restore", folder, "--erasures", path)
			if !strings.Contains(out, "the journal names 1; 1 fans of the backup were erased again") || strings.Contains(out, "WARNING") {
				t.Errorf("restore said:\n%s", out)
			}
			l.erasedFrom(restored)
			restored.fanfare("verify")
			tallies := must(contest.Recount(restored.leaves()))(t)
			r := restored.replica("")
			r.start()
			l.gone(r.url)
			for _, row := range boardOf(t, r.url).Rows {
				if want := tallies[row.Number].Score; row.Score != want {
					t.Errorf("entry %d has %d votes on the board and %d by the log", row.Number, row.Score, want)
				}
			}
			r.stop()
			if again := restored.fanfare("erasures"); again != string(must(os.ReadFile(journal))(t)) {
				t.Errorf("the restored installation's journal has %q", again)
			}
		})
	}
	t.Run("without a journal, which is said loudly", func(t *testing.T) {
		restored := i.elsewhere(t)
		if out := restored.fanfare("restore", folder); strings.Count(out, "WARNING") < 3 {
			t.Errorf("restore said:\n%s", out)
		}
	})
	t.Run("with something else for a journal", func(t *testing.T) {
		restored := i.elsewhere(t)
		args := append([]string{"restore", folder, "--erasures", filepath.Join(folder, "media.sha256"), "--data", restored.data}, restored.flags...)
		if _, err := command(t, args...); err == nil {
			t.Error("it was taken")
		}
	})
}

// A database that comes back by other ways than restore is gone through when it is served.
func TestADatabaseThatWasBroughtBackBesideFanfareBringsNobodyBack(t *testing.T) {
	i := install(t, nil)
	l := newLeaver(t, i)
	i.close()
	old := i.twin(t)
	r := i.replica("")
	r.start()
	i.url = r.url
	i.want("delete", l.askErasure(), http.StatusNoContent, "")
	r.stop()
	if err := os.CopyFS(filepath.Join(old.data, "media", "erasures"), os.DirFS(filepath.Join(i.data, "media", "erasures"))); err != nil {
		t.Fatal(err)
	}
	old.challenge = i.challenge
	if out, err := command(t, append([]string{"verify", "--data", old.data}, old.flags...)...); err == nil || !strings.Contains(out, "FAIL  erasures") {
		t.Errorf("verify of a database that has not been through the journal said %v:\n%s", err, out)
	}
	back := old.replica("")
	back.start()
	l.gone(back.url)
	l.erasedFrom(old)
	back.stop()
	old.fanfare("verify")
}

// What cannot be noted is not acknowledged.
func TestNobodyIsErasedWhileTheJournalCannotBeWritten(t *testing.T) {
	i := install(t, nil)
	l := newLeaver(t, i)
	if err := os.WriteFile(filepath.Join(i.data, "media", "erasures"), nil, 0o600); err != nil { // no folder can be there now
		t.Fatal(err)
	}
	i.want("delete", l.askErasure(), http.StatusServiceUnavailable, "media_unavailable")
	if r := i.get("/api/v1/me", l.token); r.Status != http.StatusOK || !strings.Contains(r.Text, l.entry) {
		t.Errorf("the fan is half gone: %d %s", r.Status, r.Text)
	}
	if err := os.Remove(filepath.Join(i.data, "media", "erasures")); err != nil {
		t.Fatal(err)
	}
	i.want("delete again", l.askErasure(), http.StatusNoContent, "")
	l.gone(i.url)
}

// Staff erase whoever asks them by letter, in the console or at the command line.
func TestStaffEraseAFanFromAnEntryAndAnOperatorByCommand(t *testing.T) {
	for name, erase := range map[string]func(l *leaver){
		"console": func(l *leaver) {
			cookie := map[string]string{"Cookie": l.administrator()}
			page := l.do(request{method: "GET", path: "/console/entries/" + l.entry, header: cookie})
			at := "/console/fans/" + string(l.fan) + "/erase"
			if !strings.Contains(page.Text, at) {
				l.t.Errorf("the entry's page does not lead to %s", at)
			}
			asked := l.do(request{method: "GET", path: at, header: cookie})
			if asked.Status != http.StatusOK || !strings.Contains(asked.Text, theirName) || !strings.Contains(asked.Text, "1 vote stays counted") || !strings.Contains(asked.Text, "#夜景") {
				l.t.Errorf("asked: %d %s", asked.Status, asked.Text)
			}
			cookie["Sec-Fetch-Site"] = "same-origin"
			done := l.do(request{method: "POST", path: at, header: cookie, kind: "application/x-www-form-urlencoded"})
			if done.Status != http.StatusSeeOther {
				l.t.Errorf("done: %d %s", done.Status, done.Text)
			}
			if again := l.do(request{method: "GET", path: at, header: cookie}); again.Status != http.StatusNotFound {
				l.t.Errorf("the page of an erased fan: %d", again.Status)
			}
		},
		"command": func(l *leaver) {
			if _, err := command(l.t, append([]string{"erase", "f_nobody", "--data", l.data}, l.flags...)...); err == nil {
				l.t.Error("nobody was erased")
			}
			if out := l.fanfare("erase", string(l.fan)); !strings.Contains(out, "1 entries are gone; 1 votes stay counted") {
				l.t.Errorf("erase said %s", out)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLeaver(t, install(t, nil))
			erase(l)
			l.gone(l.url)
			l.erasedFrom(l.installation)
		})
	}
}

// CHECKS 61 with two replicas: what the other one remembers is gone within a minute, and so is what it took meanwhile.
func TestAnErasureReachesEveryReplica(t *testing.T) {
	f := newFleet(t)
	l := newLeaver(t, f.installation)
	f.close()
	for _, r := range f.replicas {
		r.start()
	}
	f.url = f.replicas[1].url
	f.want("the other replica knows the session", f.get("/api/v1/me", l.token), http.StatusOK, "")
	f.url = f.replicas[0].url
	f.want("delete", l.askErasure(), http.StatusNoContent, "")
	f.url = f.replicas[1].url
	kind, body := f.form(picture(), map[string]string{"caption": theirWords + " again", "author": theirName, "consents": string(f.challenge.Consents[0])})
	late := f.do(request{method: "POST", path: "/api/v1/challenges/night/entries", token: l.token, kind: kind, body: body})
	t.Logf("an entry after the erasure, at the other replica: %d", late.Status)
	for _, r := range f.replicas {
		l.gone(r.url)
	}
	f.within(time.Minute, "nothing is left in the rows", func() bool {
		for _, rows := range f.everyTable() {
			for _, row := range rows {
				if containsAny(fmt.Sprint(row...), theirs) {
					return false
				}
			}
		}
		return true
	})
	if out := f.fanfare("erasures"); bytes.Count([]byte(out), []byte("\n")) != 1 {
		t.Errorf("the journal in the store has %q", out)
	}
}
