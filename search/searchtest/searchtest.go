// Package searchtest holds what every search index must find, in Chinese and in English, and what it must survive.
//
// Drivers rank by formulas of their own. So a case says which documents are found, and which is first only where that
// does not depend on a formula.
package searchtest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"fanfare/search"
)

const (
	night = "ch_night"
	food  = "ch_food"
)

// corpus is what the cases search. IDs begin with the number.
var corpus = []search.Document{
	doc(1, "外滩的夜景真美 #百万夜景大片挑战#", "王小明", "上海 Shanghai", "百万夜景大片挑战"),
	doc(2, "Night lights over the harbour #NightShot", "Ann Lee", "香港 Hong Kong", "百万夜景大片挑战", "nightshot"),
	doc(3, "昨夜。景色很好", "李雷", "北京 Beijing", "百万夜景大片挑战"),
	doc(4, "上海，夜里十点的外滩", "张三丰", "上海 Shanghai", "百万夜景大片挑战"),
	doc(5, "Café terrace at midnight, shot on Xiaomi 14 Ultra", "Zoë", "巴黎 Paris", "百万夜景大片挑战", "nightshotfilm"),
	doc(6, "東京タワーとスカイツリー", "さくら", "东京 Tokyo", "百万夜景大片挑战", "東京"),
	doc(7, "한강의 야경", "민수", "首尔 Seoul", "百万夜景大片挑战"),
	doc(8, "שלום עולם لوحة ليلية", "نور", "开罗 Cairo", "百万夜景大片挑战"),
	doc(9, "🌃🌉", "emoji fan", "成都 Chengdu", "百万夜景大片挑战", "夜景"),
	doc(10, "用小米拍的银河，很震撼", "Ann Lee", "拉萨 Lhasa", "百万夜景大片挑战", "银河"),
	doc(11, "Lightning above the Oriental Pearl Tower", "Bob", "上海 Shanghai", "百万夜景大片挑战"),
	doc(12, "Ночной город", "Пётр", "哈尔滨 Harbin", "百万夜景大片挑战"),
	doc(13, "กรุงเทพยามค่ำคืน", "สมชาย", "曼谷 Bangkok", "百万夜景大片挑战"),
	doc(14, "Number 12 on the list", "Eve", "广州 Guangzhou", "百万夜景大片挑战"),
	{ID: "15_food", Challenge: food, Number: 1, Caption: "夜景餐厅 night market", Author: "Ann Lee", Tags: []string{"nightshot"}},
}

func doc(number uint32, caption, author, city string, tags ...string) search.Document {
	return search.Document{
		ID: fmt.Sprint(number, "_night"), Challenge: night, Number: number, Caption: caption, Author: author, City: city, Tags: tags,
	}
}

// finds are queries and the numbers they find, in any order, within the challenge.
var finds = []struct {
	claim, query string
	want         []uint32
}{
	{"a word of two Chinese characters", "夜景", []uint32{1}},
	{"another, in the middle of a sentence", "外滩", []uint32{1, 4}},
	{"one Chinese character", "夜", []uint32{1, 3, 4}},
	{"a Chinese word of the author's name", "小明", []uint32{1}},
	{"a city by its Chinese name", "北京", []uint32{3}},
	{"a city by its English name", "shanghai", []uint32{1, 4, 11}},
	{"two Chinese words, apart", "外滩 夜景", []uint32{1}},
	{"two Chinese words, parted by punctuation", "外滩，夜景", []uint32{1}},
	{"two Chinese words of different fields", "上海 外滩", []uint32{1, 4}},
	{"Chinese and Latin words together", "小米 ann", []uint32{10}},
	{"Chinese and Latin words without a space", "银河lhasa", []uint32{10}},
	{"characters in another order do not match", "景夜", nil},
	{"kana", "タワー", []uint32{6}},
	{"half-width kana", "ﾀﾜｰ", []uint32{6}},
	{"hangul syllables of a word", "한강", []uint32{7}},
	{"a Thai word within a sentence", "ค่ำคืน", []uint32{13}},
	{"an English word", "harbour", []uint32{2}},
	{"case does not matter", "XIAOMI", []uint32{5}},
	{"full-width letters", "Ｘｉａｏｍｉ", []uint32{5}},
	{"mathematical letters", "𝓍𝒾𝒶ℴ𝓂𝒾", []uint32{5}},
	{"Cyrillic, in capitals", "НОЧНОЙ", []uint32{12}},
	{"accents may be left out", "cafe zoe", []uint32{5}},
	{"and may be typed", "café", []uint32{5}},
	{"as two code points too", "cafe\u0301", []uint32{5}},
	{"a Cyrillic accent too", "петр", []uint32{12}},
	{"a prefix of the last word", "harb", []uint32{2, 12}},
	{"a prefix of the last word behind another word", "lights har", []uint32{2}},
	{"but of the last word only", "harb lights", nil},
	{"words in another order", "lee ann", []uint32{2, 10}},
	{"Hebrew", "שלום", []uint32{8}},
	{"Arabic", "ليلية", []uint32{8}},
	{"zero-width characters within a word", "夜\u200b景", []uint32{1}},
	{"bidi controls around a word", "\u202eשלום\u202c", []uint32{8}},
	{"a byte order mark", "\ufeffharbour", []uint32{2}},
	{"one letter left out", "harbor", []uint32{2}},
	{"one letter too many", "midnnight", []uint32{5}},
	{"one letter changed", "xiaomo", []uint32{5}},
	{"two letters swapped", "ligthning", []uint32{11}},
	{"the first letter wrong", "kidnight", []uint32{5}},
	{"a typo beside a right word", "ligthning tower", []uint32{11}},
	{"two typos in one word are too many", "lihgtnign", nil},
	{"short words have no typos", "bpb", nil},
	{"a right word is not taken for another's typo", "lightning harbour", nil},
	{"a word that nobody wrote", "volcano", nil},
	{"nothing", "", nil},
	{"space", " \t\u3000\n", nil},
	{"punctuation alone", "，。！", nil},
	{"emoji alone", "🌃", nil},
	{"a mark without its letter", "\u0301", nil},
	{"a letter that only lengthens others", "ـ", nil},
	{"emoji beside a word", "🌃harbour🌉", []uint32{2}},
	{"a hashtag", "#nightshot ", []uint32{2}},
	{"a hashtag at the end of the query, and longer ones", "#nightshot", []uint32{2, 5}},
	{"a hashtag in Weibo's form, and it alone", "#nightshot#", []uint32{2}},
	{"a hashtag in capitals", "#NIGHTSHOT#", []uint32{2}},
	{"a full-width hashtag", "＃ＮｉｇｈｔＳｈｏｔ＃", []uint32{2}},
	{"a hashtag with zero-width characters", "#night\u200dshot#", []uint32{2}},
	{"a Chinese hashtag is not a word", "#夜景#", []uint32{9}},
	{"a hashtag and a word", "#百万夜景大片挑战# 外滩", []uint32{1, 4}},
	{"a word and a hashtag", "ann #银河", []uint32{10}},
	{"two hashtags", "#nightshot# #百万夜景大片挑战#", []uint32{2}},
	{"two hashtags that no entry has together", "#nightshot# #夜景#", nil},
	{"a hashtag that looks alike but is another", "#nіghtshot#", nil}, // a Cyrillic letter
	{"a hashtag that nobody used", "#volcano", nil},
	{"a number: the entry, and what is written", "12", []uint32{12, 14}},
	{"a number with a sign", "#12", []uint32{12}},
	{"a full-width number", "＃１２", []uint32{12}},
	{"a number that no entry has", "4711", nil},
	{"a number beside a word is a word", "xiaomi 14", []uint32{5}},
}

// odd are queries that a query language might choke on.
var odd = []string{
	`"`, `""`, `"harbour`, `harbour"`, `*`, `harbour*`, `^harbour`, `caption:harbour`, `text:`, `{caption author}:x`, `-harbour`,
	`harbour AND`, `AND`, `OR`, `NOT`, `NEAR(a b, 2)`, `NEAR`, `(harbour`, `harbour)`, `()`, `+`, `a + b`, `'`, `'; DROP TABLE text; --`,
	`\`, `%`, `_`, `?`, `?1`, `@match`, `$match`, "\x00", "har\x00bour", "\xff\xfe", "#", "##", "###", "# #", "#\u200d", "#\x00", "＃",
	"#️⃣", "👩‍👩‍👧‍👦", "e\u0301\u0301\u0301", "\u0301", "🇨🇳", "\U0010FFFF", "\uE000", strings.Repeat("夜", 5000), strings.Repeat("a ", 5000),
	strings.Repeat("#", 5000), strings.Repeat("#a", 5000), strings.Repeat("\u0301", 5000), "#" + strings.Repeat("a", 500),
	"ـ", "่", "\u3164", "99999999999999999999", "-1", "0", "+12", "1e3", "0x10", "½", "٣",
}

// Run checks a driver. Open returns a new, empty index. Except are claims about what is found that the driver cannot meet;
// its test says why.
func Run(t *testing.T, open func(t *testing.T) search.Index, except ...string) {
	t.Run("finds", func(t *testing.T) { finding(t, filled(t, open), except) })
	t.Run("odd queries are no errors", func(t *testing.T) { oddQueries(t, filled(t, open)) })
	for _, c := range []struct {
		claim string
		check func(t *testing.T, index search.Index)
	}{
		{"each challenge is searched alone", oneChallenge},
		{"the very hashtag is before longer ones", tagOrder},
		{"the entry with the number is first, on its page only", numberFirst},
		{"equally good hits come by number, page by page", pages},
		{"limits are cut", limits},
		{"putting again replaces", replaces},
		{"deleting takes out", deletes},
		{"a document may be empty or odd", oddDocuments},
		{"a word is found however it is encoded", encodings},
		{"words taken apart are found if all are there", takenApart},
		{"searching goes on while documents come and go", together},
	} {
		t.Run(c.claim, func(t *testing.T) { c.check(t, filled(t, open)) })
	}
	rebuilds(t, open)
}

func filled(t *testing.T, open func(t *testing.T) search.Index) search.Index {
	t.Helper()
	index := open(t)
	if err := index.Check(t.Context()); err != nil {
		t.Fatalf("Check: %v", err)
	}
	put(t, index, corpus...)
	return index
}

func put(t *testing.T, index search.Index, documents ...search.Document) {
	t.Helper()
	if err := index.Put(t.Context(), documents); err != nil {
		t.Fatalf("Put: %v", err)
	}
}

func ask(t *testing.T, index search.Index, q search.Query) search.Result {
	t.Helper()
	result, err := index.Search(t.Context(), q)
	if err != nil {
		t.Fatalf("Search(%+v): %v", q, err)
	}
	return result
}

// found returns the numbers that a query finds, best first.
func found(t *testing.T, index search.Index, query string) (numbers []uint32) {
	t.Helper()
	for _, hit := range ask(t, index, search.Query{Challenge: night, Text: query, Limit: search.MaxLimit}).Hits {
		numbers = append(numbers, hit.Number)
	}
	return numbers
}

func expect(t *testing.T, index search.Index, query string, want ...uint32) {
	t.Helper()
	got := found(t, index, query)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%.60q finds %v, want %v", query, got, want)
	}
}

func finding(t *testing.T, index search.Index, except []string) {
	for _, c := range finds {
		t.Run(c.claim, func(t *testing.T) {
			if slices.Contains(except, c.claim) {
				t.Skip("the driver names this claim among those that its engine cannot meet")
			}
			expect(t, index, c.query, c.want...)
		})
	}
}

func oddQueries(t *testing.T, index search.Index) {
	for _, query := range odd {
		for _, query := range []string{query, "harbour " + query, query + " harbour"} {
			if got := found(t, index, query); len(got) > len(corpus)/2 {
				t.Errorf("%.60q finds nearly everything: %v", query, got)
			}
		}
	}
	expect(t, index, "harbour", 2)
}

func oneChallenge(t *testing.T, index search.Index) {
	for query, want := range map[string]string{"夜景": "15_food", "night": "15_food", "#nightshot": "15_food", "1": "15_food"} {
		result := ask(t, index, search.Query{Challenge: food, Text: query, Limit: 10})
		if len(result.Hits) != 1 || result.Hits[0] != (search.Hit{ID: want, Number: 1}) {
			t.Errorf("%q finds %+v, want %s", query, result.Hits, want)
		}
	}
	if result := ask(t, index, search.Query{Challenge: "ch_none", Text: "夜景", Limit: 10}); len(result.Hits) != 0 {
		t.Errorf("a challenge without entries has %+v", result.Hits)
	}
}

func tagOrder(t *testing.T, index search.Index) {
	put(t, index, doc(40, "", "", "", "nightshotzzz"), doc(41, "", "", "", "nightshot", "nightshotzzz"), doc(42, "", "", "", "nightsho"))
	if got, want := found(t, index, "#nightshot"), []uint32{2, 41, 5, 40}; !slices.Equal(got, want) {
		t.Errorf("#nightshot finds %v, want %v", got, want)
	}
}

func numberFirst(t *testing.T, index search.Index) {
	put(t, index, doc(41, "7 7 7", "7", "7"), doc(42, "7", "", ""))
	q := search.Query{Challenge: night, Text: "7", Limit: 2}
	first := ask(t, index, q)
	if len(first.Hits) != 2 || first.Hits[0].Number != 7 || !first.More {
		t.Errorf("first page = %+v, want number 7 first and more to come", first)
	}
	q.Offset = 2
	second := ask(t, index, q)
	if len(second.Hits) != 1 || second.More || slices.Contains(first.Hits, second.Hits[0]) {
		t.Errorf("second page = %+v behind %+v, want the third hit", second, first)
	}
}

func pages(t *testing.T, index search.Index) {
	var documents []search.Document
	var want []uint32
	for number := uint32(150); number > 100; number-- {
		documents = append(documents, doc(number, "流星雨", "same", "same", "流星"))
		want = append(want, 251-number)
	}
	put(t, index, documents...)
	for _, query := range []string{"流星雨", "same", "#流星", "#流星 流星雨"} {
		var got []uint32
		q := search.Query{Challenge: night, Text: query, Limit: 7}
		for more := true; more; q.Offset += q.Limit {
			result := ask(t, index, q)
			for _, hit := range result.Hits {
				got = append(got, hit.Number)
			}
			if more = result.More; more && len(result.Hits) != q.Limit {
				t.Fatalf("%q: a page with %d hits says there are more", query, len(result.Hits))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: pages have %v, want %v", query, got, want)
		}
		q.Offset = len(want)
		if result := ask(t, index, q); len(result.Hits) != 0 || result.More {
			t.Errorf("%q: a page behind the end has %+v", query, result)
		}
	}
}

func limits(t *testing.T, index search.Index) {
	for _, q := range []search.Query{{Limit: -1}, {Limit: 0}, {Offset: 1 << 40, Limit: 5}} {
		q.Challenge, q.Text = night, "外滩"
		if result := ask(t, index, q); len(result.Hits) != 0 {
			t.Errorf("%+v finds %+v", q, result)
		}
	}
	if result := ask(t, index, search.Query{Challenge: night, Text: "外滩", Offset: -5, Limit: 1 << 40}); len(result.Hits) != 2 {
		t.Errorf("a negative offset and a huge limit find %+v, want both", result)
	}
}

func replaces(t *testing.T, index search.Index) {
	put(t, index, corpus...)
	expect(t, index, "外滩", 1, 4)
	changed := doc(1, "长城", "韩梅梅", "西安 Xi'an", "长城")
	put(t, index, doc(1, "first", "", ""), changed)
	expect(t, index, "外滩", 4)
	expect(t, index, "长城", 1)
	expect(t, index, "#百万夜景大片挑战# 长城")
	expect(t, index, "#长城", 1)
	expect(t, index, "first")
	expect(t, index, "1", 1)
}

func deletes(t *testing.T, index search.Index) {
	for range 2 {
		if err := index.Delete(t.Context(), []string{"1_night", "2_night", "99_night"}); err != nil {
			t.Fatalf("Delete: %v", err)
		}
		expect(t, index, "外滩", 4)
		expect(t, index, "harbour")
		expect(t, index, "#nightshot", 5)
		expect(t, index, "2")
	}
	put(t, index, corpus[0])
	expect(t, index, "外滩", 1, 4)
	if err := index.Delete(t.Context(), nil); err != nil {
		t.Errorf("deleting nothing: %v", err)
	}
	put(t, index)
}

// oddly returns documents of odd texts.
func oddly() (documents []search.Document) {
	for i, text := range odd {
		documents = append(documents, doc(uint32(100+i), text, text, text, search.TagKey(text), search.TagKey(text)))
	}
	return documents
}

func oddDocuments(t *testing.T, index search.Index) {
	put(t, index, oddly()...)
	put(t, index, search.Document{ID: "empty", Challenge: night, Number: 99})
	expect(t, index, "外滩", 1, 4)
}

func encodings(t *testing.T, index search.Index) {
	put(t, index,
		doc(50, "re\u0301sume\u0301 ｶﾞﾗｽ Ⅷ ﬁlm", "", "", search.TagKey("re\u0301sume\u0301")),
		doc(51, "fire\u200bworks \u2068烟\u200d花\u2069 Ｆｕｊｉ", "", ""))
	for query, want := range map[string]uint32{
		"résumé": 50, "resume": 50, "RÉSUMÉ": 50, "ガラス": 50, "viii": 50, "film": 50, "#résumé#": 50, "#re\u0301sume\u0301": 50,
		"fireworks": 51, "烟花": 51, "fuji": 51, "ｆｕｊｉ": 51, "烟\ufe0f花": 51,
	} {
		expect(t, index, query, want)
	}
}

func takenApart(t *testing.T, index search.Index) {
	expect(t, index, "外滩夜景", 1)
	expect(t, index, "银河震撼", 10)
	expect(t, index, "外滩银河")
}

func together(t *testing.T, index search.Index) {
	var work sync.WaitGroup
	work.Go(func() {
		for i := range uint32(12) {
			d := doc(100+i, "流星雨", "", "")
			if err := index.Put(t.Context(), []search.Document{d}); err != nil {
				t.Errorf("Put: %v", err)
			}
			if err := index.Delete(t.Context(), []string{d.ID}); err != nil {
				t.Errorf("Delete: %v", err)
			}
		}
	})
	for range 3 {
		work.Go(func() {
			for range 60 {
				result, err := index.Search(t.Context(), search.Query{Challenge: night, Text: "外滩", Limit: 9})
				if err != nil || len(result.Hits) != 2 {
					t.Errorf("Search finds %+v, %v", result.Hits, err)
				}
			}
		})
	}
	work.Wait()
	expect(t, index, "流星雨")
}
