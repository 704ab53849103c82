package localindex

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
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
	index, err := Open(t.Context(), write, read)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return index
}

func TestConformance(t *testing.T) {
	t.Run("local", func(t *testing.T) {
		searchtest.Run(t, func(t *testing.T) search.Index { return open(t) })
	})
}

func TestAnIndexIsStaleUntilItWasBuiltByThisVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index.db")
	document := search.Document{ID: "e_1", Challenge: "ch", Number: 1, Caption: "夜景"}
	again := func() *Index {
		t.Helper()
		write, read := files(t, path)
		index, err := Open(t.Context(), write, read)
		if err != nil {
			t.Fatal(err)
		}
		return index
	}
	want := func(when string, index *Index, wantStale bool, wantHits int) {
		t.Helper()
		stale, err := index.Stale(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		result, err := index.Search(t.Context(), search.Query{Challenge: "ch", Text: "夜景", Limit: 9})
		if err != nil {
			t.Fatal(err)
		}
		if stale != wantStale || len(result.Hits) != wantHits {
			t.Errorf("%s: stale = %v with %d hits, want %v with %d", when, stale, len(result.Hits), wantStale, wantHits)
		}
	}
	index := again()
	if err := index.Put(t.Context(), []search.Document{document}); err != nil {
		t.Fatal(err)
	}
	want("half filled", again(), true, 1)
	if err := index.Rebuild(t.Context(), searchtest.All([]search.Document{document})); err != nil {
		t.Fatal(err)
	}
	want("rebuilt", again(), false, 1)
	if _, err := index.write.Exec(`PRAGMA user_version = 999`); err != nil {
		t.Fatal(err)
	}
	want("another version", again(), true, 0)
}

func TestARebuildLeavesNoTableOfOneThatDidNotEnd(t *testing.T) {
	index := open(t)
	tables := func() (n int) {
		t.Helper()
		if err := index.read.QueryRow(`SELECT count(*) FROM sqlite_schema WHERE type = 'table'`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := tables()
	err := index.update(t.Context(), "begin", func(tx *sql.Tx) error { return nextTables().create(t.Context(), tx) }) // and be killed
	if err != nil || tables() == before {
		t.Fatalf("a rebuild that began: %v, with %d tables as before", err, before)
	}
	if err := index.Rebuild(t.Context(), searchtest.All(nil)); err != nil {
		t.Fatal(err)
	}
	if got := tables(); got != before {
		t.Errorf("%d tables after a rebuild, want %d", got, before)
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
	if _, err := index.Stale(t.Context()); err == nil {
		t.Error("Stale found nothing wrong")
	}
	if err := index.Rebuild(t.Context(), searchtest.All(nil)); err == nil {
		t.Error("Rebuild found nothing wrong")
	}
	if _, err := index.Compare(t.Context(), searchtest.All(nil)); err == nil {
		t.Error("Compare found nothing wrong")
	}
	if _, err := Open(t.Context(), index.write, index.read); err == nil {
		t.Error("Open found nothing wrong")
	}
}

// away are ways in which the file of an index cannot be written, and what ends them.
var away = map[string]func(t *testing.T, index *Index, path string) (end func()){
	"full": func(t *testing.T, index *Index, _ string) func() {
		return pragmas(t, index, `PRAGMA max_page_count = 1`, `PRAGMA max_page_count = 4294967294`) // it grows no further
	},
	"read-only": func(t *testing.T, index *Index, _ string) func() {
		return pragmas(t, index, `PRAGMA query_only = on`, `PRAGMA query_only = off`)
	},
	"locked by another process": func(t *testing.T, index *Index, path string) func() {
		end := pragmas(t, index, `PRAGMA busy_timeout = 1`, `PRAGMA busy_timeout = 5000`)
		other, _ := files(t, path)
		tx, err := other.Begin()
		if err != nil {
			t.Fatal(err)
		}
		return func() {
			tx.Rollback()
			end()
		}
	},
}

// pragmas sets what the one connection that writes does, until end.
func pragmas(t *testing.T, index *Index, begin, end string) func() {
	set := func(pragma string) {
		t.Helper()
		if _, err := index.write.Exec(pragma); err != nil {
			t.Fatal(err)
		}
	}
	set(begin)
	return func() { set(end) }
}

func TestAFileThatCannotBeWrittenForNowIsUnavailable(t *testing.T) {
	for name, begin := range away {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "index.db")
			write, read := files(t, path)
			index, err := Open(t.Context(), write, read)
			if err != nil {
				t.Fatal(err)
			}
			all := searchtest.Documents(2000)
			if err := index.Put(t.Context(), all[:1]); err != nil {
				t.Fatal(err)
			}
			end := begin(t, index, path)
			for what, err := range map[string]error{
				"Put": index.Put(t.Context(), all), "Delete": index.Delete(t.Context(), []string{all[0].ID}),
				"Rebuild": index.Rebuild(t.Context(), searchtest.All(all)),
			} {
				if name == "full" && what == "Delete" {
					continue // there may be room for that
				}
				if !errors.Is(err, search.ErrUnavailable) {
					t.Errorf("%s = %v, want ErrUnavailable", what, err)
				}
			}
			end()
			if err := index.Put(t.Context(), all); err != nil {
				t.Errorf("Put afterwards: %v", err)
			}
		})
	}
}

func TestAFileThatCannotBeOpenedIsUnavailable(t *testing.T) {
	write, read := files(t, filepath.Join(t.TempDir(), "gone", "index.db"))
	if _, err := Open(t.Context(), write, read); !errors.Is(err, search.ErrUnavailable) {
		t.Errorf("Open = %v, want ErrUnavailable", err)
	}
	index := &Index{write, read}
	if _, err := index.Search(t.Context(), search.Query{Challenge: "ch", Text: "夜景", Limit: 9}); !errors.Is(err, search.ErrUnavailable) {
		t.Errorf("Search = %v, want ErrUnavailable", err)
	}
	if err := index.Check(t.Context()); !errors.Is(err, search.ErrUnavailable) {
		t.Errorf("Check = %v, want ErrUnavailable", err)
	}
	if _, err := index.Compare(t.Context(), searchtest.All(nil)); !errors.Is(err, search.ErrUnavailable) {
		t.Errorf("Compare = %v, want ErrUnavailable", err)
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
		diff, err := index.Compare(t.Context(), searchtest.All([]search.Document{d}))
		if err != nil || !diff.Empty() {
			t.Errorf("%q compares as %+v, %v", text, diff, err)
		}
	})
}

// TestAFlippedBitIsFoundOrDoesNoHarm flips one bit of the file at a time: Compare has to find it, unless it lies in a place
// that no query reads.
func TestAFlippedBitIsFoundOrDoesNoHarm(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index.db")
	write, read := files(t, path)
	index, err := Open(t.Context(), write, read)
	if err != nil {
		t.Fatal(err)
	}
	const flips = 20
	sequence := searchtest.All(searchtest.Documents(200))
	if err := index.Rebuild(t.Context(), sequence); err != nil {
		t.Fatal(err)
	}
	if _, err := write.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	answers := func(index *Index) (text string) {
		for _, query := range []string{"夜景", "harbour midnight", "#夜景#", "#夜", "7", "外滩霓虹烟花", "harbuor", "上海"} {
			result, err := index.Search(t.Context(), search.Query{Challenge: "ch_night", Text: query, Limit: 50})
			text += fmt.Sprintln(query, result, err)
		}
		return text
	}
	want, found := answers(index), 0
	random := rand.New(rand.NewPCG(7, 7))
	for range flips {
		damaged := slices.Clone(whole)
		at := 100 + random.IntN(len(damaged)-100) // behind the header, which SQLite itself refuses
		damaged[at] ^= 1 << random.IntN(8)
		path := filepath.Join(t.TempDir(), "damaged.db")
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		write, read := files(t, path)
		damagedIndex := &Index{write, read}
		diff, err := damagedIndex.Compare(t.Context(), sequence)
		if err != nil || !diff.Empty() {
			found++
		} else if got := answers(damagedIndex); got != want {
			t.Errorf("a bit flipped at %d of %d is not found, and answers differ:\n%s\nwant\n%s", at, len(whole), got, want)
		}
		write.Close()
		read.Close()
	}
	if found < flips/5 { // half of the file is room to grow
		t.Errorf("%d of %d flipped bits were found", found, flips)
	}
}
