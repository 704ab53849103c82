package audits_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fanfare/server/app/audits"
	"fanfare/server/contest"
	"fanfare/server/ledger"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(shared.Around(m)) }

var shared = storetest.Share()

var opens = time.Date(2026, 11, 20, 8, 10, 0, 0, time.UTC)

// stage is a launched challenge with some entries, and a clock that the test holds.
type stage struct {
	*testing.T
	store     *store.Store
	audits    *audits.Service
	challenge contest.Challenge
	entries   []contest.EntryID
	now       time.Time
	voters    int
}

// eachDatabase runs a test with a stage on both.
func eachDatabase(t *testing.T, mode contest.TallyMode, test func(*stage)) {
	shared.OnBoth(t, func(t *testing.T, open storetest.Opener) {
		s := &stage{T: t, now: opens}
		s.set(open(t, nil, s.clock()), mode)
		test(s)
	})
}

func (s *stage) clock() store.Option { return store.WithClock(func() time.Time { return s.now }) }

func (s *stage) set(db *store.Store, mode contest.TallyMode) {
	s.Helper()
	s.store, s.audits = db, audits.New(db, "photos.example", slog.New(slog.DiscardHandler))
	s.must(db.Update(s.Context(), func(tx *store.Tx) error {
		campaign, err := tx.CreateCampaign(contest.Campaign{Name: contest.Text{ZH: "夜", EN: "Night"}})
		if err != nil {
			return err
		}
		c := storetest.Draft(campaign.ID, "night", opens)
		c.Votes.Opens, c.Rules.Tally, c.Rules.AuditHours = opens, mode, 2
		c.Entries, c.Rules.VotesPerPeriod = c.Votes, 1000
		s.challenge, err = tx.CreateChallenge(c)
		return err
	}))
	s.update(func(tx *store.Tx) error {
		s.challenge.LaunchedAt, s.challenge.RulesHash = opens, s.challenge.Hash()
		if err := tx.SaveChallenge(s.challenge); err != nil {
			return err
		}
		fan, err := tx.FanFor("guest", "author", "Li")
		for range 3 {
			e, insertErr := tx.InsertEntry(contest.Entry{Challenge: s.challenge.ID, Fan: fan.ID, Author: "Li", Status: contest.Published})
			err = errors.Join(err, insertErr)
			s.entries = append(s.entries, e.ID)
		}
		return err
	})
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

// vote casts votes of so many new voters, one after the other for each entry, and returns what was cast.
func (s *stage) vote(n int) (leaves []contest.Leaf) {
	s.Helper()
	s.update(func(tx *store.Tx) error {
		leaves = nil
		for i := range n {
			v := s.voters + i
			b := contest.Ballot{
				Challenge: s.challenge.ID, Entry: s.entries[v%len(s.entries)], Voter: contest.VoterID(fmt.Sprintf("%032x", v)), Class: contest.GuestVoter,
			}
			vote, err := tx.Cast(b, s.challenge.PeriodAt(tx.Now()), 1, store.Origin{})
			if err != nil {
				return err
			}
			leaves = append(leaves, vote.Leaf)
		}
		return nil
	})
	s.voters += n
	return leaves
}

// hold holds votes.
func (s *stage) hold(leaves []contest.Leaf) {
	s.Helper()
	r := store.Ruling{Kind: contest.Hold, Reason: contest.Burst, Actor: contest.RulesActor, Batch: "vb_1"}
	for _, l := range leaves {
		r.Keys = append(r.Keys, l.Key())
	}
	s.update(func(tx *store.Tx) error {
		_, err := tx.RuleVotes(s.challenge.ID, r)
		return err
	})
}

func (s *stage) seal() {
	s.Helper()
	s.must(s.audits.Seal(s.Context(), s.challenge.ID))
}

// size is the size that the newest checkpoint says.
func (s *stage) size() int64 {
	s.Helper()
	return s.checkpoint().Size
}

func (s *stage) checkpoint() ledger.Checkpoint {
	s.Helper()
	signed, err := s.audits.Checkpoint(s.Context(), s.challenge.ID)
	s.must(err)
	key, err := s.audits.Key(s.Context())
	s.must(err)
	origin, _, _ := strings.Cut(signed, "\n")
	c, err := ledger.OpenCheckpoint(signed, origin, key)
	s.must(err)
	return c
}

// audit exports the log and recounts it.
func (s *stage) audit(since *ledger.Checkpoint) (ledger.Report, string) {
	s.Helper()
	e, err := s.audits.Export(s.Context(), s.challenge.ID)
	s.must(err)
	defer e.Close()
	var text bytes.Buffer
	s.must(e.Write(s.Context(), &text))
	r, err := ledger.Audit(bytes.NewReader(text.Bytes()), since)
	if err != nil {
		s.Fatalf("%v in\n%.3000s", err, text.String())
	}
	return r, text.String()
}

// want compares what a recount of the export gives with the database.
func (s *stage) want(r ledger.Report) {
	s.Helper()
	s.must(s.store.View(s.Context(), func(tx *store.Tx) error {
		tallies, err := tx.Tallies(s.challenge.ID)
		for _, t := range tallies {
			if got := r.Tallies[t.Number]; got != t.Tally {
				s.Errorf("entry %d: the export gives %+v, the database %+v", t.Number, got, t.Tally)
			}
		}
		return err
	}))
}
