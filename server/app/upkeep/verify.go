package upkeep

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"fanfare/media/blob"
	"fanfare/search"
	"fanfare/server/store"
)

// Verification is what Verify looks at.
type Verification struct {
	Installation
	// Difference compares the search index with the database.
	Difference func(context.Context) (search.Difference, error)
	// Quick looks whether photos are there and how long they are, and does not read them.
	Quick bool
}

// check is one kind of question: how much was asked about, and the first fault.
type check struct {
	subject, unit string
	remedy        string
	looked        int64
	faults        int64
	first         string
}

func (c *check) fault(format string, args ...any) {
	if c.faults++; c.faults == 1 {
		c.first = fmt.Sprintf(format, args...)
	}
}

func (c *check) finding() Finding {
	if c.faults == 0 {
		return Good(c.subject, "%d %s", c.looked, c.unit)
	}
	text := c.first
	if c.faults > 1 {
		text = fmt.Sprintf("%s (and %d more)", c.first, c.faults-1)
	}
	return Finding{Fail, c.subject, text, c.remedy}
}

const (
	rowsRemedy  = "rows were changed beside Fanfare: find out by whom, and restore a backup (fanfare restore) if they are lost"
	photoRemedy = "fanfare rebuild renditions mends what lies below photo/; put any other file back from a backup, whose folder media has it under the same key"
)

// Verify looks at all that an installation keeps, which may be serving, and tells what it found, kind by kind, with the
// first fault of each. An error means that it could not look to the end.
func Verify(ctx context.Context, v Verification, say Say, tell func(Finding)) error {
	var objects []object
	err := v.Store.Snapshot(ctx, func(tx *store.Tx) error {
		if err := verifyDatabase(tx, v.Store.Dialect(), newProgress(say), tell); err != nil {
			return err
		}
		if err := verifyRows(tx, newProgress(say), tell); err != nil {
			return err
		}
		var err error
		objects, err = named(tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("read the database: %w", err)
	}
	if err := v.verifyPhotos(ctx, objects, newProgress(say), tell); err != nil {
		return fmt.Errorf("read the photos: %w", err)
	}
	if err := v.verifyErasures(ctx, tell); err != nil {
		return fmt.Errorf("read the journal of erasures: %w", err)
	}
	return v.verifyIndex(ctx, tell)
}

// verifyDatabase asks the engine what it knows of damage, and says what was looked at.
func verifyDatabase(tx *store.Tx, d store.Dialect, p *progress, tell func(Finding)) error {
	complaints, err := integrity(tx, d)
	if err != nil {
		return err
	}
	if len(complaints) > 0 {
		tell(Finding{Fail, "database", complaints[0], "copy what is there somewhere safe, and restore the last backup (fanfare restore)"})
		return nil
	}
	if d == store.SQLite {
		tell(Good("database", "%v: the file is sound, and what rows refer to is there", d))
		return nil
	}
	rows, err := readAll(tx, p)
	if err != nil {
		return err
	}
	tell(Good("database", "%v: %d rows read in %d tables, and what they refer to is there", d, rows, len(store.Tables())))
	return nil
}

// readAll reads every row of every table: a page that PostgreSQL cannot read is an error only when somebody asks for it.
func readAll(tx *store.Tx, p *progress) (rows int64, err error) {
	for _, t := range store.Tables() {
		err := tx.Rows(t, nil, func([]any) error {
			rows++
			p.at("database: %d rows read, in table %s", rows, t.Name)
			return nil
		})
		if err != nil {
			return rows, err
		}
	}
	return rows, nil
}

// verifyPhotos reads the objects that the database names.
func (v Verification) verifyPhotos(ctx context.Context, objects []object, p *progress, tell func(Finding)) error {
	type seen struct {
		object
		err error
	}
	photos := &check{subject: "photos", unit: "originals, renditions and what staff asked for read, with the right hashes", remedy: photoRemedy}
	look := v.read
	if v.Quick {
		photos.unit, look = "originals, renditions and what staff asked for are there; not read (--quick)", v.glance
	}
	one := func(ctx context.Context, o object) seen { return seen{o, look(ctx, o)} }
	err := spread(ctx, objects, one, func(s seen) error {
		photos.looked++
		p.at("photos: %d of %d", photos.looked, len(objects))
		switch {
		case errors.Is(s.err, blob.ErrCorrupt):
			photos.fault("%s of entry %s is not what was stored", s.key, s.entry)
			return nil
		case errors.Is(s.err, blob.ErrNotFound):
			named, err := stillNamed(ctx, v.Store, s.object) // it may have been removed while we looked
			if err == nil && named {
				photos.fault("%s of entry %s is missing", s.key, s.entry)
			}
			return err
		}
		return s.err
	})
	if err != nil {
		return err
	}
	tell(photos.finding())
	return nil
}

// read compares an object with its hash.
func (v Verification) read(ctx context.Context, o object) error {
	return v.Bucket.Verify(ctx, o.key, o.sha256())
}

// glance looks whether an object is there in its length.
func (v Verification) glance(ctx context.Context, o object) error {
	found, err := v.Bucket.Stat(ctx, o.key)
	if err == nil && o.length >= 0 && found.Size != o.length {
		return fmt.Errorf("%s: %w: %d bytes, want %d", o.key, blob.ErrCorrupt, found.Size, o.length)
	}
	return err
}

// How often, and after what pause, the index of a serving installation is compared again: what differs each time is
// wrong, and the rest was on its way.
const (
	indexLooks = 4
	indexPause = 250 * time.Millisecond
)

// verifyIndex compares the search index with the database.
func (v Verification) verifyIndex(ctx context.Context, tell func(Finding)) error {
	index := &check{subject: "search index", remedy: "run: fanfare rebuild"}
	wrong, err := v.indexFaults(ctx)
	for look := 1; look < indexLooks && err == nil && len(wrong) > 0; look++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(indexPause):
		}
		var still map[string]string
		still, err = v.indexFaults(ctx)
		maps.DeleteFunc(wrong, func(id, text string) bool { return still[id] != text })
	}
	if err != nil { // of an index that is damaged, or cannot be reached
		index.fault("%v", err)
	}
	for _, id := range slices.Sorted(maps.Keys(wrong)) {
		index.fault("entry %s %s", id, wrong[id])
	}
	f := index.finding()
	if index.faults == 0 {
		f = Good(index.subject, "holds the published entries, no more and no less")
	}
	tell(f)
	return nil
}

// indexFaults says by entry what is wrong with the index. Entries that waited to be indexed before or after differ rightly.
func (v Verification) indexFaults(ctx context.Context) (map[string]string, error) {
	before, err := v.waitingFor(ctx, "index")
	if err != nil {
		return nil, err
	}
	difference, err := v.Difference(ctx)
	if err != nil {
		return nil, err
	}
	after, err := v.waitingFor(ctx, "index")
	if err != nil {
		return nil, err
	}
	wrong := map[string]string{}
	for text, ids := range map[string][]string{
		"is published and cannot be found":     difference.Missing,
		"can be found and is not published":    difference.Extra,
		"is found by other words than its own": difference.Changed,
	} {
		for _, id := range ids {
			if !before[id] && !after[id] {
				wrong[id] = text
			}
		}
	}
	return wrong, nil
}

// waitingFor returns the keys of the jobs of a kind.
func (v Verification) waitingFor(ctx context.Context, kind string) (map[string]bool, error) {
	keys := map[string]bool{}
	err := v.Store.Snapshot(ctx, func(tx *store.Tx) error {
		return tx.Rows(tableNamed("jobs"), nil, func(row []any) error {
			if row[0] == kind {
				keys[row[1].(string)] = true
			}
			return nil
		})
	})
	return keys, err
}

// launchedTerms compares what launching froze with its hash.
func launchedTerms(tx *store.Tx) (Finding, error) {
	terms := &check{subject: "challenges", unit: "launched, with the terms of their launch", remedy: rowsRemedy}
	list, err := tx.Challenges()
	for _, c := range list {
		if !c.Launched() {
			continue
		}
		if terms.looked++; c.Hash() != c.RulesHash {
			terms.fault("the terms of %s are not those that it was launched with", c.Slug)
		}
	}
	return terms.finding(), err
}
