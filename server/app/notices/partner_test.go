package notices

import (
	"slices"
	"time"

	"fanfare/server/access"
	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/partner"
	"fanfare/server/store"
)

func (o *office) repost(e contest.Entry, due bool) partner.Repost {
	o.Helper()
	var r partner.Repost
	o.do(func(tx *store.Tx) (err error) {
		r = partner.Repost{Campaign: o.campaign, Challenge: e.Challenge, Entry: e.ID, Partner: "wuhan", Outlet: partner.Weibo, Address: "https://weibo.com/1/" + string(e.ID)}
		if due {
			r.TakedownAsked = tx.Now()
		}
		r, err = tx.CreateRepost(r, e.Number, r.Address)
		return err
	})
	return r
}

func takedownAlways(o *office) {
	who := o.staff(access.Partner)
	if err := o.ChooseForStaff(o.Context(), who, nil, "en"); err != nil {
		o.Fatal(err)
	}
	e := o.entry(o.asking(), contest.Rejected)
	r := o.repost(e, true)
	o.tells(news.Item{Kind: news.TakedownDue, Entry: e.ID, Partner: "wuhan", Repost: r.ID})
	o.run(time.Minute)
	o.wrote(1)
	if l := o.letters[0]; l.Kind != Takedown || l.Items[0].Repost.Address != r.Address || l.Stop != "" {
		o.Errorf("got %+v", l)
	}
}

func reminded(o *office) {
	o.staff(access.Partner)
	fan := o.asking()
	done, open := o.granted(fan), o.granted(fan)
	for _, e := range []contest.Entry{done, open} {
		o.tells(news.Item{Kind: news.EntryWon, Entry: e.ID})
	}
	o.run(time.Minute)
	o.repost(done, false)
	o.later(remindAfter + 25*time.Hour)
	i := slices.IndexFunc(o.letters, func(l Letter) bool { return l.Kind == Reminder })
	if i < 0 || len(o.letters[i].Items) != 1 || o.letters[i].Items[0].Entry.ID != open.ID {
		o.Errorf("letters %+v", o.letters)
	}
}

func withoutRights(o *office) {
	o.staff(access.Partner)
	fan := o.stranger()
	e := o.granted(fan)
	o.tells(news.Item{Kind: news.EntryPublished, Entry: o.entry(fan, contest.Published).ID})
	o.tells(news.Item{Kind: news.EntryPublished, Entry: e.ID})
	o.run(time.Minute)
	o.do(func(tx *store.Tx) error { // taken back before the letter of the day
		_, err := tx.SaveGrant(partner.Grant{Challenge: e.Challenge, Entry: e.ID, Until: tx.Now(), Text: "c_1"})
		return err
	})
	o.later(25 * time.Hour)
	o.wrote(0)
}
