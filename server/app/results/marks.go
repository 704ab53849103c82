package results

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// Errors of marks.
var (
	// ErrAward says that the words of an award are too long, or in one language only.
	ErrAward = errors.New("an award needs a line in both languages")
	// ErrNoPlace says that an entry has no place in the certified result, so it can win nothing.
	ErrNoPlace = errors.New("the entry has no place in the certified result")
	// ErrManyFeatured says that as many entries are featured as a page shows.
	ErrManyFeatured = errors.New("too many featured entries")
)

// Feature marks a published entry as featured, or takes the mark away. Errors: store.ErrNotFound where the entry is not
// shown, ErrManyFeatured.
func (s *Service) Feature(ctx context.Context, staff contest.StaffID, id contest.EntryID, on bool) error {
	return s.mark(ctx, id, func(tx *store.Tx, e contest.Entry) error {
		if !on {
			return errors.Join(tx.DeleteMark(id, contest.Featured), tx.Audit(marked(staff, "entry.unfeature", id)))
		}
		if e.Status != contest.Published {
			return fmt.Errorf("feature entry %s: %w", id, store.ErrNotFound)
		}
		marks, err := tx.Marks(e.Challenge)
		if err != nil {
			return err
		}
		featured, before := 0, false
		for _, m := range marks {
			if m.Kind == contest.Featured {
				featured, before = featured+1, before || m.Entry == id
			}
		}
		if before {
			return nil
		}
		if featured >= contest.MaxFeatured {
			return ErrManyFeatured
		}
		mark := contest.Mark{Challenge: e.Challenge, Entry: id, Kind: contest.Featured, Staff: staff}
		return errors.Join(tx.SetMark(mark), tx.Audit(marked(staff, "entry.feature", id)), s.tell(tx, e, news.EntryFeatured))
	})
}

// marked is what staff said of an entry.
func marked(staff contest.StaffID, action string, id contest.EntryID) store.Act {
	return store.Act{Staff: staff, Action: action, Object: "entry/" + string(id)}
}

// IsFeatured reports whether an entry is marked as featured.
func (s *Service) IsFeatured(ctx context.Context, e contest.Entry) (featured bool, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		marks, err := tx.Marks(e.Challenge)
		featured = slices.ContainsFunc(marks, func(m contest.Mark) bool { return m.Entry == e.ID && m.Kind == contest.Featured })
		return err
	})
	return featured, err
}

// Award says what an entry won; no words take it away. Errors: ErrAward, ErrNoPlace.
func (s *Service) Award(ctx context.Context, staff contest.StaffID, id contest.EntryID, words contest.Text) error {
	words.ZH, words.EN = strings.TrimSpace(words.ZH), strings.TrimSpace(words.EN)
	long := utf8.RuneCountInString(words.ZH) > contest.MaxAward || utf8.RuneCountInString(words.EN) > contest.MaxAward
	if words != (contest.Text{}) && !words.Complete() || long {
		return ErrAward
	}
	return s.mark(ctx, id, func(tx *store.Tx, e contest.Entry) error {
		if err := tx.Audit(marked(staff, "entry.award", id)); err != nil {
			return err
		}
		if words == (contest.Text{}) {
			return tx.DeleteMark(id, contest.Award)
		}
		if err := hasPlace(tx, e); err != nil {
			return err
		}
		mark := contest.Mark{Challenge: e.Challenge, Entry: id, Kind: contest.Award, Text: words, Staff: staff}
		return errors.Join(tx.SetMark(mark), s.tell(tx, e, news.EntryWon))
	})
}

// hasPlace reports an entry that the certified result has no place for.
func hasPlace(tx *store.Tx, e contest.Entry) error {
	all, err := tx.Certifications(e.Challenge)
	if err != nil {
		return err
	}
	certified := confirmed(all)
	if len(certified) == 0 {
		return ErrNoPlace
	}
	result, err := read(tx, certified[len(certified)-1])
	if err != nil {
		return err
	}
	if _, ok := result.Place(e.Number); !ok {
		return ErrNoPlace
	}
	return nil
}

// mark runs do with an entry as it is then, in an update of its challenge.
func (s *Service) mark(ctx context.Context, id contest.EntryID, do func(*store.Tx, contest.Entry) error) error {
	var e contest.Entry
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		e, err = tx.Entry(id)
		return err
	})
	if err != nil {
		return err
	}
	return s.store.UpdateIn(ctx, e.Challenge, func(tx *store.Tx) error {
		if e, err = tx.Entry(id); err != nil {
			return err
		}
		return do(tx, e)
	})
}
