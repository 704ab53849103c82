package audits_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fanfare/server/app/audits"
	"fanfare/server/contest"
	"fanfare/server/ledger"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

func TestALiveLogIsSealedAsFarAsItIsCommitted(t *testing.T) {
	eachDatabase(t, contest.TallyLive, func(s *stage) {
		if got := s.size(); got != 0 {
			s.Errorf("before the first vote: %d leaves", got)
		}
		cast := s.vote(700)
		s.seal()
		first := s.checkpoint()
		if first.Size != 700 {
			s.Fatalf("sealed %d leaves, want 700", first.Size)
		}
		s.vote(9) // not sealed; the export signs them itself
		r, _ := s.audit(&first)
		if r.Size != 709 || r.Open != ledger.OpenVotes {
			s.Errorf("exported %d leaves, open %s; want 709, votes", r.Size, r.Open)
		}
		s.want(r)
		s.hold(cast[:3])
		held, text := s.audit(&r.Last)
		if held.Sealed != 3 || strings.Contains(text, "hold") {
			s.Errorf("%d decisions are sealed, want 3, and nothing of them", held.Sealed)
		}
		s.seal()
		hashes, err := s.audits.Tile(s.Context(), s.challenge.ID, 0, 1, 256)
		s.must(err)
		if len(hashes) != 256*ledger.HashSize {
			s.Errorf("a whole tile has %d bytes", len(hashes))
		}
		indexes, err := s.audits.Indexes(s.Context(), s.challenge.ID, []int64{1, 712, 713, 0, -5})
		if err != nil || len(indexes) != 2 || indexes[1] != 0 || indexes[712] != 711 {
			s.Errorf("indexes: got %v (%v)", indexes, err)
		}
	})
}

func TestEntriesOfALogAreServedAsFarAsTheyAreOpen(t *testing.T) {
	eachDatabase(t, contest.TallyLive, func(s *stage) {
		cast := s.vote(300)
		s.seal()
		bundle, err := s.audits.Entries(s.Context(), s.challenge.ID, 1, 44)
		s.must(err)
		s.hold(cast[:1])
		s.seal()
		l, _, err := contest.ParseLeaf(bundle[2 : 2+int(bundle[0])<<8+int(bundle[1])])
		if err != nil || l.Key() != cast[256].Key() {
			s.Errorf("the first leaf of the second tile: got %+v (%v), want %+v", l, err, cast[256])
		}
		for name, c := range map[string]struct {
			n     int64
			width int
			want  error
		}{
			"a tile with a decision": {1, 45, audits.ErrSealed}, "more than there is": {1, 46, store.ErrNotFound}, "a tile beyond": {7, 1, store.ErrNotFound},
		} {
			if _, err := s.audits.Entries(s.Context(), s.challenge.ID, c.n, c.width); !errors.Is(err, c.want) {
				s.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		if _, err := s.audits.Tile(s.Context(), s.challenge.ID, 0, 1, 46); !errors.Is(err, store.ErrNotFound) {
			s.Errorf("a tile wider than the log: got %v, want ErrNotFound", err)
		}
	})
}

func TestAHiddenLogGrowsByTheClockAndTellsNothing(t *testing.T) {
	eachDatabase(t, contest.TallyHidden, func(s *stage) {
		s.vote(5)
		s.seal()
		if got := s.size(); got != 0 {
			s.Fatalf("within the first half hour the tree has %d leaves", got)
		}
		var sizes []int64
		for _, votes := range []int{300, 0, 1, 255} {
			s.now = ledger.NextSeal(s.now)
			s.seal()
			s.seal()
			sizes = append(sizes, s.size())
			s.vote(votes)
		}
		if want := []int64{256, 768, 1024, 1280}; !slices.Equal(sizes, want) { // 5, 300, none, 1
			s.Errorf("sizes: got %v, want %v", sizes, want)
		}
		r, text := s.audit(nil)
		if r.Sealed != 1280 || strings.Contains(text, `"leaf":`) || strings.Contains(text, `{"tally"`) {
			s.Errorf("%d leaves are sealed, want all 1280, and no tally", r.Sealed)
		}
		if _, err := s.audits.Entries(s.Context(), s.challenge.ID, 0, 256); !errors.Is(err, audits.ErrSealed) {
			s.Errorf("leaves: got %v, want ErrSealed", err)
		}
		indexes, err := s.audits.Indexes(s.Context(), s.challenge.ID, []int64{1, 5, 6, 305, 306, 307})
		s.must(err)
		if _, early := indexes[307]; early || indexes[5] >= 256 || indexes[6] < 256 || indexes[306] < 1024 {
			s.Errorf("indexes: got %v", indexes)
		}
		s.opened(r.Last, indexes)
	})
}

// opened certifies the challenge, and wants all that was sealed to be what it was.
func (s *stage) opened(before ledger.Checkpoint, indexes map[int64]int64) {
	s.Helper()
	s.now = s.challenge.AuditEnds().Add(time.Minute)
	s.update(func(tx *store.Tx) error { return tx.Reveal(s.challenge.ID) })
	r, text := s.audit(&before)
	if r.Open != ledger.OpenAll || r.Kinds[contest.Cast] != int64(s.voters) || r.Sealed != 0 {
		s.Errorf("open %s, %d votes of %d, %d sealed", r.Open, r.Kinds[contest.Cast], s.voters, r.Sealed)
	}
	s.want(r)
	for position, index := range indexes {
		voter := fmt.Sprintf(`{"index":%d,"leaf":"{\"v\":1,\"kind\":\"cast\",\"entry\":%d,\"voter\":\"%032x\"`, index, 1+(position-1)%3, position-1)
		if !strings.Contains(text, voter) {
			s.Errorf("the leaf of position %d is not at index %d", position, index)
		}
	}
	if bundle, err := s.audits.Entries(s.Context(), s.challenge.ID, 0, 256); err != nil || len(bundle) < 256*50 {
		s.Errorf("leaves: got %d bytes (%v)", len(bundle), err)
	}
}

func TestTheHourOfABlockSaysNothingOfVotesAfterTheAudit(t *testing.T) {
	eachDatabase(t, contest.TallyHidden, func(s *stage) {
		cast := s.vote(2)
		s.now = s.challenge.AuditEnds()
		s.seal()
		size := s.size()
		s.now = s.now.Add(ledger.SealStep)
		s.seal()
		s.now = s.now.Add(100 * ledger.SealStep)
		s.seal()
		if got := s.size(); got != size {
			s.Errorf("a log that nobody certifies grew from %d to %d", size, got)
		}
		s.hold(cast)
		s.now = s.now.Add(ledger.SealStep)
		s.seal()
		if got := s.size(); got != size+ledger.BlockLeaves {
			s.Errorf("with decisions it grew from %d to %d", size, got)
		}
	})
}

func TestReplicasSealOneTree(t *testing.T) {
	eachDatabase(t, contest.TallyLive, func(s *stage) {
		other := audits.New(s.store, "other.example", slog.New(slog.DiscardHandler))
		for range 10 {
			s.vote(50)
			var both sync.WaitGroup
			for _, a := range []*audits.Service{s.audits, other} {
				both.Go(func() {
					if err := a.Seal(s.Context(), s.challenge.ID); err != nil {
						s.Error(err)
					}
				})
			}
			both.Wait()
		}
		if got := s.size(); got != 500 {
			s.Errorf("sealed %d leaves, want 500", got)
		}
		s.want(first(s.audit(nil)))
		one, err := s.audits.Key(s.Context())
		two, err2 := other.Key(s.Context())
		if err := errors.Join(err, err2); err != nil || one != two {
			s.Errorf("two replicas have the keys %s and %s (%v)", one, two, err)
		}
	})
}

func first[A, B any](a A, _ B) A { return a }

func TestTotalsTellReasonsOnceVotesAreShown(t *testing.T) {
	eachDatabase(t, contest.TallyLive, func(s *stage) {
		s.hold(s.vote(10)[:4])
		got, err := s.audits.Totals(s.Context(), s.challenge.ID)
		s.must(err)
		if want := (contest.VoteTotals{Counted: 6, Held: 4}); got.Votes != want || !got.Next.IsZero() {
			s.Errorf("got %+v, next %v; want %+v", got.Votes, got.Next, want)
		}
		if want := []store.DoubtfulVotes{{State: contest.Held, Reason: contest.Burst, Votes: 4}}; !slices.Equal(got.Doubtful, want) {
			s.Errorf("got %+v, want %+v", got.Doubtful, want)
		}
	})
	eachDatabase(t, contest.TallyRanks, func(s *stage) {
		s.hold(s.vote(10)[:4])
		got, err := s.audits.Totals(s.Context(), s.challenge.ID)
		s.must(err)
		if got.Votes != (contest.VoteTotals{}) || got.Doubtful != nil || !got.Next.Equal(ledger.NextSeal(opens)) {
			s.Errorf("where no numbers are shown: got %+v", got)
		}
	})
}

func TestADraftHasNoLog(t *testing.T) {
	eachDatabase(t, contest.TallyLive, func(s *stage) {
		var draft contest.Challenge
		s.must(s.store.Update(s.Context(), func(tx *store.Tx) (err error) {
			draft, err = tx.CreateChallenge(storetest.Draft(s.challenge.Campaign, "draft", opens))
			return err
		}))
		_, err := s.audits.Checkpoint(s.Context(), draft.ID)
		_, exportErr := s.audits.Export(s.Context(), draft.ID)
		if !errors.Is(err, store.ErrNotFound) || !errors.Is(exportErr, store.ErrNotFound) {
			s.Errorf("got %v and %v, want ErrNotFound", err, exportErr)
		}
	})
}

func TestWhoAsksForTooManyExportsAtOnceIsToldToWait(t *testing.T) {
	eachDatabase(t, contest.TallyLive, func(s *stage) {
		var open []*audits.Export
		for {
			e, err := s.audits.Export(s.Context(), s.challenge.ID)
			if errors.Is(err, audits.ErrBusy) {
				break
			}
			s.must(err)
			if open = append(open, e); len(open) > 100 {
				s.Fatal("a hundred exports are written at once")
			}
		}
		for _, e := range open {
			e.Close()
		}
		e, err := s.audits.Export(s.Context(), s.challenge.ID)
		s.must(err)
		e.Close()
	})
}

func TestTheSealerFollowsCommits(t *testing.T) {
	s := &stage{T: t, now: opens}
	var sealer *audits.Service
	s.set(storetest.OpenSQLite(t, func(c []contest.Change) {
		if sealer != nil {
			sealer.Committed(c)
		}
	}, s.clock()), contest.TallyLive)
	sealer = s.audits
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { sealer.Run(ctx) })
	defer running.Wait()
	defer stop()
	for size := int64(40); size <= 80; size += 40 {
		s.vote(40)
		for s.size() != size && t.Context().Err() == nil {
			time.Sleep(20 * time.Millisecond) // until it ticks
		}
	}
	waiting, overdue, err := sealer.Lag(t.Context())
	if err != nil || waiting != 0 || overdue != 0 {
		t.Errorf("%d leaves wait, for %v (%v)", waiting, overdue, err)
	}
}
