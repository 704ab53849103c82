package webhooks

import (
	"encoding/json"
	"testing"

	"fanfare/server/app/news"
)

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
