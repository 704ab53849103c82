package notices

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"fanfare/server/access"
	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/partner"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNotices(t *testing.T) {
	for claim, hold := range map[string]func(*office){
		"a key is told of once":                                          keyOnce,
		"what waits for one person under one topic is one letter":        oneLetter,
		"a letter that was cut off goes again under its name, as it was": cutOff,
		"no fan is written to who did not ask":                           unasked,
		"of what is not so any more nobody is told":                      notSo,
		"the letter of the day goes at nine where the campaign is":       dayLetterAtNine,
		"nobody gets more letters a day than they read":                  crowdedDay,
		"a link ends all letters to a fan, and the address is forgotten": stopFan,
		"a link ends letters of its kind to staff, and no others":        stopStaff,
		"what an address ended stays so when it is asked of other kinds": stopOthers,
		"a forged link ends nothing":                                     forged,
		"nobody who left is written to":                                  leftStaff,
		"who has another role is not told what was of the former":        otherRole,
		"partners are asked to take a post down whatever they refused":   takedownAlways,
		"a partner is reminded of a winner that it did not repost":       reminded,
		"without rights no partner is told of an entry":                  withoutRights,
		"staff are told once a day that photos wait":                     queueWaits,
		"a backend that fails is told of once until it works again":      backendFails,
		"an address is forgotten when the season is long over":           seasonOver,
	} {
		t.Run(claim, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { hold(newOffice(t)) })
		})
	}
}

// office is a service over a database, with a queue that runs and the letters that went out.
type office struct {
	*testing.T
	*Service
	news      *news.Service
	campaign  contest.CampaignID
	challenge contest.Challenge
	letters   []Letter
	sending   error // what sending comes to after the letter has gone out
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{T: t}
	s := storetest.OpenSQLite(t, nil)
	queue := storetest.Queue(s, func(job.Job, error) {})
	o.Service, o.news = New(s, queue), news.New(queue)
	o.news.Pass("letters", o.Tell)
	o.WriteBy(Mail{Send: func(_ context.Context, l Letter) error {
		o.letters = append(o.letters, l)
		return o.sending
	}})
	o.do(func(tx *store.Tx) error {
		campaign, err := tx.CreateCampaign(contest.Campaign{Name: contest.Text{ZH: "夜", EN: "Night"}})
		if err != nil {
			return err
		}
		o.campaign = campaign.ID
		draft := storetest.Draft(campaign.ID, "night", tx.Now())
		draft.Partners = []contest.Choice{{ID: "wuhan", Name: contest.Text{ZH: "武汉文旅", EN: "Wuhan Tourism"}}}
		o.challenge, err = tx.CreateChallenge(draft)
		return err
	})
	return o
}

// run lets time pass while the queue runs.
func (o *office) run(d time.Duration) {
	o.Helper()
	ctx, stop := context.WithCancel(o.Context())
	done := make(chan struct{})
	go func() { defer close(done); o.queue.Run(ctx) }()
	time.Sleep(d) // the bubble's clock
	synctest.Wait()
	stop()
	<-done
}

// later lets time pass before the queue runs: it looks every few seconds, and days of that take long.
func (o *office) later(d time.Duration) {
	o.Helper()
	time.Sleep(d)
	o.run(time.Minute)
}

func (o *office) do(fn func(*store.Tx) error) {
	o.Helper()
	in := o.challenge.ID
	var err error
	if in == "" {
		err = o.store.Update(o.Context(), fn)
	} else {
		err = o.store.UpdateIn(o.Context(), in, fn)
	}
	if err != nil {
		o.Fatal(err)
	}
}

func (o *office) send(n Notice) {
	o.Helper()
	o.do(func(tx *store.Tx) error { return o.Send(tx, n) })
}

func (o *office) tells(i news.Item) {
	o.Helper()
	i.Campaign = o.campaign
	o.do(func(tx *store.Tx) error { return o.news.Tell(tx, i) })
}

func (o *office) staff(role access.Role) contest.StaffID {
	o.Helper()
	var s store.Staff
	o.do(func(tx *store.Tx) (err error) {
		s = store.Staff{Email: string(role) + "@example.org", Name: "N", Role: string(role)}
		if role == access.Partner {
			s.Campaign, s.Partner = o.campaign, "wuhan"
		}
		s, err = tx.CreateStaff(s)
		return err
	})
	return s.ID
}

// stranger is a fan who asked for nothing.
func (o *office) stranger() contest.FanID {
	o.Helper()
	var f contest.Fan
	o.do(func(tx *store.Tx) (err error) {
		f, err = tx.FanFor("guest", "bob", "Bob")
		return err
	})
	return f.ID
}

// asking is a fan who asked for letters.
func (o *office) asking() contest.FanID {
	o.Helper()
	var f contest.Fan
	o.do(func(tx *store.Tx) (err error) {
		if f, err = tx.FanFor("guest", "ada", "Ada"); err != nil {
			return err
		}
		return tx.SaveCorrespondent(store.Correspondent{Person: store.FanPerson(f.ID), Address: "ada@example.org", Language: "zh-CN"})
	})
	return f.ID
}

func (o *office) entry(fan contest.FanID, status contest.Status) contest.Entry {
	o.Helper()
	var e contest.Entry
	o.do(func(tx *store.Tx) (err error) {
		e, err = tx.InsertEntry(contest.Entry{Challenge: o.challenge.ID, Fan: fan, Author: "Ada", Caption: "夜", Partner: "wuhan", Status: status})
		return err
	})
	return e
}

func (o *office) granted(fan contest.FanID) contest.Entry {
	o.Helper()
	e := o.entry(fan, contest.Published)
	o.do(func(tx *store.Tx) error {
		_, err := tx.SaveGrant(partner.Grant{
			Challenge: e.Challenge, Entry: e.ID, Outlets: []partner.Outlet{partner.Weibo}, Until: tx.Now().Add(365 * 24 * time.Hour), Text: "c_1",
		})
		return err
	})
	return e
}

func (o *office) wrote(n int) {
	o.Helper()
	if len(o.letters) != n {
		o.Fatalf("%d letters went out, want %d: %+v", len(o.letters), n, o.letters)
	}
}

func keyOnce(o *office) {
	who := o.staff(access.Marketer)
	for range 2 {
		o.send(Notice{Key: "report/1", Staff: who, Kind: Report, About: About{Title: contest.Text{EN: "Monday"}, Path: "/r/x"}})
		o.run(time.Minute)
	}
	o.wrote(1)
	if l := o.letters[0]; l.To != "marketer@example.org" || l.Items[0].Path != "/r/x" || !l.Staff || l.Stop == "" {
		o.Errorf("got %+v", l)
	}
}

func oneLetter(o *office) {
	who := o.staff(access.Marketer)
	for n := range 3 {
		o.send(Notice{Key: fmt.Sprint("danger/", n), Staff: who, Kind: Danger, About: About{Title: contest.Text{EN: fmt.Sprint(n)}}})
	}
	o.run(time.Minute)
	o.wrote(1)
	if got := len(o.letters[0].Items); got != 3 {
		o.Errorf("the letter has %d items, want 3", got)
	}
}

func cutOff(o *office) {
	who := o.staff(access.Marketer)
	o.sending = errors.New("the connection broke after the server took it")
	o.send(Notice{Key: "danger/1", Staff: who, Kind: Danger})
	o.run(time.Second)
	o.wrote(1)
	o.send(Notice{Key: "danger/2", Staff: who, Kind: Danger})
	o.sending = nil
	o.run(2 * time.Minute)
	o.wrote(3)
	first, again, other := o.letters[0], o.letters[1], o.letters[2]
	if first.ID == "" || again.ID != first.ID || len(again.Items) != 1 || other.ID == first.ID || len(other.Items) != 1 {
		o.Errorf("letters %+v", o.letters)
	}
}

func unasked(o *office) {
	e := o.entry(o.stranger(), contest.Published)
	o.tells(news.Item{Kind: news.EntryPublished, Entry: e.ID})
	o.later(time.Hour)
	o.wrote(0)
}

func notSo(o *office) {
	e := o.entry(o.asking(), contest.Rejected)
	o.tells(news.Item{Kind: news.EntryRejected, Entry: e.ID})
	o.run(undoTime / 2)
	o.do(func(tx *store.Tx) error {
		_, err := tx.Decide(e.ID, contest.Published, "", "")
		return err
	})
	o.tells(news.Item{Kind: news.EntryPublished, Entry: e.ID})
	o.later(time.Hour)
	o.wrote(1)
	if l := o.letters[0]; l.Kind != Published || l.To != "ada@example.org" || l.Language != "zh-CN" || !l.Fan {
		o.Errorf("got %+v", l)
	}
}

func dayLetterAtNine(o *office) {
	o.staff(access.Partner)
	fan := o.asking()
	for range 3 {
		o.tells(news.Item{Kind: news.RightsChanged, Entry: o.granted(fan).ID})
	}
	o.run(time.Minute)
	o.later(24 * time.Hour)
	o.wrote(1)
	if l := o.letters[0]; l.Kind != Board || len(l.Items) != 3 || l.To != "partner@example.org" {
		o.Errorf("got %+v", l)
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		o.Fatal(err)
	}
	for now, want := range map[string]string{"2026-05-01T08:59:00+08:00": "2026-05-01T09:00:00+08:00", "2026-05-01T09:00:00+08:00": "2026-05-02T09:00:00+08:00"} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			o.Fatal(err)
		}
		if got := nextDayLetter(at, "Asia/Shanghai").In(zone).Format(time.RFC3339); got != want {
			o.Errorf("after %s comes %s, want %s", now, got, want)
		}
	}
}

func crowdedDay(o *office) {
	who := o.staff(access.Marketer)
	for n := range maxPerDay + 5 {
		o.send(Notice{Key: fmt.Sprint("danger/", n), Staff: who, Kind: Danger})
		o.run(time.Minute)
	}
	o.wrote(maxPerDay)
	o.later(letterWindow)
	o.wrote(maxPerDay + 1)
	if got := len(o.letters[maxPerDay].Items); got != 5 {
		o.Errorf("the letter of the next day has %d items, want 5", got)
	}
}
