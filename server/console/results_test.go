package console

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
)

func TestStaffSeeWhatAChallengeWouldComeToAndWhyItCannotBeProposedYet(t *testing.T) {
	d := open(t)
	ch := d.launched()
	e := d.sent(ch, "江汉关的灯", "林晚")
	d.post("/console/entries/"+string(e.ID)+"/publish", url.Values{"from": {"entry"}})
	d.sent(ch, "长江大桥", "阿杰") // waits
	body := d.get(resultsPath(ch.ID) + "?lang=en")
	for _, part := range []string{"No. 1 · 0 votes", "a consent is missing", "still running", "1 photo still waits for a moderator", "It can be proposed once the challenge is over"} {
		if !strings.Contains(body, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	if strings.Contains(body, "/results/propose") {
		t.Error("it can be proposed")
	}
	w := d.do(http.MethodPost, resultsPath(ch.ID)+"/propose", url.Values{"hash": {"0"}})
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), `class="faults" role="alert"`) {
		t.Errorf("proposed all the same: %d", w.Code)
	}
	if w := d.do(http.MethodPost, resultsPath(ch.ID)+"/award", url.Values{"entry": {string(e.ID)}, "award_zh": {"一等奖"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("an award in one language: %d", w.Code)
	}
}

func TestADraftHasNoResult(t *testing.T) {
	d := open(t)
	ch := d.created(d.filled())
	if w := d.do(http.MethodGet, resultsPath(ch.ID), nil); w.Code != http.StatusNotFound {
		t.Errorf("got %d, want 404", w.Code)
	}
}

func TestAPhotoIsFeaturedFromItsPageAndNoLonger(t *testing.T) {
	d := open(t)
	ch := d.launched()
	e := d.sent(ch, "江汉关的灯", "林晚")
	if w := d.do(http.MethodPost, "/console/entries/"+string(e.ID)+"/feature", nil); w.Code != http.StatusNotFound {
		t.Errorf("one that nobody may see: %d", w.Code)
	}
	d.post("/console/entries/"+string(e.ID)+"/publish", url.Values{"from": {"entry"}})
	if to := d.post("/console/entries/"+string(e.ID)+"/feature", nil); to != "/console/entries/"+string(e.ID)+"?done=featured" {
		t.Errorf("sent on to %s", to)
	}
	if body := d.get("/console/entries/" + string(e.ID) + "?lang=en"); !strings.Contains(body, "This photo is featured.") {
		t.Error("its page does not say so")
	}
	if body := d.get(resultsPath(ch.ID)); !strings.Contains(body, `/feature"><input type="hidden" name="challenge"`) {
		t.Error("the page of the result does not list it")
	}
	to := d.post("/console/entries/"+string(e.ID)+"/feature", url.Values{"on": {"no"}, "challenge": {string(ch.ID)}})
	if to != resultsPath(ch.ID)+"?done=unfeatured" {
		t.Errorf("sent on to %s", to)
	}
	featured, err := d.Results.IsFeatured(t.Context(), contest.Entry{ID: e.ID, Challenge: ch.ID})
	if err != nil || featured {
		t.Errorf("still featured: %v, %v", featured, err)
	}
}

func TestAnInvitationOfStaffIsShownOnce(t *testing.T) {
	d := open(t)
	err := d.store.Update(t.Context(), func(tx *store.Tx) error {
		ada, err := tx.CreateStaff(store.Staff{Email: "ada@example.org", Name: "Ada", Role: string(access.Administrator)})
		d.as = ada.ID
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w := d.do(http.MethodPost, "/console/staff/invite", url.Values{"email": {"bob@example.org"}, "role": {"moderator"}})
	link := regexp.MustCompile(`https://photos\.example\.org(/console/join\?token=[A-Za-z0-9_-]+)`).FindStringSubmatch(w.Body.String())
	if w.Code != http.StatusCreated || link == nil {
		t.Fatalf("invite: %d", w.Code)
	}
	if body := d.get("/console/staff"); strings.Contains(body, "join?token") {
		t.Error("it is shown again")
	}
	d.get(link[1])
}
