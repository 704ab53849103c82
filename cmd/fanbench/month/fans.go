package month

import (
	"fmt"
	"math/big"
	"slices"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// pastEntries are photos that came, of which some were rejected or withdrawn. The first ones came early and stand. Their numbers
// follow from their order.
func (m *Month) pastEntries(c *campaign) (acts []act) {
	for i := range m.size.Entries {
		e := contest.Entry{Challenge: c.challenge.ID, Status: contest.Published, City: pick(m, []string{"one", "two"})}
		e.SubmittedAt = m.within(c.from.AddDate(0, 0, -1).Add(4*time.Hour), m.now.Add(-time.Hour))
		if i < 4 {
			e.SubmittedAt = c.from.AddDate(0, 0, -1).Add(time.Duration(i) * time.Hour)
		} else if m.chance(30) {
			e.Status = pick(m, []contest.Status{contest.Rejected, contest.Withdrawn, contest.Pending})
		}
		if m.chance(60) {
			e.Partner = pick(m, c.plan.Partners).ID
		}
		e.Author = fmt.Sprintf("fan %d", m.random.IntN(m.size.Entries))
		c.entries = append(c.entries, e)
	}
	slices.SortStableFunc(c.entries, func(a, b contest.Entry) int { return a.SubmittedAt.Compare(b.SubmittedAt) })
	for i := range c.entries {
		e := &c.entries[i]
		e.Number = contest.EntryNumber(i + 1)
		if e.Status == contest.Published || e.Status == contest.Pending {
			c.books.add(kpi.Entries, e.SubmittedAt, due{partner: kpi.PartnerID(e.Partner)}, big.NewInt(1))
			c.books.fan(e.Author).entered = append(c.books.fan(e.Author).entered, e.SubmittedAt)
		}
		acts = append(acts, act{e.SubmittedAt, e.Challenge, func(tx *store.Tx) error { return enter(tx, c, e) }})
	}
	return acts
}

func enter(tx *store.Tx, c *campaign, e *contest.Entry) error {
	fan, err := tx.FanFor("guest", c.name+" "+e.Author, e.Author)
	if err != nil {
		return err
	}
	e.Fan = fan.ID
	kept, err := tx.InsertEntry(*e)
	if err == nil && kept.Number != e.Number {
		err = fmt.Errorf("entry %d got number %d", e.Number, kept.Number)
	}
	e.ID = kept.ID
	return err
}

// pastVotes are cast for entries that are there by then. Some are taken back at once; some are excluded later, and some held and
// released, which takes them out of the numbers when it happens. Whoever cast them takes part all the same: those votes stand.
func (m *Month) pastVotes(c *campaign) (acts []act) {
	ruled, released := m.now.Add(-40*time.Minute), m.now.Add(-20*time.Minute)
	var excluded, held []contest.VoteKey
	seen := map[string]bool{}
	for range m.size.Votes {
		e := &c.entries[m.random.IntN(len(c.entries))]
		name, fate := fmt.Sprintf("fan %d", m.random.IntN(2*m.size.Entries)), m.random.IntN(8)
		key := fmt.Sprint(name, e.Number)
		if e.Status != contest.Published || seen[key] {
			continue
		}
		seen[key] = true
		at := m.within(e.SubmittedAt.Add(time.Minute), m.now.Add(-time.Hour+time.Minute))
		acts = append(acts, act{at, e.Challenge, func(tx *store.Tx) error {
			cast, err := m.castPast(tx, c, name, *e, fate == 0)
			switch fate {
			case 1:
				excluded = append(excluded, cast)
			case 2:
				held = append(held, cast)
			}
			return err
		}})
		if fate == 0 {
			continue // one vote more and one less, at the same time
		}
		partner := due{partner: kpi.PartnerID(e.Partner)}
		c.books.add(kpi.Votes, at, partner, big.NewInt(1))
		c.books.entry(e.Number).votes++
		c.books.fan(name).voted = append(c.books.fan(name).voted, at)
		switch fate {
		case 1:
			c.books.add(kpi.Votes, ruled, partner, big.NewInt(-1))
			c.books.entry(e.Number).votes--
		case 2:
			c.books.add(kpi.Votes, ruled, partner, big.NewInt(-1))
			c.books.add(kpi.Votes, released, partner, big.NewInt(1))
		}
	}
	rule := func(at time.Time, kind contest.LeafKind, keys *[]contest.VoteKey) {
		acts = append(acts, act{at, c.challenge.ID, func(tx *store.Tx) error {
			_, err := tx.RuleVotes(c.challenge.ID, store.Ruling{
				Kind: kind, Keys: *keys, Reason: contest.Burst, Actor: contest.StaffActor("st_bench"), Batch: contest.BatchID("b_" + string(kind)),
			})
			return err
		}})
	}
	rule(ruled, contest.Exclude, &excluded)
	rule(ruled, contest.Hold, &held)
	rule(released, contest.Release, &held)
	return acts
}

func (m *Month) castPast(tx *store.Tx, c *campaign, name string, e contest.Entry, taken bool) (key contest.VoteKey, err error) {
	fan, err := tx.FanFor("guest", c.name+" "+name, name)
	if err != nil {
		return key, err
	}
	b := contest.Ballot{Challenge: c.challenge.ID, Entry: e.ID, Fan: fan.ID, Class: contest.GuestVoter}
	if b.Voter, err = tx.VoterFor(c.challenge.ID, fan.ID); err != nil {
		return key, err
	}
	key = contest.VoteKey{Entry: e.Number, Voter: b.Voter, Period: c.challenge.PeriodAt(tx.Now())}
	if _, err = tx.Cast(b, key.Period, 1, store.Origin{}); err == nil && taken {
		_, err = tx.Retract(b, key.Period)
	}
	return key, err
}

func (c *campaign) published() (list []contest.Entry) {
	for _, e := range c.entries {
		if e.Status == contest.Published {
			list = append(list, e)
		}
	}
	return list
}
