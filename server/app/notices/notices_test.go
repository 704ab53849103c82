package notices

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"fanfare/server/access"
	"fanfare/server/app/news"
	"fanfare/server/app/numbers"
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

func stopFan(o *office) {
	e := o.entry(o.asking(), contest.Published)
	o.tells(news.Item{Kind: news.EntryPublished, Entry: e.ID})
	o.later(time.Hour)
	o.wrote(1)
	all, err := o.Stop(o.Context(), o.letters[0].Stop)
	if err != nil || !all {
		o.Fatalf("got %v, %v", all, err)
	}
	if w, err := o.FanWishes(o.Context(), e.Fan); err != nil || w.Asked {
		o.Errorf("after that %+v, %v", w, err)
	}
	if err := o.Choose(o.Context(), o.letters[0].Stop, []Kind{Won}); err != nil {
		o.Error(err)
	}
	o.tells(news.Item{Kind: news.EntryRejected, Entry: o.entry(e.Fan, contest.Rejected).ID})
	o.later(time.Hour)
	o.wrote(1)
}

func stopStaff(o *office) {
	who := o.staff(access.Administrator)
	o.send(Notice{Key: "danger/1", Staff: who, Kind: Danger})
	o.run(time.Minute)
	o.wrote(1)
	if all, err := o.Stop(o.Context(), o.letters[0].Stop); err != nil || all {
		o.Fatalf("got %v, %v", all, err)
	}
	o.send(Notice{Key: "danger/2", Staff: who, Kind: Danger})
	o.send(Notice{Key: "down/1", Staff: who, Kind: Down})
	o.run(time.Minute)
	o.wrote(2)
	if o.letters[1].Kind != Down {
		o.Errorf("got %+v", o.letters[1])
	}
	if err := o.ChooseForStaff(o.Context(), who, []Kind{Danger}, "zh-CN"); err != nil {
		o.Fatal(err)
	}
	o.send(Notice{Key: "danger/3", Staff: who, Kind: Danger, Language: "en"})
	o.run(time.Minute)
	o.wrote(3)
	if l := o.letters[2]; l.Kind != Danger || l.Language != "zh-CN" {
		o.Errorf("got %+v", l)
	}
}

func forged(o *office) {
	fan := o.asking()
	e := o.entry(fan, contest.Published)
	o.tells(news.Item{Kind: news.EntryPublished, Entry: e.ID})
	o.later(time.Hour)
	o.wrote(1)
	good := o.letters[0].Stop
	for _, token := range []string{"", ".", "x", good + "0", good[1:], good[:len(good)-1]} {
		if _, err := o.Stop(o.Context(), token); !errors.Is(err, ErrLink) {
			o.Errorf("%q: got %v", token, err)
		}
		if _, err := o.StopWishes(o.Context(), token); !errors.Is(err, ErrLink) {
			o.Errorf("%q: got %v", token, err)
		}
	}
	if w, err := o.FanWishes(o.Context(), fan); err != nil || !w.Asked {
		o.Errorf("got %+v, %v", w, err)
	}
}

func leftStaff(o *office) {
	who := o.staff(access.Marketer)
	o.send(Notice{Key: "danger/1", Staff: who, Kind: Danger, Due: time.Now().Add(time.Hour)})
	o.do(func(tx *store.Tx) error { return tx.RemoveStaff(who) })
	o.later(2 * time.Hour)
	o.wrote(0)
}

func otherRole(o *office) {
	later := time.Now().Add(time.Hour)
	demoted, moved, stays := o.staff(access.Administrator), o.staff(access.Partner), o.staff(access.Marketer)
	e := o.granted(o.asking())
	for _, who := range []contest.StaffID{demoted, stays} {
		o.send(Notice{Key: "report/" + string(who), Staff: who, Kind: Report, Due: later, About: About{Campaign: o.campaign, Lines: []contest.Text{{EN: "GMV ¥3,000,000"}}}})
	}
	o.send(Notice{Key: "board/1", Staff: moved, Kind: Board, Due: later, About: About{Campaign: o.campaign, Entry: e.ID, Partner: "wuhan"}})
	o.do(func(tx *store.Tx) error {
		return errors.Join(tx.SetRole(demoted, string(access.Partner), "another", "beijing"), tx.SetRole(moved, string(access.Partner), o.campaign, "beijing"))
	})
	o.later(2 * time.Hour)
	o.wrote(1)
	if l := o.letters[0]; l.To != "marketer@example.org" {
		o.Errorf("got %+v", l)
	}
}

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

func (o *office) watch(down func() []string) {
	o.Watch(Watch{
		News: o.news, Numbers: numbers.New(o.store, slog.New(slog.DiscardHandler)), Down: func(context.Context) []string { return down() },
	})
}

func queueWaits(o *office) {
	o.staff(access.Moderator)
	o.staff(access.Marketer)
	o.entry(o.asking(), contest.Pending)
	o.watch(func() []string { return nil })
	o.later(waitTime - time.Hour)
	o.wrote(0)
	o.later(2 * time.Hour)
	o.wrote(1)
	if l := o.letters[0]; l.To != "moderator@example.org" || l.Kind != Queue || l.Items[0].Count != 1 {
		o.Errorf("got %+v", l)
	}
}

func backendFails(o *office) {
	o.staff(access.Administrator)
	var down []string
	o.watch(func() []string { return down })
	for range 2 {
		down = []string{"media"}
		o.run(downTime / 2)
		down = nil
		o.run(2 * time.Minute)
	}
	o.wrote(0)
	for n := range 2 {
		down = []string{"media"}
		o.run(2 * downTime)
		down = nil
		o.run(2 * time.Minute)
		o.wrote(n + 1)
	}
	if l := o.letters[1]; l.Kind != Down || l.Items[0].Title.EN != "The photo store" {
		o.Errorf("got %+v", l)
	}
}

func seasonOver(o *office) {
	fan := o.asking()
	o.entry(fan, contest.Published)
	kept := func() bool {
		if err := o.Tidy(o.Context()); err != nil {
			o.Fatal(err)
		}
		w, err := o.FanWishes(o.Context(), fan)
		if err != nil {
			o.Fatal(err)
		}
		return w.Asked
	}
	time.Sleep(addressLife - time.Hour)
	if !kept() {
		o.Error("the address was forgotten early")
	}
	time.Sleep(3 * 24 * time.Hour)
	if kept() {
		o.Error("the address is kept")
	}
}
