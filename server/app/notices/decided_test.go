package notices

import (
	"testing"
	"testing/synctest"
	"time"

	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// asked files a request to take an entry down, from somebody with an address.
func (o *office) asked(e contest.Entry, contact string) (t contest.Takedown) {
	o.Helper()
	o.do(func(tx *store.Tx) (err error) {
		t, err = tx.InsertTakedown(contest.Takedown{Entry: e.ID, Contact: contact, Language: "zh-CN", Statement: "照片里是我", From: contest.Published})
		return err
	})
	return t
}

// decides ends a request, and tells of that as the use case does.
func (o *office) decides(t contest.Takedown, remove bool) {
	o.Helper()
	t.Removed = remove
	o.do(func(tx *store.Tx) error { return tx.DecideTakedown(t) })
	o.tells(news.Item{Kind: news.RequestDecided, Entry: t.Entry, Note: string(t.ID)})
}

func TestWhoeverAskedForATakedownHearsOfTheLastDecisionOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		asked := o.asked(o.entry(o.stranger(), contest.Published), " ｗang@example.org ")
		o.decides(asked, true)
		o.run(undoTime / 2)
		o.wrote(0)
		o.do(func(tx *store.Tx) error { return tx.ReopenTakedown(asked) })
		o.decides(asked, false)
		o.later(undoTime)
		o.wrote(1)
		l := o.letters[0]
		if l.To != "wang@example.org" || l.Language != "zh-CN" || l.Kind != Decided || l.Fan || l.Staff || l.Items[0].Removed || len(l.Items) != 1 {
			t.Errorf("got %+v", l)
		}
	})
}

func TestAnAnswerToATakedownIsTrueWhenItIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		e := o.entry(o.stranger(), contest.Published)
		o.decides(o.asked(e, "wang@example.org"), false)
		o.run(time.Minute)
		o.do(func(tx *store.Tx) error {
			_, err := tx.Decide(e.ID, contest.Withdrawn, "", "")
			return err
		})
		o.later(undoTime)
		o.wrote(1)
		if l := o.letters[0]; !l.Items[0].Removed {
			t.Errorf("the photo is said to stay, and its fan withdrew it: %+v", l)
		}
	})
}

func TestWhoeverLeftNoMailAddressIsWrittenNoLetter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.decides(o.asked(o.entry(o.stranger(), contest.Published), "13800138000"), true)
		o.later(undoTime + time.Minute)
		o.wrote(0)
	})
}
