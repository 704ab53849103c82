package entries

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// told lists the news of an entry that wait to be passed on, in no order.
func (p *place) told(id contest.EntryID) (items []news.Item) {
	p.Helper()
	jobs := store.Table{Name: "jobs", Columns: []string{"kind", "key", "payload"}, Key: 2}
	p.must(p.store.View(p.Context(), func(tx *store.Tx) error {
		return tx.Rows(jobs, []any{"news.test", ""}, func(row []any) error {
			var item news.Item
			if row[0] != "news.test" {
				return nil
			}
			err := json.Unmarshal([]byte(row[2].(string)), &item)
			if item.Entry == id {
				items = append(items, item)
			}
			return err
		})
	}))
	return items
}

// tells holds that exactly these kinds of news wait about an entry.
func (p *place) tells(id contest.EntryID, want ...news.Kind) {
	p.Helper()
	var got []news.Kind
	for _, item := range p.told(id) {
		got = append(got, item.Kind)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		p.Errorf("told of %v, want %v", got, want)
	}
}

// may is what partners hear who ask for an entry on Weibo now.
func (p *place) may(id contest.EntryID) partner.Refusal {
	p.Helper()
	e, err := p.Entry(p.Context(), id)
	p.must(err)
	grants, err := p.Rights(p.Context(), []contest.Entry{e})
	p.must(err)
	return partner.May(e, grants[id], partner.Weibo, time.Now())
}

func wish(outlets ...partner.Outlet) partner.Wish {
	return partner.Wish{Outlets: outlets, Text: partner.WordsID}
}

func TestAFanWidensNarrowsAndTakesBackAtOnce(t *testing.T) {
	in(t, func(p *place) {
		id, fan := p.put(p.fan, contest.Published).ID, p.session(p.fan)
		if got := p.may(id); got != partner.NotAsked {
			p.Errorf("before the fan said anything: %q", got)
		}
		for _, step := range []struct {
			wish partner.Wish
			want partner.Refusal
		}{
			{wish(partner.Weibo, partner.Site), ""},
			{wish(partner.Site), partner.NotHere},
			{wish(partner.Weibo), ""},
			{wish(partner.Weibo), ""}, // said again
			{partner.Wish{}, partner.TakenBack},
		} {
			p.must(p.Allow(p.Context(), fan, id, step.wish))
			if got := p.may(id); got != step.want {
				p.Errorf("after %v: %q, want %q", step.wish.Outlets, got, step.want)
			}
		}
		p.tells(id, news.RightsChanged, news.RightsChanged, news.RightsChanged, news.RightsChanged)
		said, err := p.OwnPassport(p.Context(), fan, id)
		p.must(err)
		if len(said) != 4 || said[0].Words != (contest.Text{}) || said[1].Words != partner.Words {
			p.Errorf("the passport has %d lines, want 4 with the words of each; got %+v", len(said), said)
		}
	})
}

func TestOnlyAnEntrysFanAllowsAnything(t *testing.T) {
	in(t, func(p *place) {
		id, other := p.put(p.fan, contest.Published).ID, p.session(p.other("Bob"))
		if err := p.Allow(p.Context(), other, id, wish(partner.Weibo)); !errors.Is(err, store.ErrNotFound) {
			p.Errorf("allowed by somebody else: %v", err)
		}
		if _, err := p.OwnPassport(p.Context(), other, id); !errors.Is(err, store.ErrNotFound) {
			p.Errorf("read by somebody else: %v", err)
		}
		unticked := partner.Wish{Outlets: []partner.Outlet{partner.Weibo}}
		p.expectReason(p.Allow(p.Context(), p.session(p.fan), id, unticked), contest.ConsentMissing)
		p.must(p.Withdraw(p.Context(), p.session(p.fan), id))
		if err := p.Allow(p.Context(), p.session(p.fan), id, wish(partner.Weibo)); !errors.Is(err, store.ErrNotFound) {
			p.Errorf("allowed of a withdrawn entry: %v", err)
		}
	})
}

func TestWhateverHidesAnEntryEndsItsRightsAndIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		hide func(p *place, id contest.EntryID)
		told []news.Kind
	}{
		"withdrawn": {func(p *place, id contest.EntryID) { p.must(p.Withdraw(p.Context(), p.session(p.fan), id)) }, []news.Kind{news.EntryWithdrawn}},
		"rejected": {func(p *place, id contest.EntryID) { p.act(contest.Rejected, contest.OffTopic, id) },
			[]news.Kind{news.EntryRejected, news.EntryWithdrawn}},
		"taken down": {func(p *place, id contest.EntryID) {
			_, err := p.Takedown(p.Context(), id, contest.Takedown{Name: "Li", Contact: "li@example.org", Statement: "That is me."})
			p.must(err)
		}, []news.Kind{news.EntryWithdrawn}},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(p *place) {
				id := p.put(p.fan, contest.Published).ID
				p.must(p.Allow(p.Context(), p.session(p.fan), id, wish(partner.Weibo)))
				c.hide(p, id)
				if got := p.may(id); got != partner.NotShown {
					p.Errorf("partners hear %q", got)
				}
				p.tells(id, append(c.told, news.RightsChanged)...)
			})
		})
	}
}

func TestAnErasedEntryIsToldOfOnceAndLeadsToNobody(t *testing.T) {
	in(t, func(p *place) {
		id := p.put(p.fan, contest.Published).ID
		for range 2 {
			p.must(p.store.UpdateIn(p.Context(), p.challenge.ID, func(tx *store.Tx) error {
				list, err := tx.EraseIn(p.challenge.ID, p.fan.ID, tx.Now())
				for _, e := range list {
					err = errors.Join(err, p.Erase(tx, e))
				}
				return err
			}))
		}
		items := p.told(id)
		if len(items) != 1 || items[0].Kind != news.EntryWithdrawn || items[0].Fan != "" {
			p.Errorf("told of %+v, want once that it is gone, without its fan", items)
		}
	})
}

func TestATermThatIsOverIsToldOfOnce(t *testing.T) {
	in(t, func(p *place) {
		ends, stays, hidden := p.put(p.fan, contest.Published).ID, p.put(p.fan, contest.Published).ID, p.put(p.fan, contest.Published).ID
		fan := p.session(p.fan)
		for _, id := range []contest.EntryID{ends, stays, hidden} {
			short := wish(partner.Weibo)
			short.Months = 3
			p.must(p.Allow(p.Context(), fan, id, short))
		}
		p.must(p.Allow(p.Context(), fan, stays, wish(partner.Weibo)))
		p.act(contest.Pending, "", hidden)
		p.must(p.EndRights(p.Context()))
		p.tells(ends, news.RightsChanged)
		time.Sleep(100 * 24 * time.Hour) // of the bubble's clock
		if got := p.may(ends); got != partner.TermOver {
			p.Errorf("partners hear %q, want %q", got, partner.TermOver)
		}
		for range 2 {
			p.must(p.EndRights(p.Context()))
		}
		p.tells(ends, news.RightsChanged, news.RightsEnded)
		p.tells(stays, news.RightsChanged, news.RightsChanged)
		p.tells(hidden, news.RightsChanged, news.EntryWithdrawn)
		if got := p.may(stays); got != "" {
			p.Errorf("a prolonged one: %q", got)
		}
	})
}

func TestAnEntryThatIsPublishedAfterALookIsTold(t *testing.T) {
	in(t, func(p *place) {
		id := p.put(p.fan, contest.Pending).ID
		p.act(contest.Published, "", id)
		p.tells(id, news.EntryPublished)
	})
}

func TestWhateverEndsATakedownIsToldOfOnce(t *testing.T) {
	for name, end := range map[string]func(*place, contest.Takedown) error{
		"a decision": func(p *place, t contest.Takedown) error {
			_, err := p.DecideTakedown(p.Context(), "st_1", t.ID, true)
			return err
		},
		"a withdrawal": func(p *place, t contest.Takedown) error { return p.Withdraw(p.Context(), p.session(p.fan), t.Entry) },
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(p *place) {
				id := p.put(p.fan, contest.Published).ID
				_, err := p.Takedown(p.Context(), id, contest.Takedown{Contact: "li@example.org", Statement: "That is me."})
				p.must(err)
				open, err := p.Takedowns(p.Context(), 1)
				p.must(err)
				p.must(end(p, open[0].Takedown))
				decided := slices.DeleteFunc(p.told(id), func(i news.Item) bool { return i.Kind != news.RequestDecided })
				if len(decided) != 1 || decided[0].Note != string(open[0].ID) {
					p.Errorf("told %+v, want once that the request was decided", decided)
				}
			})
		})
	}
}
