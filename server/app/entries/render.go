package entries

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"fanfare/media"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/store"
)

// maxStarved is how often a photo may run out of time on a busy machine before the photo is to blame: with the queue's
// pauses a minute apart by then.
const maxStarved = 6

// render makes an entry's renditions, applies the rules on capture data, and moves the entry on: to the moderators, to
// the public, or rejected with its reason. Run twice it does the same again.
func (s *Service) render(ctx context.Context, j job.Job) error {
	e, err := s.Entry(ctx, contest.EntryID(j.Key))
	if errors.Is(err, store.ErrNotFound) || err == nil && e.Status != contest.Processing {
		return s.purge(ctx, j) // withdrawn meanwhile, perhaps between two renditions, or rendered by a worker whose answer was lost
	}
	if err != nil {
		return err
	}
	c, err := s.campaigns.Launched(ctx, e.Challenge)
	if err != nil {
		return err
	}
	photo, err := s.renditions(ctx, c, e, media.Options{Place: e.SharePlace, Quick: j.Kind == renderJob})
	if errors.Is(err, media.ErrSlow) {
		return s.store.Update(ctx, func(tx *store.Tx) error { return s.queue.Insert(tx, job.Job{Kind: heicJob, Key: j.Key}) })
	}
	var refused *media.Refused
	if errors.As(err, &refused) {
		s.log.Info("photo refused", "entry", e.ID, "reason", refused.Reason, "cause", refused.Cause)
		return s.rendered(ctx, e.ID, contest.Photo{}, nil, contest.Rejected, rejection(refused))
	}
	if errors.Is(err, media.ErrStarved) && j.Attempt >= maxStarved {
		s.log.Warn("photo given up", "entry", e.ID, "attempts", j.Attempt)
		return s.rendered(ctx, e.ID, contest.Photo{}, nil, contest.Rejected, contest.TooComplex)
	}
	if err != nil {
		return fmt.Errorf("render %s: %w", e.ID, err)
	}
	flags, err := s.flags(ctx, e, photo)
	if err != nil {
		return fmt.Errorf("look at %s: %w", e.ID, err)
	}
	status, reason := c.AfterRender(photo.Capture, flags)
	return s.rendered(ctx, e.ID, photo, flags, status, reason)
}

// rejection is what the fan is told of a photo that its rendering refused: whether another file of the same picture may do.
func rejection(refused *media.Refused) contest.Reason {
	switch refused.Reason {
	case media.TookTooLong, media.TooManyScans, media.TooManyPixels, media.SideTooLong:
		return contest.TooComplex
	}
	return contest.Unreadable
}

// flags are why moderators should look at an entry: words of the lists, and a photo that looks like another one.
func (s *Service) flags(ctx context.Context, e contest.Entry, photo contest.Photo) ([]contest.Flag, error) {
	lists, err := s.Words(ctx)
	if err != nil {
		return nil, err
	}
	flags, err := s.twin(ctx, e, photo)
	if found := lists.Find(e.Caption, e.Author); len(found) > 0 {
		flags = append(flags, contest.Flag{Kind: contest.WordsFound, Words: found})
	}
	return flags, err
}

// renditions renders the original, once its hash was compared, and stores each rendition under a name made of its content.
func (s *Service) renditions(ctx context.Context, c contest.Challenge, e contest.Entry, o media.Options) (contest.Photo, error) {
	original, _, err := s.bucket.OpenVerified(ctx, e.Original, e.SHA256)
	if err != nil {
		return contest.Photo{}, err
	}
	defer original.Close()
	rendering, err := s.metered(ctx, original, o)
	if err != nil {
		return contest.Photo{}, err
	}
	defer rendering.Close() //nolint:errcheck // what stays behind is swept at the next start
	photo := contest.Photo{
		Width: rendering.Width, Height: rendering.Height, ThumbHash: rendering.ThumbHash, Perceptual: rendering.Perceptual,
		Capture: capture(rendering.Capture, c.Location()),
	}
	for _, f := range rendering.Files {
		r, err := s.storeRendition(ctx, e.ID, f)
		if err != nil {
			return contest.Photo{}, err
		}
		photo.Renditions = append(photo.Renditions, r)
	}
	return photo, nil
}

func (s *Service) storeRendition(ctx context.Context, id contest.EntryID, f media.File) (contest.Rendition, error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return contest.Rendition{}, err
	}
	defer file.Close() //nolint:errcheck // only read
	r := contest.Rendition{
		Name: f.Name, Key: string(id) + "/" + f.SHA256[:32] + ".jpg",
		Width: f.Width, Height: f.Height, Bytes: f.Bytes, SHA256: f.SHA256,
	}
	object, err := s.bucket.Put(ctx, PhotoPrefix+r.Key, file, media.MaxBytes)
	if err == nil && object.SHA256 != f.SHA256 {
		err = fmt.Errorf("rendition %s: stored bytes differ", f.Name)
	}
	return r, err
}

// PhotoPrefix is where the bucket keeps renditions; only what lies below it is ever served. A rendition's key is
// relative to it.
const PhotoPrefix = "photo/"

// capture reads the camera's clock as the challenge's where the file names no offset.
func capture(c media.Capture, local *time.Location) contest.Capture {
	at := c.TakenAt
	if !at.IsZero() && !c.TakenAtHasZone {
		at = time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, local)
	}
	out := contest.Capture{
		TakenAt: at, Make: c.Make, Model: c.Model, Lens: c.Lens, Exposure: c.Exposure, Aperture: c.Aperture, ISO: c.ISO, Software: c.Software,
	}
	if c.Place != nil {
		out.Place = &contest.Place{Lat: c.Place.Lat, Lon: c.Place.Lon}
	}
	return out
}

// rendered stores what rendering yielded, unless the entry moved on meanwhile. Where it was withdrawn, the purge may have
// passed before the last rendition was stored, so it runs once more.
func (s *Service) rendered(ctx context.Context, id contest.EntryID, photo contest.Photo, flags []contest.Flag, status contest.Status, reason contest.Reason) error {
	return s.change(ctx, id, func(tx *store.Tx, e contest.Entry) error {
		if e.Status == contest.Withdrawn {
			return s.queue.Insert(tx, job.Job{Kind: purgeJob, Key: string(id)})
		}
		if e.Status != contest.Processing {
			return nil
		}
		if _, err := tx.SetPhoto(id, photo, flags, status, reason); err != nil {
			return err
		}
		return errors.Join(s.tell(tx, e, status), s.queue.Insert(tx, job.Job{Kind: indexJob, Key: string(id)}))
	})
}

// Erase has the photos and the place in the search index of an entry removed after the commit that emptied it, and tells that it
// is gone. The entry is as it was before that.
func (s *Service) Erase(tx *store.Tx, e contest.Entry) error {
	var told error
	if e.Status != contest.Withdrawn {
		told = s.tell(tx, contest.Entry{ID: e.ID, Challenge: e.Challenge, Status: e.Status}, contest.Withdrawn) // nothing leads to the fan
	}
	return errors.Join(
		told, s.queue.Insert(tx, job.Job{Kind: purgeJob, Key: string(e.ID)}), s.queue.Insert(tx, job.Job{Kind: indexJob, Key: string(e.ID)}),
	)
}

// purge removes the photos of a withdrawn entry, and what is known of how they look.
func (s *Service) purge(ctx context.Context, j job.Job) error {
	e, err := s.Entry(ctx, contest.EntryID(j.Key))
	if errors.Is(err, store.ErrNotFound) || err == nil && e.Status != contest.Withdrawn {
		return nil
	}
	if err != nil {
		return err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error { return tx.DeleteLikeness(e.ID) })
	if err != nil {
		return err
	}
	keys := slices.DeleteFunc([]string{e.Original, e.Evidence}, func(key string) bool { return key == "" })
	for object, err := range s.bucket.List(ctx, PhotoPrefix+string(e.ID)+"/") {
		if err != nil {
			return fmt.Errorf("purge %s: %w", e.ID, err)
		}
		keys = append(keys, object.Key)
	}
	for _, key := range keys {
		if err := s.bucket.Delete(ctx, key); err != nil {
			return fmt.Errorf("purge %s: %w", e.ID, err)
		}
	}
	return nil
}
