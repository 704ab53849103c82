package uploads

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"fanfare/media/blob"
	"fanfare/media/blob/dirblob"
	"fanfare/media/mediatest"
	"fanfare/server/access"
	"fanfare/server/app/campaigns"
	"fanfare/server/app/entries"
	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// place is a service with a database, a bucket that may be away, and one launched challenge with a grace of an hour.
type place struct {
	*testing.T
	*Service
	entries   *entries.Service
	driver    *faulty
	folder    string // of the bucket
	challenge contest.Challenge
	fan       access.Session
}

// faulty is a folder that may be away, or lose an object.
type faulty struct {
	blob.Driver
	mu   sync.Mutex // guards what follows
	away bool
}

func (f *faulty) set(away bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away = away
}

func (f *faulty) Put(ctx context.Context, key string, r io.Reader) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.away {
		return blob.ErrUnavailable
	}
	return f.Driver.Put(ctx, key, r)
}

// in runs a test at a place, with a clock of its own.
func in(t *testing.T, test func(p *place)) {
	synctest.Test(t, func(t *testing.T) {
		p := &place{T: t}
		p.folder = t.TempDir()
		folder, err := dirblob.Open(p.folder)
		p.must(err)
		t.Cleanup(func() { folder.Close() })
		p.driver = &faulty{Driver: folder}
		bucket := blob.NewBucket(p.driver)
		database := storetest.OpenSQLite(t, func([]contest.Change) {})
		queue := storetest.Queue(database, func(j job.Job, err error) { t.Errorf("job %s %s failed: %v", j.Kind, j.Key, err) })
		log, campaigns := slog.New(slog.DiscardHandler), campaigns.New(database, "http://localhost")
		p.entries = entries.New(entries.Parts{Store: database, Campaigns: campaigns, Bucket: bucket, Queue: queue, News: news.New(queue), Log: log}, 1)
		p.Service = New(database, campaigns, p.entries, bucket, queue, log)
		p.must(database.Update(t.Context(), func(tx *store.Tx) error {
			campaign, err := tx.CreateCampaign(contest.Campaign{Name: contest.Text{EN: "Night"}})
			if err != nil {
				return err
			}
			draft := storetest.Draft(campaign.ID, "night", tx.Now())
			draft.Rules.GraceSeconds, draft.Rules.EntriesPerFan, draft.Consents = 3600, 100, nil
			if p.challenge, err = tx.CreateChallenge(draft); err != nil {
				return err
			}
			p.challenge.LaunchedAt, p.challenge.RulesHash = tx.Now(), p.challenge.Hash()
			return tx.SaveChallenge(p.challenge)
		}))
		p.fan = p.session("ann")
		test(p)
	})
}

func (p *place) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// want holds that an error is of a kind; nil is none.
func (p *place) want(what string, err, kind error) {
	p.Helper()
	if !errors.Is(err, kind) || kind == nil && err != nil {
		p.Errorf("%s: got %v, want %v", what, err, kind)
	}
}

// refused holds that a rule's no has a reason.
func (p *place) refused(what string, err error, reason contest.Reason) {
	p.Helper()
	var refusal *contest.Refusal
	if !errors.As(err, &refusal) || refusal.Reason != reason {
		p.Errorf("%s: got %v, want %s", what, err, reason)
	}
}

func (p *place) session(name string) (s access.Session) {
	p.Helper()
	p.must(p.store.Update(p.Context(), func(tx *store.Tx) (err error) {
		s.Challenge = p.challenge.ID
		s.Fan, err = tx.FanFor("guest", name, name)
		return err
	}))
	return s
}

// photo is a JPEG of so many bytes, unlike any other.
func photo(size int) []byte {
	picture := mediatest.JPEG(mediatest.Scene(64, 48))
	b := make([]byte, size)
	rest := b[copy(b, picture):]
	for i := range rest {
		rest[i] = byte(rand.Uint32())
	}
	return b
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// begin announces a photo.
func (p *place) begin(photo []byte) store.UploadID {
	p.Helper()
	u, err := p.Create(p.Context(), p.fan, Announcement{Length: int64(len(photo)), SHA256: sum(photo), Purpose: store.ForEntry})
	p.must(err)
	return u.ID
}

// wire is a connection that a test holds the other end of.
type wire struct {
	*io.PipeReader
	to      *io.PipeWriter
	leaving atomic.Bool
}

func (w *wire) Break()        { _ = w.PipeReader.CloseWithError(os.ErrDeadlineExceeded) } // it never fails
func (w *wire) Leaving() bool { return w.leaving.Load() }

// sending is an Append under way.
type sending struct {
	*wire
	upload store.Upload
	err    error
	done   chan struct{}
}

// send begins to append from an offset. What the test writes to the sending arrives.
func (p *place) send(id store.UploadID, offset int64) *sending {
	r, w := io.Pipe()
	s := &sending{wire: &wire{PipeReader: r, to: w}, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		defer r.Close() // as a server does that has answered
		s.upload, s.err = p.Append(context.WithoutCancel(p.Context()), p.fan, id, Pieces{Body: s.wire, Offset: offset, Length: -1})
	}()
	return s
}

// ends waits for the answer.
func (s *sending) ends() error {
	<-s.done
	return s.err
}

// append sends bytes in one request.
func (p *place) append(id store.UploadID, offset int, b []byte) error {
	p.Helper()
	_, err := p.Append(p.Context(), p.fan, id, Pieces{Body: still{bytes.NewReader(b)}, Offset: int64(offset), Length: int64(len(b))})
	return err
}

// still is a body that is there.
type still struct{ io.Reader }

func (still) Break()        {}
func (still) Leaving() bool { return false }

// at holds how far an upload is.
func (p *place) at(id store.UploadID, want int) {
	p.Helper()
	u, err := p.Upload(p.Context(), p.fan, id)
	if err != nil || u.Received != int64(want) {
		p.Errorf("received %d, want %d: %v", u.Received, want, err)
	}
}

// enter submits the entry of an upload.
func (p *place) enter(id store.UploadID) (contest.Entry, error) {
	return p.entries.Submit(p.Context(), p.fan, entries.Submission{
		Submission: contest.Submission{Author: "Ann", Caption: "夜色"}, Upload: id,
	})
}

// kept returns the keys below a prefix.
func (p *place) kept(prefix string) (keys []string) {
	p.Helper()
	for object, err := range p.bucket.List(p.Context(), prefix) {
		p.must(err)
		keys = append(keys, object.Key)
	}
	return keys
}

// holds holds that an object has a content.
func (p *place) holds(key string, want []byte) {
	p.Helper()
	r, _, err := p.bucket.OpenVerified(p.Context(), key, sum(want))
	p.must(err)
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, want) {
		p.Errorf("%s has %d bytes, want the %d sent: %v", key, len(got), len(want), err)
	}
}

// none holds that nothing lies below the prefixes.
func (p *place) none(prefixes ...string) {
	p.Helper()
	for _, prefix := range prefixes {
		if keys := p.kept(prefix); len(keys) > 0 {
			p.Errorf("kept: %s", strings.Join(keys, ", "))
		}
	}
}

// spoil turns a bit of an object over, or removes it.
func (p *place) spoil(key string, remove bool) {
	p.Helper()
	if remove {
		p.must(p.bucket.Delete(p.Context(), key))
		return
	}
	r, _, err := p.bucket.Open(p.Context(), key)
	p.must(err)
	b, err := io.ReadAll(r)
	p.must(errors.Join(err, r.Close()))
	b[len(b)/2] ^= 1
	_, err = p.bucket.Put(p.Context(), key, bytes.NewReader(b), int64(len(b)))
	p.must(err)
}

// later lets time pass and everybody act on it.
func later(d time.Duration) {
	time.Sleep(d) // of the bubble's clock
	synctest.Wait()
}

// original is where an upload's whole lies.
func (p *place) original(id store.UploadID) string {
	p.Helper()
	u, err := p.own(p.Context(), p.fan, id)
	p.must(err)
	return u.Object
}

// age has objects be as old as their sweep wants them: files know nothing of the bubble's clock.
func (p *place) age(keys ...string) {
	p.Helper()
	for _, key := range keys {
		then := time.Now().Add(-48 * time.Hour)
		if err := os.Chtimes(filepath.Join(p.folder, key), then, then); !errors.Is(err, os.ErrNotExist) {
			p.must(err)
		}
	}
}
