package entries

import (
	"errors"
	"testing"

	"fanfare/media/blob"
	"fanfare/media/blob/dirblob"
	"fanfare/server/contest"
	"fanfare/server/store"
)

func TestARebuildingTellsRemovedOriginalsFromLostOnes(t *testing.T) {
	in(t, func(p *place) {
		folder, err := dirblob.Open(t.TempDir())
		p.must(err)
		defer folder.Close()
		p.bucket = blob.NewBucket(folder)
		listed := func(since func(*store.Tx, contest.EntryID) error) error {
			e := p.put(p.fan, contest.Published)
			e.Original = "original/none"
			p.must(p.store.UpdateIn(p.Context(), p.challenge.ID, func(tx *store.Tx) error {
				if _, err := tx.Exec("UPDATE entries SET original = ? WHERE id = ?", e.Original, e.ID); err != nil {
					return err
				}
				return since(tx, e.ID)
			}))
			_, err := p.rerender(p.Context(), e)
			return err
		}
		if err := listed(func(*store.Tx, contest.EntryID) error { return nil }); !errors.Is(err, blob.ErrNotFound) {
			p.Errorf("a lost one: got %v, want not found", err)
		}
		if err := listed(func(tx *store.Tx, id contest.EntryID) error { return tx.DropOriginal(id) }); !errors.Is(err, errNoOriginal) {
			p.Errorf("one that the rules had removed: got %v, want that said", err)
		}
		err = listed(func(tx *store.Tx, id contest.EntryID) error {
			_, err := tx.Decide(id, contest.Withdrawn, "", "")
			return err
		})
		if err != nil {
			p.Errorf("one that its fan withdrew: %v", err)
		}
	})
}
