package meiliindex

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"fanfare/search"
	"fanfare/search/searchtest"
)

func TestAnIndexThatTheServerLostIsMadeAnewWithItsSettings(t *testing.T) {
	index, documents := open(t), searchtest.Documents(40)
	if err := index.Rebuild(t.Context(), searchtest.All(documents)); err != nil {
		t.Fatal(err)
	}
	if _, err := index.Search(t.Context(), nightQuery); err != nil {
		t.Fatal(err)
	}
	if err := index.drop(t.Context(), index.name); err != nil {
		t.Fatal(err)
	}
	if _, err := index.admin.DeleteKeyWithContext(t.Context(), searchKeyID(index.name)); err != nil {
		t.Fatal(err)
	}
	wantUnavailable(t, "Search", searchTime, func() error { _, err := index.Search(t.Context(), nightQuery); return err })
	wantUnavailable(t, "Check", searchTime, func() error { return index.Check(t.Context()) })
	if err := index.Put(t.Context(), documents[:1]); err != nil {
		t.Fatalf("Put: %v", err)
	}
	if err := index.CheckSettings(t.Context()); err != nil {
		t.Errorf("after Put: %v", err)
	}
	if stale, err := index.Stale(t.Context()); !stale || err != nil {
		t.Errorf("Stale = %v, %v, want true", stale, err)
	}
	if err := index.Rebuild(t.Context(), searchtest.All(documents)); err != nil {
		t.Fatalf("Rebuild: %v", err)
	}
	if diff, err := index.Compare(t.Context(), searchtest.All(documents)); err != nil || !diff.Empty() {
		t.Errorf("Compare = %+v, %v", diff, err)
	}
	if err := index.Check(t.Context()); err != nil {
		t.Errorf("Check: %v", err)
	}
}

func TestAnIndexThatSomebodyEmptiedIsStale(t *testing.T) {
	index := open(t)
	if err := index.Rebuild(t.Context(), searchtest.All(searchtest.Documents(3))); err != nil {
		t.Fatal(err)
	}
	err := index.run(t.Context(), "empty", func(ctx context.Context) (*meilisearch.TaskInfo, error) {
		return index.admin.Index(index.name).DeleteAllDocumentsWithContext(ctx, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	if stale, err := index.Stale(t.Context()); !stale || err != nil {
		t.Errorf("Stale = %v, %v, want true", stale, err)
	}
}

func TestSettingsThatSomebodyChangedAreFound(t *testing.T) {
	index := open(t)
	if err := index.Rebuild(t.Context(), searchtest.All(nil)); err != nil {
		t.Fatal(err)
	}
	err := index.run(t.Context(), "spoil", func(ctx context.Context) (*meilisearch.TaskInfo, error) {
		return index.admin.Index(index.name).UpdateStopWordsWithContext(ctx, &[]string{"the"})
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = index.Compare(t.Context(), searchtest.All(nil))
	if !errors.Is(err, errSettings) || !strings.Contains(err.Error(), "stopWords") {
		t.Errorf("Compare = %v, want an error that names stopWords", err)
	}
	if stale, err := index.Stale(t.Context()); !stale || err != nil {
		t.Errorf("Stale = %v, %v, want true", stale, err)
	}
	if err := index.Rebuild(t.Context(), searchtest.All(nil)); err != nil {
		t.Fatal(err)
	}
	if err := index.CheckSettings(t.Context()); err != nil {
		t.Errorf("after Rebuild: %v", err)
	}
}

func TestATaskThatFailsIsAnError(t *testing.T) {
	index := open(t)
	task, err := index.beginAdding(t.Context(), index.name, []record{{ID: "no identifier!"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := index.finish(t.Context(), "add", task); code(err) != "invalid_document_id" {
		t.Errorf("finish = %v, want the task's error", err)
	}
	if err := index.Put(t.Context(), []search.Document{{ID: "no identifier!"}}); err == nil {
		t.Error("Put took an identifier that the server does not")
	}
	if err := index.Delete(t.Context(), []string{"no identifier!"}); err != nil {
		t.Errorf("deleting what cannot be there: %v", err)
	}
}

func TestWhatManyChangeAtOnceIsFewTasks(t *testing.T) {
	const callers = 60
	index, documents := open(t), searchtest.Documents(callers)
	before := tasks(t, index)
	var work sync.WaitGroup
	for _, d := range documents {
		work.Go(func() {
			if err := index.Put(t.Context(), []search.Document{d}); err != nil {
				t.Errorf("Put: %v", err)
			}
		})
	}
	work.Wait()
	if n := tasks(t, index) - before; n > callers/4 {
		t.Errorf("%d documents took %d tasks", callers, n)
	}
	if diff, err := index.Compare(t.Context(), searchtest.All(documents)); err != nil || !diff.Empty() {
		t.Errorf("Compare = %+v, %v", diff, err)
	}
}

// tasks counts the tasks of the index so far.
func tasks(t *testing.T, index *Index) int64 {
	t.Helper()
	list, err := index.admin.Index(index.name).GetTasksWithContext(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return list.Total
}

func TestQueriesGoOutWithAKeyThatCanOnlySearch(t *testing.T) {
	index := open(t)
	if err := index.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	key, err := index.admin.GetKeyWithContext(t.Context(), searchKeyID(index.name))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(key.Actions, []string{"search"}) || !slices.Equal(key.Indexes, []string{index.name}) {
		t.Errorf("the key may do %v on %v", key.Actions, key.Indexes)
	}
	if got := *index.searchKey.Load(); got != key.Key || got == index.adminKey() {
		t.Error("queries go out with another key")
	}
	if _, err := index.searcher.Index(index.name).DeleteAllDocuments(nil); !refused(err) {
		t.Errorf("the key of queries deletes documents: %v", err)
	}
}

func TestANewKeyCountsWithoutARestart(t *testing.T) {
	address, key := server(t)
	address.Index = open(t).name
	var current atomic.Value
	current.Store("not the key")
	index := Open(address, func() string { return current.Load().(string) })
	t.Cleanup(func() { index.Close() })
	_, err := index.Search(t.Context(), nightQuery)
	if !errors.Is(err, search.ErrUnavailable) || !strings.Contains(fmt.Sprint(err), "FANFARE_MEILISEARCH_KEY") {
		t.Errorf("Search with a wrong key = %v, want ErrUnavailable with the key's name", err)
	}
	wantUnavailable(t, "Put", requestTime, func() error { return index.Put(t.Context(), searchtest.Documents(1)) })
	current.Store(key())
	if _, err := index.Search(t.Context(), nightQuery); err != nil {
		t.Errorf("Search with the right key: %v", err)
	}
	// The key of queries is one that the server no longer has, as after a change of its master key.
	lost := "lost"
	index.searchKey.Store(&lost)
	if _, err := index.Search(t.Context(), nightQuery); err != nil {
		t.Errorf("Search with a lost key: %v", err)
	}
}

func TestReplicasThatMakeTheIndexAtOnceMakeOne(t *testing.T) {
	index := open(t)
	if err := index.drop(t.Context(), index.name); err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			if err := index.ensure(t.Context()); err != nil {
				t.Errorf("ensure: %v", err)
			}
		})
	}
	work.Wait()
	if err := index.CheckSettings(t.Context()); err != nil {
		t.Error(err)
	}
	if left := names(t, index); !slices.Equal(left, []string{index.name}) {
		t.Errorf("the server has %v, want %s alone", left, index.name)
	}
}

// names lists the index and those that rebuilds left.
func names(t *testing.T, index *Index) (list []string) {
	t.Helper()
	all, err := index.admin.ListIndexesWithContext(t.Context(), &meilisearch.IndexesQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all.Results {
		if strings.HasPrefix(i.UID, index.name) {
			list = append(list, i.UID)
		}
	}
	return list
}

func TestAnIndexWithoutSettingsIsUnavailableAndStale(t *testing.T) {
	index := open(t)
	if err := index.drop(t.Context(), index.name); err != nil {
		t.Fatal(err)
	}
	task, err := index.beginAdding(t.Context(), index.name, []record{{ID: "e_1"}}) // the server makes an index of its own
	if err == nil {
		err = index.finish(t.Context(), "add", task)
	}
	if err != nil {
		t.Fatal(err)
	}
	wantUnavailable(t, "Search", searchTime, func() error { _, err := index.Search(t.Context(), nightQuery); return err })
	if stale, err := index.Stale(t.Context()); !stale || err != nil {
		t.Errorf("Stale = %v, %v, want true", stale, err)
	}
}

func TestIndexesOfRebuildsThatDidNotEndAreSwept(t *testing.T) {
	index := open(t)
	left := index.name + nextMark + "left"
	if err := index.create(t.Context(), left); err != nil {
		t.Fatal(err)
	}
	if err := index.sweep(t.Context(), leftTime); err != nil {
		t.Fatal(err)
	}
	if _, err := index.admin.GetIndexWithContext(t.Context(), left); err != nil {
		t.Errorf("a rebuild that still runs lost its index: %v", err)
	}
	if err := index.sweep(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := index.admin.GetIndexWithContext(t.Context(), left); code(err) != noIndex {
		t.Errorf("after the sweep: %v, want no such index", err)
	}
}

func BenchmarkRebuild(b *testing.B) {
	const entries = 100_000 // of an installation that is rebuilt
	index, sequence := open(b), searchtest.All(searchtest.Documents(entries))
	for b.Loop() {
		if err := index.Rebuild(b.Context(), sequence); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*entries/b.Elapsed().Seconds(), "documents/s")
	began := time.Now()
	if diff, err := index.Compare(b.Context(), sequence); err != nil || !diff.Empty() {
		b.Fatal(diff, err)
	}
	b.ReportMetric(time.Since(began).Seconds(), "s/compare")
}
