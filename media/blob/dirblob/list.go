package dirblob

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path"
	"slices"
	"strings"

	"fanfare/media/blob"
)

// List implements blob.Driver.
func (d *Dir) List(ctx context.Context, prefix string) iter.Seq2[blob.Object, error] {
	return func(yield func(blob.Object, error) bool) {
		w := walk{ctx: ctx, files: d.root.FS(), prefix: prefix, yield: yield}
		if err := w.folder("."); err != nil {
			yield(blob.Object{}, kind(err))
		}
	}
}

// walk visits the files under a prefix in the order of their keys.
type walk struct {
	ctx    context.Context
	files  fs.FS
	prefix string
	yield  func(blob.Object, error) bool
	done   bool // yield returned false
}

func (w *walk) folder(name string) error {
	entries, err := fs.ReadDir(w.files, name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(sortKey(a), sortKey(b)) })
	for _, entry := range entries {
		if err := w.entry(path.Join(name, entry.Name()), entry); err != nil || w.done {
			return err
		}
	}
	return nil
}

// sortKey is the part of a key that an entry stands for: "a/" comes after "a-b", though "a" comes before it.
func sortKey(entry fs.DirEntry) string {
	if entry.IsDir() {
		return entry.Name() + "/"
	}
	return entry.Name()
}

func (w *walk) entry(key string, entry fs.DirEntry) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if blob.CheckKey(key) != nil { // the folder of unfinished files, or something a person put here
		return nil
	}
	if entry.IsDir() {
		if overlaps(key+"/", w.prefix) {
			return w.folder(key)
		}
		return nil
	}
	if !strings.HasPrefix(key, w.prefix) {
		return nil
	}
	info, err := entry.Info()
	if errors.Is(err, os.ErrNotExist) {
		return nil // deleted meanwhile
	}
	if err != nil {
		return err
	}
	w.done = !w.yield(blob.Object{Key: key, Size: info.Size(), ModTime: info.ModTime()}, nil)
	return nil
}

// overlaps reports whether keys in the folder can begin with prefix.
func overlaps(folder, prefix string) bool {
	return strings.HasPrefix(folder, prefix) || strings.HasPrefix(prefix, folder)
}
