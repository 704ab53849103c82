package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"

	"fanfare/media/blob"
	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/page"
	"fanfare/server/store"
)

// The renditions that an archive has of each photo are the largest, and one for lists.
const (
	listName   = "480"
	squareName = "square"
)

// image is a picture file of an archive.
type image struct {
	contest.Rendition
	File string // below its challenge's folder
}

// large is the largest picture of an entry; its zero value where there is none.
func large(e contest.Entry) image {
	for _, r := range e.Photo.Renditions {
		if r.Name != squareName {
			return imageOf(e, r, "")
		}
	}
	return image{}
}

// small is the picture of an entry for lists, which of a small photo is its largest one.
func small(e contest.Entry) image {
	whole := large(e)
	for _, r := range e.Photo.Renditions {
		if r.Name == listName && r.Key != whole.Key {
			return imageOf(e, r, "-"+listName)
		}
	}
	return whole
}

// imageOf names a picture by its entry's number, so that who looks into the folder finds it.
func imageOf(e contest.Entry, r contest.Rendition, mark string) image {
	return image{r, fmt.Sprintf("photos/%d%s%s", e.Number, mark, path.Ext(r.Key))}
}

// picture shows an image from a page to which the way leads.
func picture(way string, i image, alt string) page.Picture {
	return page.Picture{Src: way + i.File, Width: i.Width, Height: i.Height, Alt: alt}
}

// public reports whether anybody may see an entry.
func public(e contest.Entry) bool {
	return e.Status == contest.Published && e.Takedown == "" && large(e).Key != ""
}

// photo copies an entry's pictures; false where nobody may see them, be it that the entry was withdrawn meanwhile.
func (b *book) photo(e contest.Entry) (there bool, err error) {
	if !public(e) {
		return false, nil
	}
	for _, i := range slices.Compact([]image{large(e), small(e)}) {
		err := b.copy(i)
		if errors.Is(err, blob.ErrNotFound) && b.gone(e.ID) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("photo of entry %s: %w", e.ID, err)
		}
	}
	return true, nil
}

// gone reports whether an entry is not public any more.
func (b *book) gone(id contest.EntryID) bool {
	e, err := b.keeper.Entries.Entry(b.ctx, id)
	return errors.Is(err, store.ErrNotFound) || err == nil && !public(e)
}

// copy copies a picture as it streams.
func (b *book) copy(i image) (err error) {
	in, err := open(b.ctx, b.keeper.Bucket, i)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := b.to.Create(b.folder + i.File)
	if err == nil {
		_, err = io.Copy(out, in)
	}
	return err
}

func open(ctx context.Context, bucket *blob.Bucket, i image) (io.ReadCloser, error) {
	in, _, err := bucket.OpenVerified(ctx, entries.PhotoPrefix+i.Key, i.SHA256)
	return in, err
}
