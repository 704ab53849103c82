package entries

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"fanfare/search"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/store"
)

// reindex makes the search index agree with the entry as it is now.
func (s *Service) reindex(ctx context.Context, j job.Job) error {
	e, err := s.Entry(ctx, contest.EntryID(j.Key))
	if errors.Is(err, store.ErrNotFound) || err == nil && e.Status != contest.Published {
		return s.index.Delete(ctx, []string{j.Key})
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

// rebuildBatch is how many entries one statement of a rebuild reads.
const rebuildBatch = 500

// Rebuild fills the search index anew from the database.
func (s *Service) Rebuild(ctx context.Context) error {
	if err := s.index.Reset(ctx); err != nil {
		return fmt.Errorf("rebuild index: %w", err)
	}
	challenges, err := s.campaigns.Challenges(ctx)
	if err != nil {
		return err
	}
	for _, c := range challenges {
		if err := s.rebuildOne(ctx, c); err != nil {
			return fmt.Errorf("rebuild index of %s: %w", c.Slug, err)
		}
	}
	return nil
}

func (s *Service) rebuildOne(ctx context.Context, c contest.Challenge) error {
	for cursor := ""; ; {
		page, err := s.List(ctx, c.ID, "newest", 0, cursor, rebuildBatch)
		if err != nil {
			return err
		}
		documents := make([]search.Document, len(page.Entries))
		for i, e := range page.Entries {
			documents[i] = document(c, e)
		}
		if err := s.index.Put(ctx, documents); err != nil {
			return err
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}
