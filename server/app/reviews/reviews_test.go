package reviews

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// room is a launched challenge with entries to vote for, in a database.
type room struct {
	testing.TB
	*Service
	store     *store.Store
	challenge contest.Challenge
	entries   []contest.Entry
	author    contest.Fan
}

// promised is within what five thousand votes are excluded, and within what that is undone.
const promised = 5 * time.Second

// in runs a test on both databases.
func in(t *testing.T, entries int, test func(*room)) {
	storetest.OnBoth(t, func(t *testing.T, open storetest.Opener) { test(newRoom(t, open(t, nil), entries)) })
}

func newRoom(t testing.TB, s *store.Store, entries int) *room {
	t.Helper()
	r := &room{TB: t, Service: New(s, nil), store: s}
	r.must(s.Update(t.Context(), func(tx *store.Tx) error {
		campaign, err := tx.CreateCampaign(contest.Campaign{Name: contest.Text{ZH: "夜", EN: "Night"}})
		if err != nil {
			return err
		}
		r.challenge, err = tx.CreateChallenge(storetest.Draft(campaign.ID, "night", tx.Now()))
		return err
	}))
	r.update(func(tx *store.Tx) (err error) {
		r.challenge.LaunchedAt, r.challenge.RulesHash = tx.Now(), r.challenge.Hash()
		if err := tx.SaveChallenge(r.challenge); err != nil {
			return err
		}
		r.author, err = tx.FanFor("guest", "author", "Ann")
		return err
	})
	for range entries {
		r.update(func(tx *store.Tx) error {
			e, err := tx.InsertEntry(contest.Entry{Challenge: r.challenge.ID, Fan: r.author.ID, Author: "Ann", Caption: "夜", Status: contest.Published, SHA256: store.NewID("")})
			r.entries = append(r.entries, e)
			return err
		})
	}
	return r
}

func (r *room) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *room) update(fn func(*store.Tx) error) {
	r.Helper()
	r.must(r.store.UpdateIn(r.Context(), r.challenge.ID, fn))
}

// cast casts votes of so many voters for an entry, from one address.
func (r *room) cast(entry, voters int, name, source string) {
	r.Helper()
	r.update(func(tx *store.Tx) error {
		for i := range voters {
			b := storetest.Ballot(r.challenge.ID, r.entries[entry].ID, fmt.Sprint(name, i))
			if _, err := tx.Cast(b, "2026-11-22", 1, store.Origin{Source: source}); err != nil {
				return err
			}
		}
		return nil
	})
}

// tallies are the true ones, by number.
func (r *room) tallies() map[contest.EntryNumber]contest.Tally {
	r.Helper()
	tallies := map[contest.EntryNumber]contest.Tally{}
	r.must(r.store.View(r.Context(), func(tx *store.Tx) error {
		list, err := tx.Tallies(r.challenge.ID)
		for _, t := range list {
			tallies[t.Number] = t.Tally
		}
		return err
	}))
	return tallies
}

// recounted holds that the stored tallies are what the log says.
func (r *room) recounted() {
	r.Helper()
	r.must(r.store.View(r.Context(), func(tx *store.Tx) error {
		leaves, err := tx.Leaves(r.challenge.ID)
		if err != nil {
			return err
		}
		counted, err := contest.Recount(leaves)
		stored := r.tallies()
		maps.DeleteFunc(stored, func(n contest.EntryNumber, t contest.Tally) bool { _, voted := counted[n]; return !voted })
		if !maps.Equal(counted, stored) {
			r.Errorf("the log says\n%v\nand the tallies\n%v", counted, stored)
		}
		return err
	}))
}

func (r *room) act(kind contest.LeafKind, of store.VoteSelection) Act {
	return Act{Staff: "st_1", Kind: kind, Of: of, Reason: Reasons(kind)[0], Note: "note"}
}

// all selects what a filter finds.
func all(f store.VoteFilter) store.VoteSelection { return store.VoteSelection{Filter: &f} }

func (r *room) decide(kind contest.LeafKind, of store.VoteSelection) Outcome {
	r.Helper()
	out, err := r.Decide(r.Context(), r.challenge.ID, r.act(kind, of))
	r.must(err)
	return out
}

// refused holds that something was refused for a reason.
func (r *room) refused(err error, want contest.Reason) {
	r.Helper()
	if refusal, ok := errors.AsType[*contest.Refusal](err); !ok || refusal.Reason != want {
		r.Errorf("got %v, want it refused as %s", err, want)
	}
}

// certify has the challenge's result certified, as far as reviewing sees.
func (r *room) certify() {
	r.Helper()
	r.update(func(tx *store.Tx) error { return tx.Reveal(r.challenge.ID) })
}

func (r *room) session(fan contest.FanID) access.Session {
	return access.Session{Fan: contest.Fan{ID: fan}, Challenge: r.challenge.ID}
}

func TestAPreviewSaysExactlyWhatTheDecisionDoes(t *testing.T) {
	in(t, 6, func(r *room) {
		random := rand.New(rand.NewPCG(5, 25))
		for i := range 40 {
			r.cast(random.IntN(5), 1+random.IntN(6), fmt.Sprint("v", i, "-"), fmt.Sprint("address ", random.IntN(4)))
		}
		kinds := []contest.LeafKind{contest.Hold, contest.Release, contest.Exclude, contest.Restore}
		for range 60 {
			kind := kinds[random.IntN(len(kinds))]
			of := r.someVotes(random)
			before := r.tallies()
			effect, err := r.Preview(r.Context(), r.challenge.ID, kind, of)
			r.must(err)
			out := r.decide(kind, of)
			if out.Batch.Changed != effect.Changed || effect.Changed > 0 && out.Batch.Skipped != effect.Skipped {
				r.Fatalf("%s: %d changed and %d skipped, foreseen %d and %d", kind, out.Batch.Changed, out.Batch.Skipped, effect.Changed, effect.Skipped)
			}
			after := r.tallies()
			r.foreseen(effect, before, after)
			if random.IntN(3) == 0 && effect.Changed > 0 {
				_, err := r.Undo(r.Context(), "st_2", out.Batch.ID)
				r.must(err)
				if now := r.tallies(); !maps.Equal(now, before) {
					r.Fatalf("after undoing %s:\n%v\nbefore it:\n%v", kind, now, before)
				}
			}
		}
		r.recounted()
	})
}

// someVotes selects at random: ticked ones, or all of an address, perhaps in a state or for an entry.
func (r *room) someVotes(random *rand.Rand) store.VoteSelection {
	r.Helper()
	if random.IntN(2) == 0 {
		f := store.VoteFilter{Trait: store.BySource, Key: fmt.Sprint("address ", random.IntN(4))}
		f.State = []contest.VoteState{"", contest.Counted, contest.Held, contest.Excluded}[random.IntN(4)]
		f.Entry = contest.EntryNumber(random.IntN(3))
		return all(f)
	}
	var of store.VoteSelection
	r.must(r.store.View(r.Context(), func(tx *store.Tx) error {
		rows, err := tx.VoteRows(r.challenge.ID, store.VoteFilter{}, 1000)
		for _, row := range rows {
			if random.IntN(8) == 0 {
				of.Keys = append(of.Keys, row.VoteKey)
			}
		}
		return err
	}))
	return of
}

// foreseen holds that an effect is what became of the tallies, and names every entry that changed, with its ranks.
func (r *room) foreseen(e Effect, before, after map[contest.EntryNumber]contest.Tally) {
	r.Helper()
	moved := map[contest.EntryNumber]bool{}
	for _, m := range e.Moves {
		moved[m.Number] = true
		if m.Before != before[m.Number] || m.After != after[m.Number] {
			r.Errorf("entry %d: foreseen %+v → %+v, was %+v → %+v", m.Number, m.Before, m.After, before[m.Number], after[m.Number])
		}
		if rank, to := r.rank(before, m.Number), r.rank(after, m.Number); m.Rank != rank || m.To != to {
			r.Errorf("entry %d: foreseen ranks %d → %d, were %d → %d", m.Number, m.Rank, m.To, rank, to)
		}
	}
	for number := range before {
		if !moved[number] && before[number] != after[number] {
			r.Errorf("entry %d changed and was not foreseen", number)
		}
	}
}

// rank is one more than how many entries come before.
func (r *room) rank(tallies map[contest.EntryNumber]contest.Tally, number contest.EntryNumber) int {
	rank, own := 1, tallies[number]
	for other, t := range tallies {
		switch {
		case other == number:
		case t.Score > own.Score, t.Score == own.Score && t.Reached < own.Reached, t.Score == own.Score && t.Reached == own.Reached && other < number:
			rank++
		}
	}
	return rank
}

func TestAPreviewNamesWhoComesToTheFirstPlacesToo(t *testing.T) {
	r := newRoom(t, storetest.OpenSQLite(t, nil), 6)
	for i, votes := range []int{9, 8, 7, 6, 5, 4} {
		r.cast(i, votes, fmt.Sprint("v", i), fmt.Sprint("address ", i))
	}
	e, err := r.Preview(r.Context(), r.challenge.ID, contest.Exclude, all(store.VoteFilter{Trait: store.BySource, Key: "address 1"}))
	r.must(err)
	var told [][3]int
	for _, m := range e.Moves {
		told = append(told, [3]int{int(m.Number), m.Rank, m.To})
	}
	if want := [][3]int{{3, 3, 2}, {4, 4, 3}, {2, 2, 6}}; !slices.Equal(told, want) {
		t.Errorf("got entry, rank and next rank %v, want %v", told, want)
	}
}

func TestExcludingFiveThousandVotesAndUndoingItGivesTheSameTotals(t *testing.T) {
	if testing.Short() {
		t.Skip("short tests run with the race detector, under which thousands of votes take minutes")
	}
	in(t, 3, func(r *room) {
		for i := range 10 {
			r.cast(i%3, 500, fmt.Sprint("bot ", i, "-"), "farm")
			r.cast(i%3, 50, fmt.Sprint("fan ", i, "-"), fmt.Sprint("home ", i))
		}
		before := r.tallies()
		begun := time.Now()
		out := r.decide(contest.Exclude, all(store.VoteFilter{Trait: store.BySource, Key: "farm"}))
		took := time.Since(begun)
		if out.Batch.Changed != 5000 {
			r.Fatalf("%d votes excluded, want 5,000", out.Batch.Changed)
		}
		if now := r.tallies(); now[1].Score+now[2].Score+now[3].Score != 500 {
			r.Errorf("got %v, want 500 votes left", now)
		}
		r.recounted()
		begun = time.Now()
		back, err := r.Undo(r.Context(), "st_2", out.Batch.ID)
		r.must(err)
		if back := time.Since(begun); took > promised || back > promised {
			r.Errorf("excluded in %v and undone in %v, want each within %v", took, back, promised)
		}
		if now := r.tallies(); back.Batch.Changed != 5000 || !maps.Equal(now, before) {
			r.Errorf("%d undone, got\n%v\nwant\n%v", back.Batch.Changed, now, before)
		}
		r.recounted()
		if _, err := r.Undo(r.Context(), "st_2", out.Batch.ID); !errors.Is(err, store.ErrConflict) {
			r.Errorf("undone twice: %v", err)
		}
		again, err := r.Undo(r.Context(), "st_1", back.Batch.ID)
		r.must(err)
		if now := r.tallies(); again.Batch.Changed != 5000 || now[1].Excluded == 0 {
			r.Errorf("undoing the undoing: %d, got %v", again.Batch.Changed, now)
		}
	})
}

func TestAnActWithoutAKnownReasonIsNone(t *testing.T) {
	r := newRoom(t, storetest.OpenSQLite(t, nil), 1)
	r.cast(0, 1, "v", "")
	for kind, reason := range map[contest.LeafKind]contest.Reason{contest.Hold: contest.Cleared, contest.Release: contest.Burst, contest.Cast: contest.Burst, contest.Exclude: "because"} {
		act := r.act(contest.Hold, all(store.VoteFilter{}))
		act.Kind, act.Reason = kind, reason
		if _, err := r.Decide(r.Context(), r.challenge.ID, act); !errors.Is(err, ErrAct) {
			r.Errorf("%s for %s: %v", kind, reason, err)
		}
	}
}

func TestVotesCastAfterTheLookAreLeftAlone(t *testing.T) {
	r := newRoom(t, storetest.OpenSQLite(t, nil), 1)
	f := store.VoteFilter{Trait: store.BySource, Key: "school"}
	r.cast(0, 7, "a", "school")
	seen, err := r.Votes(r.Context(), r.challenge.ID, f, 0)
	r.must(err)
	r.cast(0, 5, "b", "school")
	f.Upto = seen.Upto
	if out := r.decide(contest.Hold, all(f)); out.Batch.Changed != 7 {
		r.Errorf("%d votes held, want the seven that were looked at", out.Batch.Changed)
	}
}

func TestAGroupsVotesAreReadPageByPage(t *testing.T) {
	r := newRoom(t, storetest.OpenSQLite(t, nil), 1)
	r.cast(0, 2*votesShown+20, "v", "school")
	read, from := 0, int64(0)
	for pages := 1; ; pages++ {
		page, err := r.Votes(r.Context(), r.challenge.ID, store.VoteFilter{Trait: store.BySource, Key: "school"}, from)
		r.must(err)
		if page.VoteGroup.Votes != 2*votesShown+20 || page.Upto != 2*votesShown+20 {
			r.Errorf("page %d says %d votes up to %d", pages, page.VoteGroup.Votes, page.Upto)
		}
		if read += len(page.Rows); page.Next == 0 {
			break
		}
		from = page.Next
	}
	if read != 2*votesShown+20 {
		r.Errorf("%d votes read", read)
	}
}

func TestAfterCertificationASecondPersonDecides(t *testing.T) {
	in(t, 2, func(r *room) {
		r.cast(0, 9, "bot", "farm")
		r.cast(1, 4, "fan", "home")
		var members []contest.StaffID
		r.must(r.store.Update(r.Context(), func(tx *store.Tx) error {
			for i := range 2 {
				m, err := tx.CreateStaff(store.Staff{Email: fmt.Sprint("m", i, "@example.org"), Name: fmt.Sprint("M", i), Role: string(access.Administrator)})
				if err != nil {
					return err
				}
				members = append(members, m.ID)
			}
			return nil
		}))
		r.certify()
		act := r.act(contest.Exclude, all(store.VoteFilter{Trait: store.BySource, Key: "farm"}))
		act.Staff = members[0]
		out, err := r.Decide(r.Context(), r.challenge.ID, act)
		r.must(err)
		if out.Proposal == "" || out.Batch.ID != "" || r.tallies()[1].Score != 9 {
			r.Fatalf("got %+v with %v, want a proposal that changes nothing", out, r.tallies())
		}
		desk, err := r.Desk(r.Context(), r.challenge.ID, store.BySource)
		r.must(err)
		if len(desk.Proposals) != 1 || desk.Proposals[0].Effect.Changed != 9 || desk.Proposals[0].Name != "M0" {
			r.Fatalf("the desk shows %+v", desk.Proposals)
		}
		_, err = r.Confirm(r.Context(), members[0], out.Proposal, true)
		r.refused(err, contest.SecondPersonNeeded)
		done, err := r.Confirm(r.Context(), members[1], out.Proposal, true)
		r.must(err)
		if done.Batch.Changed != 9 || done.Batch.Second != members[1] || r.tallies()[1].Score != 0 {
			r.Errorf("confirmed: %+v with %v", done.Batch, r.tallies())
		}
		if _, err := r.Confirm(r.Context(), members[1], out.Proposal, false); !errors.Is(err, store.ErrNotFound) {
			r.Errorf("decided twice: %v", err)
		}
		back, err := r.Undo(r.Context(), members[1], done.Batch.ID)
		r.must(err)
		if back.Proposal == "" || r.tallies()[1].Score != 0 {
			r.Fatalf("undone by one: %+v", back)
		}
		_, err = r.Confirm(r.Context(), members[0], back.Proposal, true)
		r.must(err)
		if r.tallies()[1].Score != 9 {
			r.Errorf("undone by two: %v", r.tallies())
		}
		r.recounted()
	})
}

func TestAComplaintIsHeardOnceAtATime(t *testing.T) {
	r := newRoom(t, storetest.OpenSQLite(t, nil), 1)
	entry, fan := r.entries[0].ID, r.session(r.author.ID)
	r.cast(0, 6, "friend", "school")
	r.refused(r.Complain(r.Context(), fan, entry, "都是同学投的"), contest.NothingReviewed)
	r.decide(contest.Hold, all(store.VoteFilter{}))
	r.refused(r.Complain(r.Context(), fan, entry, " \u200b "), contest.ComplaintMissing)
	if err := r.Complain(r.Context(), r.session("f_other"), entry, "都是同学投的"); !errors.Is(err, store.ErrNotFound) {
		r.Errorf("about somebody else's entry: %v", err)
	}
	r.must(r.Complain(r.Context(), fan, entry, "都是同学投的"))
	r.refused(r.Complain(r.Context(), fan, entry, "真的是同学"), contest.ComplaintOpen)
	waiting, err := r.Waiting(r.Context())
	r.must(err)
	desk, err := r.Desk(r.Context(), r.challenge.ID, store.BySource)
	r.must(err)
	if waiting.Complaints != 1 || len(desk.Complaints) != 1 || desk.Complaints[0].Tally.Held != 6 {
		r.Fatalf("waiting %+v, on the desk %+v", waiting, desk.Complaints)
	}
	_, err = r.Answer(r.Context(), "st_1", desk.Complaints[0].ID, "已核实，重新计入。")
	r.must(err)
	mine, err := r.Mine(r.Context(), []contest.EntryID{entry})
	r.must(err)
	if got := mine[entry]; got.Open || got.Answer != "已核实，重新计入。" || got.Held != 6 {
		r.Errorf("the fan sees %+v", got)
	}
	r.must(r.Complain(r.Context(), fan, entry, "还有票没有恢复"))
}
