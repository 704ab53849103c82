// Package uploads takes in large files in pieces, over as many connections, replicas and days as a phone's network needs. It
// knows bytes and how many of them are safe; what a photo is and who may enter are known to entries and contest.
//
// Whoever receives bytes of an upload holds its lease. Each piece becomes a temporary object, and counts once its row is
// committed, which needs the lease. The last piece is joined with those before it into one object.
package uploads

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"fanfare/media"
	"fanfare/media/blob"
	"fanfare/server/access"
	"fanfare/server/app/campaigns"
	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/store"
)

// Life is how long after its beginning an upload may go on, and wait to be entered.
const Life = 3 * 24 * time.Hour

// Prefix is where the bucket keeps the parts of uploads.
const Prefix = blob.Temporary + "upload/"

// MaxLength is the largest upload of any purpose.
const MaxLength = entries.MaxOriginal

// How much may be on its way, or lie here without an entry.
const (
	maxUploads   = 20        // of one fan in a challenge: more than anybody sends at once, given up ones among them
	maxBytes     = 300 << 20 // likewise; a dozen of the largest photos, or three originals
	maxChallenge = 64 << 30  // bytes that came of all fans in a challenge: what a disk for photos has left at least
)

// Errors that surfaces tell apart, beside store.ErrNotFound for an upload that is not there or another fan's.
var (
	ErrOffset         = errors.New("the upload goes on elsewhere")
	ErrHeld           = errors.New("another connection sends to the upload")
	ErrLeaving        = errors.New("the process ends")
	ErrBroken         = errors.New("the bytes broke off")
	ErrChecksum       = errors.New("the checksum differs")
	ErrTooManyUploads = errors.New("too many uploads without an entry")
	ErrTooManyBytes   = errors.New("too many bytes without an entry")
)

// errNotAsked says that the entry waits for no original, or is not the fan's.
var errNotAsked = fmt.Errorf("not asked for: %w", store.ErrNotFound)

// Service takes uploads in.
type Service struct {
	store     *store.Store
	campaigns *campaigns.Service
	entries   *entries.Service
	bucket    *blob.Bucket
	log       *slog.Logger
}

// New returns a service, which has the queue remove what expired.
func New(s *store.Store, c *campaigns.Service, e *entries.Service, b *blob.Bucket, q *job.Queue, log *slog.Logger) *Service {
	u := &Service{store: s, campaigns: c, entries: e, bucket: b, log: log}
	q.Every(expireJob, expirePause, func(ctx context.Context, _ job.Job) error { return u.expire(ctx) })
	return u
}

// Announcement is what a fan says of a file before it comes.
type Announcement struct {
	Length   int64
	SHA256   string // in lower-case hexadecimal; empty for none
	Purpose  store.Purpose
	Entry    contest.EntryID // whose original it is; empty for another purpose
	Metadata string          // as the client sent it
}

// Create begins an upload. Errors: *contest.Refusal, store.ErrNotFound for an entry that waits for no original,
// blob.ErrTooLarge, blob.ErrFull, ErrTooManyUploads, ErrTooManyBytes.
func (s *Service) Create(ctx context.Context, fan access.Session, a Announcement) (u store.Upload, err error) {
	c, err := s.campaigns.Launched(ctx, fan.Challenge)
	if err == nil {
		err = fan.MayAct()
	}
	if err != nil {
		return u, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		u = store.Upload{
			Challenge: c.ID, Fan: fan.Fan.ID, Purpose: a.Purpose, Entry: a.Entry, Length: a.Length, Announced: a.SHA256, Metadata: a.Metadata,
			ExpiresAt: tx.Now().Add(Life),
		}
		if err := tx.Lock("uploads/" + string(c.ID)); err != nil {
			return err
		}
		if err := admit(tx, c, &u); err != nil {
			return err
		}
		u, err = tx.InsertUpload(u)
		return err
	})
	return u, err
}

// CreateWith begins an upload with its first bytes. Where they cannot be taken in, nothing is begun, for its sender would not
// learn the identifier. Errors: as of Create and Append.
func (s *Service) CreateWith(ctx context.Context, fan access.Session, a Announcement, in Pieces) (store.Upload, error) {
	if in.Length > a.Length {
		return store.Upload{}, blob.ErrTooLarge
	}
	u, err := s.Create(ctx, fan, a)
	if err != nil {
		return u, err
	}
	after, err := s.Append(ctx, fan, u.ID, in)
	if err != nil && !refused(err) {
		err = errors.Join(err, s.end(context.WithoutCancel(ctx), u))
	}
	return after, err
}

// admit judges a new upload, and reserves its entry.
func admit(tx *store.Tx, c contest.Challenge, u *store.Upload) error {
	err, limit := error(nil), int64(media.MaxBytes)
	if u.Purpose == store.ForOriginal {
		err, limit = admitOriginal(tx, *u), entries.MaxOriginal
	} else {
		err = admitPhoto(tx, c, u)
	}
	switch {
	case err != nil:
		return err
	case u.Length > limit:
		return blob.ErrTooLarge
	}
	return withinQuota(tx, *u)
}

func admitPhoto(tx *store.Tx, c contest.Challenge, u *store.Upload) error {
	had, err := tx.CountEntries(c.ID, u.Fan)
	if err != nil {
		return err
	}
	u.Entry = contest.EntryID(store.NewID("e_"))
	if err := c.MayUpload(tx.Now(), had); err != nil || u.Announced == "" {
		return err
	}
	return entries.RefuseTwin(tx, c.ID, u.Announced)
}

// admitOriginal lets a fan send the original of their own entry while it is asked for.
func admitOriginal(tx *store.Tx, u store.Upload) error {
	e, err := tx.Entry(u.Entry)
	if err == nil && (e.Challenge != u.Challenge || e.Fan != u.Fan || e.OriginalAsked.IsZero() || e.Evidence != "" || e.Status == contest.Withdrawn) {
		err = fmt.Errorf("upload original of entry %s: %w", u.Entry, errNotAsked)
	}
	return err
}

func withinQuota(tx *store.Tx, u store.Upload) error {
	n, bytes, err := tx.Unfinished(u.Challenge, u.Fan)
	switch {
	case err != nil:
		return err
	case n >= maxUploads:
		return ErrTooManyUploads
	case bytes+u.Length > maxBytes:
		return ErrTooManyBytes
	}
	return roomInChallenge(tx, u)
}

// roomInChallenge counts only what came, where more is announced than there is room for: who announces and sends nothing
// must not keep others out.
func roomInChallenge(tx *store.Tx, u store.Upload) error {
	_, bytes, err := tx.Unfinished(u.Challenge, "")
	if err != nil || bytes+u.Length <= maxChallenge {
		return err
	}
	if bytes, err = tx.UnfinishedCame(u.Challenge); err == nil && bytes+u.Length > maxChallenge {
		err = fmt.Errorf("uploads of challenge %s: %w", u.Challenge, blob.ErrFull)
	}
	return err
}

// Upload returns a fan's upload. Where a connection holds it that sends nothing any more, what came by that one is stored
// first.
func (s *Service) Upload(ctx context.Context, fan access.Session, id store.UploadID) (u store.Upload, err error) {
	err = await(ctx, func() (held bool, err error) {
		if u, err = s.own(ctx, fan, id); err != nil || u.HeldUntil.IsZero() {
			return false, err
		}
		err = s.store.Update(ctx, func(tx *store.Tx) error {
			if held, err = tx.WantUpload(id); err == nil && !held {
				u, err = tx.Upload(id) // who held it may have stored more meanwhile
			}
			return err
		})
		return held, err
	})
	if errors.Is(err, ErrHeld) {
		err = nil // it goes on to receive
	}
	return u, err
}

// own returns an upload of the fan in the session's challenge.
func (s *Service) own(ctx context.Context, fan access.Session, id store.UploadID) (u store.Upload, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		u, err = tx.Upload(id)
		if err == nil && (u.Fan != fan.Fan.ID || u.Challenge != fan.Challenge || !tx.Now().Before(u.ExpiresAt)) {
			err = fmt.Errorf("upload %s of fan %s: %w", id, fan.Fan.ID, store.ErrNotFound)
		}
		return err
	})
	return u, err
}

// Remove ends a fan's upload and removes what came of it. One that became an entry stays, with its entry.
func (s *Service) Remove(ctx context.Context, fan access.Session, id store.UploadID) error {
	u, err := s.own(ctx, fan, id)
	if err != nil || u.State == store.UploadUsed {
		return err
	}
	return s.end(ctx, u)
}

// end forgets an upload and then removes its objects. What cannot be removed now is swept when it is old.
func (s *Service) end(ctx context.Context, u store.Upload) error {
	return s.endWhile(ctx, u, func(*store.Tx) error { return nil })
}

// endWhile is end if still finds no error in the same update.
func (s *Service) endWhile(ctx context.Context, u store.Upload, still func(*store.Tx) error) error {
	var parts []store.UploadPart
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if err := still(tx); err != nil {
			return err
		}
		if parts, err = tx.Parts(u.ID); err != nil {
			return err
		}
		return tx.DeleteUpload(u.ID)
	})
	if err != nil {
		return err
	}
	if u.State == store.UploadDone {
		s.entries.Forget(ctx, u.Object)
	}
	s.forget(ctx, parts)
	return nil
}

func (s *Service) forget(ctx context.Context, parts []store.UploadPart) {
	for _, p := range parts {
		s.entries.Forget(ctx, p.Object)
	}
}
