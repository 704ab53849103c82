package store_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// Rows as the version before pseudonyms wrote them: two voters, one of them a site's, and a third who only has a session; the
// first one's vote for entry 2 was taken back and cast again, the second one's taken back for good.
var oldRows = []string{
	"INSERT INTO campaigns VALUES ('ca_1', '{}', 1)",
	`INSERT INTO challenges VALUES ('ch_1', 'ca_1', 'night', '#x', '{}', '{}', 'UTC', 1, 2, 1, 9999999999999,
		'{"votes_per_period":3,"period":"challenge"}', '[]', '[]', '[]', 0, '', 1)`,
	"INSERT INTO heads (challenge, entries, leaves, ticked) VALUES ('ch_1', 2, 6, 60)",
	"INSERT INTO fans VALUES ('f_1', 'guest', 's1', 'One', 11), ('f_2', 'site:si_1', 's2', 'Two', 12), ('f_3', 'guest', 's3', 'Three', 13)",
	"INSERT INTO tokens VALUES ('h1', 'f_1', '', 'ch_1', 1), ('h3', 'f_3', '', 'ch_1', 1)",
	oldEntry(1), oldEntry(2),
	"INSERT INTO tallies (entry, challenge, number, score, version, reached, visible) VALUES ('e_1', 'ch_1', 1, 1, 2, 1, 1), ('e_2', 'ch_1', 2, 1, 5, 6, 1)",
	"INSERT INTO votes (challenge, period, fan, entry, position) VALUES ('ch_1', 'all', 'f_1', 'e_1', 1), ('ch_1', 'all', 'f_1', 'e_2', 6)",
	`INSERT INTO vote_log (challenge, position, kind, entry, fan, period, at) VALUES
		('ch_1', 1, 'cast', 'e_1', 'f_1', 'all', 10), ('ch_1', 2, 'cast', 'e_2', 'f_1', 'all', 20), ('ch_1', 3, 'cast', 'e_2', 'f_2', 'all', 30),
		('ch_1', 4, 'retract', 'e_2', 'f_1', 'all', 40), ('ch_1', 5, 'retract', 'e_2', 'f_2', 'all', 50), ('ch_1', 6, 'cast', 'e_2', 'f_1', 'all', 60)`,
}

func oldEntry(number int) string {
	return fmt.Sprintf(`INSERT INTO entries (id, challenge, number, fan, author, caption, tags, city, partner, status, reason, note, original, sha256,
		photo, consents, submitted_at, decided_at) VALUES ('e_%d', 'ch_1', %[1]d, 'f_3', '', '', '[]', '', '', 'published', '', '', '', '', '{}', '[]', 1, 1)`, number)
}

func TestVotesOfTheVersionBeforePseudonymsStayAsTheyAre(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		write, read := storetest.Pools(t, filepath.Join(t.TempDir(), "fanfare.db"))
		s, err := store.Open(write, read, store.SQLite, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		bringForward(t, s)
	})
	t.Run("postgres", func(t *testing.T) { bringForward(t, openUnmigrated(t, shared.Server(t).NewDatabase(t))) })
}

func bringForward(t *testing.T, s *store.Store) {
	const challenge = contest.ChallengeID("ch_1")
	if err := s.MigrateTo(t.Context(), 8); err != nil {
		t.Fatal(err)
	}
	err := s.Update(t.Context(), func(tx *store.Tx) error {
		for _, row := range oldRows {
			if _, err := tx.Exec(row); err != nil {
				return fmt.Errorf("%s: %w", row, err)
			}
		}
		return nil
	})
	if err == nil {
		err = s.Migrate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	voters := map[contest.FanID]contest.VoterID{}
	err = s.View(t.Context(), func(tx *store.Tx) error {
		for _, fan := range []contest.FanID{"f_1", "f_2", "f_3"} {
			if voters[fan], err = tx.Voter(challenge, fan); err != nil || !voters[fan].Valid() {
				t.Errorf("fan %s has the pseudonym %q (%v)", fan, voters[fan], err)
			}
		}
		leaves, err := tx.Leaves(challenge)
		if err != nil {
			return err
		}
		checkOldLeaves(t, leaves, voters)
		head, err := tx.Head(challenge)
		if head.Leaves != 6 || head.LogKey == (contest.LogKey{}) || head.Concealed {
			t.Errorf("the head is %+v", head)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	castOn(t, s, contest.Ballot{Challenge: challenge, Entry: "e_2", Fan: "f_2", Voter: voters["f_2"], Class: contest.HostVoter})
}

func checkOldLeaves(t *testing.T, leaves []contest.Leaf, voters map[contest.FanID]contest.VoterID) {
	t.Helper()
	want := []struct {
		kind  contest.LeafKind
		entry contest.EntryNumber
		fan   contest.FanID
		class contest.VoterClass
	}{
		{contest.Cast, 1, "f_1", "guest"}, {contest.Cast, 2, "f_1", "guest"}, {contest.Cast, 2, "f_2", "host"},
		{contest.Retract, 2, "f_1", ""}, {contest.Retract, 2, "f_2", ""}, {contest.Cast, 2, "f_1", "guest"},
	}
	if len(leaves) != len(want) {
		t.Fatalf("%d leaves", len(leaves))
	}
	for i, w := range want {
		l := leaves[i]
		if l.Kind != w.kind || l.Entry != w.entry || l.Voter != voters[w.fan] || l.Class != w.class || l.At.UnixMilli() != int64(10*(i+1)) {
			t.Errorf("leaf %d is %+v, want %+v", i+1, l, w)
		}
	}
}

// castOn goes on with the votes that were there: one is cast again, one stands already, and the tallies stay the log's.
func castOn(t *testing.T, s *store.Store, b contest.Ballot) {
	t.Helper()
	err := s.UpdateIn(t.Context(), b.Challenge, func(tx *store.Tx) error {
		v, err := storetest.Cast(tx, b, "all")
		if v.Already || v.Leaf.Position != 7 || v.Change.Score != 2 || v.Change.Version != 6 {
			t.Errorf("casting again: %+v", v)
		}
		if err != nil {
			return err
		}
		if b.Voter, err = tx.Voter(b.Challenge, "f_1"); err != nil {
			return err
		}
		v, err = storetest.Cast(tx, b, "all")
		if !v.Already || v.Leaf.Position != 6 {
			t.Errorf("casting what stands: %+v", v)
		}
		if err != nil {
			return err
		}
		leaves, err := tx.Leaves(b.Challenge)
		if err != nil {
			return err
		}
		return compareTallies(t, tx, b.Challenge, leaves)
	})
	if err != nil {
		t.Error(err)
	}
}
