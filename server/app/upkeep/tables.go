package upkeep

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fanfare/server/store"
)

// tableNamed returns the table with that name.
func tableNamed(name string) store.Table {
	tables := store.Tables()
	return tables[slices.IndexFunc(tables, func(t store.Table) bool { return t.Name == name })]
}

// chunk is how many rows are written in one transaction: many enough that commits cost little, few enough that they
// are a few megabytes.
const chunk = 1000

// step is how far the copy of one table is.
type step struct {
	store.Table
	rows  *digest // the source's rows that the target has
	after []any   // key of the last of them; nil for none
}

// CopyData copies every table from one database to another, and goes on where an earlier copy ended. A target that
// holds anything else is ErrForeign, and then nothing is written. What the target holds afterwards is read again and
// compared. Nobody may write to either.
func CopyData(ctx context.Context, from, to *store.Store, say Say) error {
	var copied map[string]Table
	err := from.Snapshot(ctx, func(tx *store.Tx) (err error) {
		copied, err = loadTables(ctx, tx, to, say)
		return err
	})
	if err != nil {
		return err
	}
	say("comparing both databases")
	return compareTables(ctx, to, copied)
}

// loadTables copies every table and returns what was copied.
func loadTables(ctx context.Context, from *store.Tx, to *store.Store, say Say) (map[string]Table, error) {
	steps, err := plan(ctx, from, to)
	if err != nil {
		return nil, err
	}
	copied := make(map[string]Table, len(steps))
	for _, s := range steps {
		had := s.rows.rows
		if err := s.load(ctx, from, to, newProgress(say)); err != nil {
			return nil, err
		}
		copied[s.Name] = s.rows.table()
		switch {
		case had > 0:
			say("table %s: %d rows, %d of them were there", s.Name, s.rows.rows, had)
		case s.rows.rows > 0:
			say("table %s: %d rows", s.Name, s.rows.rows)
		}
	}
	return copied, nil
}

// plan finds out how far each table is, before anything is written.
func plan(ctx context.Context, from *store.Tx, to *store.Store) (steps []step, err error) {
	err = to.Snapshot(ctx, func(held *store.Tx) error {
		for _, t := range store.Tables() {
			s, err := begin(from, held, t)
			if err != nil {
				return err
			}
			steps = append(steps, s)
		}
		return nil
	})
	return steps, err
}

var errEnough = errors.New("enough")

// begin compares the rows that the target holds with as many of the source.
func begin(from, held *store.Tx, t store.Table) (step, error) {
	s := step{Table: t, rows: newDigest()}
	there := newDigest()
	if err := held.Rows(t, nil, there.add); err != nil {
		return s, err
	}
	if there.rows == 0 {
		return s, nil
	}
	err := from.Rows(t, nil, func(row []any) error {
		s.after = row[:t.Key]
		if err := s.rows.add(row); err != nil || s.rows.rows < there.rows {
			return err
		}
		return errEnough
	})
	if err != nil && !errors.Is(err, errEnough) {
		return s, err
	}
	if s.rows.table() != there.table() {
		return s, fmt.Errorf("%w: table %s", ErrForeign, t.Name)
	}
	return s, nil
}

// load writes the rows that the target lacks.
func (s *step) load(ctx context.Context, from *store.Tx, to *store.Store, p *progress) error {
	var rows [][]any
	write := func() error {
		if len(rows) == 0 {
			return nil
		}
		err := to.Load(ctx, s.Table, rows)
		rows = rows[:0]
		p.at("table %s: %d rows so far", s.Name, s.rows.rows)
		return err
	}
	err := from.Rows(s.Table, s.after, func(row []any) error {
		rows = append(rows, row)
		if err := s.rows.add(row); err != nil || len(rows) < chunk {
			return err
		}
		return write()
	})
	if err != nil {
		return err
	}
	return write()
}

// digestTables reads every table of a database.
func digestTables(ctx context.Context, s *store.Store) (map[string]Table, error) {
	tables := map[string]Table{}
	err := s.Snapshot(ctx, func(tx *store.Tx) error {
		for _, t := range store.Tables() {
			d := newDigest()
			if err := tx.Rows(t, nil, d.add); err != nil {
				return err
			}
			tables[t.Name] = d.table()
		}
		return nil
	})
	return tables, err
}

// compareTables reads a database again and compares it with what was copied there.
func compareTables(ctx context.Context, s *store.Store, want map[string]Table) error {
	got, err := digestTables(ctx, s)
	if err != nil {
		return err
	}
	for _, t := range store.Tables() {
		if got[t.Name] != want[t.Name] {
			return fmt.Errorf("%w: table %s has %d rows (hash %.8s…), the source has %d (%.8s…)", ErrDiffers, t.Name,
				got[t.Name].Rows, got[t.Name].SHA256, want[t.Name].Rows, want[t.Name].SHA256)
		}
	}
	return nil
}
