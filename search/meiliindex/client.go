package meiliindex

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"fanfare/search"
)

// Limits of what leaves the process.
const (
	dialTime    = 2 * time.Second
	searchTime  = 3 * time.Second // a query, with all requests that it takes: a visitor waits
	requestTime = 8 * time.Second // any other request
	taskTime    = 2 * time.Minute // a task; one of a document may wait behind a batch of a rebuild
	dropTime    = 5 * time.Second // to remove what a rebuild made, also when the process is to end
	firstPoll   = 2 * time.Millisecond
	lastPoll    = 200 * time.Millisecond
	maxResponse = 64 << 20 // bytes: comparePage documents of MaxFieldRunes in each field
)

// The server's codes that mean something here.
const (
	noIndex       = "index_not_found"
	wrongFilter   = "invalid_search_filter" // of a query of ours: the index has lost its settings
	indexExists   = "index_already_exists"
	noDocument    = "document_not_found"
	noKey         = "api_key_not_found"
	keyExists     = "api_key_already_exists"
	keysUnguarded = "missing_master_key" // the server runs without a master key, and has no keys at all
)

// authorized sends requests with a key that is asked for each time, so that a new one counts at once, and bounds what
// comes back.
type authorized struct {
	next http.RoundTripper
	key  func() string
}

// RoundTrip implements http.RoundTripper.
func (a authorized) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if key := a.key(); key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	response, err := a.next.RoundTrip(r)
	if err == nil {
		response.Body = http.MaxBytesReader(nil, response.Body, maxResponse)
	}
	return response, err
}

// newClient returns a client that neither retries (its retries send an empty body) nor follows redirects (a key would go
// along).
func newClient(address string, transport http.RoundTripper, key func() string) meilisearch.ServiceManager {
	return meilisearch.New(address, meilisearch.DisableRetries(), meilisearch.WithCustomClient(&http.Client{
		Transport:     authorized{transport, key},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}))
}

func newTransport() *http.Transport {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{Timeout: dialTime}).DialContext
	transport.TLSHandshakeTimeout = dialTime
	transport.MaxIdleConnsPerHost = 32 // as many visitors may search at once without new connections
	return transport
}

// failure gives an error of the client its kind. ctx is the caller's: who gave up is not told that the server is down.
func failure(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", what, context.Cause(ctx))
	}
	switch {
	case refused(err):
		return fmt.Errorf("%s: %w: the server refuses the key in FANFARE_MEILISEARCH_KEY: %w", what, search.ErrUnavailable, err)
	case unfit(err):
		return fmt.Errorf("%s: %w", what, err)
	}
	return fmt.Errorf("%s: %w: %w", what, search.ErrUnavailable, err)
}

// unfit reports whether the server says that the request itself was wrong, and will always be.
func unfit(err error) bool {
	var answer *meilisearch.Error
	if !errors.As(err, &answer) || answer.StatusCode/100 != 4 {
		return false
	}
	switch answer.StatusCode {
	case http.StatusTooManyRequests, http.StatusRequestTimeout:
		return false
	}
	return code(err) != noIndex && code(err) != wrongFilter
}

// code is what the server calls an error, of an answer or of a task; empty where no server spoke.
func code(err error) string {
	var answer *meilisearch.Error
	var task *failedTask
	switch {
	case errors.As(err, &task):
		return task.code
	case errors.As(err, &answer):
		return answer.MeilisearchApiError.Code
	}
	return ""
}

// refused reports whether the server did not take the key.
func refused(err error) bool {
	var answer *meilisearch.Error
	return errors.As(err, &answer) && (answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden)
}

// failedTask is a task that the server took and did not do.
type failedTask struct{ code, message string }

func (f *failedTask) Error() string { return f.code + ": " + f.message }

// begin has the server take a task.
func (x *Index) begin(ctx context.Context, what string, start func(context.Context) (*meilisearch.TaskInfo, error)) (task int64, err error) {
	within, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	info, err := start(within)
	if err != nil {
		return 0, failure(ctx, what, err)
	}
	return info.TaskUID, nil
}

// finish follows a task to its end, which may be its failure. The client's own wait has no end of its own, and returns
// failed tasks as if they were done.
func (x *Index) finish(ctx context.Context, what string, task int64) error {
	within, cancel := context.WithTimeout(ctx, taskTime)
	defer cancel()
	answered := time.Now()
	for pause := firstPoll; ; pause = min(2*pause, lastPoll) {
		t, err := x.task(within, task)
		if err == nil {
			answered = time.Now()
			switch t.Status {
			case meilisearch.TaskStatusSucceeded:
				return nil
			case meilisearch.TaskStatusFailed, meilisearch.TaskStatusCanceled:
				return ended(what, t)
			}
		} else if time.Since(answered) > requestTime {
			return failure(ctx, what, err)
		}
		select {
		case <-within.Done():
			return failure(ctx, what, fmt.Errorf("task %d is not done after %s", task, taskTime))
		case <-time.After(pause):
		}
	}
}

func (x *Index) task(ctx context.Context, task int64) (*meilisearch.Task, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	return x.admin.GetTaskWithContext(ctx, task)
}

// ended is why a task was not done. What the server cannot do now (its disk is full, somebody canceled) it may do later.
func ended(what string, t *meilisearch.Task) error {
	failed := &failedTask{t.Error.Code, t.Error.Message}
	if t.Status == meilisearch.TaskStatusCanceled {
		failed.code = "canceled"
	}
	if t.Error.Type == "invalid_request" {
		return fmt.Errorf("%s: %w", what, failed)
	}
	return fmt.Errorf("%s: %w: %w", what, search.ErrUnavailable, failed)
}

// run has the server do a task.
func (x *Index) run(ctx context.Context, what string, start func(context.Context) (*meilisearch.TaskInfo, error)) error {
	task, err := x.begin(ctx, what, start)
	if err != nil {
		return err
	}
	return x.finish(ctx, what, task)
}
