package upkeep

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"fanfare/search"
	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// prove gives an entry the file that staff asked its fan for.
func (s *stage) prove(n int, content string) contest.Entry {
	s.Helper()
	e := &s.entries[n]
	e.Evidence, e.EvidenceSHA256 = entries.EvidenceKey(e.Challenge, e.ID, "u_1")+"-2", hashOf([]byte(content))
	s.put(e.Evidence, []byte(content))
	s.write(e.Challenge, func(tx *store.Tx) error { return tx.SetEvidence(e.ID, e.Evidence, e.EvidenceSHA256) })
	return *e
}

// letGo does what the rules do when originals are kept no longer.
func (s *stage) letGo(e contest.Entry) {
	s.Helper()
	s.write(e.Challenge, func(tx *store.Tx) error {
		return errors.Join(tx.DropOriginal(e.ID), tx.SetEvidence(e.ID, "", ""))
	})
	for _, key := range []string{e.Original, e.Evidence} {
		if err := s.driver.Delete(s.Context(), key); err != nil {
			s.Error(err)
		}
	}
}

// faults verifies an installation and returns what it found wrong with photos and entries.
func (s *stage) faults(i Installation) (faults []string) {
	s.Helper()
	v := Verification{Installation: i, Difference: func(ctx context.Context) (search.Difference, error) { return search.Difference{}, nil }}
	err := Verify(s.Context(), v, s.Logf, func(f Finding) {
		if f.Level != OK {
			faults = append(faults, f.Subject+": "+f.Text)
		}
	})
	if err != nil {
		s.Fatal(err)
	}
	return faults
}

func TestWhatStaffAskedForIsBackedUpAndVerified(t *testing.T) {
	s := newStage(t, 2)
	e := s.prove(1, "a raw file")
	folder, c := s.backup()
	if len(c.Lost) > 0 {
		t.Errorf("lost are %v", c.Lost)
	}
	restored, lost, err := s.restore(folder)
	if err != nil || lost > 0 {
		t.Fatalf("restore: %v, %d lost", err, lost)
	}
	if err := restored.Bucket.Verify(t.Context(), e.Evidence, e.EvidenceSHA256); err != nil {
		t.Error(err)
	}
	if faults := s.faults(restored); len(faults) > 0 {
		t.Errorf("verify found %v", faults)
	}
	s.put(e.Evidence, []byte("a raw fi1e"))
	if faults := s.faults(s.Installation); len(faults) != 1 || !strings.Contains(faults[0], e.Evidence) {
		t.Errorf("a flipped bit: verify found %v", faults)
	}
}

func TestOriginalsThatTheRulesHadRemovedAreNotMissed(t *testing.T) {
	s := newStage(t, 3)
	e := s.prove(1, "a raw file")
	s.letGo(e)
	if faults := s.faults(s.Installation); len(faults) > 0 {
		t.Errorf("verify found %v", faults)
	}
	folder, c := s.backup()
	if len(c.Lost) > 0 {
		t.Errorf("lost are %v", c.Lost)
	}
	if _, lost, err := s.restore(folder); err != nil || lost > 0 {
		t.Errorf("restore: %v, %d lost", err, lost)
	}
}

func TestOriginalsThatTheRulesHadRemovedWhileABackupRanAreNotInIt(t *testing.T) {
	s := newStage(t, 4)
	e := s.prove(2, "a raw file")
	var once sync.Once
	s.driver.onOpen = func(string) error { once.Do(func() { s.letGo(e) }); return nil }
	folder, c := s.backup()
	if len(c.Lost) > 0 {
		t.Errorf("lost are %v, want none", c.Lost)
	}
	restored, lost, err := s.restore(folder)
	if err != nil || lost > 0 {
		t.Fatalf("restore: %v, %d lost", err, lost)
	}
	if faults := s.faults(restored); len(faults) > 0 {
		t.Errorf("verify found %v", faults)
	}
}
