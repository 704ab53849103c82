package entries

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"fanfare/search"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/store"
)

// indexers is how many entries are indexed at once. Each mostly waits, and a search server takes all that come together
// as one task; so they are many.
const indexers = 32

// indexPause is how long an index that is away is left alone.
const indexPause = 5 * time.Second

// reindex makes the search index agree with the entry as it is now. While the index is away it waits: a job that failed
// would be written, read and written again, and its pauses would grow until an hour's backlog took hours to drain.
func (s *Service) reindex(ctx context.Context, j job.Job) error {
	for {
		err := s.indexEntry(ctx, contest.EntryID(j.Key))
		away := errors.Is(err, search.ErrUnavailable)
		s.indexAway.saw(s.log, "search index", away, err)
		if !away {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(indexPause):
		}
	}
}

func (s *Service) indexEntry(ctx context.Context, id contest.EntryID) error {
	e, err := s.Entry(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && e.Status != contest.Published {
		return s.index.Delete(ctx, []string{string(id)})
	}
	if err != nil {
		return err
	}
	c, err := s.campaigns.Launched(ctx, e.Challenge)
	if err != nil {
		return err
	}
	if err := s.index.Put(ctx, []search.Document{document(c, e)}); err != nil {
		return fmt.Errorf("index %s: %w", e.ID, err)
	}
	return nil
}

func document(c contest.Challenge, e contest.Entry) search.Document {
	return search.Document{
		ID: string(e.ID), Challenge: string(e.Challenge), Number: uint32(e.Number),
		Caption: e.Caption, Author: e.Author, Tags: e.Tags, City: bothNames(c.Cities, e.City),
	}
}

func bothNames(choices []contest.Choice, id string) string {
	for _, c := range choices {
		if c.ID == id {
			return strings.TrimSpace(c.Name.ZH + " " + c.Name.EN)
		}
	}
	return ""
}

// KeepIndex has the search index rebuilt if it is stale: a new one, or one whose server lost it. A job does that, so that
// only one replica does.
func (s *Service) KeepIndex(ctx context.Context) error {
	stale, err := s.index.Stale(ctx)
	if err != nil || !stale {
		return err
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		return s.queue.Insert(tx, job.Job{Kind: rebuildJob, Key: "index"})
	})
}

// rebuild rebuilds the index, unless that was done since the job was inserted.
func (s *Service) rebuild(ctx context.Context, _ job.Job) error {
	stale, err := s.index.Stale(ctx)
	if err != nil || !stale {
		return err
	}
	return s.RebuildIndex(ctx)
}

// RebuildIndex fills the search index anew from the database. What changed meanwhile is indexed again by jobs, because the
// rebuild may have undone it.
func (s *Service) RebuildIndex(ctx context.Context) error {
	if err := s.index.Rebuild(ctx, s.documents(ctx)); err != nil {
		return fmt.Errorf("rebuild index: %w", err)
	}
	return s.repairIndex(ctx)
}

// CompareIndex says where the search index differs from the database. While entries change or index jobs wait, some do.
func (s *Service) CompareIndex(ctx context.Context) (search.Difference, error) {
	return s.index.Compare(ctx, s.documents(ctx))
}

// repairIndex arms the job of every entry of which the index holds something else than the database.
func (s *Service) repairIndex(ctx context.Context) error {
	diff, err := s.CompareIndex(ctx)
	if err != nil {
		return fmt.Errorf("compare index: %w", err)
	}
	for ids := range slices.Chunk(diff.IDs(), indexBatch) {
		err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
			for _, id := range ids {
				err = errors.Join(err, s.queue.Insert(tx, job.Job{Kind: indexJob, Key: id}))
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("repair index: %w", err)
		}
	}
	return nil
}

// indexBatch is how many entries one statement reads for the index, and how many jobs one commit arms.
const indexBatch = 500

// documents are what the search index should hold: the published entries of all challenges, as they are when they are
// reached.
func (s *Service) documents(ctx context.Context) iter.Seq2[search.Document, error] {
	return func(yield func(search.Document, error) bool) {
		challenges, err := s.campaigns.Challenges(ctx)
		if err != nil {
			yield(search.Document{}, err)
			return
		}
		for _, c := range challenges {
			if !s.documentsOf(ctx, c, yield) {
				return
			}
		}
	}
}

// documentsOf yields the documents of a challenge, and reports whether to go on.
func (s *Service) documentsOf(ctx context.Context, c contest.Challenge, yield func(search.Document, error) bool) bool {
	for cursor := ""; ; {
		page, err := s.List(ctx, c.ID, "newest", 0, cursor, indexBatch)
		if err != nil {
			return yield(search.Document{}, fmt.Errorf("list entries of %s: %w", c.Slug, err))
		}
		for _, e := range page.Entries {
			if !yield(document(c, e), nil) {
				return false
			}
		}
		if cursor = page.Next; cursor == "" {
			return true
		}
	}
}
