package store_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

const (
	voters   = 64 // who vote at once in the child
	inFlight = 20 // votes that must be unanswered for a kill to count
	photos   = 8
)

// The child is this test binary again; these say where it finds the database and where it leaves its traces.
const (
	childFolder   = "FANFARE_STORE_CHILD"
	childDatabase = "FANFARE_STORE_DATABASE" // a file, or PostgreSQL's address
	childRound    = "FANFARE_STORE_ROUND"
)

// kills is how often the child is killed: some in every run of the tests, fifty with FANFARE_SOAK set.
func kills() int {
	if os.Getenv("FANFARE_SOAK") != "" {
		return 50
	}
	return 4
}

func TestAcknowledgedVotesOutliveKillsConformance(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { outlivesKills(t, filepath.Join(t.TempDir(), "fanfare.db")) })
	t.Run("postgres", func(t *testing.T) { outlivesKills(t, shared.Server(t).NewDatabase(t)) })
}

func outlivesKills(t *testing.T, database string) {
	folder := t.TempDir()
	challenge, entries := prepare(t, database)
	for round := range kills() {
		killChild(t, folder, database, round, 40+round*137%400)
		tried, acked := notes(t, folder, "tried"), notes(t, folder, "acked")
		if len(tried)-len(acked) < inFlight*(round+1) {
			t.Errorf("round %d: only %d votes were in flight", round, len(tried)-len(acked))
		}
		t.Run(fmt.Sprint("round ", round), func(t *testing.T) { // which closes what it opens
			recount(t, openAt(t, database), challenge, entries, tried, acked)
		})
	}
}

// openAt opens a store in a file, or at PostgreSQL's address.
func openAt(t *testing.T, database string) *store.Store {
	t.Helper()
	if strings.HasPrefix(database, "postgres:") {
		return storetest.OpenPostgres(t, database, nil)
	}
	return storetest.OpenSQLiteFile(t, database, nil)
}

// prepare makes a challenge and its entries.
func prepare(t *testing.T, database string) (contest.ChallengeID, []contest.EntryID) {
	t.Helper()
	s := openAt(t, database)
	defer s.Close()
	challenge, entries, err := field(t.Context(), s, photos)
	if err != nil {
		t.Fatal(err)
	}
	return challenge, entries
}

// field creates a challenge with so many published entries.
func field(ctx context.Context, s *store.Store, n int) (challenge contest.ChallengeID, entries []contest.EntryID, err error) {
	var fan contest.FanID
	err = s.Update(ctx, func(tx *store.Tx) (err error) {
		challenge, fan, err = setting(tx)
		return err
	})
	if err != nil {
		return "", nil, err
	}
	entries = make([]contest.EntryID, n)
	err = s.UpdateIn(ctx, challenge, func(tx *store.Tx) error {
		for i := range entries {
			e, err := tx.InsertEntry(contest.Entry{Challenge: challenge, Fan: fan, Caption: "夜色", Status: contest.Published})
			if err != nil {
				return err
			}
			entries[i] = e.ID
		}
		return nil
	})
	return challenge, entries, err
}

// setting creates a challenge and a fan.
func setting(tx *store.Tx) (contest.ChallengeID, contest.FanID, error) {
	campaign, err := tx.CreateCampaign(contest.Campaign{})
	if err != nil {
		return "", "", err
	}
	c, err := tx.CreateChallenge(storetest.Draft(campaign.ID, "night", tx.Now()))
	if err != nil {
		return "", "", err
	}
	fan, err := tx.FanFor("guest", "author", "Author")
	return c.ID, fan.ID, err
}

// killChild starts the child and kills it when it has said so many votes to be acknowledged.
func killChild(t *testing.T, folder, database string, round, acks int) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestChildVotesUntilKilled$")
	child.Env = append(os.Environ(), childFolder+"="+folder, childDatabase+"="+database, fmt.Sprint(childRound, "=", round))
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	n, err := io.CopyN(io.Discard, out, int64(acks))
	child.Process.Kill() // SIGKILL
	child.Wait()
	if err != nil {
		t.Fatalf("the child ended after %d votes", n)
	}
}

// TestChildVotesUntilKilled is the child: it notes each vote before it casts it, and once more, synced, when it is
// acknowledged.
func TestChildVotesUntilKilled(t *testing.T) {
	folder := os.Getenv(childFolder)
	if folder == "" {
		t.Skip("runs as the child of the test before it")
	}
	s := openAt(t, os.Getenv(childDatabase))
	var challenge contest.ChallengeID
	var entries []contest.Entry
	err := s.View(t.Context(), func(tx *store.Tx) error {
		cs, err := tx.Challenges()
		if err != nil {
			return err
		}
		challenge = cs[0].ID
		entries, err = tx.Queue([]contest.Status{contest.Published}, photos)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	round := os.Getenv(childRound)
	tried, acked := appendTo(t, filepath.Join(folder, "tried."+round)), appendTo(t, filepath.Join(folder, "acked."+round))
	var all sync.WaitGroup
	for voter := range voters {
		all.Go(func() {
			for i := 0; ; i++ {
				b := storetest.Ballot(challenge, entries[(voter+i)%photos].ID, fmt.Sprintf("f_%s_%d_%d", round, voter, i))
				if err := voteAndNote(s, b, tried, acked); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

func voteAndNote(s *store.Store, b contest.Ballot, tried, acked *os.File) error {
	note := noteOf(b) + "\n"
	if _, err := tried.WriteString(note); err != nil {
		return err
	}
	err := s.UpdateIn(context.Background(), b.Challenge, func(tx *store.Tx) error { _, err := storetest.Cast(tx, b, "all"); return err })
	if err != nil {
		return err
	}
	if _, err := acked.WriteString(note); err != nil {
		return err
	}
	if err := acked.Sync(); err != nil {
		return err
	}
	_, err = os.Stdout.WriteString(".")
	return err
}

func appendTo(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// notes reads the notes of all rounds as a set, and holds that none is there twice. A kill may cut the last note of a round
// in two, before anybody acted on it: that one does not count.
func notes(t *testing.T, folder, kind string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, kind+".*"))
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]bool{}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			note, whole := strings.CutSuffix(line, "\n")
			if set[note] {
				t.Errorf("%s has %q twice", path, note)
			}
			if whole {
				set[note] = true
			}
		}
	}
	return set
}

// recount holds what a store has against the voters' notes.
func recount(t *testing.T, s *store.Store, challenge contest.ChallengeID, entries []contest.EntryID, tried, acked map[string]bool) {
	t.Helper()
	err := s.View(t.Context(), func(tx *store.Tx) error {
		leaves, err := tx.Leaves(challenge)
		if err != nil {
			return err
		}
		stored, err := tx.EntriesByIDs(entries)
		ids := map[contest.EntryNumber]contest.EntryID{}
		for _, e := range stored {
			ids[e.Number] = e.ID
		}
		checkLeaves(t, leaves, ids, tried, acked)
		return errors.Join(err, compareTallies(t, tx, challenge, leaves))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// compareTallies holds the stored tallies against the log, as staff and the public see them.
func compareTallies(t *testing.T, tx *store.Tx, challenge contest.ChallengeID, leaves []contest.Leaf) error {
	t.Helper()
	tallies, err := contest.Recount(leaves)
	if err != nil {
		return err
	}
	stored, err := tx.Tallies(challenge)
	for _, s := range stored {
		if s.Tally != tallies[s.Number] {
			t.Errorf("entry %d: stored %+v, the log says %+v", s.Number, s.Tally, tallies[s.Number])
		}
	}
	changes, errChanges := tx.Changes(challenge)
	for _, c := range changes {
		if want := tallies[c.Number]; c.Score != want.Score || c.Reached != want.Reached {
			t.Errorf("entry %d: the board has %+v, the log says %+v", c.Number, c, want)
		}
	}
	return errors.Join(err, errChanges)
}

// noteOf is what a voter notes of a ballot.
func noteOf(b contest.Ballot) string { return string(b.Voter) + " " + string(b.Entry) }

func checkLeaves(t *testing.T, leaves []contest.Leaf, ids map[contest.EntryNumber]contest.EntryID, tried, acked map[string]bool) {
	t.Helper()
	times := map[string]int{}
	for i, l := range leaves {
		if l.Position != int64(i+1) {
			t.Fatalf("leaf %d has position %d", i+1, l.Position)
		}
		if i > 0 && l.At.Before(leaves[i-1].At) {
			t.Errorf("leaf %d is of %v, the one before it of %v", i+1, l.At, leaves[i-1].At)
		}
		times[noteOf(contest.Ballot{Voter: l.Voter, Entry: ids[l.Entry]})]++
	}
	for vote, n := range times {
		if n != 1 || !tried[vote] {
			t.Errorf("vote %q is in the log %d times, tried %v", vote, n, tried[vote])
		}
	}
	for vote := range acked {
		if times[vote] != 1 {
			t.Errorf("acknowledged vote %q is lost", vote)
		}
	}
	t.Logf("%d tried, %d acknowledged, %d in the log", len(tried), len(acked), len(leaves))
}
