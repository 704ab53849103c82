package localindex

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fanfare/search"
)

// captions is the size of a large challenge.
const captions = 50_000

var (
	chinese = []string{
		"夜景", "外滩", "上海", "银河", "城市", "灯光", "星空", "倒影", "江边", "天际线", "霓虹", "车流", "月亮", "桥", "烟花", "雨后", "回家的路", "我们的", "今晚", "拍摄于",
	}
	english = []string{
		"night", "lights", "skyline", "harbour", "midnight", "bridge", "neon", "river", "moon", "street", "fireworks", "tower", "long exposure", "reflection", "city",
	}
	cities = []string{"上海 Shanghai", "北京 Beijing", "成都 Chengdu", "重庆 Chongqing", "香港 Hong Kong"}
)

// word is one of the list, or one that few captions have: half Chinese, half Latin, as in a real vocabulary.
func word(random *rand.Rand, list []string) string {
	if random.IntN(4) > 0 {
		return list[random.IntN(len(list))]
	}
	if random.IntN(2) == 0 {
		return string([]rune{rune(0x4e00 + random.IntN(3000)), rune(0x4e00 + random.IntN(3000))})
	}
	letters := make([]byte, 4+random.IntN(6))
	for i := range letters {
		letters[i] = "aeioubcdfghlmnprst"[random.IntN(18)]
	}
	return string(letters)
}

func caption(random *rand.Rand) string {
	list, separator := chinese, "，"
	if random.IntN(3) == 0 {
		list, separator = english, " "
	}
	words := make([]string, 4+random.IntN(12))
	for i := range words {
		words[i] = word(random, list)
	}
	return strings.Join(words, separator)
}

func documents() []search.Document {
	random := rand.New(rand.NewPCG(1, 1))
	all := make([]search.Document, captions)
	for i := range all {
		all[i] = search.Document{
			ID: fmt.Sprintf("e_%013d", i+1), Challenge: "ch_night", Number: uint32(i + 1), Caption: caption(random),
			Author: word(random, english), Tags: []string{"百万夜景大片挑战", word(random, chinese)}, City: cities[random.IntN(len(cities))],
		}
	}
	return all
}

func fill(b *testing.B, index *Index, all []search.Document) {
	const batch = 500 // as the rebuilding job sends them
	for ; len(all) > 0; all = all[min(batch, len(all)):] {
		if err := index.Put(b.Context(), all[:min(batch, len(all))]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIndex(b *testing.B) {
	all := documents()
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

func BenchmarkSearch(b *testing.B) {
	index := open(b)
	fill(b, index, documents())
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
