package results

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"fanfare/server/access"
	"fanfare/server/app/campaigns"
	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/partner"
	"fanfare/server/standing/standingtest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// opening is when the stage's challenge opens; it lasts a day, and its audit another.
var opening = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// stage is a challenge with three entries and two members of staff, and a clock. The tests move the clock between calls.
type stage struct {
	*testing.T
	*Service
	store     *store.Store
	challenge contest.Challenge
	entries   []contest.Entry
	ada, bo   contest.StaffID
	board     map[contest.EntryNumber]contest.Change // as the changes told it
	now       time.Time
}

func set(t *testing.T, open storetest.Opener, edit func(*contest.Challenge)) *stage {
	t.Helper()
	s := &stage{T: t, now: opening, board: map[contest.EntryNumber]contest.Change{}}
	s.store = open(t, s.told, store.WithClock(func() time.Time { return s.now }))
	c := campaigns.New(s.store, "https://photos.example.org")
	queue := storetest.Queue(s.store, nil)
	n := news.New(queue)
	n.Pass("test", func(context.Context, news.Item) error { return nil }) // the queue never runs, so that they stay
	s.Service = New(s.store, c, standingtest.Open(t, standingtest.Nothing{}), n)
	campaign, err := c.CreateCampaign(t.Context(), "", contest.Text{ZH: "夜", EN: "Night"})
	s.must(err)
	draft := storetest.Draft(campaign.ID, "night", opening.Add(time.Hour)) // which opens an hour before
	draft.Entries.Closes, draft.Votes.Closes = opening.Add(24*time.Hour), opening.Add(24*time.Hour)
	draft.Rules.Winners, draft.Rules.AuditHours = 2, 24
	if edit != nil {
		edit(&draft)
	}
	s.challenge, err = c.Create(t.Context(), draft)
	s.must(err)
	problems, err := c.Launch(t.Context(), s.challenge.ID, s.challenge.Hash())
	s.must(err)
	if len(problems) > 0 {
		t.Fatalf("problems: %v", problems)
	}
	for _, fan := range []string{"a", "b", "c"} {
		s.enter(fan)
	}
	s.ada, s.bo = s.member("ada"), s.member("bo")
	s.now = s.now.Add(time.Hour)
	return s
}

func (s *stage) told(changes []contest.Change) {
	for _, c := range changes {
		s.board[c.Number] = c
	}
}

func (s *stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *stage) update(fn func(*store.Tx) error) {
	s.Helper()
	s.must(s.store.UpdateIn(s.Context(), s.challenge.ID, fn))
}

func (s *stage) enter(fan string) {
	s.Helper()
	s.update(func(tx *store.Tx) error {
		f, err := tx.FanFor("guest", fan, fan)
		if err != nil {
			return err
		}
		e, err := tx.InsertEntry(contest.Entry{
			Challenge: s.challenge.ID, Fan: f.ID, Author: fan, Caption: "夜色", Status: contest.Processing, SHA256: fan,
			Consents: s.challenge.Consents,
		})
		if err != nil {
			return err
		}
		photo := contest.Photo{Renditions: []contest.Rendition{{Name: "480"}}, Capture: contest.Capture{Make: "Xiaomi"}}
		if e, err = tx.SetPhoto(e.ID, photo, nil, contest.Published, ""); err == nil {
			s.entries = append(s.entries, e)
		}
		return err
	})
}

func (s *stage) member(name string) contest.StaffID {
	s.Helper()
	var m store.Staff
	s.must(s.store.Update(s.Context(), func(tx *store.Tx) (err error) {
		m, err = tx.CreateStaff(store.Staff{Email: name + "@example.org", Name: name, Role: string(access.Administrator)})
		return err
	}))
	return m.ID
}

// votes has so many fans vote for the entry of a number.
func (s *stage) votes(number, n int) {
	s.Helper()
	s.update(func(tx *store.Tx) error {
		for i := range n {
			b := storetest.Ballot(s.challenge.ID, s.entries[number-1].ID, string(rune('A'+i)))
			if _, err := storetest.Cast(tx, b, "2026-11-22"); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *stage) draft(staff contest.StaffID) Draft {
	s.Helper()
	d, err := s.Draft(s.Context(), staff, s.challenge.ID)
	s.must(err)
	return d
}

func (s *stage) outcome() Outcome {
	s.Helper()
	var c contest.Challenge
	s.must(s.store.View(s.Context(), func(tx *store.Tx) (err error) {
		c, err = tx.Challenge(s.challenge.ID)
		return err
	}))
	o, err := s.Outcome(s.Context(), c)
	s.must(err)
	return o
}

// propose has Ada propose what she sees, and returns its hash.
func (s *stage) propose() string {
	s.Helper()
	hash := s.draft(s.ada).Hash
	s.must(s.Propose(s.Context(), s.ada, s.challenge.ID, hash))
	return hash
}

// refused holds that an error is a rule's no for a reason.
func (s *stage) refused(err error, want contest.Reason) {
	s.Helper()
	if r, ok := errors.AsType[*contest.Refusal](err); !ok || r.Reason != want {
		s.Errorf("got %v, want %s", err, want)
	}
}

func (s *stage) fails(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Errorf("got %v, want %v", err, want)
	}
}

func (s *stage) over() { s.now = opening.Add(48 * time.Hour) }

// places lists a result's entries in their order.
func places(o Outcome) (numbers []contest.EntryNumber) {
	for _, p := range o.Result.Places {
		numbers = append(numbers, p.Entry)
	}
	return numbers
}

func TestTwoPeopleCertifyAResultAndTheBoardFollowsIt(t *testing.T) {
	storetest.OnBoth(t, func(t *testing.T, open storetest.Opener) {
		s := set(t, open, func(c *contest.Challenge) { c.Rules.Tally = contest.TallyHidden })
		s.votes(1, 3)
		s.votes(2, 2)
		s.votes(3, 1)
		s.update(func(tx *store.Tx) error { // who leads breaks a rule
			_, err := tx.InsertBan(contest.Ban{Challenge: s.challenge.ID, Fan: s.entries[0].Fan})
			return err
		})
		s.refused(s.Propose(t.Context(), s.ada, s.challenge.ID, s.draft(s.ada).Hash), contest.NotEnded)
		s.over()
		hash := s.propose()
		if o := s.outcome(); o.Stage != contest.StageProposed || o.Result != nil {
			t.Errorf("before the certification the public sees %s, %+v", o.Stage, o.Result)
		}
		s.refused(s.Confirm(t.Context(), s.ada, s.challenge.ID, hash), contest.SecondPersonNeeded)
		s.must(s.Confirm(t.Context(), s.bo, s.challenge.ID, hash))
		o := s.outcome()
		if o.Stage != contest.StageCertified || o.Shows != contest.ScoresShown || !slices.Equal(places(o), []contest.EntryNumber{2, 3}) {
			t.Fatalf("got %s, %v", o.Stage, o.Result)
		}
		if over := o.Result.PassedOver; len(over) != 1 || over[0].Reason != contest.Banned || over[0].Score != 3 {
			t.Errorf("passed over: %v", over)
		}
		if s.board[1].Visible || s.board[2].Score != 2 || s.board[3].Score != 1 {
			t.Errorf("the board: %v", s.board)
		}
		text, err := s.Text(t.Context(), s.challenge.ID, -1)
		if s.must(err); text != string(o.Result.JSON()) || o.Certified[0].SHA256 != hash {
			t.Errorf("published: %s", text)
		}
		s.fails(s.Propose(t.Context(), s.ada, s.challenge.ID, s.draft(s.ada).Hash), ErrUnchanged)
	})
}

func TestAResultIsCertifiedForWhoHasNotHeardOfItYet(t *testing.T) {
	s := set(t, storetest.OpenSQLite, func(c *contest.Challenge) { c.Rules.Tally = contest.TallyHidden })
	s.votes(1, 2)
	s.over()
	heard := s.outcome().Challenge // as another replica remembers it
	s.must(s.Confirm(t.Context(), s.bo, s.challenge.ID, s.propose()))
	o, err := s.Outcome(t.Context(), heard)
	s.must(err)
	if o.Stage != contest.StageCertified || o.Shows != contest.ScoresShown || o.Challenge.CertifiedAt.IsZero() {
		t.Errorf("got stage %s, shows %v, certified at %v", o.Stage, o.Shows, o.Challenge.CertifiedAt)
	}
}

func TestRankingsInMemoryAreBounded(t *testing.T) {
	s := set(t, storetest.OpenSQLite, nil)
	s.over()
	s.must(s.Confirm(t.Context(), s.bo, s.challenge.ID, s.propose()))
	for i := range maxKnown {
		s.known[contest.ChallengeID(fmt.Sprint("c_", i))] = &ranking{}
	}
	if s.outcome().Result == nil || len(s.known) > maxKnown {
		t.Errorf("%d rankings are kept, want %d at most", len(s.known), maxKnown)
	}
}

func TestADecisionBetweenProposingAndConfirmingIsNoticed(t *testing.T) {
	s := set(t, storetest.OpenSQLite, nil)
	s.votes(1, 2)
	s.over()
	hash := s.propose()
	s.fails(s.Propose(t.Context(), s.bo, s.challenge.ID, hash), store.ErrConflict)
	s.update(func(tx *store.Tx) error {
		_, err := tx.Decide(s.entries[0].ID, contest.Rejected, contest.OffTopic, "")
		return err
	})
	if d := s.draft(s.bo); !d.Stale {
		t.Error("the proposal does not look stale")
	}
	s.fails(s.Confirm(t.Context(), s.bo, s.challenge.ID, hash), ErrChanged)
	s.must(s.Withdraw(t.Context(), s.bo, s.challenge.ID))
	s.fails(s.Confirm(t.Context(), s.bo, s.challenge.ID, hash), store.ErrNotFound)
	s.fails(s.Propose(t.Context(), s.ada, s.challenge.ID, hash), ErrChanged)
	s.must(s.Confirm(t.Context(), s.bo, s.challenge.ID, s.propose()))
}

func TestALoneMemberConfirmsAfterADayInPublic(t *testing.T) {
	s := set(t, storetest.OpenSQLite, nil)
	s.must(s.store.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec("DELETE FROM staff WHERE id = ?", s.bo)
		return err
	}))
	s.votes(1, 1)
	s.over()
	hash := s.propose()
	if o := s.outcome(); o.Result == nil || len(o.Result.Places) != 3 || o.Shows != contest.ScoresShown {
		t.Errorf("the public sees of the proposal: %+v", o.Result)
	}
	s.refused(s.Confirm(t.Context(), s.ada, s.challenge.ID, hash), contest.PublicDelayRuns)
	s.now = s.now.Add(time.Second)
	s.refused(s.Confirm(t.Context(), s.member("cy"), s.challenge.ID, hash), contest.PublicDelayRuns) // invited meanwhile
	s.now = s.now.Add(contest.PublicDelay)
	s.must(s.Confirm(t.Context(), s.ada, s.challenge.ID, hash))
}

func TestVotesDecidedAboutAfterTheCertificationAmendIt(t *testing.T) {
	s := set(t, storetest.OpenSQLite, nil)
	s.votes(1, 3)
	s.votes(2, 2)
	s.over()
	s.must(s.Confirm(t.Context(), s.bo, s.challenge.ID, s.propose()))
	first := s.outcome().Result
	decide := func(kind contest.LeafKind) {
		t.Helper()
		s.update(func(tx *store.Tx) error {
			var keys []contest.VoteKey
			for _, fan := range []string{"A", "B"} {
				keys = append(keys, contest.VoteKey{Entry: 1, Voter: storetest.VoterOf(fan), Period: "2026-11-22"})
			}
			ruling := store.Ruling{Kind: kind, Keys: keys, Reason: contest.Automated, Actor: contest.StaffActor(s.ada), Batch: "d_1"}
			if _, err := tx.RuleVotes(s.challenge.ID, ruling); err != nil {
				return err
			}
			return s.Amend(tx, s.challenge.ID, s.ada, s.bo)
		})
	}
	decide(contest.Exclude)
	o := s.outcome()
	if got := places(o); !slices.Equal(got, []contest.EntryNumber{2, 1, 3}) || len(o.Certified) != 2 {
		t.Fatalf("amended: %v in %d results", got, len(o.Certified))
	}
	if o.Result.Amendment != 1 || o.Result.Amends != first.Hash() || o.Result.Votes.Excluded != 2 {
		t.Errorf("the amendment says %+v", o.Result)
	}
	s.update(func(tx *store.Tx) error { return s.Amend(tx, s.challenge.ID, s.ada, s.bo) }) // nothing was decided
	if n := len(s.outcome().Certified); n != 2 {
		t.Errorf("%d results after nothing was decided", n)
	}
	before, err := s.Text(t.Context(), s.challenge.ID, 0)
	if s.must(err); before != string(first.JSON()) {
		t.Error("the first result is not what it was")
	}
	_, err = s.Text(t.Context(), s.challenge.ID, 2)
	s.fails(err, store.ErrNotFound)
}

func TestAnEntryTakenOutAfterTheCertificationIsAmendedByTwo(t *testing.T) {
	s := set(t, storetest.OpenSQLite, nil)
	s.votes(1, 2)
	s.votes(2, 1)
	s.over()
	s.must(s.Confirm(t.Context(), s.bo, s.challenge.ID, s.propose()))
	s.update(func(tx *store.Tx) error {
		_, err := tx.Decide(s.entries[0].ID, contest.Rejected, contest.RightsDoubt, "")
		return err
	})
	lines, err := s.Lines(t.Context(), s.outcome(), 1, 3)
	if s.must(err); len(lines) != 3 || lines[0].Entry != nil || lines[0].Withdrawn || lines[1].Entry.Number != 2 {
		t.Errorf("until then its place stays, without the photo: %+v", lines)
	}
	s.must(s.Confirm(t.Context(), s.bo, s.challenge.ID, s.propose()))
	if got := places(s.outcome()); !slices.Equal(got, []contest.EntryNumber{2, 3}) {
		t.Errorf("amended: %v", got)
	}
}

// Whoever has everything deleted keeps a place that names nobody.
func TestAWithdrawnWinnerKeepsItsPlace(t *testing.T) {
	s := set(t, storetest.OpenSQLite, nil)
	s.votes(1, 1)
	s.over()
	s.must(s.Confirm(t.Context(), s.bo, s.challenge.ID, s.propose()))
	s.update(func(tx *store.Tx) error { _, err := tx.Decide(s.entries[0].ID, contest.Withdrawn, "", ""); return err })
	lines, err := s.Lines(t.Context(), s.outcome(), 1, 1)
	if s.must(err); !lines[0].Withdrawn || lines[0].Entry != nil || lines[0].Placed.Entry != 1 {
		t.Errorf("got %+v", lines[0])
	}
	s.fails(s.Propose(t.Context(), s.ada, s.challenge.ID, s.draft(s.ada).Hash), ErrUnchanged)
}

// tells lists the kinds of news that wait to be passed on, with their entries, in alphabetical order.
func (s *stage) tells() (told []string) {
	s.Helper()
	jobs := store.Table{Name: "jobs", Columns: []string{"kind", "key", "payload"}, Key: 2}
	s.must(s.store.View(s.Context(), func(tx *store.Tx) error {
		return tx.Rows(jobs, nil, func(row []any) error {
			var item news.Item
			err := json.Unmarshal([]byte(row[2].(string)), &item)
			number := slices.IndexFunc(s.entries, func(e contest.Entry) bool { return e.ID == item.Entry }) + 1
			told = append(told, fmt.Sprint(item.Kind, " ", number))
			return err
		})
	}))
	slices.Sort(told)
	return told
}

func TestACertifiedResultTellsOfItsWinnersAndOfWhomItPassesOver(t *testing.T) {
	s := set(t, storetest.OpenSQLite, nil)
	s.votes(1, 2)
	s.votes(2, 1)
	s.update(func(tx *store.Tx) error {
		over := s.entries[2]
		_, err := tx.SaveGrant(partner.Grant{Challenge: over.Challenge, Entry: over.ID, Outlets: partner.Outlets, Until: s.now.AddDate(1, 0, 0), Text: partner.WordsID})
		_, errBan := tx.InsertBan(contest.Ban{Challenge: over.Challenge, Fan: over.Fan, Reason: contest.Spam})
		return errors.Join(err, errBan)
	})
	s.must(s.Feature(t.Context(), s.ada, s.entries[1].ID, true))
	s.must(s.Feature(t.Context(), s.ada, s.entries[1].ID, true)) // it is already
	s.over()
	s.must(s.Confirm(t.Context(), s.bo, s.challenge.ID, s.propose()))
	prize := contest.Text{ZH: "一等奖", EN: "First prize"}
	s.must(s.Award(t.Context(), s.ada, s.entries[0].ID, prize)) // who won by the result already
	want := []string{"entry.featured 2", "entry.won 1", "entry.won 2", "result.ready 0", "rights.ended 3"}
	if got := s.tells(); !slices.Equal(got, want) {
		t.Errorf("told of %q, want %q", got, want)
	}
}

func TestMarksAreForWhatIsShownAndAwardsForPlaces(t *testing.T) {
	s := set(t, storetest.OpenSQLite, nil)
	s.votes(1, 1)
	prize := contest.Text{ZH: "一等奖", EN: "First prize"}
	s.must(s.Feature(t.Context(), s.ada, s.entries[1].ID, true))
	s.fails(s.Award(t.Context(), s.ada, s.entries[0].ID, prize), ErrNoPlace)
	s.update(func(tx *store.Tx) error {
		_, err := tx.Decide(s.entries[2].ID, contest.Rejected, contest.OffTopic, "")
		return err
	})
	s.fails(s.Feature(t.Context(), s.ada, s.entries[2].ID, true), store.ErrNotFound)
	s.over()
	s.must(s.Confirm(t.Context(), s.bo, s.challenge.ID, s.propose()))
	s.must(s.Award(t.Context(), s.ada, s.entries[0].ID, prize))
	s.fails(s.Award(t.Context(), s.ada, s.entries[0].ID, contest.Text{ZH: "一等奖"}), ErrAward)
	s.fails(s.Award(t.Context(), s.ada, s.entries[2].ID, prize), ErrNoPlace)
	lines, err := s.Lines(t.Context(), s.outcome(), 1, 1)
	if s.must(err); lines[0].Award != prize {
		t.Errorf("award: %v", lines[0].Award)
	}
	featured, err := s.Featured(t.Context(), s.outcome())
	if s.must(err); len(featured) != 1 || featured[0].ID != s.entries[1].ID {
		t.Errorf("featured: %v", featured)
	}
	s.must(s.Feature(t.Context(), s.ada, s.entries[1].ID, false))
	s.must(s.Award(t.Context(), s.ada, s.entries[0].ID, contest.Text{}))
	if left := s.outcome().Marks; len(left) != 0 {
		t.Errorf("marks left: %v", left)
	}
}
