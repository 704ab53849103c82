package main

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"fanfare/server/contest"
)

// post sends JSON.
func (i *installation) post(path, token string, body map[string]string) reply {
	i.t.Helper()
	text := must(json.Marshal(body))(i.t)
	return i.do(request{method: "POST", path: path, token: token, kind: "application/json", body: text})
}

// own returns one of a fan's own entries as they see it.
func (i *installation) own(token, id string) map[string]any {
	i.t.Helper()
	entries, _ := i.get("/api/v1/me", token).Body["entries"].([]any)
	for _, e := range entries {
		if e := e.(map[string]any); e["id"] == id {
			return e
		}
	}
	i.t.Fatalf("entry %s is not among the fan's own %v", id, entries)
	return nil
}

// submitPhoto enters a photo.
func (i *installation) submitPhoto(token string, photo []byte, caption string) reply {
	i.t.Helper()
	kind, body := i.form(photo, map[string]string{"caption": caption, "author": "Li 李", "consents": string(i.challenge.Consents[0])})
	return i.do(request{method: "POST", path: "/api/v1/challenges/night/entries", token: token, kind: kind, body: body})
}

// waiting waits until an entry is with the moderators, and returns why.
func (i *installation) waiting(id string) []contest.Flag {
	i.t.Helper()
	var e contest.Entry
	i.eventually("the entry waits for a moderator", func() bool {
		e = must(i.app.entries.Entry(i.t.Context(), contest.EntryID(id)))(i.t)
		return e.Status == contest.Pending
	})
	return e.Flags
}

// A person in a photo needs no account, and the photo is gone from every place at once; from caches within seconds.
func TestATakedownTakesThePhotoFromEveryPlaceUntilItIsDecided(t *testing.T) {
	i := install(t, nil)
	fan := i.guest()
	id := i.published(fan, "江汉关的灯")
	i.finds("江汉关", []string{id})
	photo := i.renditions(id)[0]
	asked := i.post("/api/v1/entries/"+id+"/takedowns", "", map[string]string{"contact": "wang@example.org", "statement": "照片里是我"})
	by, err := time.Parse(time.RFC3339, asked.text("decide_by"))
	if asked.Status != http.StatusCreated || err != nil || by.Before(time.Now().Add(71*time.Hour)) {
		t.Fatalf("asked: %d %s", asked.Status, asked.Text)
	}
	if r := i.get("/api/v1/entries/"+id, ""); r.Status != http.StatusNotFound {
		t.Errorf("the entry: %d %s", r.Status, r.Text)
	}
	if rows := i.board(); len(rows) != 0 {
		t.Errorf("the board: %v", rows)
	}
	if found, _ := i.found("江汉关"); len(found) != 0 {
		t.Errorf("the search finds %v", found)
	}
	if own := i.own(fan, id); own["status"] != "pending" {
		t.Errorf("its fan sees %v", own)
	}
	i.within(taken, "the photo is gone", func() bool { return i.get(photo, "").Status == http.StatusNotFound })

	open := must(i.app.entries.Takedowns(t.Context(), 10))(t)
	must(i.app.entries.DecideTakedown(t.Context(), "", open[0].ID, false))(t)
	if rows := i.board(); len(rows) != 1 {
		t.Errorf("the board afterwards: %v", rows)
	}
	i.finds("江汉关", []string{id})
	i.within(taken, "the photo is back", func() bool { return i.get(photo, "").Status == http.StatusOK })
	if r := i.post("/api/v1/entries/"+id+"/takedowns", "", map[string]string{"contact": "wang@example.org", "statement": "照片里是我"}); r.Status != http.StatusCreated {
		t.Errorf("asked once more: %d %s", r.Status, r.Text)
	}
	if r := i.get("/api/v1/entries/"+id, ""); r.Status != http.StatusOK {
		t.Errorf("the entry, which moderators have looked at: %d", r.Status)
	}
}

func TestATakedownWithoutAContactIsRefusedWithItsReason(t *testing.T) {
	i := install(t, nil)
	id := i.published(i.guest(), "one")
	for code, body := range map[string]map[string]string{
		"contact_missing":   {"contact": "?", "statement": "照片里是我"},
		"statement_missing": {"contact": "wang@example.org", "statement": "-"},
	} {
		if r := i.post("/api/v1/entries/"+id+"/takedowns", "", body); r.Status != http.StatusConflict || r.code() != code {
			t.Errorf("got %d %s, want %s", r.Status, r.Text, code)
		}
	}
	if r := i.get("/api/v1/entries/"+id, ""); r.Status != http.StatusOK {
		t.Errorf("the entry: %d", r.Status)
	}
}

func TestTakedownsByThePageAndTheAPICountTogether(t *testing.T) {
	i := install(t, nil)
	asked := map[string]string{"contact": "wang@example.org", "statement": "照片里是我"}
	for n := range 10 {
		if r := i.post("/api/v1/entries/e_none/takedowns", "", asked); r.Status != http.StatusNotFound {
			t.Fatalf("request %d: %d %s", n+1, r.Status, r.Text)
		}
	}
	page := request{method: "POST", path: "/e/e_none/takedown", kind: "application/x-www-form-urlencoded", body: []byte("contact=13800138000&statement=me+there")}
	if r := i.do(page); r.Status != http.StatusTooManyRequests {
		t.Errorf("the eleventh, by the page: %d", r.Status)
	}
}

func encoded(t *testing.T, m image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTheSameBytesAreRefusedAndACopyWaits(t *testing.T) {
	i := install(t, nil)
	drawn := image.NewNRGBA(image.Rect(0, 0, 320, 240)) // patches: what has detail keeps its look
	for y := range 12 {
		for x := range 16 {
			patch := image.Rect(x*20, y*20, x*20+20, y*20+20)
			draw.Draw(drawn, patch, image.NewUniform(color.Gray{uint8(rand.IntN(256))}), image.Point{}, draw.Src)
		}
	}
	photo := encoded(t, drawn, 92)
	first := i.submitPhoto(i.guest(), photo, "one")
	if first.Status != http.StatusCreated {
		t.Fatalf("submit: %d %s", first.Status, first.Text)
	}
	again := i.submitPhoto(i.guest(), photo, "one again")
	if params, _ := again.Body["params"].(map[string]any); again.Status != http.StatusConflict || again.code() != "duplicate_photo" || params["number"] != "1" {
		t.Errorf("the same bytes: %d %s", again.Status, again.Text)
	}
	id := first.text("id")
	i.eventually("the first is published", func() bool { return i.get("/api/v1/entries/"+id, "").Status == http.StatusOK })
	second := i.submitPhoto(i.guest(), encoded(t, drawn, 60), "two")
	flags := i.waiting(second.text("id"))
	if len(flags) != 1 || flags[0].Kind != contest.NearDuplicate || string(flags[0].Twin) != id {
		t.Errorf("the copy waits because of %v, want its twin %s", flags, id)
	}
	item := must(i.app.entries.Item(t.Context(), contest.EntryID(second.text("id"))))(t)
	if item.Twin == nil || item.Twin.Number != 1 {
		t.Errorf("the moderator sees the twin %v", item.Twin)
	}
}

func TestAnEntryWithWordsOfTheListsWaits(t *testing.T) {
	i := install(t, nil)
	r := i.submit(i.guest(), "互投可加 微 信", nil)
	flags := i.waiting(r.text("id"))
	if len(flags) != 1 || flags[0].Kind != contest.WordsFound || len(flags[0].Words) != 2 {
		t.Errorf("it waits because of %v", flags)
	}
}

func TestARejectedFanReadsWhyAndIsHeardOnce(t *testing.T) {
	i := install(t, nil)
	fan := i.guest()
	id := i.published(fan, "one")
	must(i.app.entries.Act(t.Context(), "", []contest.EntryID{contest.EntryID(id)}, contest.Rejected, contest.RightsDoubt, "是谁拍的？"))(t)
	if own := i.own(fan, id); own["reason"] != "rights_doubt" || own["note"] != "是谁拍的？" || own["may_appeal"] != true {
		t.Errorf("the fan sees %v", own)
	}
	appeal := map[string]string{"entry": id, "text": "是我拍的"}
	if r := i.post("/api/v1/challenges/night/appeals", i.guest(), appeal); r.Status != http.StatusNotFound {
		t.Errorf("by another fan: %d %s", r.Status, r.Text)
	}
	if r := i.post("/api/v1/challenges/night/appeals", fan, appeal); r.Status != http.StatusCreated {
		t.Errorf("appeal: %d %s", r.Status, r.Text)
	}
	if r := i.post("/api/v1/challenges/night/appeals", fan, appeal); r.Status != http.StatusConflict || r.code() != "appeal_not_open" {
		t.Errorf("appeal again: %d %s", r.Status, r.Text)
	}
	if own := i.own(fan, id); own["may_appeal"] != nil || own["appealed"] != true {
		t.Errorf("afterwards the fan sees %v", own)
	}
	open := must(i.app.entries.Appeals(t.Context(), 1))(t)
	if err := i.app.entries.DecideAppeal(t.Context(), "", open[0].ID, true, "对不起"); err != nil {
		t.Fatal(err)
	}
	if own := i.own(fan, id); own["status"] != "published" || own["note"] != "对不起" {
		t.Errorf("at the end the fan sees %v", own)
	}
	if r := i.get("/api/v1/entries/"+id, ""); r.Body["note"] != nil || r.Body["reason"] != nil {
		t.Errorf("what was for the fan is public: %s", r.Text)
	}
}

// A ban counts at every replica as soon as sessions are read again.
const banned = 6 * time.Second

func TestABannedFanOnlyLooksWithdrawsAndAppeals(t *testing.T) {
	i := install(t, nil)
	other, fan := i.published(i.guest(), "one"), i.guest()
	id := i.published(fan, "two")
	e := must(i.app.entries.Entry(t.Context(), contest.EntryID(id)))(t)
	if err := i.app.entries.Ban(t.Context(), contest.Ban{Challenge: e.Challenge, Fan: e.Fan, Reason: contest.VoteTrading, Note: "够了"}, false); err != nil {
		t.Fatal(err)
	}
	told := func() map[string]any {
		ban, _ := i.get("/api/v1/me", fan).Body["banned"].(map[string]any)
		return ban
	}
	i.within(banned, "the fan is told", func() bool { return told() != nil })
	if ban := told(); ban["reason"] != "vote_trading" || ban["note"] != "够了" || ban["may_appeal"] != true {
		t.Errorf("the fan is told %v", ban)
	}
	if r := i.vote("PUT", other, fan); r.Status != http.StatusConflict || r.code() != "banned" {
		t.Errorf("vote: %d %s", r.Status, r.Text)
	}
	if r := i.submit(fan, "three", nil); r.Status != http.StatusConflict || r.code() != "banned" {
		t.Errorf("submit: %d %s", r.Status, r.Text)
	}
	if r := i.post("/api/v1/entries/"+other+"/reports", fan, map[string]string{"reason": "other"}); r.code() != "banned" {
		t.Errorf("report: %d %s", r.Status, r.Text)
	}
	if r := i.tus("POST", "/api/v1/uploads", fan, nil, map[string]string{"Upload-Length": "1000"}); r.code() != "banned" {
		t.Errorf("begin an upload: %d %s", r.Status, r.Text)
	}
	if r := i.post("/api/v1/challenges/night/appeals", fan, map[string]string{"text": "不是我"}); r.Status != http.StatusCreated {
		t.Errorf("appeal: %d %s", r.Status, r.Text)
	}
	if r := i.do(request{method: "DELETE", path: "/api/v1/entries/" + id, token: fan}); r.Status != http.StatusNoContent {
		t.Errorf("withdraw: %d %s", r.Status, r.Text)
	}
	open := must(i.app.entries.Appeals(t.Context(), 1))(t)
	if err := i.app.entries.DecideAppeal(t.Context(), "", open[0].ID, true, ""); err != nil {
		t.Fatal(err)
	}
	i.within(banned, "the ban is lifted", func() bool { return told() == nil })
	if r := i.vote("PUT", other, fan); r.Status != http.StatusOK {
		t.Errorf("vote afterwards: %d %s", r.Status, r.Text)
	}
}
