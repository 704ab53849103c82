package people

import (
	"context"
	"slices"

	"fanfare/server/store"
)

// askedTogether is how many sessions are asked for in one question.
const askedTogether = 500

// Ended returns those of the sessions, by their tokens' hashes, that are over: expired, or gone with their fan or their site. It asks the
// database, so that what another replica ended is over here as well.
func (s *Service) Ended(ctx context.Context, hashes []string) (ended []string, err error) {
	for some := range slices.Chunk(hashes, askedTogether) {
		var alive []string
		err := s.store.View(ctx, func(tx *store.Tx) (err error) {
			alive, err = tx.AliveTokens(some, s.now())
			return err
		})
		if err != nil {
			return nil, err
		}
		slices.Sort(alive)
		for _, hash := range some {
			if _, found := slices.BinarySearch(alive, hash); !found {
				ended = append(ended, hash)
			}
		}
	}
	return ended, nil
}
