package main

import (
	"net/http"
	"testing"

	"fanfare/server/contest"
)

func TestNewEntriesBearTheHashtagAsItWasEditedLast(t *testing.T) {
	i := install(t, nil)
	token := i.guest()
	i.published(token, "江边") // the server has read the challenge now
	edited := i.challenge
	edited.Hashtag = "#夜色"
	if err := i.app.campaigns.Save(t.Context(), edited); err != nil {
		t.Fatal(err)
	}
	r := i.submit(token, "桥下", nil)
	if tags, _ := r.Body["tags"].([]any); r.Status != http.StatusCreated || len(tags) != 1 || tags[0] != "夜色" {
		t.Errorf("got %d with tags %v, want 夜色", r.Status, r.Body["tags"])
	}
}

func TestChallengesAreListedNewestFirst(t *testing.T) {
	i := install(t, nil)
	later := i.challenge
	later.Slug = "later"
	later = must(i.app.campaigns.CreateWithCampaign(t.Context(), contest.Text{ZH: "再来", EN: "Again"}, later))(t)
	if problems := must(i.app.campaigns.Launch(t.Context(), later.ID, later.Hash()))(t); len(problems) > 0 {
		t.Fatal(problems)
	}
	list, _ := i.get("/api/v1/challenges", "").Body["challenges"].([]any)
	if len(list) != 2 || list[0].(map[string]any)["slug"] != "later" {
		t.Errorf("got %v, want later first of two", list)
	}
}
