package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

var reviewClaims = map[string]func(*testing.T, Opener){
	"every group of a trait is found by its own filter, vote by vote":      groupsFound,
	"votes are grouped by what they have in common, the largest first":     groupsCounted,
	"a filter goes as far as it says, and the state narrows it":            filterNarrows,
	"votes that were taken back are in no group":                           groupsStand,
	"a batch of votes is kept, grows, and is undone once":                  batchesKept,
	"a proposal about votes waits until it is decided, with its selection": proposalsKept,
	"an entry has one open complaint at a time":                            complaintsKept,
	"the votes of a fan are those cast as a guest before, too":             keysOfFan,
}

// setCrowd sets a stage with votes from many places: for the first entry from a house of six, a burst of eight in one minute by
// newcomers from everywhere; for both entries from twelve regulars. Times are set by hand, for a database may have a clock of its own.
func setCrowd(t *testing.T, open Opener) (*stage, []contest.Entry) {
	s := setStage(t, open, nil)
	entries := s.entries(2, contest.Published)
	came := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	for i := range 12 {
		b := s.voter(entries[0], fmt.Sprint("regular ", i))
		s.castFrom(b, fmt.Sprint("address ", i), "common", came, time.Hour+time.Duration(i)*time.Minute)
		b.Entry = entries[1].ID
		s.castFrom(b, fmt.Sprint("address ", i), "common", came, 2*time.Hour+time.Duration(i)*time.Minute)
	}
	for i := range 6 {
		b := s.voter(entries[0], fmt.Sprint("family ", i))
		s.castFrom(b, "house", "common", came, 3*time.Hour+time.Duration(i)*time.Minute)
	}
	for i := range 8 {
		b := s.voter(entries[0], fmt.Sprint("newcomer ", i))
		s.castFrom(b, fmt.Sprint("far ", i), "script", came.Add(4*time.Hour), time.Duration(i)*time.Second)
	}
	return s, entries
}

// voter has a guest come, and returns their ballot for an entry.
func (s *stage) voter(e contest.Entry, name string) contest.Ballot {
	s.Helper()
	b := contest.Ballot{Challenge: s.challenge.ID, Entry: e.ID, Class: contest.GuestVoter}
	s.update(func(tx *store.Tx) error {
		fan, err := tx.FanFor("guest", name, name)
		if err != nil {
			return err
		}
		b.Fan = fan.ID
		b.Voter, err = tx.VoterFor(s.challenge.ID, fan.ID)
		return err
	})
	return b
}

// castFrom casts a vote so long after its voter came.
func (s *stage) castFrom(b contest.Ballot, source, agent string, came time.Time, after time.Duration) {
	s.Helper()
	s.update(func(tx *store.Tx) error {
		_, err := tx.Cast(b, today, 1, store.Origin{Source: source, Agent: agent})
		_, errVoter := tx.Exec("UPDATE voters SET at = ? WHERE challenge = ? AND voter = ?", came.UnixMilli(), b.Challenge, b.Voter)
		_, errVote := tx.Exec("UPDATE votes SET at = ? WHERE challenge = ? AND position = (SELECT MAX(position) FROM votes WHERE challenge = ? AND voter = ?)",
			came.Add(after).UnixMilli(), b.Challenge, b.Challenge, b.Voter)
		return errors.Join(err, errVoter, errVote)
	})
}

func (s *stage) groups(trait store.Trait) (groups []store.VoteGroup) {
	s.Helper()
	s.view(func(tx *store.Tx) (err error) {
		groups, err = tx.VoteGroups(s.challenge.ID, trait, 100)
		return err
	})
	return groups
}

func groupsFound(t *testing.T, open Opener) {
	s, _ := setCrowd(t, open)
	s.update(func(tx *store.Tx) error {
		keys, err := tx.VoteRows(s.challenge.ID, store.VoteFilter{Trait: store.BySource, Key: "house"}, 3)
		if err != nil {
			return err
		}
		_, err = tx.RuleVotes(s.challenge.ID, store.Ruling{
			Kind: contest.Hold, Keys: []contest.VoteKey{keys[0].VoteKey, keys[1].VoteKey}, Reason: contest.SameSource, Actor: "staff:st_1", Batch: "vb_1",
		})
		return err
	})
	for _, trait := range store.Traits {
		groups := s.groups(trait)
		for _, g := range groups {
			f := store.VoteFilter{Trait: trait, Key: g.Key, Entry: g.Entry}
			s.view(func(tx *store.Tx) error {
				found, err := tx.VotesFound(s.challenge.ID, f)
				found.Key, found.Entry = g.Key, g.Entry
				same(t, fmt.Sprint("group of ", trait), found, g)
				rows, errRows := tx.VoteRows(s.challenge.ID, f, 1000)
				equal(t, fmt.Sprint("votes of ", trait), int64(len(rows)), g.Votes)
				voted, errVoted := tx.EntriesVoted(s.challenge.ID, f, 10)
				equal(t, fmt.Sprint("entries of ", trait), int64(len(voted)), g.Entries)
				several, errSeveral := tx.EntriesOfGroups(s.challenge.ID, trait, groups, 10)
				if g.Entry == 0 {
					same(t, fmt.Sprint("entries of one and of several groups by ", trait), several[g.Key], voted)
				}
				return errors.Join(err, errRows, errVoted, errSeveral)
			})
		}
	}
}

func groupsCounted(t *testing.T, open Opener) {
	s, entries := setCrowd(t, open)
	type line struct {
		key           string
		entry         contest.EntryNumber
		votes, voters int64
	}
	first := entries[0].Number
	for trait, want := range map[store.Trait][]line{
		store.BySource: {{"house", 0, 6, 6}},
		store.ByAgent:  {{"common", 0, 30, 18}, {"script", 0, 8, 8}},
		store.ByClass:  {{"guest", 0, 38, 26}},
		store.ByAge:    {{"", first, 8, 8}},
		store.ByLone:   {{"", first, 14, 14}},
		store.ByDomain: {},
	} {
		got := []line{}
		for _, g := range s.groups(trait) {
			got = append(got, line{g.Key, g.Entry, g.Votes, g.Voters})
		}
		same(t, string(trait), got, want)
	}
	bursts := s.groups(store.ByMinute)
	equal(t, "bursts", len(bursts), 1)
	equal(t, "votes of the burst", bursts[0].Votes, 8)
	equal(t, "entry of the burst", bursts[0].Entry, first)
	s.view(func(tx *store.Tx) error {
		totals, err := tx.VoteTotals()
		same(t, "totals", totals, map[contest.ChallengeID]store.VoteTotals{s.challenge.ID: {Counted: 38}})
		return err
	})
}

func filterNarrows(t *testing.T, open Opener) {
	s, _ := setCrowd(t, open)
	house := store.VoteFilter{Trait: store.BySource, Key: "house"}
	s.update(func(tx *store.Tx) error {
		rows, err := tx.VoteRows(s.challenge.ID, house, 100)
		if err != nil {
			return err
		}
		equal(t, "newest first", rows[0].Position > rows[1].Position, true)
		equal(t, "age", rows[5].At.Sub(rows[5].Came) >= time.Hour, true)
		upto := house
		upto.Upto = rows[2].Position
		some, errSome := tx.VoteRows(s.challenge.ID, upto, 100)
		same(t, "up to the third", some, rows[2:])
		_, errHold := tx.RuleVotes(s.challenge.ID, store.Ruling{
			Kind: contest.Exclude, Keys: []contest.VoteKey{rows[0].VoteKey}, Reason: contest.SameSource, Actor: "staff:st_1", Batch: "vb_1",
		})
		return errors.Join(errSome, errHold)
	})
	s.view(func(tx *store.Tx) error {
		for state, want := range map[contest.VoteState]int64{contest.Counted: 5, contest.Held: 0, contest.Excluded: 1, "": 6} {
			f := house
			f.State = state
			found, err := tx.VotesFound(s.challenge.ID, f)
			if err != nil {
				return err
			}
			equal(t, "votes "+string(state), found.Votes, want)
		}
		none, err := tx.VotesFound(s.challenge.ID, store.VoteFilter{Trait: store.ByMinute, Key: "夜"})
		equal(t, "votes of no minute", none.Votes, 0)
		return err
	})
}

func groupsStand(t *testing.T, open Opener) {
	s, entries := setCrowd(t, open)
	rows := []store.VoteRow{}
	s.view(func(tx *store.Tx) (err error) {
		rows, err = tx.VoteRows(s.challenge.ID, store.VoteFilter{Trait: store.BySource, Key: "house"}, 100)
		return err
	})
	gone := rows[0]
	s.retract(contest.Ballot{Challenge: s.challenge.ID, Entry: entries[0].ID, Voter: gone.Voter}, today)
	equal(t, "votes of the house", s.groups(store.BySource)[0].Votes, 5)
	s.view(func(tx *store.Tx) error {
		_, err := tx.VoteRow(s.challenge.ID, gone.VoteKey)
		equal(t, "not found", errors.Is(err, store.ErrNotFound), true)
		positions, err := tx.CountedVotes(s.challenge.ID, entries[0].Number, 100)
		equal(t, "counted votes", len(positions), 25)
		equal(t, "newest first", slices.IsSortedFunc(positions, func(a, b int64) int { return int(b - a) }), true)
		return err
	})
}

func batchesKept(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	first := contest.VoteBatch{
		ID: "vb_1", Challenge: s.challenge.ID, Kind: contest.Hold, Reason: contest.Burst, Note: "看起来像刷票", Staff: "st_1", Changed: 3, Skipped: 1,
	}
	back := contest.VoteBatch{ID: "vb_2", Challenge: s.challenge.ID, Reason: contest.Undone, Staff: "st_2", Second: "st_1", Changed: 5, Undoes: "vb_1"}
	s.update(func(tx *store.Tx) error {
		return errors.Join(tx.InsertVoteBatch(first), tx.GrowVoteBatch("vb_1", 2, 1))
	})
	time.Sleep(time.Second)
	s.update(func(tx *store.Tx) error { return tx.InsertVoteBatch(back) })
	again := back
	again.ID = "vb_3"
	s.refused(store.ErrConflict, func(tx *store.Tx) error { return tx.InsertVoteBatch(again) })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.GrowVoteBatch("vb_none", 1, 1) })
	first.Changed, first.Skipped, first.UndoneBy = 5, 2, "vb_2"
	s.view(func(tx *store.Tx) error {
		kept, err := tx.VoteBatches(s.challenge.ID, 10)
		for i := range kept {
			equal(t, "has a time", kept[i].At.IsZero(), false)
			kept[i].At = time.Time{}
		}
		same(t, "batches", kept, []contest.VoteBatch{back, first})
		one, errOne := tx.VoteBatch("vb_2")
		equal(t, "undoes", one.Undoes, "vb_1")
		return errors.Join(err, errOne)
	})
}

func proposalsKept(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	p := store.VoteProposal{
		VoteProposal: contest.VoteProposal{Challenge: s.challenge.ID, Kind: contest.Exclude, Reason: contest.Automated, Note: "脚本", Staff: "st_1", Others: 2},
		Selection:    store.VoteSelection{Filter: &store.VoteFilter{Trait: store.ByAgent, Key: "script", Upto: 7}},
	}
	ticked := p
	ticked.Selection = store.VoteSelection{Keys: []contest.VoteKey{{Entry: 1, Voter: VoterOf("f_1"), Period: today}}}
	s.update(func(tx *store.Tx) (err error) {
		if p, err = tx.InsertVoteProposal(p); err != nil {
			return err
		}
		ticked, err = tx.InsertVoteProposal(ticked)
		return err
	})
	s.view(func(tx *store.Tx) error {
		one, err := tx.VoteProposal(p.ID)
		same(t, "filter", *one.Selection.Filter, *p.Selection.Filter)
		equal(t, "others", one.Others, 2)
		waiting, errWaiting := tx.VoteProposals(s.challenge.ID)
		equal(t, "waiting", len(waiting), 2)
		counts, errCounts := tx.CountVoteProposals()
		equal(t, "counted", counts[s.challenge.ID], 2)
		return errors.Join(err, errWaiting, errCounts)
	})
	s.update(func(tx *store.Tx) error { return tx.DecideVoteProposal(p.ID, "st_2", "vb_1") })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.DecideVoteProposal(p.ID, "st_2", "") })
	s.view(func(tx *store.Tx) error {
		waiting, err := tx.VoteProposals(s.challenge.ID)
		equal(t, "still waiting", len(waiting), 1)
		same(t, "votes", waiting[0].Selection.Keys, ticked.Selection.Keys)
		return err
	})
}

func complaintsKept(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Published)[0]
	c := contest.Complaint{Challenge: s.challenge.ID, Entry: e.ID, Fan: e.Fan, Statement: "都是朋友投的"}
	s.update(func(tx *store.Tx) (err error) {
		c, err = tx.InsertComplaint(c)
		return err
	})
	s.refused(store.ErrConflict, func(tx *store.Tx) error {
		_, err := tx.InsertComplaint(contest.Complaint{Challenge: s.challenge.ID, Entry: e.ID})
		return err
	})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.LastComplaint("e_none"); return err })
	s.view(func(tx *store.Tx) error {
		counts, err := tx.CountComplaints()
		equal(t, "open", counts[s.challenge.ID], 1)
		list, errList := tx.OpenComplaints(s.challenge.ID, 10)
		same(t, "listed", list, []contest.Complaint{c})
		return errors.Join(err, errList)
	})
	c.Answer, c.Staff = "已核实", "st_1"
	s.update(func(tx *store.Tx) error { return tx.AnswerComplaint(c) })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.AnswerComplaint(c) })
	time.Sleep(time.Second)
	s.update(func(tx *store.Tx) error { // and again
		last, err := tx.LastComplaint(e.ID)
		equal(t, "answer", last.Answer, "已核实")
		equal(t, "answered", last.AnsweredAt.IsZero(), false)
		next, errInsert := tx.InsertComplaint(contest.Complaint{Challenge: s.challenge.ID, Entry: e.ID})
		newest, errLast := tx.LastComplaint(e.ID)
		equal(t, "last", newest.ID, next.ID)
		return errors.Join(err, errInsert, errLast)
	})
}

func keysOfFan(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	entries := s.entries(3, contest.Published)
	guest, known := s.voter(entries[0], "guest"), s.voter(entries[1], "known")
	s.cast(guest, today)
	s.cast(known, today)
	known.Entry = entries[2].ID
	s.cast(known, today)
	s.retract(known, today)
	s.update(func(tx *store.Tx) error {
		_, err := tx.Exec("UPDATE fans SET became = ? WHERE id = ?", known.Fan, guest.Fan)
		return err
	})
	s.view(func(tx *store.Tx) error {
		keys, err := tx.KeysOfFan(s.challenge.ID, known.Fan)
		same(t, "votes", keys, []contest.VoteKey{{Entry: entries[0].Number, Voter: guest.Voter, Period: today}, {Entry: entries[1].Number, Voter: known.Voter, Period: today}})
		return err
	})
}
