package webhooks

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/outbound"
	"fanfare/server/store"
)

func TestAMessageNamesWhatIsPublicAndNothingOfTheFan(t *testing.T) {
	inBubble(t, func(d *desk) {
		d.hook(Wish{})
		d.happens(d.won("one"))
		body := d.count(1)[0].message.Body
		var m message
		if err := json.Unmarshal(body, &m); err != nil {
			t.Fatal(err)
		}
		id := string(d.entry.ID)
		want := aboutEntry{id, int64(d.entry.Number), "Bo", "chongqing", "https://night.example/e/" + id, "https://night.example/api/v1/entries/" + id}
		if m.Type != "entry.won" || m.Data.Campaign != string(d.challenge.Campaign) || *m.Data.Entry != want || m.Data.Challenge.Slug != "night" {
			t.Errorf("said %s", body)
		}
		for _, private := range []string{string(d.fan.ID), "fan-subject", "a note", "my own words"} {
			if strings.Contains(string(body), private) {
				t.Errorf("%q is told of in %s", private, body)
			}
		}
	})
}

func TestALateMessageNamesNothingOfAnEntryThatIsWithdrawn(t *testing.T) {
	inBubble(t, func(d *desk) {
		hook := d.hook(Wish{})
		d.answers(func(_ string, m outbound.Message) (outbound.Answer, error) {
			return outbound.Answer{Status: 500, Body: string(m.Body)}, nil
		})
		d.happens(d.won("one"))
		err := d.Store.UpdateIn(d.Context(), d.challenge.ID, func(tx *store.Tx) error {
			_, err := tx.Decide(d.entry.ID, contest.Withdrawn, "", "")
			return errors.Join(err, d.News.Tell(tx, news.Item{Kind: news.EntryWithdrawn, Challenge: d.challenge.ID, Entry: d.entry.ID}))
		})
		if err != nil {
			t.Fatal(err)
		}
		wait(time.Minute)
		sent := d.count(4) // each twice
		if !strings.Contains(string(sent[0].message.Body), `"Bo"`) {
			t.Errorf("before: %s", sent[0].message.Body)
		}
		for _, s := range sent[1:] {
			if body := string(s.message.Body); strings.Contains(body, "Bo") || strings.Contains(body, "/e/") || !strings.Contains(body, `"entry":{"id":"`+string(d.entry.ID)+`"}`) {
				t.Errorf("after: %s", body)
			}
		}
		for _, delivery := range d.view(hook.ID).Deliveries {
			l, err := d.Delivery(d.Context(), admin, hook.ID, delivery.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range l.Attempts {
				if a.Answer != "" {
					t.Errorf("of %s the answer is kept: %s", l.Kind, a.Answer)
				}
			}
		}
	})
}

func TestOfAChallengeThatIsGoneTheIdentifierIsToldOnce(t *testing.T) {
	inBubble(t, func(d *desk) {
		d.hook(Wish{})
		d.happens(news.Item{Kind: news.EntryWithdrawn, Campaign: d.challenge.Campaign, Challenge: "c_gone", Entry: "e_gone"})
		var m message
		if err := json.Unmarshal(d.count(1)[0].message.Body, &m); err != nil {
			t.Fatal(err)
		}
		if got := *m.Data.Challenge; got != (aboutChallenge{ID: "c_gone"}) {
			t.Errorf("told %+v", got)
		}
	})
}
