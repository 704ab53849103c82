package reviews

import (
	"context"
	"errors"
	"fmt"

	"fanfare/server/access"
	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// complaintsShown bounds a page of complaints; the next ones follow as these are answered.
const complaintsShown = 20

// Complaint is an open complaint as staff see it.
type Complaint struct {
	contest.Complaint
	Item  contest.Entry
	Tally contest.Tally
}

func complaints(tx *store.Tx, c contest.ChallengeID) ([]Complaint, error) {
	open, err := tx.OpenComplaints(c, complaintsShown)
	if err != nil {
		return nil, err
	}
	list := make([]Complaint, len(open))
	for i, one := range open {
		e, errEntry := tx.Entry(one.Entry)
		t, errTally := tx.TallyOf(one.Entry)
		if err := errors.Join(errEntry, errTally); err != nil {
			return nil, err
		}
		list[i] = Complaint{one, e, t}
	}
	return list, nil
}

// Complain has staff look at the votes for the fan's own entry that do not count. Errors: *contest.Refusal, store.ErrNotFound for
// an entry that is not theirs.
func (s *Service) Complain(ctx context.Context, fan access.Session, id contest.EntryID, statement string) error {
	statement = entries.Bounded(statement, contest.MaxComplaint)
	return s.store.UpdateIn(ctx, fan.Challenge, func(tx *store.Tx) error {
		e, err := tx.Entry(id)
		if err != nil {
			return err
		}
		if e.Fan != fan.Fan.ID || e.Challenge != fan.Challenge || e.Status == contest.Withdrawn {
			return fmt.Errorf("complain for %s: %w", id, store.ErrNotFound)
		}
		mine, err := underReview(tx, id)
		if err != nil {
			return err
		}
		if err := contest.MayComplain(mine.Tally, mine.Open, statement); err != nil {
			return err
		}
		_, err = tx.InsertComplaint(contest.Complaint{Challenge: e.Challenge, Entry: id, Fan: e.Fan, Statement: statement})
		return err
	})
}

// Mine is what an entry's fan may know of the votes for it that do not count, and of their complaint.
type Mine struct {
	contest.Tally
	Open   bool   // a complaint waits
	Answer string // to the last one; empty where there is none
}

// Mine returns it for each of a fan's own entries.
func (s *Service) Mine(ctx context.Context, ids []contest.EntryID) (mine map[contest.EntryID]Mine, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		mine = make(map[contest.EntryID]Mine, len(ids))
		for _, id := range ids {
			one, err := underReview(tx, id)
			if err != nil {
				return err
			}
			mine[id] = one
		}
		return nil
	})
	return mine, err
}

func underReview(tx *store.Tx, id contest.EntryID) (m Mine, err error) {
	if m.Tally, err = tx.TallyOf(id); err != nil {
		return m, err
	}
	last, err := tx.LastComplaint(id)
	if errors.Is(err, store.ErrNotFound) {
		return m, nil
	}
	m.Open, m.Answer = err == nil && last.AnsweredAt.IsZero(), last.Answer
	return m, err
}

// Answer closes a complaint with words for the fan. Errors: store.ErrNotFound for one that is not open.
func (s *Service) Answer(ctx context.Context, staff contest.StaffID, id contest.ComplaintID, answer string) (c contest.Complaint, err error) {
	answer = entries.Bounded(answer, contest.MaxComplaint)
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		if c, err = tx.Complaint(id); err != nil {
			return err
		}
		c.Answer, c.Staff = answer, staff
		if err := tx.AnswerComplaint(c); err != nil {
			return err
		}
		return tx.Audit(store.Act{Staff: staff, Action: "vote.answer", Object: "entry/" + string(c.Entry)})
	})
	return c, err
}
