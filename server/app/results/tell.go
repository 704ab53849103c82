package results

import (
	"slices"

	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// PassedOver is the note of the news that an entry may not be reposted any more because the certified result passes it over.
const PassedOver = "passed_over"

// readAtOnce is how many entries are read by one statement: a result may pass thousands over.
const readAtOnce = 500

// tell tells of an entry that staff or the result single out.
func (s *Service) tell(tx *store.Tx, e contest.Entry, kind news.Kind) error {
	c, err := tx.Challenge(e.Challenge)
	if err != nil {
		return err
	}
	return s.news.Tell(tx, about(c, e, kind))
}

// about is the news of one entry. That it won is one piece of news, whether the result says so or an award.
func about(c contest.Challenge, e contest.Entry, kind news.Kind) news.Item {
	item := news.Item{Kind: kind, Campaign: c.Campaign, Challenge: c.ID, Entry: e.ID, Fan: e.Fan}
	if kind == news.EntryWon {
		item.ID = "won-" + string(e.ID)
	}
	return item
}

// tellResult tells that a result is certified, of those who win by it and did not before, and of those that it passes over and that
// partners reposted till now. Before is nil for the first.
func (s *Service) tellResult(tx *store.Tx, c contest.Challenge, r contest.Result, before *contest.Result) error {
	if before == nil {
		before = &contest.Result{}
	}
	if err := s.news.Tell(tx, news.Item{Kind: news.ResultReady, Campaign: c.Campaign, Challenge: c.ID}); err != nil {
		return err
	}
	won, err := tx.EntriesByNumbers(c.ID, newer(winners(r), winners(*before)))
	if err != nil {
		return err
	}
	for _, e := range won {
		if err := s.news.Tell(tx, about(c, e, news.EntryWon)); err != nil {
			return err
		}
	}
	return s.tellOver(tx, c, newer(over(r), over(*before)))
}

// tellOver tells of entries that lost their place while partners were allowed to repost them.
func (s *Service) tellOver(tx *store.Tx, c contest.Challenge, numbers []contest.EntryNumber) error {
	for some := range slices.Chunk(numbers, readAtOnce) {
		entries, err := tx.EntriesByNumbers(c.ID, some)
		if err != nil {
			return err
		}
		ids := make([]contest.EntryID, len(entries))
		for i, e := range entries {
			ids[i] = e.ID
		}
		grants, err := tx.GrantsOf(ids)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.Status != contest.Published || !grants[e.ID].Open(tx.Now()) {
				continue
			}
			item := about(c, e, news.RightsEnded)
			item.Note = PassedOver
			if err := s.news.Tell(tx, item); err != nil {
				return err
			}
		}
	}
	return nil
}

func winners(r contest.Result) (numbers []contest.EntryNumber) {
	for _, p := range r.Places[:r.Winners] {
		numbers = append(numbers, p.Entry)
	}
	return numbers
}

func over(r contest.Result) (numbers []contest.EntryNumber) {
	for _, p := range r.PassedOver {
		numbers = append(numbers, p.Entry)
	}
	return numbers
}

// newer are the numbers that were not there before.
func newer(now, before []contest.EntryNumber) []contest.EntryNumber {
	known := make(map[contest.EntryNumber]bool, len(before)) // there may be thousands of both
	for _, n := range before {
		known[n] = true
	}
	return slices.DeleteFunc(now, func(n contest.EntryNumber) bool { return known[n] })
}
