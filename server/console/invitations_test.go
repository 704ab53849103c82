package console

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"fanfare/server/contest"
)

var invitationCode = regexp.MustCompile(`[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}`)

func TestCodesOfInvitationsAreShownOnce(t *testing.T) {
	d := open(t)
	path := invitationsPath(d.launched().ID)
	w := d.do(http.MethodPost, path, url.Values{"class": {"jury"}, "number": {"3"}, "label": {"摄影家协会"}})
	codes := invitationCode.FindAllString(w.Body.String(), -1)
	if w.Code != http.StatusCreated || len(codes) != 3 {
		t.Fatalf("got %d with codes %q\n%s", w.Code, codes, w.Body)
	}
	later := d.get(path)
	wants(t, later, "摄影家协会", "0 used · 3 unused · 0 revoked", "as a juror")
	if invitationCode.MatchString(later) {
		t.Error("a code is shown again")
	}
}

func TestCodesComeAsATableThatNoSpreadsheetCalculates(t *testing.T) {
	d := open(t)
	ch := d.launched()
	w := d.do(http.MethodPost, invitationsPath(ch.ID), url.Values{"class": {"invited"}, "number": {"2"}, "label": {"=HYPERLINK(\"x\"),“夜”"}, "as": {"csv"}})
	text, marked := strings.CutPrefix(w.Body.String(), "\uFEFF")
	table, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || !marked || len(table) != 3 {
		t.Fatalf("%v: %q", err, w.Body)
	}
	for _, row := range table[1:] {
		if !invitationCode.MatchString(row[0]) || row[1] != "invited" || row[2] != "'=HYPERLINK(\"x\"),“夜”" {
			t.Errorf("row %q", row)
		}
	}
	if disposition := w.Header().Get("Content-Disposition"); !strings.Contains(disposition, "attachment") || w.Header().Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("headers %v", w.Header())
	}
}

func TestWhatCannotBeMadeIsSaid(t *testing.T) {
	d := open(t)
	path := invitationsPath(d.launched().ID)
	for field, form := range map[string]url.Values{
		"number": {"class": {"jury"}, "number": {"501"}},
		"label":  {"class": {"jury"}, "number": {"1"}, "label": {strings.Repeat("长", 81)}},
		"class":  {"class": {"host"}, "number": {"1"}},
	} {
		w := d.do(http.MethodPost, path, form)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-`+field+`"`) {
			t.Errorf("%s: got %d\n%s", field, w.Code, w.Body)
		}
	}
	wants(t, d.do(http.MethodPost, path, url.Values{"class": {"jury"}, "number": {"many"}}).Body.String(), "Write a whole number.", `value="many"`)
	if w := d.do(http.MethodGet, invitationsPath("ch_none"), nil); w.Code != http.StatusNotFound {
		t.Errorf("a challenge that is not there: %d", w.Code)
	}
}

func TestInvitationsAreRevokedOneByOneOrTogether(t *testing.T) {
	d := open(t)
	ch := d.launched()
	path := invitationsPath(ch.ID)
	codes, err := d.People.Invite(t.Context(), "s_1", ch.ID, contest.InvitedVoter, "press", 3)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, d.get(d.post(path+"/revoke", url.Values{"code": {" " + strings.ToLower(codes[0]) + " "}})), "The invitations were revoked.", "2 unused · 1 revoked")
	w := d.do(http.MethodPost, path+"/revoke", url.Values{"code": {codes[0]}})
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "No invitation of this challenge") {
		t.Errorf("the same code again: %d", w.Code)
	}
	batches, err := d.People.Invitations(t.Context(), ch.ID)
	if err != nil || len(batches) != 1 {
		t.Fatal(batches, err)
	}
	wants(t, d.get(d.post(path+"/revoke", url.Values{"batch": {batches[0].ID}, "used": {"0"}})), "0 used · 0 unused · 3 revoked")
}
