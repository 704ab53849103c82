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
	}
	if refused(err) {
		err = errors.Join(err, r.giveUp(ctx))
	}
	if err != nil {
		return err
	}
	r.forget(ctx, r.parts)
	return nil
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
	if errors.Is(err, store.ErrNotFound) { // given up, or another's by now, or an original that nobody asks for
		r.entries.Forget(ctx, u.Object)
	}
	if err == nil {
		r.upload = u
	}
	return err
}

// giveUp ends the upload, unless another connection has its lease by now: that one may have what this one lacks.
func (r *receiver) giveUp(ctx context.Context) error {
	err := r.endWhile(ctx, r.upload, func(tx *store.Tx) error {
		_, err := tx.KeepUpload(r.upload, term)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// refused reports whether sending the same bytes again would end alike.
func refused(err error) bool {
	var photo *media.Refused
	var rules *contest.Refusal
	return errors.As(err, &photo) || errors.As(err, &rules) || errors.Is(err, errNotAsked)
}

// key is where this holder keeps the whole. It is no other holder's: one that lost the lease and does not know it yet must
// neither overwrite nor remove what the next one stored.
func (r *receiver) key() string {
	u := r.upload
	key := entries.OriginalKey(u.Challenge, u.Entry)
	if u.Purpose == store.ForOriginal {
		key = entries.EvidenceKey(u.Challenge, u.Entry, string(u.ID))
	}
	return fmt.Sprintf("%s-%d", key, u.Claim)
}

// keepWhole stores the whole, if it is what was announced.
func (r *receiver) keepWhole(ctx context.Context, whole io.Reader) (object blob.Object, err error) {
	u := r.upload
	if u.Purpose == store.ForOriginal {
		object, err = r.bucket.Put(ctx, r.key(), whole, u.Length)
		err = away(err)
	} else {
		object, err = r.entries.Keep(ctx, r.key(), whole)
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
