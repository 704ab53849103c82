package notices

import (
	"errors"
	"time"

	"fanfare/server/access"
	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/store"
)

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

func stopOthers(o *office) {
	o.send(Notice{Key: "report/1", To: "li@example.org", Kind: Report})
	o.run(time.Minute)
	o.wrote(1)
	if _, err := o.Stop(o.Context(), o.letters[0].Stop); err != nil {
		o.Fatal(err)
	}
	o.decides(o.asked(o.entry(o.stranger(), contest.Published), "li@example.org"), true)
	o.later(undoTime)
	o.wrote(2)
	if err := o.Choose(o.Context(), o.letters[1].Stop, []Kind{Decided}); err != nil {
		o.Fatal(err)
	}
	o.send(Notice{Key: "report/2", To: "li@example.org", Kind: Report})
	o.run(time.Minute)
	o.wrote(2)
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
