package entries

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"fanfare/media"
	"fanfare/media/blob"
	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// Submission is a fan's photo and what belongs to it. The photo comes with it, or came before by an upload.
type Submission struct {
	contest.Submission
	// Reposts is what the fan allows partners to do with the photo; see partner.Wish.Entering.
	Reposts partner.Wish
	Photo   io.Reader
	Upload  store.UploadID // empty where Photo is there
	// IdempotencyKey makes a repeated request the same entry; empty for none.
	IdempotencyKey string
}

// Submit keeps the photo's bytes, and the entry with its render job in one commit. The entry it returns is durable and
// processing. Errors: *contest.Refusal, *media.Refused, blob.ErrTooLarge, blob.ErrFull, store.ErrKeyReused,
// ErrMediaUnavailable.
func (s *Service) Submit(ctx context.Context, fan access.Session, sub Submission) (contest.Entry, error) {
	c, err := s.campaigns.Launched(ctx, fan.Challenge)
	if err != nil {
		return contest.Entry{}, err
	}
	sub.Author, sub.Caption = oneLine(sub.Author), shown(sub.Caption)
	sub.Reposts = sub.Reposts.Entering(sub.Consents)
	if first, found, err := s.early(ctx, c, fan, sub); err != nil || found {
		return first, err
	}
	e := contest.Entry{
		Challenge: c.ID, Fan: fan.Fan.ID, Author: sub.Author, Caption: sub.Caption, Tags: tags(c, sub.Caption),
		City: sub.City, Partner: sub.Partner, SharePlace: sub.SharePlace, Status: contest.Processing, Consents: c.Consents,
	}
	if sub.Upload != "" {
		return s.insert(ctx, c, fan, sub, e)
	}
	e.ID = contest.EntryID(store.NewID("e_"))
	original, err := s.Keep(ctx, OriginalKey(c.ID, e.ID), sub.Photo)
	if err != nil {
		return contest.Entry{}, err
	}
	e.Original, e.SHA256 = original.Key, original.SHA256
	inserted, err := s.insert(ctx, c, fan, sub, e)
	switch {
	case errors.Is(err, store.ErrUnavailable): // whether it was committed is not known: the sweep tells by the entry
	case err != nil || inserted.ID != e.ID:
		s.Forget(ctx, original.Key) // refused, or the same request was first: these bytes belong to no entry
	}
	return inserted, err
}

// early is admit before any byte of the photo is kept.
func (s *Service) early(ctx context.Context, c contest.Challenge, fan access.Session, sub Submission) (e contest.Entry, found bool, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		_, e, found, err = admit(tx, c, fan, sub)
		return err
	})
	return e, found, err
}

// admit answers a repeated request with its first entry, and judges a new one by the rules. It returns the upload that the
// photo came by, if any.
func admit(tx *store.Tx, c contest.Challenge, fan access.Session, sub Submission) (u store.Upload, first contest.Entry, found bool, err error) {
	if sub.IdempotencyKey != "" {
		id, found, err := tx.Idempotent(scope(c, fan), sub.IdempotencyKey, sub.hash())
		if err != nil {
			return u, first, false, err
		}
		if found {
			first, err = tx.Entry(contest.EntryID(id))
			return u, first, true, err
		}
	}
	if sub.Upload != "" {
		if u, err = uploaded(tx, c, fan, sub.Upload); err != nil {
			return u, first, false, err
		}
		if u.State == store.UploadUsed {
			first, err = tx.Entry(u.Entry)
			return u, first, true, err
		}
		if u.Announced != "" {
			sub.Announced = u.CreatedAt
		}
	}
	if err := fan.MayAct(); err != nil {
		return u, first, false, err
	}
	had, err := tx.CountEntries(c.ID, fan.Fan.ID)
	if err != nil {
		return u, first, false, err
	}
	if err := c.MayEnter(tx.Now(), had, sub.Submission); err != nil {
		return u, first, false, err
	}
	_, err = sub.Reposts.Grant(tx.Now(), c.Location())
	return u, first, false, err
}

// uploaded returns a fan's upload of a whole photo.
func uploaded(tx *store.Tx, c contest.Challenge, fan access.Session, id store.UploadID) (store.Upload, error) {
	u, err := tx.Upload(id)
	switch {
	case errors.Is(err, store.ErrNotFound),
		err == nil && (u.Challenge != c.ID || u.Fan != fan.Fan.ID || u.Purpose != store.ForEntry):
		return u, &contest.Refusal{Reason: contest.UploadUnknown}
	case err == nil && u.State == store.UploadOpen:
		return u, &contest.Refusal{Reason: contest.UploadUnfinished}
	}
	return u, err
}

// Keep stores an original and looks at its header; what is refused is not kept. Errors: *media.Refused, blob.ErrTooLarge,
// blob.ErrFull, ErrMediaUnavailable, and what reading the photo failed with.
func (s *Service) Keep(ctx context.Context, key string, photo io.Reader) (blob.Object, error) {
	object, err := s.bucket.Put(ctx, key, photo, media.MaxBytes)
	if err != nil {
		if errors.Is(err, blob.ErrUnavailable) {
			return blob.Object{}, fmt.Errorf("keep original: %w: %w", ErrMediaUnavailable, err)
		}
		return blob.Object{}, fmt.Errorf("keep original: %w", err)
	}
	if err := s.check(ctx, object); err != nil {
		s.Forget(ctx, key)
		return blob.Object{}, fmt.Errorf("check original: %w", err)
	}
	return object, nil
}

// check looks at a stored original. A refusal counts only when the bytes it was judged by are the ones that were sent.
func (s *Service) check(ctx context.Context, original blob.Object) error {
	r, _, err := s.bucket.OpenVerified(ctx, original.Key, original.SHA256)
	if err != nil {
		return err
	}
	_, err = media.Check(r)
	if refused, ok := errors.AsType[*media.Refused](err); ok {
		if _, err = io.Copy(io.Discard, r); err == nil {
			err = refused
		}
	}
	return errors.Join(err, r.Close())
}

func (s *Service) insert(ctx context.Context, c contest.Challenge, fan access.Session, sub Submission, e contest.Entry) (contest.Entry, error) {
	inserted := e
	err := s.store.UpdateIn(ctx, c.ID, func(tx *store.Tx) error {
		u, first, found, err := admit(tx, c, fan, sub)
		if err != nil || found {
			inserted = first
			return err
		}
		e := e
		if sub.Upload != "" {
			e.ID, e.Original, e.SHA256 = u.Entry, u.Object, u.SHA256
			if err := tx.UseUpload(u.ID); err != nil {
				return err
			}
		}
		if err := RefuseTwin(tx, c.ID, e.SHA256); err != nil {
			return err
		}
		if inserted, err = tx.InsertEntry(e); err != nil {
			return err
		}
		if sub.IdempotencyKey != "" {
			if err := tx.SaveIdempotent(scope(c, fan), sub.IdempotencyKey, sub.hash(), string(e.ID)); err != nil {
				return err
			}
		}
		return errors.Join(allowed(tx, c, inserted, sub.Reposts), s.tell(tx, inserted, inserted.Status), s.queue.Insert(tx, job.Job{Kind: renderJob, Key: string(inserted.ID)}))
	})
	s.owners.forget(ownerOf(fan))
	return inserted, err
}

// RefuseTwin refuses a photo whose very bytes are in the challenge already. It returns nil, a *contest.Refusal or what reading
// failed with.
func RefuseTwin(tx *store.Tx, challenge contest.ChallengeID, sha256 string) error {
	number, err := tx.TwinNumber(challenge, sha256)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return &contest.Refusal{Reason: contest.DuplicatePhoto, Params: map[string]string{"number": strconv.Itoa(int(number))}}
}

// scope keeps one fan's idempotency keys apart from everyone else's.
func scope(c contest.Challenge, fan access.Session) string {
	return "entry/" + string(c.ID) + "/" + string(fan.Fan.ID)
}

// hash tells one submission from another by its words, by whether its place is shown and by where it may be reposted. The photo is left
// out, because a retry must be recognised before its bytes are kept.
func (sub Submission) hash() string {
	words := []any{sub.Author, sub.Caption, sub.City, sub.Partner}
	if sub.SharePlace { // only then, so that keys of the time before there was a place stay good
		words = append(words, true)
	}
	if len(sub.Reposts.Outlets) > 0 { // likewise
		words = append(words, sub.Reposts)
	}
	b, _ := json.Marshal(words) // strings always marshal
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// shown keeps what can be shown of a fan's words: valid UTF-8, no control character but the end of a line, and none of
// the characters that turn the direction of the text around them.
func shown(words string) string {
	kept := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' || unicode.Is(turning, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(strings.ReplaceAll(words, "\r\n", "\n"), ""))
	return strings.TrimSpace(kept)
}

// turning are the embeddings, overrides and isolates of the bidirectional algorithm (UAX #9 §2).
var turning = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x202a, Hi: 0x202e, Stride: 1}, {Lo: 0x2066, Hi: 0x2069, Stride: 1}}}

// oneLine is shown without ends of lines, for names.
func oneLine(words string) string { return shown(strings.Join(strings.Fields(words), " ")) }

// tags are the challenge's own tag and those of the caption.
func tags(c contest.Challenge, caption string) []string {
	own := contest.TagKey(c.Hashtag)
	keys := []string{own}
	for _, key := range contest.Tags(caption) {
		if key != own {
			keys = append(keys, key)
		}
	}
	return keys
}

// Forget removes an object that no entry names. What cannot be removed now is left to the sweep.
func (s *Service) Forget(ctx context.Context, key string) {
	if err := s.bucket.Delete(context.WithoutCancel(ctx), key); err != nil {
		s.log.Warn("an unused object stays behind", "key", key, "err", err)
	}
}
