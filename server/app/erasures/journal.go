package erasures

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fanfare/media/blob"
)

// Journal is the list of everybody who was erased, kept in the bucket of photos: beside the database, so that a database that
// is brought back does not bring back who is not in it any more; shared by all replicas; and in no backup, whose rows and
// objects it amends. An object is a note, written once, so that replicas need no lock.
type Journal struct{ bucket *blob.Bucket }

// NewJournal returns the journal in a bucket.
func NewJournal(b *blob.Bucket) Journal { return Journal{b} }

// Write adds notes. When it returns nil, they have reached the disk.
func (j Journal) Write(ctx context.Context, notes ...Note) error {
	for _, n := range notes {
		if _, err := j.bucket.Put(ctx, n.key(), strings.NewReader(n.Line()), maxLine); err != nil {
			return fmt.Errorf("write journal of erasures: %w", err)
		}
	}
	return nil
}

// Read returns all notes, the oldest first.
func (j Journal) Read(ctx context.Context) (notes []Note, err error) {
	for object, err := range j.bucket.List(ctx, Prefix) {
		if err != nil {
			return nil, fmt.Errorf("read journal of erasures: %w", err)
		}
		n, err := parseKey(object.Key)
		if err != nil {
			return nil, fmt.Errorf("read journal of erasures: %w", err)
		}
		notes = append(notes, n)
	}
	return notes, nil
}

// Add writes those notes that are not there yet.
func (j Journal) Add(ctx context.Context, notes []Note) error {
	there, err := j.Read(ctx)
	if err != nil {
		return err
	}
	known := make(map[Note]bool, len(there))
	for _, n := range there {
		known[n] = true
	}
	return j.Write(ctx, slices.DeleteFunc(slices.Clone(notes), func(n Note) bool { return known[n] })...)
}

// ReadFile reads a journal that was kept elsewhere: a file of lines, or a folder of files as the bucket has them.
func ReadFile(path string) ([]Note, error) {
	notes, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return notes, nil
}

func readFile(path string) ([]Note, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return readFolder(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	return ReadNotes(f)
}

func readFolder(path string) (notes []Note, err error) {
	files, err := os.ReadDir(path)
	for _, file := range files {
		if err != nil {
			return nil, err
		}
		var more []Note
		if more, err = readFile(filepath.Join(path, file.Name())); err == nil {
			notes = append(notes, more...)
		}
	}
	return notes, err
}
