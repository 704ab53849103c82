package entries

import (
	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// tell tells of an entry that goes from the status that it has to another one. A published one that goes anywhere is to be shown
// nowhere any more; one that is published again is told of again.
func (s *Service) tell(tx *store.Tx, e contest.Entry, to contest.Status) error {
	var kinds []news.Kind
	if e.Status == contest.Published && to != contest.Published || to == contest.Withdrawn {
		kinds = append(kinds, news.EntryWithdrawn)
	}
	switch to {
	case contest.Processing:
		kinds = append(kinds, news.EntryReceived)
	case contest.Published:
		kinds = append(kinds, news.EntryPublished)
	case contest.Rejected:
		kinds = append(kinds, news.EntryRejected)
	}
	if len(kinds) == 0 {
		return nil
	}
	campaign, err := tx.CampaignOf(e.Challenge)
	if err != nil {
		return err
	}
	for _, kind := range kinds {
		item := news.Item{Kind: kind, Campaign: campaign, Challenge: e.Challenge, Entry: e.ID, Fan: e.Fan, Note: string(to)}
		if err := s.news.Tell(tx, item); err != nil {
			return err
		}
	}
	return nil
}
