package entries

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// wordsSetting is the setting that keeps the lists, once staff have changed them.
const wordsSetting = "words"

// Words returns the lists of words that make an entry wait for a moderator.
func (s *Service) Words(ctx context.Context) (w contest.WordLists, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		w, err = words(tx)
		return err
	})
	return w, err
}

func words(tx *store.Tx) (w contest.WordLists, err error) {
	text, err := tx.Setting(wordsSetting)
	if errors.Is(err, store.ErrNotFound) {
		return contest.StartingWords, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &w)
	}
	if err != nil {
		return w, fmt.Errorf("read word lists: %w", err)
	}
	return w, nil
}

// SaveWords replaces the lists; entries are judged by them from then on. Blank lines, repetitions, and what is beyond
// contest.MaxWords are left out.
func (s *Service) SaveWords(ctx context.Context, w contest.WordLists) error {
	text, err := json.Marshal(w.Tidy())
	if err != nil {
		return fmt.Errorf("save word lists: %w", err)
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.SetSetting(wordsSetting, string(text)); err != nil {
			return err
		}
		return tx.Audit(store.Act{Action: "challenge.words"})
	})
}
