package entries

import (
	"context"
	"fmt"
	"slices"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/store"
)

// Withdraw takes the fan's own entry out of the challenge for good; its photos are removed. Errors: *contest.Refusal,
// store.ErrNotFound for an entry that is not theirs.
func (s *Service) Withdraw(ctx context.Context, fan access.Session, id contest.EntryID) error {
	return s.change(ctx, id, func(tx *store.Tx, e contest.Entry) error {
		if e.Fan != fan.Fan.ID {
			return fmt.Errorf("withdraw %s: %w", id, store.ErrNotFound)
		}
		if e.Status == contest.Withdrawn {
			return nil
		}
		if err := s.decide(tx, e, contest.Withdrawn, "", ""); err != nil {
			return err
		}
		return s.queue.Insert(tx, job.Job{Kind: purgeJob, Key: string(id)})
	})
}

// Publish shows an entry to the public.
func (s *Service) Publish(ctx context.Context, id contest.EntryID) error {
	return s.move(ctx, id, contest.Published, "", "")
}

// Reject keeps an entry from the public, with a reason and perhaps words that the fan reads.
func (s *Service) Reject(ctx context.Context, id contest.EntryID, reason contest.Reason, note string) error {
	if !slices.Contains(contest.ModeratorReasons, reason) {
		return fmt.Errorf("reject %s: %w", id, ErrReportReason)
	}
	return s.move(ctx, id, contest.Rejected, reason, bounded(note))
}

// Reopen puts an entry back into the queue: a moderator's undo.
func (s *Service) Reopen(ctx context.Context, id contest.EntryID) error {
	return s.move(ctx, id, contest.Pending, "", "")
}

func (s *Service) move(ctx context.Context, id contest.EntryID, to contest.Status, reason contest.Reason, note string) error {
	return s.change(ctx, id, func(tx *store.Tx, e contest.Entry) error {
		return s.decide(tx, e, to, reason, note)
	})
}

// change runs do with an entry as it is then, in an update of its challenge.
func (s *Service) change(ctx context.Context, id contest.EntryID, do func(*store.Tx, contest.Entry) error) error {
	e, err := s.Entry(ctx, id)
	if err != nil {
		return err
	}
	return s.store.UpdateIn(ctx, e.Challenge, func(tx *store.Tx) error {
		e, err := tx.Entry(id)
		if err != nil {
			return err
		}
		return do(tx, e)
	})
}

// decide moves an entry and lets the index follow.
func (s *Service) decide(tx *store.Tx, e contest.Entry, to contest.Status, reason contest.Reason, note string) error {
	shown := to == contest.Published || to == contest.Pending
	if !contest.MayMove(e.Status, to) || shown && len(e.Photo.Renditions) == 0 {
		return &contest.Refusal{Reason: contest.WrongStatus, Params: map[string]string{"status": string(e.Status)}}
	}
	if _, err := tx.Decide(e.ID, to, reason, note); err != nil {
		return err
	}
	return s.queue.Insert(tx, job.Job{Kind: indexJob, Key: string(e.ID)})
}

// Item is an entry as a moderator sees it.
type Item struct {
	contest.Entry
	Challenge contest.Challenge
	Reports   []contest.Report
}

// Queue returns the entries that wait for a decision, oldest first, and how many wait in all.
func (s *Service) Queue(ctx context.Context, limit int) (items []Item, waiting int, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		statuses := []contest.Status{contest.Pending}
		list, err := tx.Queue(statuses, limit)
		if err != nil {
			return err
		}
		if waiting, err = tx.CountQueue(statuses); err != nil {
			return err
		}
		items, err = moderated(tx, list, nil)
		return err
	})
	return items, waiting, err
}

// Reported returns the entries that up to limit open reports are about, the oldest report first.
func (s *Service) Reported(ctx context.Context, limit int) (items []Item, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		open, err := tx.OpenReports(limit)
		if err != nil {
			return err
		}
		reports := map[contest.EntryID][]contest.Report{}
		var ids []contest.EntryID
		for _, r := range open {
			if reports[r.Entry] == nil {
				ids = append(ids, r.Entry)
			}
			reports[r.Entry] = append(reports[r.Entry], r)
		}
		list, err := tx.EntriesByIDs(ids)
		if err != nil {
			return err
		}
		items, err = moderated(tx, list, reports)
		return err
	})
	return items, err
}

// moderated adds to each entry what a moderator needs beside it.
func moderated(tx *store.Tx, list []contest.Entry, reports map[contest.EntryID][]contest.Report) ([]Item, error) {
	challenges := map[contest.ChallengeID]contest.Challenge{}
	items := make([]Item, 0, len(list))
	for _, e := range list {
		c, ok := challenges[e.Challenge]
		if !ok {
			var err error
			if c, err = tx.Challenge(e.Challenge); err != nil {
				return nil, err
			}
			challenges[e.Challenge] = c
		}
		items = append(items, Item{e, c, reports[e.ID]})
	}
	return items, nil
}

// ResolveReports closes the open reports about an entry.
func (s *Service) ResolveReports(ctx context.Context, id contest.EntryID) error {
	return s.store.Update(ctx, func(tx *store.Tx) error { return tx.ResolveReports(id) })
}

// ReportReasons are what a visitor chooses from.
var ReportReasons = []string{"rights", "person", "offensive", "off_topic", "other"}

// MaxNote bounds what a moderator writes to a fan, and a visitor to the moderators, in code points.
const MaxNote = 1000

// bounded is what is kept of a note.
func bounded(note string) string {
	kept := []rune(shown(note))
	return string(kept[:min(len(kept), MaxNote)])
}

// Report files a visitor's complaint about a published entry. fan is empty for a visitor without a session.
func (s *Service) Report(ctx context.Context, fan contest.FanID, id contest.EntryID, reason, note string) error {
	if !slices.Contains(ReportReasons, reason) {
		return ErrReportReason
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		e, err := tx.Entry(id)
		if err != nil {
			return err
		}
		if e.Status != contest.Published {
			return fmt.Errorf("report %s: %w", id, store.ErrNotFound)
		}
		return tx.InsertReport(contest.Report{
			Entry: id, Fan: fan, Reason: reason, Note: bounded(note),
		})
	})
}
