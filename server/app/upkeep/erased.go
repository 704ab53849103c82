package upkeep

import (
	"context"
	"errors"

	"fanfare/media/blob"
	"fanfare/server/app/erasures"
	"fanfare/server/store"
)

// verifyErasures looks whether the database went through the whole journal of erasures.
func (v Verification) verifyErasures(ctx context.Context, tell func(Finding)) error {
	c := &check{
		subject: "erasures", unit: "in the journal, and nobody of them in the database",
		remedy: "start the server: it goes through the journal; where an object is no note, put the bucket's folder erasures in order",
	}
	notes, err := erasures.NewJournal(v.Bucket).Read(ctx)
	if errors.Is(err, erasures.ErrJournal) {
		c.fault("%v", err)
	} else if err != nil {
		return err
	}
	var known map[string]bool
	err = v.Store.View(ctx, func(tx *store.Tx) error {
		known, err = tx.Erasures()
		return err
	})
	if err != nil {
		return err
	}
	for _, n := range notes {
		if c.looked++; !known[n.Fan] {
			c.fault("a fan who was erased at %s may be back: the database was brought back and has not been through the journal", n.At.Format("2006-01-02 15:04 MST"))
		}
	}
	tell(c.finding())
	return nil
}

// carryJournal copies the journal of erasures, which no database names.
func carryJournal(ctx context.Context, from, to *blob.Bucket) error {
	notes, err := erasures.NewJournal(from).Read(ctx)
	if err != nil || len(notes) == 0 {
		return err
	}
	return erasures.NewJournal(to).Add(ctx, notes)
}
