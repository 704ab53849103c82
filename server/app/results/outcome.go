package results

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// Outcome is how far a challenge's result is, and the result as far as it is public.
type Outcome struct {
	Challenge contest.Challenge
	Stage     contest.Stage
	// Proposal waits to be confirmed; nil where none does.
	Proposal *store.Certification
	// Certified are the certified results, the first one and its amendments.
	Certified []store.Certification
	// Result is the newest certified one, or a proposed one where the rules hide no order before the certification; nil
	// where neither is.
	Result *contest.Result
	// Shows is how much of the result's numbers is public.
	Shows contest.Shows
	Marks []contest.Mark

	places map[contest.EntryNumber]int // index in Result.Places
}

// maxKnown is how many rankings are kept in memory: more than are looked at together, and not those of ten years.
const maxKnown = 32

// ranking is a result as it is asked for again and again.
type ranking struct {
	number int
	result *contest.Result
	places map[contest.EntryNumber]int
}

// Outcome returns how far a launched challenge's result is.
func (s *Service) Outcome(ctx context.Context, c contest.Challenge) (o Outcome, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Certifications(c.ID)
		if err != nil {
			return err
		}
		o.Certified, o.Proposal = confirmed(all), open(all)
		if len(o.Certified) > 0 { // which another replica may not have told us yet
			c.CertifiedAt = o.Certified[0].ConfirmedAt
		}
		o.Challenge = c
		o.Stage = c.Stage(tx.Now(), o.Proposal != nil)
		if o.Marks, err = tx.Marks(c.ID); err != nil {
			return err
		}
		known, err := s.ranking(tx, o.published())
		if err == nil && known != nil {
			o.Result, o.places, o.Shows = known.result, known.places, c.Shows()
		}
		return err
	})
	return o, err
}

// outcomeMemory is how long Recent knows an outcome as it was: each who looks at an entry asks for it, and amendments are rare.
const outcomeMemory = 5 * time.Second

// recent is an outcome as it was read.
type recent struct {
	outcome Outcome
	until   time.Time
}

// Recent returns what Outcome does, from memory for outcomeMemory.
func (s *Service) Recent(ctx context.Context, c contest.Challenge) (Outcome, error) {
	s.mu.Lock()
	known, ok := s.recent[c.ID]
	s.mu.Unlock()
	if ok && time.Now().Before(known.until) {
		return known.outcome, nil
	}
	o, err := s.Outcome(ctx, c)
	if err != nil {
		return o, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.recent) >= maxKnown {
		clear(s.recent)
	}
	s.recent[c.ID] = recent{o, time.Now().Add(outcomeMemory)}
	return o, nil
}

// forget has the next Recent read the outcome anew.
func (s *Service) forget(id contest.ChallengeID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.recent, id)
}

// published is the certification whose result the public may see; nil for none.
func (o Outcome) published() *store.Certification {
	switch n := len(o.Certified); {
	case n > 0:
		return &o.Certified[n-1]
	case o.Proposal != nil && !o.Challenge.Concealed():
		return o.Proposal
	}
	return nil
}

// ranking reads a result, or takes it from memory: one of many entries has megabytes.
func (s *Service) ranking(tx *store.Tx, c *store.Certification) (*ranking, error) {
	if c == nil {
		return nil, nil
	}
	s.mu.Lock()
	known := s.known[c.Challenge]
	s.mu.Unlock()
	if known != nil && known.number == c.Number {
		return known, nil
	}
	result, err := read(tx, *c)
	if err != nil {
		return nil, err
	}
	known = &ranking{c.Number, result, make(map[contest.EntryNumber]int, len(result.Places))}
	for i, p := range result.Places {
		known.places[p.Entry] = i
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= maxKnown {
		clear(s.known)
	}
	s.known[c.Challenge] = known
	return known, nil
}

func read(tx *store.Tx, c store.Certification) (*contest.Result, error) {
	text, err := tx.ResultText(c.Challenge, c.Number)
	if err != nil {
		return nil, err
	}
	r := &contest.Result{}
	if err := json.Unmarshal([]byte(text), r); err != nil {
		return nil, fmt.Errorf("parse result %d of challenge %s: %w", c.Number, c.Challenge, err)
	}
	return r, nil
}

// Text returns the exact bytes of a certified result: 0 is the first one, higher numbers its amendments, -1 the newest.
func (s *Service) Text(ctx context.Context, id contest.ChallengeID, amendment int) (text string, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Certifications(id)
		if err != nil {
			return err
		}
		certified := confirmed(all)
		if amendment == -1 {
			amendment = len(certified) - 1
		}
		if amendment < 0 || amendment >= len(certified) {
			return fmt.Errorf("result %d of challenge %s: %w", amendment, id, store.ErrNotFound)
		}
		text, err = tx.ResultText(id, certified[amendment].Number)
		return err
	})
	return text, err
}

// Place returns where an entry stands in the result.
func (o Outcome) Place(number contest.EntryNumber) (contest.Placed, bool) {
	i, ok := o.places[number]
	if !ok {
		return contest.Placed{}, false
	}
	return o.Result.Places[i], true
}

// Line is one place with its entry and what it won.
type Line struct {
	contest.Placed
	// Entry is nil where it is not shown any more: the place stays. Withdrawn says that its fan wished so.
	Entry     *contest.Entry
	Withdrawn bool
	Award     contest.Text
}

// Lines returns up to n places from a rank on (the first is 1).
func (s *Service) Lines(ctx context.Context, o Outcome, from, n int) ([]Line, error) {
	if o.Result == nil || from < 1 || from > len(o.Result.Places) {
		return nil, nil
	}
	places := o.Result.Places[from-1:]
	places = places[:min(n, len(places))]
	numbers := make([]contest.EntryNumber, len(places))
	for i, p := range places {
		numbers[i] = p.Entry
	}
	var found []contest.Entry
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		found, err = tx.EntriesByNumbers(o.Challenge.ID, numbers)
		return err
	})
	if err != nil {
		return nil, err
	}
	byNumber := make(map[contest.EntryNumber]*contest.Entry, len(found))
	for i := range found {
		byNumber[found[i].Number] = &found[i]
	}
	lines := make([]Line, len(places))
	for i, p := range places {
		lines[i].Placed = p
		switch e := byNumber[p.Entry]; {
		case e != nil && e.Status == contest.Published:
			lines[i].Entry, lines[i].Award = e, o.award(e.ID)
		case e != nil:
			lines[i].Withdrawn = e.Status == contest.Withdrawn
		}
	}
	return lines, nil
}

// award is what an entry won, by staff's word.
func (o Outcome) award(id contest.EntryID) contest.Text {
	for _, m := range o.Marks {
		if m.Entry == id && m.Kind == contest.Award {
			return m.Text
		}
	}
	return contest.Text{}
}

// Featured returns the featured entries that are shown, in the order in which staff marked them.
func (s *Service) Featured(ctx context.Context, o Outcome) ([]contest.Entry, error) {
	var ids []contest.EntryID
	for _, m := range o.Marks {
		if m.Kind == contest.Featured {
			ids = append(ids, m.Entry)
		}
	}
	var found []contest.Entry
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		found, err = tx.EntriesByIDs(ids)
		return err
	})
	return slices.DeleteFunc(found, func(e contest.Entry) bool { return e.Status != contest.Published }), err
}
