package page

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fanfare/server/contest"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func renderer(t *testing.T) *Renderer {
	t.Helper()
	p, err := New("https://photos.example.org/")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// drawn writes a page for a GET of target and returns its body.
func drawn(t *testing.T, target string, draw func(http.ResponseWriter, *http.Request) error) string {
	t.Helper()
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, target, nil)
	if err := draw(w, r); err != nil {
		t.Fatal(err)
	}
	return w.Body.String()
}

func night() contest.Challenge {
	return contest.Challenge{
		ID: "ch_1", Slug: "night", Hashtag: "#百万夜景大片挑战",
		Title: contest.Text{ZH: "让世界看见你的城市之夜", EN: "Show us your city at night"},
		Brief: contest.Text{ZH: "夜色里的城市。\n\n带上你的手机。", EN: "The city after dark.\n\nTake your phone."},
		Terms: contest.Terms{
			TimeZone: "Asia/Shanghai",
			Entries:  contest.Window{Opens: now.Add(-100 * time.Hour), Closes: now.Add(80 * time.Hour)},
			Votes:    contest.Window{Opens: now.Add(-100 * time.Hour), Closes: now.Add(200 * time.Hour)},
			Rules:    contest.Rules{EntriesPerFan: 3, VotesPerPeriod: 5, Period: contest.PeriodDay, Moderation: contest.ModerateBefore, Guests: true},
			Cities:   []contest.Choice{{ID: "wuhan", Name: contest.Text{ZH: "武汉", EN: "Wuhan"}}},
		},
		LaunchedAt: now.Add(-120 * time.Hour), RulesHash: strings.Repeat("ab", 32),
	}
}

func photo(key string) contest.Photo {
	return contest.Photo{Width: 4000, Height: 3000, Renditions: []contest.Rendition{
		{Name: "2048", Key: key + "-2048.jpg", Width: 2048, Height: 1536},
		{Name: "1024", Key: key + "-1024.jpg", Width: 1024, Height: 768},
		{Name: "480", Key: key + "-480.jpg", Width: 480, Height: 360},
		{Name: "square", Key: key + "-square.jpg", Width: 160, Height: 160},
	}, Capture: contest.Capture{Make: "Xiaomi", Model: "Xiaomi 15 Ultra", Exposure: "1/60", Aperture: "1.8", ISO: 800, TakenAt: now}}
}

func card(rank int, caption string) Card {
	return Card{Entry: contest.EntryID("e_" + strings.Repeat("k", rank)), Number: contest.EntryNumber(rank), Rank: rank,
		Score: int64(2000 / rank), Caption: caption, Author: "林晚", City: "wuhan", Photo: photo("p")}
}

func TestEveryPageIsDrawnInBothLanguages(t *testing.T) {
	p := renderer(t)
	top := []Card{card(1, "江汉关的灯"), card(2, "长江大桥"), card(3, "雨夜"), card(4, "黄鹤楼")}
	ended := night()
	ended.Entries.Closes, ended.Votes.Closes = now.Add(-time.Hour), now.Add(-time.Hour)
	entry := contest.Entry{ID: "e_kk", Number: 2, Caption: "江汉关的灯", Author: "林晚", Photo: photo("p"), Score: 12}
	pages := map[string]func(http.ResponseWriter, *http.Request) error{
		"/": func(w http.ResponseWriter, r *http.Request) error {
			return p.Home(w, r, HomeView{Now: now, Challenges: []Summary{{Challenge: night(), Entries: 4, Tally: Tally{Votes: 1200}, Top: top}}})
		},
		"/c/night": func(w http.ResponseWriter, r *http.Request) error {
			return p.Challenge(w, r, ChallengeView{Now: now, Challenge: night(), Entries: 4, Tally: Tally{Votes: 1200}, Top: top, Newest: top})
		},
		"/c/ended": func(w http.ResponseWriter, r *http.Request) error {
			return p.Challenge(w, r, ChallengeView{Now: now, Challenge: ended, Entries: 4, Tally: Tally{Votes: 1200}, Top: top, Newest: top})
		},
		"/e/e_kk": func(w http.ResponseWriter, r *http.Request) error {
			return p.Entry(w, r, EntryView{Now: now, Challenge: night(), Entry: entry, Rank: 2, Of: 4})
		},
		"/gone": func(w http.ResponseWriter, r *http.Request) error { return p.Problem(w, r, http.StatusNotFound) },
	}
	for target, draw := range pages {
		for _, lang := range Langs {
			body := drawn(t, target+"?lang="+string(lang), draw)
			if want := `<html lang="` + string(lang) + `">`; !strings.Contains(body, want) {
				t.Errorf("%s in %s: no %s", target, lang, want)
			}
			if !strings.HasSuffix(strings.TrimSpace(body), "</html>") {
				t.Errorf("%s in %s: cut short", target, lang)
			}
		}
	}
}
