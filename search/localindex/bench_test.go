package localindex

import (
	"os"
	"path/filepath"
	"testing"

	"fanfare/search"
	"fanfare/search/searchtest"
)

const (
	captions = 50_000  // the size of a large challenge
	entries  = 100_000 // of an installation that is rebuilt
)

func fill(b *testing.B, index *Index, all []search.Document) {
	const batch = 500 // as the rebuilding job sends them
	for ; len(all) > 0; all = all[min(batch, len(all)):] {
		if err := index.Put(b.Context(), all[:min(batch, len(all))]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIndex(b *testing.B) {
	all := searchtest.Documents(captions)
	for b.Loop() {
		path := filepath.Join(b.TempDir(), "index.db")
		write, read := files(b, path)
		index, err := Open(b.Context(), write, read)
		if err != nil {
			b.Fatal(err)
		}
		fill(b, index, all)
		b.StopTimer()
		if _, err := write.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
			b.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/captions, "B/document")
		b.StartTimer()
	}
	b.ReportMetric(float64(b.N)*captions/b.Elapsed().Seconds(), "documents/s")
}

func BenchmarkRebuild(b *testing.B) {
	index, all := open(b), searchtest.Documents(entries)
	sequence := searchtest.All(all)
	for b.Loop() {
		if err := index.Rebuild(b.Context(), sequence); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*entries/b.Elapsed().Seconds(), "documents/s")
}

func BenchmarkCompare(b *testing.B) {
	index, sequence := open(b), searchtest.All(searchtest.Documents(entries))
	if err := index.Rebuild(b.Context(), sequence); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if diff, err := index.Compare(b.Context(), sequence); err != nil || !diff.Empty() {
			b.Fatal(diff, err)
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	index := open(b)
	fill(b, index, searchtest.Documents(captions))
	for _, c := range []struct{ name, text string }{
		{"common word", "夜景"}, {"two words", "外滩 夜景"}, {"English", "harbour midnight"}, {"prefix", "sky"}, {"letter", "s"}, {"tag of all", "#百万夜景大片挑战#"},
		{"tag open", "#夜"}, {"tag and word", "#夜景# 外滩"}, {"number", "4711"}, {"typo", "harbuor"}, {"apart", "外滩霓虹烟花"}, {"nothing", "volcano"},
	} {
		b.Run(c.name, func(b *testing.B) {
			hits := 0
			for b.Loop() {
				result, err := index.Search(b.Context(), search.Query{Challenge: "ch_night", Text: c.text, Limit: 24})
				if err != nil {
					b.Fatal(err)
				}
				hits = len(result.Hits)
			}
			b.ReportMetric(float64(hits), "hits")
		})
	}
}
