package localindex

import (
	"database/sql"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"

	"fanfare/search"
	"fanfare/search/searchtest"
)

// files returns handles on a database file, as the server opens them.
func files(t testing.TB, path string) (write, read *sql.DB) {
	t.Helper()
	open := func(parameters string) *sql.DB {
		db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)"+parameters)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db
	}
	write = open("&_pragma=synchronous(normal)&_txlock=immediate")
	write.SetMaxOpenConns(1)
	return write, open("")
}

func open(t testing.TB) *Index {
	t.Helper()
	write, read := files(t, filepath.Join(t.TempDir(), "index.db"))
	index, rebuild, err := Open(t.Context(), write, read)
	if err != nil || !rebuild {
		t.Fatalf("Open of a new file = rebuild %v, %v", rebuild, err)
	}
	return index
}

func TestConformance(t *testing.T) {
	t.Run("local", func(t *testing.T) {
		searchtest.Run(t, func(t *testing.T) search.Index { return open(t) })
	})
}

func TestAnIndexSaysUntilItIsRebuilt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index.db")
	document := search.Document{ID: "e_1", Challenge: "ch", Number: 1, Caption: "夜景"}
	again := func() (*Index, bool) {
		t.Helper()
		write, read := files(t, path)
		index, rebuild, err := Open(t.Context(), write, read)
		if err != nil {
			t.Fatal(err)
		}
		return index, rebuild
	}
	hits := func(index *Index) int {
		t.Helper()
		result, err := index.Search(t.Context(), search.Query{Challenge: "ch", Text: "夜景", Limit: 9})
		if err != nil {
			t.Fatal(err)
		}
		return len(result.Hits)
	}
	index, _ := again()
	if err := index.Put(t.Context(), []search.Document{document}); err != nil {
		t.Fatal(err)
	}
	index, rebuild := again()
	if !rebuild || hits(index) != 1 {
		t.Errorf("half filled: rebuild = %v with %d hits, want true with the document kept", rebuild, hits(index))
	}
	if err := index.Rebuilt(t.Context()); err != nil {
		t.Fatal(err)
	}
	if index, rebuild = again(); rebuild || hits(index) != 1 {
		t.Errorf("rebuilt: rebuild = %v with %d hits, want false with the document", rebuild, hits(index))
	}
	if _, err := index.write.Exec(`PRAGMA user_version = 999`); err != nil {
		t.Fatal(err)
	}
	if index, rebuild = again(); !rebuild || hits(index) != 0 {
		t.Errorf("another version: rebuild = %v with %d hits, want true and none", rebuild, hits(index))
	}
	if err := index.Rebuilt(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := index.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, rebuild = again(); !rebuild {
		t.Error("after Reset the index says it is complete")
	}
}

func TestADatabaseThatIsClosedIsAnError(t *testing.T) {
	index := open(t)
	index.read.Close()
	index.write.Close()
	if err := index.Check(t.Context()); err == nil {
		t.Error("Check found nothing wrong")
	}
	if _, err := index.Search(t.Context(), search.Query{Challenge: "ch", Text: "夜景", Limit: 9}); err == nil {
		t.Error("Search found nothing wrong")
	}
	if err := index.Put(t.Context(), []search.Document{{ID: "e_1"}}); err == nil {
		t.Error("Put found nothing wrong")
	}
	if _, _, err := Open(t.Context(), index.write, index.read); err == nil {
		t.Error("Open found nothing wrong")
	}
}

func TestOneTypo(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"night", "night", false}, {"night", "nigh", true}, {"nigh", "night", true}, {"night", "light", true}, {"night", "nigth", true},
		{"night", "inght", true}, {"night", "niht", true}, {"night", "knight", true}, {"night", "nights", true}, {"night", "ngiht", true},
		{"night", "nithg", false}, {"night", "nite", false}, {"night", "knights", false}, {"night", "thgin", false}, {"", "a", true},
		{"", "", false}, {"", "ab", false}, {"ab", "ba", true}, {"abcd", "badc", false}, {"søvn", "savn", true}, {"aab", "ab", true},
		{"abc", "cba", false}, {"abcd", "acbe", false},
	} {
		if got := oneTypo(c.a, c.b); got != c.want {
			t.Errorf("oneTypo(%q, %q) = %v, want %v", c.a, c.b, got, c.want)
		}
		if got := oneTypo(c.b, c.a); got != c.want {
			t.Errorf("oneTypo(%q, %q) = %v, want %v", c.b, c.a, got, c.want)
		}
	}
}

// FuzzSearch asks the real index with any text, and puts it in as a document that must then be found by its number.
func FuzzSearch(f *testing.F) {
	for _, text := range []string{"夜景 外滩", "#话题# night", `"NEAR(" AND *`, "#12", "na\u0308chste\x00\xff", "🌃夜。景", "ligthning tower"} {
		f.Add(text)
	}
	index := open(f)
	f.Fuzz(func(t *testing.T, text string) {
		d := search.Document{ID: "e_1", Challenge: "ch", Number: 7, Caption: text, Author: text, City: text, Tags: []string{search.TagKey(text)}}
		if err := index.Put(t.Context(), []search.Document{d}); err != nil {
			t.Fatalf("Put %q: %v", text, err)
		}
		if _, err := index.Search(t.Context(), search.Query{Challenge: "ch", Text: text, Limit: 9}); err != nil {
			t.Errorf("Search %q: %v", text, err)
		}
		result, err := index.Search(t.Context(), search.Query{Challenge: "ch", Text: "7", Limit: 9})
		if err != nil || len(result.Hits) != 1 {
			t.Errorf("after %q number 7 finds %+v, %v", text, result.Hits, err)
		}
	})
}
