package entries

import (
	"context"
	"errors"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// PhotoServed reports whether an entry's photos may be shown to the public now.
func (s *Service) PhotoServed(ctx context.Context, id contest.EntryID) (bool, error) {
	e, err := s.Entry(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && e.PhotoServed(), err
}
