package upkeep

import (
	"context"
	"errors"
	"fmt"

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
	photoRemedy = "put the file back from a backup: its folder media has it under the same key"
)

// Verify looks at all that an installation keeps, which may be serving, and tells what it found, kind by kind, with the
// first fault of each. An error means that it could not look to the end.
func Verify(ctx context.Context, v Verification, say Say, tell func(Finding)) error {
	var objects []object
	err := v.Store.Snapshot(ctx, func(tx *store.Tx) error {
		if err := verifyFile(tx, v.Store.Dialect(), tell); err != nil {
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
	return v.verifyIndex(ctx, tell)
}

func verifyFile(tx *store.Tx, d store.Dialect, tell func(Finding)) error {
	complaints, err := integrity(tx, d)
	if err != nil {
		return err
	}
	f := Good("database", "%v: sound", d)
	if len(complaints) > 0 {
		f = Finding{Fail, "database", complaints[0], "copy what is there somewhere safe, and restore the last backup (fanfare restore)"}
	}
	tell(f)
	return nil
}

// verifyPhotos reads the objects that the database names.
func (v Verification) verifyPhotos(ctx context.Context, objects []object, p *progress, tell func(Finding)) error {
	type seen struct {
		object
		err error
	}
	photos := &check{subject: "photos", unit: "originals and renditions read, with the right hashes", remedy: photoRemedy}
	look := v.read
	if v.Quick {
		photos.unit, look = "originals and renditions are there; not read (--quick)", v.glance
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
			withdrawn, err := wasWithdrawn(ctx, v.Store, s.entry) // while we looked
			if err == nil && !withdrawn {
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

// verifyIndex compares the search index with the database. Entries that wait to be indexed differ rightly.
func (v Verification) verifyIndex(ctx context.Context, tell func(Finding)) error {
	index := &check{subject: "search index", remedy: "run: fanfare rebuild"}
	difference, err := v.Difference(ctx)
	if err != nil { // of an index that is damaged, or cannot be reached
		index.fault("%v", err)
	}
	var waiting map[string]bool
	err = v.Store.Snapshot(ctx, func(tx *store.Tx) (err error) {
		waiting, err = waitingFor(tx, "index")
		return err
	})
	for _, kind := range []struct {
		ids  []string
		text string
	}{{difference.Missing, "is published and cannot be found"}, {difference.Extra, "can be found and is not published"}, {difference.Changed, "is found by other words than its own"}} {
		for _, id := range kind.ids {
			if !waiting[id] {
				index.fault("entry %s %s", id, kind.text)
			}
		}
	}
	f := index.finding()
	if index.faults == 0 {
		f = Good(index.subject, "holds the published entries, no more and no less")
	}
	tell(f)
	return err
}

// waitingFor returns the keys of the jobs of a kind.
func waitingFor(tx *store.Tx, kind string) (map[string]bool, error) {
	keys := map[string]bool{}
	err := tx.Rows(tableNamed("jobs"), nil, func(row []any) error {
		if row[0] == kind {
			keys[row[1].(string)] = true
		}
		return nil
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
