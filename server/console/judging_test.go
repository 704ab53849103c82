package console

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/store"
)

func lacks(t *testing.T, body string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(body, part) {
			t.Errorf("the page contains %q", part)
		}
	}
}

func TestManyAreDecidedAtOnceAndTakenBackAtOnce(t *testing.T) {
	d := open(t)
	ch := d.launched()
	one, two, three := d.sent(ch, "one", "A"), d.sent(ch, "two", "B"), d.sent(ch, "three", "C")
	wants(t, d.get("/console/queue?view=grid"), `value="`+string(one.ID)+`"`, `value="`+string(three.ID)+`"`, "3 photos wait")
	d.post("/console/entries/"+string(three.ID)+"/reject", url.Values{"reason": {"off_topic"}, "note": {"day"}})
	all := []string{string(one.ID), string(two.ID), string(three.ID), "e_none"}
	next := d.post("/console/act", url.Values{"id": all, "reason": {"poor_quality"}, "note": {"dark"}, "from": {"grid"}})
	if d.status(one.ID) != contest.Rejected || d.status(two.ID) != contest.Rejected {
		t.Fatalf("one %s, two %s", d.status(one.ID), d.status(two.ID))
	}
	wants(t, d.get(next), "2 photos are rejected.", "skipped")
	wants(t, d.get(d.post(d.undo(next), url.Values{"from": {"grid"}})), "Taken back.", `data-ticks`)
	if d.status(one.ID) != contest.Pending || d.status(two.ID) != contest.Pending || d.status(three.ID) != contest.Rejected {
		t.Errorf("taken back: one %s, two %s, three %s", d.status(one.ID), d.status(two.ID), d.status(three.ID))
	}
	wants(t, d.get(d.post("/console/act", url.Values{"to": {"published"}, "from": {"grid"}})), "nothing was changed")
	if w := d.do(http.MethodPost, "/console/act", url.Values{"id": all, "to": {"withdrawn"}}); w.Code != http.StatusBadRequest {
		t.Errorf("a status that is nobody's to give: %d", w.Code)
	}
}

func TestTheQueueSaysWhyAPhotoWantsALookAndShowsItsTwin(t *testing.T) {
	d := open(t)
	ch := d.launched()
	twin, e := d.sent(ch, "first", "Ada"), d.sent(ch, "again", "Bob")
	d.post("/console/entries/"+string(twin.ID)+"/publish", nil)
	lacks(t, d.get("/console/queue"), `class="flags"`, "data-cycle")
	d.flagged(e, contest.Flag{Kind: contest.NearDuplicate, Twin: twin.ID, Distance: 4}, contest.Flag{Kind: contest.WordsFound, Words: []string{"加微信", "casino"}})
	body := d.get("/console/queue")
	wants(t, body, "Looks like No. 1: </b>by Ada", "4 of 64 points differ", "<mark dir=\"auto\">加微信</mark>", "casino",
		photoPath(twin.ID, "1024"), photoPath(e.ID, "1024"), "data-cycle")
	d.flagged(e, contest.Flag{Kind: contest.NearDuplicate, Twin: "e_gone", Distance: 4})
	body = d.get("/console/queue")
	wants(t, body, "no longer there")
	lacks(t, body, "data-cycle")
}

func TestATakedownComesFirstAndIsDecidedEitherWay(t *testing.T) {
	d := open(t)
	ch := d.launched()
	removed, kept := d.sent(ch, "one", "A"), d.sent(ch, "two", "B")
	d.post("/console/act", url.Values{"id": {string(removed.ID), string(kept.ID)}, "to": {"published"}})
	d.asked(removed, "I am on the bench")
	d.asked(kept, "no reason at all")
	wants(t, d.get("/console"), "2 takedown requests wait", `href="/console/takedowns"`, "<b>0</b> waiting")
	body := d.get("/console/takedowns")
	wants(t, body, "I am on the bench", "ada@example.org", "Decide within 2 days", "hidden until you decide")
	wants(t, d.get(entryPath(kept.ID)), "Decide the request", "Hidden because somebody in it asks")
	decide := func(statement, do string) string {
		list, err := d.Entries.Takedowns(t.Context(), 9)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range list {
			if one.Statement == statement {
				return d.post("/console/takedowns/"+string(one.ID), url.Values{"do": {do}})
			}
		}
		t.Fatalf("no request %q", statement)
		return ""
	}
	wants(t, d.get(decide("no reason at all", "keep")), "No. 2 is published.")
	next := decide("I am on the bench", "remove")
	wants(t, d.get(next), "No. 1 is rejected.", "No open requests")
	if d.status(removed.ID) != contest.Rejected || d.status(kept.ID) != contest.Published {
		t.Errorf("removed %s, kept %s", d.status(removed.ID), d.status(kept.ID))
	}
	d.post(d.undo(next), url.Values{"from": {"takedowns"}})
	if d.status(removed.ID) != contest.Pending {
		t.Errorf("taken back: %s", d.status(removed.ID))
	}
	d.asked(kept, "once more")
	wants(t, d.get("/console/takedowns"), "still shown", "1 earlier request")
}

func TestAnAppealIsDecidedOnce(t *testing.T) {
	d := open(t)
	e := d.sent(d.launched(), "one", "A")
	d.post("/console/entries/"+string(e.ID)+"/reject", url.Values{"reason": {"off_topic"}, "note": {"by day"}})
	d.appealed(e, "it was taken at night")
	wants(t, d.get("/console/appeals"), "it was taken at night", "Not about the challenge", "by day")
	list, err := d.Entries.Appeals(t.Context(), 9)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	path := "/console/appeals/" + string(list[0].ID)
	if w := d.do(http.MethodPost, path, url.Values{"do": {"maybe"}}); w.Code != http.StatusBadRequest {
		t.Errorf("neither yes nor no: %d", w.Code)
	}
	wants(t, d.get(d.post(path, url.Values{"do": {"uphold"}, "note": {"you are right"}})), "The appeal is upheld.", "No open appeals")
	if d.status(e.ID) != contest.Published {
		t.Errorf("upheld: %s", d.status(e.ID))
	}
	if w := d.do(http.MethodPost, path, url.Values{"do": {"decline"}}); w.Code != http.StatusNotFound {
		t.Errorf("decided again: %d", w.Code)
	}
}

func TestAnAppealAgainstWhatHoldsNoLongerIsOnlyClosed(t *testing.T) {
	d := open(t)
	e := d.sent(d.launched(), "one", "A")
	d.post(entryPath(e.ID)+"/reject", url.Values{"reason": {"off_topic"}})
	d.appealed(e, "it was taken at night")
	d.post(entryPath(e.ID)+"/publish", nil)
	page := d.get("/console/appeals")
	wants(t, page, "it was taken at night", "nothing left to decide")
	if strings.Contains(page, "Keep it rejected") {
		t.Error("a published photo can be kept rejected")
	}
	list, err := d.Entries.Appeals(t.Context(), 9)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	d.post("/console/appeals/"+string(list[0].ID), url.Values{"do": {"uphold"}})
	wants(t, d.get("/console/appeals"), "No open appeals")
	if d.status(e.ID) != contest.Published {
		t.Errorf("closed: %s", d.status(e.ID))
	}
}

func TestAFanIsBannedFromAnEntryAndTheBanIsLifted(t *testing.T) {
	d := open(t)
	e := d.sent(d.launched(), "one", "Mallory")
	path := entryPath(e.ID) + "/ban"
	wants(t, d.get(entryPath(e.ID)), `action="`+path+`"`, "Mallory can no longer enter")
	if w := d.do(http.MethodPost, path, url.Values{"reason": {"because"}}); w.Code != http.StatusBadRequest {
		t.Errorf("an invented reason: %d", w.Code)
	}
	wants(t, d.get(d.post(path, url.Values{"reason": {"vote_trading"}, "note": {"sold votes"}})), "The fan is banned")
	wants(t, d.get("/console/bans"), "Mallory", "trading votes", "sold votes")
	d.post("/console/bans/lift", url.Values{"challenge": {string(e.Challenge)}, "fan": {string(e.Fan)}})
	wants(t, d.get("/console/bans?done=lifted"), "The ban is lifted.", "Nobody is banned")
}

func TestWordListsAreKeptAndWhatIsNoUseIsSaid(t *testing.T) {
	d := open(t)
	wants(t, d.get("/console/words"), contest.StartingWords.ZH[0], contest.StartingWords.EN[0])
	next := d.post("/console/words", url.Values{"words_zh": {"刷票\r\n\r\n代投"}, "words_en": {"casino\nCasino\n!!"}})
	wants(t, d.get(next), "2 lines were left out", "刷票\n代投</textarea>", "casino</textarea>")
	got, err := d.Entries.Words(t.Context())
	if err != nil || len(got.ZH) != 2 || len(got.EN) != 1 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestTheHistoryOfAnEntryNamesEachDecision(t *testing.T) {
	d := open(t)
	e := d.sent(d.launched(), "one", "A")
	d.post("/console/entries/"+string(e.ID)+"/reject", url.Values{"reason": {"off_topic"}, "note": {"by day"}})
	d.post("/console/entries/"+string(e.ID)+"/publish", nil)
	body := d.get(entryPath(e.ID))
	first, last := strings.Index(body, "<b>Published</b>"), strings.Index(body, "<b>Rejected</b>")
	if first < 0 || last < first {
		t.Errorf("decisions at %d and %d", first, last)
	}
	wants(t, body, "To the fan:</span> <bdi dir=\"auto\">by day")
}

func TestAShortlistIsAskedForItsOriginals(t *testing.T) {
	d := open(t)
	ch := d.launched()
	one, two := d.sent(ch, "one", "A"), d.sent(ch, "two", "B")
	ids := []string{string(one.ID), string(two.ID)}
	d.post("/console/act", url.Values{"id": ids, "to": {"published"}})
	form := url.Values{"id": ids, "from": {"entries"}, "challenge": {string(ch.ID)}}
	body := d.get(d.post("/console/originals", form))
	if n := strings.Count(body, "asked for original<"); n != 2 {
		t.Errorf("%d are marked as asked, want 2", n)
	}
	wants(t, d.get(d.post("/console/originals", url.Values{"id": ids[:1], "from": {"entry"}, "ask": {"no"}})), "no longer asked", "Ask for the original")
	wants(t, d.get(d.post("/console/act", url.Values{"id": ids, "to": {"pending"}, "from": {"entries"}, "challenge": {string(ch.ID)}})),
		"2 photos are back in the queue.", "Nothing is published yet")
}

// stored gives an entry files: its original and one rendition.
func (d *desk) stored(ch contest.Challenge, original, rendition string) (e contest.Entry) {
	d.t.Helper()
	e = d.sent(ch, "stored", "A")
	put := func(key, content string) string {
		object, err := d.bucket.Put(d.t.Context(), key, strings.NewReader(content), 1<<20)
		if err != nil {
			d.t.Fatal(err)
		}
		return object.SHA256
	}
	photo := photo
	photo.Renditions = []contest.Rendition{{Name: "1024", Key: string(e.ID) + "/a.jpg", SHA256: put(entries.PhotoPrefix+string(e.ID)+"/a.jpg", rendition)}}
	err := d.store.UpdateIn(d.t.Context(), ch.ID, func(tx *store.Tx) (err error) {
		fan, err := tx.FanFor("guest", string(e.ID), "A")
		if err != nil {
			return err
		}
		e, err = tx.InsertEntry(contest.Entry{
			Challenge: ch.ID, Fan: fan.ID, Author: "A", Caption: "stored", Status: contest.Processing,
			Original: "original/" + string(e.ID), SHA256: put("original/"+string(e.ID), original),
		})
		if err != nil {
			return err
		}
		e, err = tx.SetPhoto(e.ID, photo, nil, contest.Pending, "")
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return e
}

func TestStaffSeePhotosThatThePublicMayNot(t *testing.T) {
	d := open(t)
	e := d.stored(d.launched(), "\xff\xd8\xff original", "a rendition")
	d.post("/console/entries/"+string(e.ID)+"/reject", url.Values{"reason": {"offensive"}})
	w := d.do(http.MethodGet, photoPath(e.ID, "1024"), nil)
	if w.Code != http.StatusOK || w.Body.String() != "a rendition" || w.Header().Get("Content-Type") != "image/jpeg" {
		t.Errorf("got %d, %q, %v", w.Code, w.Body, w.Header())
	}
	if cache := w.Header().Get("Cache-Control"); !strings.HasPrefix(cache, "private") {
		t.Errorf("cached by others: %q", cache)
	}
	for _, name := range []string{"2048", "evidence", "..", "original%2f"} {
		if w := d.do(http.MethodGet, photoPath(e.ID, name), nil); w.Code == http.StatusOK {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

func TestAnOriginalIsDownloadedAndNeverShown(t *testing.T) {
	d := open(t)
	for content, name := range map[string]string{
		"\xff\xd8\xff jpeg": "original.jpg\"", "\x89PNG\r\n\x1a\n png": "original.png\"", "\x00\x00\x00\x18ftypheic": "original.heic\"",
		"<html><script>alert(1)</script>": "original\"",
	} {
		form := d.filled()
		form.Set("slug", "s"+strings.Trim(name, "\"."))
		form.Set("slug", strings.ReplaceAll(form.Get("slug"), ".", "-"))
		ch := d.created(form)
		e := d.stored(ch, content, "r")
		w := d.do(http.MethodGet, photoPath(e.ID, "original"), nil)
		h := w.Header()
		if w.Body.String() != content || h.Get("Content-Type") != "application/octet-stream" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%q: got %d, %q, %v", content, w.Code, w.Body, h)
		}
		if got := h.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment;") || !strings.HasSuffix(got, name) {
			t.Errorf("%q: disposition %s, want %s", content, got, name)
		}
	}
}

// CHECKS 59, for the console.
func TestADamagedFileIsNotShownToStaff(t *testing.T) {
	d := open(t)
	e := d.stored(d.launched(), "original", "a rendition")
	if _, err := d.bucket.Put(t.Context(), entries.PhotoPrefix+e.Photo.Renditions[0].Key, bytes.NewReader([]byte("b rendition")), 100); err != nil {
		t.Fatal(err)
	}
	if w := d.do(http.MethodGet, photoPath(e.ID, "1024"), nil); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "b rendition") {
		t.Errorf("got %d", w.Code)
	}
}

func TestAFileThatChangesWhileItIsSentBreaksOff(t *testing.T) {
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("got %v, want the connection to break", v)
		}
	}()
	send(httptest.NewRecorder(), entries.File{Content: broken{}})
}

// broken is a file whose hash turns out to be another one.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, store.ErrUnavailable }
func (broken) Close() error             { return nil }

func TestASavedDraftSaysWhatIsMissing(t *testing.T) {
	d := open(t)
	form := d.filled()
	form.Set("brief_en", "")
	next := d.post("/console/challenges", form)
	wants(t, d.get(next), "Saved. 1 thing is still missing", "Fill in both languages.")
	form.Set("brief_en", "The night.")
	path, _, _ := strings.Cut(next, "?")
	body := d.get(d.post(path, form))
	wants(t, body, "Saved.")
	lacks(t, body, "still missing")
}

func TestGraceIsTypedInMinutes(t *testing.T) {
	d := open(t)
	form := d.filled()
	form.Set("grace_seconds", "90")
	form.Set("originals_days", "30")
	ch := d.created(form)
	if ch.Rules.GraceSeconds != 5400 || ch.Rules.OriginalsDays != 30 {
		t.Errorf("got %+v", ch.Rules)
	}
	wants(t, d.get(challengePath(ch.ID)+"/edit"), `value="90"`, `value="30"`)
	wants(t, d.get(challengePath(ch.ID)+"/launch"), "up to 90 minutes later", "30 days after the challenge ends")
	form.Set("grace_seconds", "1441")
	d.post(challengePath(ch.ID), form)
	wants(t, d.get(challengePath(ch.ID)), "Between 0 and 1,440 minutes.")
}
