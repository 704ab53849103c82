package entries

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"fanfare/search"
	"fanfare/search/localindex"
	"fanfare/server/app/campaigns"
	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// place is a service with a database, a search index that may fail, and one launched challenge.
type place struct {
	*testing.T
	*Service
	index     *faultyIndex
	challenge contest.Challenge
	fan       contest.Fan
}

// faultyIndex is the embedded index, which can be away and can be interfered with.
type faultyIndex struct {
	search.Index
	away    atomic.Bool
	asked   atomic.Int64 // while away
	midway  func()       // called in the middle of a rebuild
	rebuilt atomic.Int64
}

func (f *faultyIndex) fail() error {
	if f.away.Load() {
		f.asked.Add(1)
		return fmt.Errorf("test: %w", search.ErrUnavailable)
	}
	return nil
}

func (f *faultyIndex) Put(ctx context.Context, documents []search.Document) error {
	if err := f.fail(); err != nil {
		return err
	}
	return f.Index.Put(ctx, documents)
}

func (f *faultyIndex) Delete(ctx context.Context, ids []string) error {
	if err := f.fail(); err != nil {
		return err
	}
	return f.Index.Delete(ctx, ids)
}

func (f *faultyIndex) Search(ctx context.Context, q search.Query) (search.Result, error) {
	if err := f.fail(); err != nil {
		return search.Result{}, err
	}
	return f.Index.Search(ctx, q)
}

func (f *faultyIndex) Rebuild(ctx context.Context, documents iter.Seq2[search.Document, error]) error {
	f.rebuilt.Add(1)
	return f.Index.Rebuild(ctx, func(yield func(search.Document, error) bool) {
		for d, err := range documents {
			if !yield(d, err) {
				return
			}
		}
		if f.midway != nil {
			f.midway()
		}
	})
}

// in runs a test at a place, with a clock of its own.
func in(t *testing.T, test func(p *place)) {
	synctest.Test(t, func(t *testing.T) {
		p := &place{T: t, index: &faultyIndex{}}
		write, read := storetest.Pools(t, filepath.Join(t.TempDir(), "index.db"))
		index, err := localindex.Open(t.Context(), write, read)
		p.must(err)
		p.index.Index = index
		database := storetest.OpenSQLite(t, func([]contest.Change) {})
		queue := storetest.Queue(database, func(j job.Job, err error) { t.Errorf("job %s %s failed: %v", j.Kind, j.Key, err) })
		told := news.New(queue)
		told.Pass("test", func(context.Context, news.Item) error { return nil })
		p.Service = New(Parts{
			Store: database, Campaigns: campaigns.New(database, "http://localhost"), Index: p.index, Queue: queue, News: told, Log: slog.New(slog.DiscardHandler),
		}, 1)
		p.must(database.Update(t.Context(), func(tx *store.Tx) error {
			campaign, err := tx.CreateCampaign(contest.Campaign{Name: contest.Text{EN: "Night"}})
			if err != nil {
				return err
			}
			if p.challenge, err = tx.CreateChallenge(storetest.Draft(campaign.ID, "night", tx.Now())); err != nil {
				return err
			}
			p.challenge.LaunchedAt, p.challenge.RulesHash = tx.Now(), p.challenge.Hash()
			if err := tx.SaveChallenge(p.challenge); err != nil {
				return err
			}
			p.fan, err = tx.FanFor("guest", "a", "Ann")
			return err
		}))
		test(p)
	})
}

func (p *place) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// enter publishes an entry, and has it indexed by a job.
func (p *place) enter(caption string) (id contest.EntryID) {
	p.Helper()
	p.must(p.store.UpdateIn(p.Context(), p.challenge.ID, func(tx *store.Tx) error {
		e, err := tx.InsertEntry(contest.Entry{
			Challenge: p.challenge.ID, Fan: p.fan.ID, Author: "Ann", Caption: caption, City: "chongqing", Status: contest.Published,
		})
		if err != nil {
			return err
		}
		id = e.ID
		return p.queue.Insert(tx, job.Job{Kind: indexJob, Key: string(id)})
	}))
	return id
}

// hide withdraws an entry in the database, and has the index follow.
func (p *place) hide(id contest.EntryID) {
	p.Helper()
	p.must(p.store.UpdateIn(p.Context(), p.challenge.ID, func(tx *store.Tx) error {
		if _, err := tx.Decide(id, contest.Withdrawn, "", ""); err != nil {
			return err
		}
		return p.queue.Insert(tx, job.Job{Kind: indexJob, Key: string(id)})
	}))
}

// work runs the queue for a time.
func (p *place) work(d time.Duration) {
	ctx, stop := context.WithCancel(p.Context())
	var done sync.WaitGroup
	done.Go(func() { p.queue.Run(ctx) })
	time.Sleep(d)
	synctest.Wait()
	stop()
	done.Wait()
}

func (p *place) find(text string) (ids []contest.EntryID) {
	p.Helper()
	page, err := p.Search(p.Context(), p.challenge.ID, text, "", 100)
	p.must(err)
	for _, e := range page.Entries {
		ids = append(ids, e.ID)
	}
	return ids
}

func (p *place) wantWhole() {
	p.Helper()
	diff, err := p.CompareIndex(p.Context())
	p.must(err)
	stats, err := p.queue.Stats(p.Context())
	p.must(err)
	if !diff.Empty() || len(stats) > 0 {
		p.Errorf("the index differs by %+v, with jobs %+v", diff, stats)
	}
}

func TestEntriesWaitForAnIndexThatIsAwayAndAreIndexedWhenItIsBack(t *testing.T) {
	in(t, func(p *place) {
		p.index.away.Store(true)
		for range 2 * indexers {
			p.enter("夜景")
		}
		const outage = 3 * time.Minute
		p.work(outage)
		if asked, most := p.index.asked.Load(), int64(indexers*(outage/indexPause+1)); asked == 0 || asked > most {
			p.Errorf("an index that is away was asked %d times, want at most %d", asked, most)
		}
		if _, err := p.Search(p.Context(), p.challenge.ID, "夜景", "", 10); !errors.Is(err, ErrSearchUnavailable) {
			p.Errorf("Search = %v, want ErrSearchUnavailable", err)
		}
		p.index.away.Store(false)
		p.work(2 * indexPause)
		if got := len(p.find("夜景")); got != 2*indexers {
			p.Errorf("%d entries are found, want %d", got, 2*indexers)
		}
		p.wantWhole()
	})
}

func TestWhatChangesDuringARebuildIsIndexedAgain(t *testing.T) {
	in(t, func(p *place) {
		kept, hidden := p.enter("外滩"), p.enter("外滩")
		p.work(time.Second)
		var entered contest.EntryID
		p.index.midway = func() {
			p.hide(hidden)
			entered = p.enter("外滩")
			p.work(time.Second) // into the old index, of which nothing stays
		}
		p.must(p.RebuildIndex(p.Context()))
		p.work(time.Second)
		p.wantWhole()
		if got, want := p.find("外滩"), []contest.EntryID{kept, entered}; !slices.Equal(got, want) {
			p.Errorf("found %v, want %v", got, want)
		}
	})
}

func TestWhatIsHiddenOrErasedIsNeverFoundWhateverTheIndexHolds(t *testing.T) {
	in(t, func(p *place) {
		shown, hidden := p.enter("外滩"), p.enter("外滩")
		p.work(time.Second)
		p.hide(hidden)
		p.must(p.index.Put(p.Context(), []search.Document{{ID: "e_erased", Challenge: string(p.challenge.ID), Number: 99, Caption: "外滩"}}))
		if got, want := p.find("外滩"), []contest.EntryID{shown}; !slices.Equal(got, want) {
			p.Errorf("found %v, want %v", got, want)
		}
		diff, err := p.CompareIndex(p.Context())
		p.must(err)
		want := []string{"e_erased", string(hidden)}
		slices.Sort(want)
		if !slices.Equal(diff.IDs(), want) {
			p.Errorf("Compare = %+v, want %v extra", diff, want)
		}
	})
}

func TestAStaleIndexIsRebuiltOnce(t *testing.T) {
	in(t, func(p *place) {
		p.enter("外滩")
		for range 2 { // two replicas see that it is stale
			p.must(p.KeepIndex(p.Context()))
		}
		p.work(time.Minute)
		p.must(p.KeepIndex(p.Context()))
		p.work(time.Minute)
		if n := p.index.rebuilt.Load(); n != 1 {
			p.Errorf("the index was rebuilt %d times, want once", n)
		}
		p.wantWhole()
	})
}
