package s3blob

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/minio/minio-go/v7"

	"fanfare/media/blob"
)

// full are the codes of a store without room: of MinIO's disks and quotas, and of VersityGW's.
var full = []string{"XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "InsufficientStorage", "QuotaExceeded"}

// kind adds to a request's error the kind that callers know. What the store refuses for a reason of its own (keys, clock,
// permission, a bucket that is gone) is as unavailable as one that does not answer: an operator can mend it, a caller can
// only wait.
func (w *watch) kind(err error) error {
	var answer minio.ErrorResponse
	switch {
	case err == nil:
		return nil
	case w.caller.Err() != nil:
		return w.caller.Err()
	case errors.Is(context.Cause(w.ctx), errStalled):
		return fmt.Errorf("%w: %w", blob.ErrUnavailable, errStalled)
	case !errors.As(err, &answer):
	case answer.Code == minio.NoSuchKey:
		return fmt.Errorf("%w: %w", blob.ErrNotFound, err)
	case answer.StatusCode == http.StatusInsufficientStorage, slices.Contains(full, answer.Code):
		return fmt.Errorf("%w: %w", blob.ErrFull, err)
	}
	return fmt.Errorf("%w: %w", blob.ErrUnavailable, err)
}

// code returns the store's code of an error, "" where it is not one that the store answered.
func code(err error) string {
	var answer minio.ErrorResponse
	errors.As(err, &answer)
	return answer.Code
}
