package entries

import (
	"errors"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// voted casts a vote of a fan for an entry.
func (p *place) voted(fan contest.Fan, e contest.Entry) {
	p.Helper()
	p.must(p.store.UpdateIn(p.Context(), p.challenge.ID, func(tx *store.Tx) error {
		voter, err := tx.VoterFor(p.challenge.ID, fan.ID)
		if err != nil {
			return err
		}
		_, err = tx.Cast(contest.Ballot{Challenge: p.challenge.ID, Entry: e.ID, Voter: voter, Class: contest.GuestVoter}, "2026-11-22", 1, store.Origin{})
		return err
	}))
}

// counts holds how many votes for an entry count, and how many are held.
func (p *place) counts(e contest.Entry, counted, held int64) {
	p.Helper()
	p.must(p.store.View(p.Context(), func(tx *store.Tx) error {
		t, err := tx.TallyOf(e.ID)
		if t.Votes != counted || t.Held != held {
			p.Errorf("entry %d has %d counted and %d held votes, want %d and %d", e.Number, t.Votes, t.Held, counted, held)
		}
		return err
	}))
}

func TestABanHoldsTheFansVotesWhereAskedAndLiftingItReleasesThem(t *testing.T) {
	in(t, func(p *place) {
		first, second, trader, honest := p.put(p.fan, contest.Published), p.put(p.fan, contest.Published), p.other("trader"), p.other("honest")
		for _, e := range []contest.Entry{first, second} {
			p.voted(trader, e)
			p.voted(honest, e)
		}
		ban := contest.Ban{Challenge: p.challenge.ID, Fan: trader.ID, Reason: contest.VoteTrading, Staff: "st_1"}
		p.must(p.Ban(p.Context(), ban, true))
		p.counts(first, 1, 1)
		p.must(p.store.UpdateIn(p.Context(), p.challenge.ID, func(tx *store.Tx) error { // somebody has decided about the one since
			keys, err := tx.KeysOfFan(p.challenge.ID, trader.ID)
			if err != nil {
				return err
			}
			_, err = tx.RuleVotes(p.challenge.ID, store.Ruling{
				Kind: contest.Exclude, Keys: keys[:1], Reason: contest.VoteTrading, Actor: contest.StaffActor("st_1"), Batch: "vb_1",
			})
			return err
		}))
		p.must(p.Lift(p.Context(), "st_1", p.challenge.ID, trader.ID))
		p.counts(first, 1, 0)
		p.counts(second, 2, 0)
		p.must(p.Ban(p.Context(), ban, false))
		p.counts(second, 2, 0)
		p.must(p.Lift(p.Context(), "st_1", p.challenge.ID, trader.ID))
		p.must(p.store.View(p.Context(), func(tx *store.Tx) error {
			batches, err := tx.VoteBatches(p.challenge.ID, 10)
			if len(batches) != 2 {
				p.Errorf("the history says %+v, want the holding and the releasing", batches)
			}
			return err
		}))
	})
}

func TestAnAppealAgainstABanThatIsUpheldReleasesTheVotesToo(t *testing.T) {
	in(t, func(p *place) {
		e, fan := p.put(p.fan, contest.Published), p.other("honest")
		p.voted(fan, e)
		p.must(p.Ban(p.Context(), contest.Ban{Challenge: p.challenge.ID, Fan: fan.ID, Reason: contest.VoteTrading, Staff: "st_1"}, true))
		p.counts(e, 0, 1)
		p.must(p.Appeal(p.Context(), p.session(fan), "", "我没有换票"))
		open, err := p.Appeals(p.Context(), 10)
		p.must(err)
		p.must(p.DecideAppeal(p.Context(), "st_1", open[0].ID, true, ""))
		p.counts(e, 1, 0)
	})
}

func TestABanAfterTheCertificationLeavesTheVotesAsTheyAre(t *testing.T) {
	in(t, func(p *place) {
		e, fan := p.put(p.fan, contest.Published), p.other("late")
		p.voted(fan, e)
		p.must(p.store.UpdateIn(p.Context(), p.challenge.ID, func(tx *store.Tx) error { return tx.Reveal(p.challenge.ID) }))
		p.must(p.Ban(p.Context(), contest.Ban{Challenge: p.challenge.ID, Fan: fan.ID, Reason: contest.VoteTrading, Staff: "st_1"}, true))
		p.counts(e, 1, 0)
		if err := p.Lift(p.Context(), "st_1", p.challenge.ID, "f_none"); !errors.Is(err, store.ErrNotFound) {
			p.Errorf("lifting a ban of nobody: %v", err)
		}
	})
}
