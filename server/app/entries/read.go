package entries

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"fanfare/search"
	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/standing"
	"fanfare/server/store"
)

// Entry returns an entry in whatever status.
func (s *Service) Entry(ctx context.Context, id contest.EntryID) (e contest.Entry, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		e, err = tx.Entry(id)
		return err
	})
	return e, err
}

// Visible returns an entry that this visitor may see: a published one, or the fan's own. Anything else is
// store.ErrNotFound, so that nobody learns that it exists. viewer is nil for a visitor without a session.
func (s *Service) Visible(ctx context.Context, viewer *access.Session, id contest.EntryID) (contest.Entry, error) {
	e, err := s.Entry(ctx, id)
	if err != nil {
		return contest.Entry{}, err
	}
	own := viewer != nil && e.Fan == viewer.Fan.ID
	if e.Status != contest.Published && !own {
		return contest.Entry{}, fmt.Errorf("entry %s: %w", id, store.ErrNotFound)
	}
	return e, nil
}

// Page is some of a list and where to go on; Next is empty at the end.
type Page struct {
	Entries []contest.Entry
	Next    string
}

// List pages through the published entries: "newest", "shuffle" (the same order for the same seed) or "top" (the
// board's order).
func (s *Service) List(ctx context.Context, c contest.ChallengeID, sort string, seed uint64, cursor string, limit int) (page Page, err error) {
	if sort == "top" {
		return s.top(ctx, c, cursor, limit)
	}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		q := store.EntryQuery{Challenge: c, Statuses: []contest.Status{contest.Published}, Sort: store.Sort(sort), Seed: seed, After: cursor, Limit: limit}
		found, err := tx.EntriesPage(q)
		page = Page(found)
		return err
	})
	return page, err
}

// OfCity pages through a city's entries that were neither rejected nor withdrawn, the newest first.
func (s *Service) OfCity(ctx context.Context, c contest.ChallengeID, city, cursor string, limit int) (page Page, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		standing := []contest.Status{contest.Processing, contest.Pending, contest.Published}
		found, err := tx.EntriesPage(store.EntryQuery{Challenge: c, Statuses: standing, City: city, Sort: store.Newest, After: cursor, Limit: limit})
		page = Page(found)
		return err
	})
	return page, err
}

// Latest returns the published entries of a board that were submitted last, the newest first. Of a tag and of what rises it knows those
// alone that the board shows.
func (s *Service) Latest(ctx context.Context, board standing.Key, n int) (list []contest.Entry, err error) {
	q := store.EntryQuery{Challenge: board.Challenge, Statuses: []contest.Status{contest.Published}, Sort: store.Newest, Limit: n}
	switch board.Scope.Kind {
	case contest.OverallBoard:
	case contest.CityBoard:
		q.City = board.Scope.ID
	case contest.PartnerBoard:
		q.Partner = board.Scope.ID
	default:
		return s.latestShown(ctx, board, n)
	}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		found, err := tx.EntriesPage(q)
		list = found.Entries
		return err
	})
	return list, err
}

func (s *Service) latestShown(ctx context.Context, board standing.Key, n int) ([]contest.Entry, error) {
	top, err := s.boards.Top(ctx, board, standing.MaxTop)
	if err != nil || top.Shows == contest.NothingShown {
		return nil, err
	}
	ids := make([]contest.EntryID, len(top.Rows))
	for i, row := range top.Rows {
		ids[i] = row.Entry
	}
	list, err := s.published(ctx, ids)
	slices.SortFunc(list, func(a, b contest.Entry) int { return cmp.Compare(b.Number, a.Number) })
	return list[:min(n, len(list))], err
}

func (s *Service) top(ctx context.Context, c contest.ChallengeID, cursor string, limit int) (Page, error) {
	from, err := offset(cursor)
	if err != nil {
		return Page{}, err
	}
	placed, err := s.boards.Order(ctx, standing.Overall(c), from+1, limit+1)
	if err != nil {
		return Page{}, err
	}
	page := Page{}
	if len(placed) > limit {
		placed, page.Next = placed[:limit], after(from+limit)
	}
	ids := make([]contest.EntryID, len(placed))
	for i, p := range placed {
		ids[i] = p.Entry
	}
	page.Entries, err = s.published(ctx, ids)
	return page, err
}

// Search finds published entries by words of the caption, by hashtag, author, city or number. The index only proposes:
// the database's status decides what is shown.
func (s *Service) Search(ctx context.Context, c contest.ChallengeID, text, cursor string, limit int) (Page, error) {
	from, err := offset(cursor)
	if err != nil {
		return Page{}, err
	}
	result, err := s.index.Search(ctx, search.Query{Challenge: string(c), Text: text, Offset: from, Limit: limit})
	if err != nil {
		return Page{}, fmt.Errorf("search: %w", err)
	}
	ids := make([]contest.EntryID, len(result.Hits))
	for i, hit := range result.Hits {
		ids[i] = contest.EntryID(hit.ID)
	}
	page := Page{}
	if result.More {
		page.Next = after(from + limit)
	}
	page.Entries, err = s.published(ctx, ids)
	return page, err
}

// published returns those of the entries that are published, in the order asked for.
func (s *Service) published(ctx context.Context, ids []contest.EntryID) (list []contest.Entry, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		list, err = tx.EntriesByIDs(ids)
		return err
	})
	kept := list[:0]
	for _, e := range list {
		if e.Status == contest.Published {
			kept = append(kept, e)
		}
	}
	return kept, err
}

// maxOffset bounds paging by offset; beyond it a finer search serves better.
const maxOffset = 10_000

// after is the cursor of the page that begins behind so many; none where paging ends.
func after(n int) string {
	if n > maxOffset {
		return ""
	}
	return strconv.Itoa(n)
}

func offset(cursor string) (int, error) {
	if cursor == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(cursor)
	if err != nil || n < 0 || n > maxOffset {
		return 0, fmt.Errorf("cursor %q: %w", cursor, store.ErrCursor)
	}
	return n, nil
}
