package entries

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"time"

	"fanfare/media"
	"fanfare/media/blob"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/store"
)

const (
	// retireAfter is when renditions go that were replaced: pages that are open may still ask for them.
	retireAfter = 24 * time.Hour
	// youngRendition protects what was stored a moment ago and is named by no row yet.
	youngRendition = time.Hour
	// rebuildBatch is how many entries are done between two notes of how far it is.
	rebuildBatch = 32
	// rebuildMark is the setting that notes how far an unfinished rebuilding is.
	rebuildMark = "rebuild renditions"
)

// Rebuilding tells how far the rebuilding of renditions is.
type Rebuilding struct {
	Entries, Done int
	Resumed       bool // goes on where an earlier one was cut off
	Replaced      int  // entries whose photos are other files now
	Without       int  // entries whose original was removed by the rules; they keep what they have
	Failed        []RebuildFailure
}

// RebuildFailure is an entry whose original is damaged, missing, or refused now; it keeps the renditions that it has.
type RebuildFailure struct {
	Entry contest.EntryID
	Err   error
}

// rebuildNote is the setting's value.
type rebuildNote struct {
	After contest.EntryID `json:"after"`
	By    string          `json:"by"` // which program: another one begins anew
}

// RebuildRenditions renders every original once more and has its entry name what came out; files that nothing names any
// more are removed a day later. An interrupted one goes on where it was. Each is told after every batch; statuses stay.
func (s *Service) RebuildRenditions(ctx context.Context, each func(Rebuilding)) (r Rebuilding, err error) {
	note := rebuildNote{By: program()}
	if note.After, err = s.rebuilt(ctx, note.By); err != nil {
		return r, err
	}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		r.Done, r.Entries, err = tx.CountEntriesUpTo(note.After)
		return err
	})
	for r.Resumed = note.After != ""; err == nil; {
		each(r)
		var list []contest.Entry
		err = s.store.View(ctx, func(tx *store.Tx) (err error) {
			list, err = tx.EntriesAfter(note.After, rebuildBatch)
			return err
		})
		if err != nil || len(list) == 0 {
			break
		}
		if err = s.rebuildSome(ctx, list, &r); err == nil {
			note.After = list[len(list)-1].ID
			err = s.noteRebuilt(ctx, note)
		}
	}
	if err == nil {
		err = s.noteRebuilt(ctx, rebuildNote{})
	}
	if err != nil {
		return r, fmt.Errorf("rebuild renditions: %w", err)
	}
	return r, nil
}

// program names this build by its commit, so that a rebuilding that another one began is not taken for our own.
func program() string {
	info, known := debug.ReadBuildInfo()
	if !known {
		return ""
	}
	commit := slices.IndexFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "vcs.revision" })
	if commit < 0 {
		return ""
	}
	return info.Settings[commit].Value
}

// rebuilt returns the last entry that an unfinished rebuilding by the same program has done; empty for none.
func (s *Service) rebuilt(ctx context.Context, by string) (after contest.EntryID, err error) {
	var value string
	err = s.store.View(ctx, func(tx *store.Tx) error {
		value, err = tx.Setting(rebuildMark)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	var note rebuildNote
	if err == nil && json.Unmarshal([]byte(value), &note) == nil && note.By == by {
		after = note.After
	}
	return after, err
}

func (s *Service) noteRebuilt(ctx context.Context, note rebuildNote) error {
	value, _ := json.Marshal(note) // strings always marshal
	return s.store.Update(ctx, func(tx *store.Tx) error { return tx.SetSetting(rebuildMark, string(value)) })
}

// rebuildSome does entries side by side, as many as there are renderers.
func (s *Service) rebuildSome(ctx context.Context, list []contest.Entry, r *Rebuilding) error {
	var mu sync.Mutex // guards r and errs
	var errs []error
	var workers sync.WaitGroup
	entries := make(chan contest.Entry)
	for range s.renderers {
		workers.Go(func() {
			for e := range entries {
				replaced, err := s.rerender(ctx, e)
				mu.Lock()
				r.Done++
				switch {
				case replaced:
					r.Replaced++
				case errors.Is(err, errNoOriginal):
					r.Without++
				case ofPhoto(err):
					r.Failed = append(r.Failed, RebuildFailure{e.ID, err})
				case err != nil:
					errs = append(errs, fmt.Errorf("entry %s: %w", e.ID, err))
				}
				mu.Unlock()
			}
		})
	}
	for _, e := range list {
		entries <- e
	}
	close(entries)
	workers.Wait()
	return errors.Join(errs...)
}

// errNoOriginal means that the rules had the original removed.
var errNoOriginal = errors.New("the original was removed")

// ofPhoto reports whether one photo alone is at fault, so that the others can go on.
func ofPhoto(err error) bool {
	_, refused := errors.AsType[*media.Refused](err)
	return refused || errors.Is(err, blob.ErrNotFound) || errors.Is(err, blob.ErrCorrupt) || errors.Is(err, media.ErrStarved)
}

// rerender renders an entry's original once more. Equal renditions are stored again under the names they have, which mends
// damaged ones.
func (s *Service) rerender(ctx context.Context, e contest.Entry) (replaced bool, err error) {
	switch {
	case len(e.Photo.Renditions) == 0 || e.Status == contest.Withdrawn:
		return false, nil // nothing to make anew
	case e.Original == "":
		return false, errNoOriginal
	}
	c, err := s.campaigns.Challenge(ctx, e.Challenge)
	if err != nil {
		return false, err
	}
	photo, err := s.renditions(ctx, c, e, media.Options{Place: e.SharePlace})
	if errors.Is(err, blob.ErrNotFound) {
		if now, unread := s.Entry(ctx, e.ID); unread == nil && (now.Original == "" || now.Status == contest.Withdrawn) {
			return s.rerender(ctx, now) // the rules or its fan had it removed since it was listed: no photo is lost
		}
	}
	if err != nil {
		return false, err
	}
	err = s.change(ctx, e.ID, func(tx *store.Tx, now contest.Entry) error {
		replaced = false
		if now.Status == contest.Withdrawn {
			return s.queue.Insert(tx, job.Job{Kind: purgeJob, Key: string(e.ID)})
		}
		if samePhoto(now.Photo, photo) {
			return nil
		}
		replaced = true
		return s.replace(tx, e.ID, photo)
	})
	return replaced, err
}

// samePhoto compares photos as they are stored.
func samePhoto(a, b contest.Photo) bool {
	stored, errA := json.Marshal(a)
	made, errB := json.Marshal(b)
	return errors.Join(errA, errB) == nil && bytes.Equal(stored, made)
}

// replace stores what came out, lets duplicates be looked for by it, and has the files of before removed in time.
func (s *Service) replace(tx *store.Tx, id contest.EntryID, photo contest.Photo) error {
	hash, err := strconv.ParseUint(photo.Perceptual, 16, 64)
	if err != nil {
		return fmt.Errorf("read perceptual hash: %w", err)
	}
	if err := errors.Join(tx.ReplacePhoto(id, photo), tx.SetLikeness(id, hash)); err != nil {
		return err
	}
	return s.queue.Insert(tx, job.Job{Kind: retireJob, Key: string(id), RunAt: tx.Now().Add(retireAfter)})
}

// retire removes renditions that the entry names no longer.
func (s *Service) retire(ctx context.Context, j job.Job) error {
	e, err := s.Entry(ctx, contest.EntryID(j.Key))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	named := map[string]bool{}
	for _, r := range e.Photo.Renditions {
		named[PhotoPrefix+r.Key] = true
	}
	for object, err := range s.bucket.List(ctx, PhotoPrefix+string(e.ID)+"/") {
		if err == nil && !named[object.Key] && time.Since(object.ModTime) > youngRendition {
			err = s.bucket.Delete(ctx, object.Key)
		}
		if err != nil {
			return fmt.Errorf("retire renditions of %s: %w", e.ID, err)
		}
	}
	return nil
}
