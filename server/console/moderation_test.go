package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"fanfare/server/contest"
)

func TestTheQueueShowsTheOldestPhotoAndThenTheNext(t *testing.T) {
	d := open(t)
	ch := d.launched()
	first, second, third := d.sent(ch, "one", "A"), d.sent(ch, "two", "B"), d.sent(ch, "three", "C")
	publish := func(id contest.EntryID) string { return "/console/entries/" + string(id) + "/publish" }
	body := d.get("/console/queue")
	wants(t, body, publish(first.ID), `name="next" value="`+string(second.ID)+`"`)
	next := d.post(publish(first.ID), url.Values{"from": {"queue"}, "next": {string(second.ID)}})
	if d.status(first.ID) != contest.Published {
		t.Errorf("status %s", d.status(first.ID))
	}
	wants(t, d.get(next), publish(second.ID), `action="/console/undo/`)
	wants(t, d.get("/console/queue?at="+string(third.ID)), publish(third.ID), `name="next" value="`+string(second.ID)+`"`)
}

func TestARejectedEntryBearsReasonAndNote(t *testing.T) {
	d := open(t)
	e := d.sent(d.launched(), "one", "A")
	d.post("/console/entries/"+string(e.ID)+"/reject", url.Values{"reason": {"off_topic"}, "note": {"please the night"}, "from": {"queue"}})
	got, err := d.Entries.Entry(t.Context(), e.ID)
	if err != nil || got.Status != contest.Rejected || got.Reason != contest.OffTopic || got.Note != "please the night" {
		t.Errorf("got %+v, %v", got, err)
	}
	wants(t, d.get(entryPath(e.ID)), "Not about the challenge", "please the night")
}

func TestAnInventedReasonIsRefused(t *testing.T) {
	d := open(t)
	e := d.sent(d.launched(), "one", "A")
	w := d.do(http.MethodPost, "/console/entries/"+string(e.ID)+"/reject", url.Values{"reason": {"because"}})
	if w.Code != http.StatusBadRequest || d.status(e.ID) != contest.Pending {
		t.Errorf("got %d, status %s", w.Code, d.status(e.ID))
	}
}

func TestADecisionCanBeTakenBack(t *testing.T) {
	d := open(t)
	e := d.sent(d.launched(), "one", "A")
	for _, decide := range []string{"/publish", "/reject"} {
		undo := d.undo(d.post("/console/entries/"+string(e.ID)+decide, url.Values{"reason": {"offensive"}}))
		next := d.post(undo, nil)
		if d.status(e.ID) != contest.Pending {
			t.Errorf("after %s and undo: %s", decide, d.status(e.ID))
		}
		wants(t, d.get(next), "/console/entries/"+string(e.ID)+"/publish", "Taken back.")
		wants(t, d.get(d.post(undo, nil)), "Somebody else has already decided")
	}
}

func TestWhoDecidesSecondIsTold(t *testing.T) {
	d := open(t)
	e := d.sent(d.launched(), "one", "A")
	d.post("/console/entries/"+string(e.ID)+"/publish", nil)
	next := d.post("/console/entries/"+string(e.ID)+"/publish", nil)
	wants(t, d.get(next), "Somebody else has already decided")
}

func TestAReportIsAnsweredByKeepingOrByHiding(t *testing.T) {
	d := open(t)
	ch := d.launched()
	kept, hidden := d.sent(ch, "kept", "A"), d.sent(ch, "hidden", "B")
	for _, e := range []contest.Entry{kept, hidden} {
		d.post("/console/entries/"+string(e.ID)+"/publish", nil)
		d.reported(e, "that one is mine")
	}
	wants(t, d.get("/console/reports"), "that one is mine", "Not their own photo", `id="`+string(kept.ID)+`"`, `id="`+string(hidden.ID)+`"`)
	d.post("/console/entries/"+string(kept.ID)+"/resolve", url.Values{"from": {"reports"}})
	d.post("/console/entries/"+string(hidden.ID)+"/reject", url.Values{"from": {"reports"}, "reason": {"rights_doubt"}})
	if d.status(kept.ID) != contest.Published || d.status(hidden.ID) != contest.Rejected {
		t.Errorf("kept %s, hidden %s", d.status(kept.ID), d.status(hidden.ID))
	}
	wants(t, d.get("/console/reports"), "No open reports")
}

func TestAWithdrawnEntryIsNotShownToStaff(t *testing.T) {
	d := open(t)
	if w := d.do(http.MethodGet, entryPath("e_nothing"), nil); w.Code != http.StatusNotFound {
		t.Errorf("an unknown entry: %d", w.Code)
	}
}

func TestButtonsLeadBackToTheirPage(t *testing.T) {
	for from, want := range map[string]string{
		"queue": "/console/queue", "grid": "/console/queue?view=grid", "reports": "/console/reports", "takedowns": "/console/takedowns",
		"entry": "/console/entries/e_1", "entries": "/console/challenges/ch_1%2F..%2Fx/entries", "https://evil.example": "/console/queue", "": "/console/queue",
	} {
		form := url.Values{"from": {from}, "id": {"e_1"}, "challenge": {"ch_1/../x"}}
		if got := origin(&http.Request{PostForm: form}); got != want {
			t.Errorf("from %q: got %s, want %s", from, got, want)
		}
	}
}

// CHECKS 48, as far as pages go: what fans, partners and visitors write stays text.
func TestWhatPeopleWriteIsNeverMarkup(t *testing.T) {
	const script = `<script>alert(1)</script>`
	payloads := []string{script, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `{{.}}`, `</title><svg onload=alert(1)>`, `javascript:alert(1)`}
	payload := strings.Join(payloads, " ")
	d := open(t)
	form := d.filled()
	form.Set("cities", "wuhan | "+script+" | "+script)
	form.Set("partners", "p | "+script+" | "+script)
	for _, name := range []string{"title_zh", "title_en", "brief_zh", "brief_en", "campaign_name_zh", "campaign_name_en", "consent_rights_zh", "consent_rights_en"} {
		form.Set(name, payload)
	}
	form.Set("slug", "hostile")
	draft := d.created(form)
	form.Set("slug", "hostile-too")
	ch := d.created(form)
	d.post(challengePath(ch.ID)+"/launch", url.Values{"hash": {ch.Hash()}})
	one, two, three := d.sent(ch, payload, payload), d.sent(ch, payload, payload), d.sent(ch, payload, payload)
	d.post("/console/entries/"+string(two.ID)+"/publish", nil)
	d.post("/console/entries/"+string(three.ID)+"/reject", url.Values{"reason": {"off_topic"}, "note": {payload}})
	d.reported(two, payload)
	d.do(http.MethodPost, "/console/sites", siteForm(ch, "https://host.example"))
	d.asked(two, payload)
	d.appealed(three, payload)
	d.post("/console/entries/"+string(one.ID)+"/ban", url.Values{"reason": {"spam"}, "note": {payload}})
	d.post("/console/words", url.Values{"words_zh": {payload}, "words_en": {payload}})
	for _, target := range []string{
		"/console", challengePath(draft.ID), challengePath(draft.ID) + "/edit", challengePath(draft.ID) + "/launch",
		challengePath(draft.ID) + "/preview", challengePath(ch.ID), challengePath(ch.ID) + "/edit", challengePath(ch.ID) + "/entries",
		"/console/queue", "/console/queue?view=grid", "/console/reports", "/console/takedowns", "/console/appeals", "/console/bans", "/console/words",
		entryPath(one.ID), entryPath(two.ID), entryPath(three.ID), "/console/sites",
		"/console/queue?at=" + url.QueryEscape(payload) + "&done=" + url.QueryEscape(payload) + "&entry=" + url.QueryEscape(payload),
	} {
		body := d.get(target)
		for _, live := range []string{"<script>alert", "<img src=x", "<svg onload", "' onmouseover='"} {
			if strings.Contains(body, live) {
				t.Errorf("%s lets %s through", target, live)
			}
		}
	}
}

func siteForm(ch contest.Challenge, origins string) url.Values {
	return url.Values{"campaign": {string(ch.Campaign)}, "site_name": {`Host <script>alert(1)</script>`}, "origins": {origins}}
}
