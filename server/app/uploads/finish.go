package uploads

import (
	"context"
	"errors"
	"fmt"
	"io"

	"fanfare/media"
	"fanfare/media/blob"
	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// finish joins the last piece with the parts before it. What can never become a photo ends the upload.
func (r *receiver) finish(ctx context.Context, last *spooled) error {
	whole := &joined{ctx: ctx, from: r.Service, parts: r.parts, last: last}
	if last.start < r.upload.Received { // it holds the last part
		whole.parts = r.parts[:len(r.parts)-1]
	}
	object, err := r.keepWhole(ctx, whole)
	if err = errors.Join(err, whole.Close()); err == nil {
		err = r.commit(ctx, object)
		if errors.Is(err, store.ErrNotFound) {
			r.abandon(ctx, object)
		}
	}
	if refused(err) {
		err = errors.Join(err, r.end(ctx, r.upload))
	}
	if err != nil {
		return err
	}
	r.forget(ctx, r.parts)
	return nil
}

// abandon removes a whole whose upload was given up while it was stored. One whose lease was lost alone stays: who took it
// over stores the whole under the same key.
func (r *receiver) abandon(ctx context.Context, whole blob.Object) {
	err := r.store.View(ctx, func(tx *store.Tx) error {
		_, err := tx.Upload(r.upload.ID)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		r.entries.Forget(ctx, whole.Key)
	}
}

// commit stores that the whole is safe.
func (r *receiver) commit(ctx context.Context, whole blob.Object) error {
	u := r.upload
	u.State, u.Received, u.Object, u.SHA256 = store.UploadDone, u.Length, whole.Key, whole.SHA256
	if u.Purpose == store.ForOriginal {
		u.State = store.UploadUsed
	}
	err := r.store.UpdateIn(ctx, u.Challenge, func(tx *store.Tx) error {
		if err := tx.FinishUpload(u, u.State, u.Object, u.SHA256); err != nil || u.Purpose != store.ForOriginal {
			return err
		}
		if err := admitOriginal(tx, u); err != nil { // another was first, or the entry is withdrawn
			return err
		}
		return tx.SetEvidence(u.Entry, u.Object, u.SHA256)
	})
	if errors.Is(err, errNotAsked) {
		r.entries.Forget(ctx, u.Object)
	}
	if err == nil {
		r.upload = u
	}
	return err
}

// refused reports whether sending the same bytes again would end alike.
func refused(err error) bool {
	var photo *media.Refused
	var rules *contest.Refusal
	return errors.As(err, &photo) || errors.As(err, &rules) || errors.Is(err, errNotAsked)
}

// keepWhole stores the whole where the entry will look for it, if it is what was announced.
func (r *receiver) keepWhole(ctx context.Context, whole io.Reader) (object blob.Object, err error) {
	u := r.upload
	if u.Purpose == store.ForOriginal {
		object, err = r.bucket.Put(ctx, entries.EvidenceKey(u.Challenge, u.Entry, string(u.ID)), whole, u.Length)
		err = away(err)
	} else {
		object, err = r.entries.Keep(ctx, entries.OriginalKey(u.Challenge, u.Entry), whole)
	}
	if err != nil {
		return object, fmt.Errorf("keep upload %s: %w", u.ID, err)
	}
	if u.Announced != "" && u.Announced != object.SHA256 {
		r.entries.Forget(ctx, object.Key)
		return object, &contest.Refusal{Reason: contest.HashMismatch}
	}
	return object, nil
}

// away gives an error of the photo store the kind that callers know.
func away(err error) error {
	if errors.Is(err, blob.ErrUnavailable) {
		return fmt.Errorf("%w: %w", entries.ErrMediaUnavailable, err)
	}
	return err
}
