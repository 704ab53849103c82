package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

var actClaims = map[string]func(*testing.T, Opener){
	"are read page by page, the newest leading":        actsInPages,
	"are found by who, by area, by object and by time": actsFound,
	"say where they came from, for a while":            actAddresses,
	"are not there where what they tell of failed":     actUndone,
	"tell of somebody who left by their name":          actNames,
	"have notes of a sentence or two":                  actNotes,
}

// act keeps one.
func (s *stage) act(a store.Act) {
	s.Helper()
	s.update(func(tx *store.Tx) error { return tx.Audit(a) })
}

// acts returns the actions of a page.
func (s *stage) acts(q store.ActQuery) (actions []string, next string) {
	s.Helper()
	s.view(func(tx *store.Tx) error {
		p, err := tx.Acts(q)
		for _, a := range p.Acts {
			actions = append(actions, a.Action)
		}
		next = p.Next
		return err
	})
	return actions, next
}

func actsInPages(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	var want []string
	for n := range 7 {
		action := fmt.Sprint("order.", n)
		s.act(store.Act{Staff: "st_1", Action: action})
		want = append([]string{action}, want...)
		time.Sleep(time.Second) // of the bubble's clock
	}
	var got []string
	for after, pages := "", 0; ; pages++ {
		page, next := s.acts(store.ActQuery{After: after, Limit: 3})
		got = append(got, page...)
		if after = next; after == "" {
			equal(t, "pages after the first", pages, 2)
			break
		}
	}
	same(t, "actions", got, want)
	s.view(func(tx *store.Tx) error {
		for _, cursor := range []string{"x", "1", "1.", ".a", "1x.a"} {
			if _, err := tx.Acts(store.ActQuery{After: cursor, Limit: 1}); err == nil {
				t.Errorf("cursor %q: no error", cursor)
			}
		}
		return nil
	})
}

func actsFound(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	start := time.Now()
	for _, a := range []store.Act{
		{Staff: "st_1", Action: "order.import", Object: "order/1"}, {Staff: "st_2", Action: "order.import", Object: "order/2"},
		{Staff: "st_1", Action: "ordering.check", Object: "order/1"}, {Staff: "st_1", Action: "staff.invite"},
	} {
		s.act(a)
		time.Sleep(time.Minute) // of the bubble's clock
	}
	for what, c := range map[string]struct {
		q    store.ActQuery
		want []string
	}{
		"everything":     {store.ActQuery{}, []string{"staff.invite", "ordering.check", "order.import", "order.import"}},
		"who":            {store.ActQuery{Staff: "st_2"}, []string{"order.import"}},
		"an area":        {store.ActQuery{Area: "order"}, []string{"order.import", "order.import"}},
		"an object":      {store.ActQuery{Object: "order/1"}, []string{"ordering.check", "order.import"}},
		"who and what":   {store.ActQuery{Staff: "st_1", Area: "order", Object: "order/1"}, []string{"order.import"}},
		"from a time":    {store.ActQuery{From: start.Add(2 * time.Minute)}, []string{"staff.invite", "ordering.check"}},
		"until a time":   {store.ActQuery{Until: start.Add(time.Minute)}, []string{"order.import"}},
		"an unheard one": {store.ActQuery{Area: "campaign"}, nil},
	} {
		c.q.Limit = 10
		got, _ := s.acts(c.q)
		same(t, what, got, c.want)
	}
}

func actAddresses(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	ctx := store.WithActor(t.Context(), store.Actor{Address: "192.0.2.7"})
	one := func(tx *store.Tx) error { return tx.Audit(store.Act{Staff: "st_1", Action: "site.create"}) }
	err := errors.Join(s.store.Update(ctx, one), s.store.UpdateIn(ctx, s.challenge.ID, one), s.store.Update(t.Context(), one))
	if err != nil {
		t.Fatal(err)
	}
	addresses := func() (list []string) {
		s.view(func(tx *store.Tx) error {
			p, err := tx.Acts(store.ActQuery{Limit: 9})
			for _, a := range p.Acts {
				list = append(list, a.Address)
			}
			return err
		})
		return list
	}
	if got := addresses(); strings.Count(strings.Join(got, " "), "192.0.2.7") != 2 {
		t.Errorf("addresses %q, want two", got)
	}
	time.Sleep(time.Hour) // of the bubble's clock
	s.update(func(tx *store.Tx) error { return tx.ForgetAddresses(tx.Now()) })
	same(t, "addresses later", addresses(), []string{"", "", ""})
}

func actUndone(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	err := s.store.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.Audit(store.Act{Action: "site.create"}); err != nil {
			return err
		}
		return store.ErrConflict
	})
	if err == nil {
		t.Error("the update succeeded")
	}
	got, _ := s.acts(store.ActQuery{Limit: 9})
	same(t, "acts", got, []string(nil))
}

func actNames(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	var ada contest.StaffID
	s.update(func(tx *store.Tx) error {
		person, err := tx.CreateStaff(store.Staff{Email: "ada@example.org", Name: "Ada", Role: "marketer"})
		ada = person.ID
		return err
	})
	s.act(store.Act{Staff: ada, Action: "site.create"})
	s.update(func(tx *store.Tx) error { return tx.RemoveStaff(ada) })
	s.view(func(tx *store.Tx) error {
		names, err := tx.StaffNames()
		name, errName := tx.StaffName(ada)
		equal(t, "their name among all", names[ada], name)
		equal(t, "it is one", name != "", true)
		nobody, errNobody := tx.StaffName("st_nobody")
		equal(t, "that of nobody", nobody, "")
		return errors.Join(err, errName, errNobody)
	})
	s.view(func(tx *store.Tx) error {
		p, err := tx.Acts(store.ActQuery{Limit: 9})
		if len(p.Acts) != 1 || p.Acts[0].Name != "Ada" {
			t.Errorf("acts %+v, want one of Ada's", p.Acts)
		}
		return err
	})
}

func actNotes(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.act(store.Act{Action: "site.create", Note: strings.Repeat("夜", 2000)})
	s.view(func(tx *store.Tx) error {
		p, err := tx.Acts(store.ActQuery{Limit: 1})
		if n := len(p.Acts[0].Note); n > 1010 || !strings.HasPrefix(p.Acts[0].Note, "夜夜") {
			t.Errorf("%d bytes of a note are kept", n)
		}
		return err
	})
}
