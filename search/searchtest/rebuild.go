package searchtest

import (
	"errors"
	"iter"
	"slices"
	"sync"
	"testing"

	"fanfare/search"
)

// later is what the database holds after corpus has changed: number 1 is another, 2 is gone, 60 is new.
var later = slices.Concat(
	[]search.Document{doc(1, "长城", "韩梅梅", "西安 Xi'an", "长城"), doc(60, "流星雨", "", "")},
	corpus[2:],
)

// rebuilds checks what renews the whole index, and what compares it with the database.
func rebuilds(t *testing.T, open func(t *testing.T) search.Index) {
	t.Run("a new index is stale until it is rebuilt", func(t *testing.T) {
		index := filled(t, open)
		wantStale(t, index, true)
		rebuild(t, index, All(corpus))
		wantStale(t, index, false)
		put(t, index, corpus[0])
		wantStale(t, index, false)
	})
	for _, c := range []struct {
		claim string
		check func(t *testing.T, index search.Index)
	}{
		{"a rebuild replaces everything", replacesAll},
		{"a rebuild of nothing empties", emptied},
		{"searches find the old documents until the new are whole", oldUntilNew},
		{"a rebuild that fails changes nothing", failedRebuild},
		{"what is put during a rebuild can be repaired by comparing", repaired},
		{"of two rebuilds at once one is whole", twoRebuilds},
		{"comparing finds what is missing, extra and changed", compared},
		{"whatever was put compares equal", oddCompared},
	} {
		t.Run(c.claim, func(t *testing.T) { c.check(t, filled(t, open)) })
	}
}

// All yields the documents, as Rebuild and Compare take them.
func All(documents []search.Document) iter.Seq2[search.Document, error] {
	return func(yield func(search.Document, error) bool) {
		for _, d := range documents {
			if !yield(d, nil) {
				return
			}
		}
	}
}

func rebuild(t *testing.T, index search.Index, documents iter.Seq2[search.Document, error]) {
	t.Helper()
	if err := index.Rebuild(t.Context(), documents); err != nil {
		t.Fatalf("Rebuild: %v", err)
	}
	if err := index.Check(t.Context()); err != nil {
		t.Errorf("Check after Rebuild: %v", err)
	}
}

func wantStale(t *testing.T, index search.Index, want bool) {
	t.Helper()
	if got, err := index.Stale(t.Context()); got != want || err != nil {
		t.Errorf("Stale = %v, %v, want %v", got, err, want)
	}
}

func compare(t *testing.T, index search.Index, documents []search.Document) search.Difference {
	t.Helper()
	diff, err := index.Compare(t.Context(), All(documents))
	if err != nil {
		t.Fatalf("Compare: %v", err)
	}
	return diff
}

func wantEqual(t *testing.T, index search.Index, documents []search.Document) {
	t.Helper()
	if diff := compare(t, index, documents); !diff.Empty() {
		t.Errorf("the index differs from its documents: %+v", diff)
	}
}

func replacesAll(t *testing.T, index search.Index) {
	for range 2 {
		rebuild(t, index, All(later))
		expect(t, index, "外滩", 4)
		expect(t, index, "长城", 1)
		expect(t, index, "#长城", 1)
		expect(t, index, "harbour")
		expect(t, index, "60", 60)
		wantEqual(t, index, later)
	}
	put(t, index, corpus[1])
	expect(t, index, "harbour", 2)
}

func emptied(t *testing.T, index search.Index) {
	rebuild(t, index, All(nil))
	for _, query := range []string{"外滩", "#nightshot", "1"} {
		expect(t, index, query)
	}
	wantEqual(t, index, nil)
	put(t, index, corpus[0])
	expect(t, index, "外滩", 1)
}

func oldUntilNew(t *testing.T, index search.Index) {
	rebuild(t, index, func(yield func(search.Document, error) bool) {
		for _, d := range later {
			expect(t, index, "外滩", 1, 4)
			expect(t, index, "长城")
			if !yield(d, nil) {
				return
			}
		}
		expect(t, index, "外滩", 1, 4)
	})
	expect(t, index, "外滩", 4)
}

func failedRebuild(t *testing.T, index search.Index) {
	broken := errors.New("the database is gone")
	err := index.Rebuild(t.Context(), func(yield func(search.Document, error) bool) {
		_ = yield(later[0], nil) && yield(search.Document{}, broken)
	})
	if !errors.Is(err, broken) {
		t.Errorf("Rebuild = %v, want %v", err, broken)
	}
	wantStale(t, index, true)
	wantEqual(t, index, corpus)
	rebuild(t, index, All(later))
	wantEqual(t, index, later)
}

func repaired(t *testing.T, index search.Index) {
	rebuild(t, index, func(yield func(search.Document, error) bool) {
		for i, d := range corpus {
			if !yield(d, nil) {
				return
			}
			if i == len(corpus)/2 {
				put(t, index, later[:2]...)
				if err := index.Delete(t.Context(), []string{"2_night"}); err != nil {
					t.Errorf("Delete during a rebuild: %v", err)
				}
			}
		}
	})
	diff := compare(t, index, later)
	if err := index.Delete(t.Context(), diff.Extra); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	put(t, index, slices.DeleteFunc(slices.Clone(later), func(d search.Document) bool {
		return !slices.Contains(diff.Missing, d.ID) && !slices.Contains(diff.Changed, d.ID)
	})...)
	wantEqual(t, index, later)
	expect(t, index, "harbour")
	expect(t, index, "长城", 1)
}

func twoRebuilds(t *testing.T, index search.Index) {
	var work sync.WaitGroup
	errs := make([]error, 2)
	for i := range errs {
		work.Go(func() { errs[i] = index.Rebuild(t.Context(), All(later)) })
	}
	work.Wait()
	if errs[0] != nil && errs[1] != nil {
		t.Errorf("both rebuilds failed: %v; %v", errs[0], errs[1])
	}
	wantStale(t, index, false)
	wantEqual(t, index, later)
}

func compared(t *testing.T, index search.Index) {
	wantEqual(t, index, corpus)
	for claim, change := range map[string]func(d *search.Document){
		"challenge": func(d *search.Document) { d.Challenge = food },
		"number":    func(d *search.Document) { d.Number++ },
		"caption":   func(d *search.Document) { d.Caption = "的外滩夜景真美 #百万夜景大片挑战#" },
		"author":    func(d *search.Document) { d.Author = "" },
		"city":      func(d *search.Document) { d.City += "!上海" },
		"tags":      func(d *search.Document) { d.Tags = []string{"百万夜景"} },
	} {
		documents := slices.Clone(corpus)
		change(&documents[0])
		if diff := compare(t, index, documents); !slices.Equal(diff.Changed, []string{"1_night"}) || len(diff.IDs()) != 1 {
			t.Errorf("another %s: %+v, want 1_night changed", claim, diff)
		}
	}
	want := search.Difference{Missing: []string{"60_night"}, Extra: []string{"2_night"}, Changed: []string{"1_night"}}
	if diff := compare(t, index, later); !slices.Equal(diff.IDs(), want.IDs()) {
		t.Errorf("Compare = %+v, want %+v", diff, want)
	}
	broken := errors.New("the database is gone")
	_, err := index.Compare(t.Context(), func(yield func(search.Document, error) bool) { yield(search.Document{}, broken) })
	if !errors.Is(err, broken) {
		t.Errorf("Compare = %v, want %v", err, broken)
	}
}

func oddCompared(t *testing.T, index search.Index) {
	put(t, index, oddly()...)
	wantEqual(t, index, slices.Concat(corpus, oddly()))
}
