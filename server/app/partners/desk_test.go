package partners

import (
	"testing"

	"fanfare/server/contest"
	"fanfare/server/store"
)

func TestAFanWhoTookThePermissionBackIsNotWaitedFor(t *testing.T) {
	d := open(t)
	d.grant()
	var unasked contest.Entry
	d.must(d.store.UpdateIn(t.Context(), d.entry.Challenge, func(tx *store.Tx) (err error) {
		unasked, err = tx.InsertEntry(contest.Entry{Challenge: d.entry.Challenge, Fan: d.entry.Fan, Author: "林晓", Partner: "wuhan", Status: contest.Published})
		return err
	}))
	o, err := d.OfficeOf(t.Context(), d.me)
	d.must(err)
	b := builder{desk: &Desk{Office: o}, seen: map[contest.EntryID]bool{}}
	d.must(d.store.View(t.Context(), func(tx *store.Tx) error {
		waiting, err := b.add(tx, &b.desk.Winners, []Card{{Entry: d.entry}, {Entry: unasked}}, winnersShown)
		if waiting != 1 || len(b.desk.Winners) != 0 {
			t.Errorf("%d are waited for and %d shown, want the one who was never asked and none", waiting, len(b.desk.Winners))
		}
		return err
	}))
}
