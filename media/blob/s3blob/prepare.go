package s3blob

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/lifecycle"

	"fanfare/media/blob"
)

// expiryDays is when the store itself removes temporary objects, should nobody else have done it after one day.
const expiryDays = 2

// Prepare makes the bucket where it is missing, and asks the store to remove temporary objects by itself. Doing it
// again does no harm. A store that does not answer is ErrUnavailable: it may be prepared later.
func (s *Store) Prepare(ctx context.Context) error {
	w := watching(ctx)
	defer w.end()
	found, err := s.client.BucketExists(w.ctx, s.config.Bucket)
	if err == nil && !found {
		err = s.client.MakeBucket(w.ctx, s.config.Bucket, minio.MakeBucketOptions{Region: s.config.Region})
		if code(err) == minio.BucketAlreadyOwnedByYou { // another replica was first
			err = nil
		}
	}
	if err == nil {
		err = s.setExpiry(w.ctx)
	}
	if err != nil {
		return fmt.Errorf("prepare bucket %s: %w", s.config.Bucket, w.kind(err))
	}
	return nil
}

// setExpiry adds our rule to those of the bucket. A store that has no such rules, or does not let us see them, is left as
// it is: blob.Bucket.Expire does the same. (A rule against unfinished uploads would be refused by MinIO.)
func (s *Store) setExpiry(ctx context.Context) error {
	rules, err := s.client.GetBucketLifecycle(ctx, s.config.Bucket)
	switch {
	case code(err) == "NoSuchLifecycleConfiguration":
		rules = lifecycle.NewConfiguration()
	case code(err) != "":
		return nil
	case err != nil:
		return err
	}
	own := lifecycle.Rule{
		ID: "fanfare-temporary/" + s.config.Prefix, Status: "Enabled",
		RuleFilter: lifecycle.Filter{Prefix: s.name(blob.Temporary)},
		Expiration: lifecycle.Expiration{Days: expiryDays},
	}
	if slices.ContainsFunc(rules.Rules, func(r lifecycle.Rule) bool { return r.ID == own.ID }) {
		return nil
	}
	rules.Rules = append(rules.Rules, own)
	if err := s.client.SetBucketLifecycle(ctx, s.config.Bucket, rules); code(err) == "" {
		return err
	}
	return nil
}

// Sweep implements blob.Driver: it aborts uploads whose parts still lie in the store. MinIO does not list them, but
// aborts them by itself after a day.
func (s *Store) Sweep(ctx context.Context, before time.Time) error {
	var key, id string
	for {
		w := watching(ctx)
		page, err := s.client.ListMultipartUploads(w.ctx, s.config.Bucket, s.config.Prefix, key, id, "", 0)
		w.end()
		if code(err) == minio.NotImplemented {
			return nil
		}
		if err != nil {
			return w.kind(err)
		}
		for _, upload := range page.Uploads {
			if upload.Initiated.After(before) {
				continue
			}
			if err := s.abort(ctx, upload.Key, upload.UploadID); err != nil {
				return err
			}
		}
		if key, id = page.NextKeyMarker, page.NextUploadIDMarker; !page.IsTruncated {
			return nil
		}
	}
}

// Exposed reports whether somebody without keys can list the bucket or read an object of it: a first one of each folder,
// and a temporary one that it puts there and removes.
func (s *Store) Exposed(ctx context.Context) (bool, error) {
	probe := blob.Temporary + "exposed-" + strings.ToLower(rand.Text())
	if err := s.Put(ctx, probe, strings.NewReader("Can you read this without a key?")); err != nil {
		return false, fmt.Errorf("probe bucket %s: %w", s.config.Bucket, err)
	}
	exposed, err := s.exposed(ctx)
	if err = errors.Join(err, s.Delete(context.WithoutCancel(ctx), probe)); err != nil {
		return false, fmt.Errorf("probe bucket %s: %w", s.config.Bucket, err)
	}
	return exposed, nil
}

func (s *Store) exposed(ctx context.Context) (bool, error) {
	w := watching(ctx)
	defer w.end()
	for info := range s.anonymous.ListObjectsIter(w.ctx, s.config.Bucket, minio.ListObjectsOptions{MaxKeys: 1}) {
		if info.Err == nil {
			return true, nil
		}
		if code(info.Err) == "" {
			return false, w.kind(info.Err)
		}
	}
	folders := minio.ListObjectsOptions{Prefix: s.config.Prefix} // not recursive: folders come as keys that end in "/"
	for folder := range s.client.ListObjectsIter(w.ctx, s.config.Bucket, folders) {
		if folder.Err != nil {
			return false, w.kind(folder.Err)
		}
		readable, err := s.readable(w, folder.Key)
		if readable || err != nil {
			return readable, err
		}
	}
	return false, w.kind(w.ctx.Err())
}

// readable tries the first object under a name without keys.
func (s *Store) readable(w *watch, name string) (bool, error) {
	for info := range s.client.ListObjectsIter(w.ctx, s.config.Bucket, minio.ListObjectsOptions{Prefix: name, Recursive: true, MaxKeys: 1}) {
		if info.Err != nil {
			return false, w.kind(info.Err)
		}
		_, err := s.anonymous.StatObject(w.ctx, s.config.Bucket, info.Key, minio.StatObjectOptions{})
		if err != nil && code(err) == "" {
			return false, w.kind(err)
		}
		return err == nil, nil
	}
	return false, nil
}
