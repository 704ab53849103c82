package api

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseReadsWhatTheServerWrites(t *testing.T) {
	v := Parse(` {"a":[1,-20,3.7,1e3],"s":"夜景 \"\\\/\n\u4e2d\ud83c\udf03","t":true,"f":false,"z":null,"o":{"in":{}}} `)
	if v == nil {
		t.Fatal("refused a JSON text")
	}
	var numbers []int64
	v.Each("a", func(v *Value) { numbers = append(numbers, v.Number()) })
	if want := []int64{1, -20, 3, 1}; !slices.Equal(numbers, want) {
		t.Errorf("a: got %d, want %d", numbers, want)
	}
	if got, want := v.Text("s"), "夜景 \"\\/\n中🌃"; got != want {
		t.Errorf("s: got %q, want %q", got, want)
	}
	if !v.True("t") || v.True("f") || v.True("z") {
		t.Error("t, f, z: want true, false, false")
	}
	if got := v.At("nothing").At("deeper").Text("still"); got != "" {
		t.Errorf("missing field: got %q, want nothing", got)
	}
}

func TestParseRefusesWhatIsNoJSON(t *testing.T) {
	for _, text := range []string{
		"", "{", "[1,", `{"a"}`, `{"a":1,}x`, "[1]]", `"\u12"`, `"\`, `"open`, "tru", "-", "<html>",
		strings.Repeat("[", maxDepth+2) + strings.Repeat("]", maxDepth+2),
	} {
		if v := Parse(text); v != nil {
			t.Errorf("%q: got %+v, want a refusal", text, v)
		}
	}
}

// What encoding/json reads, this reader reads alike.
func FuzzParse(f *testing.F) {
	f.Add(`{"a":[1,"b\u00e9\ud83d\ude00",null,true]}`)
	f.Add(`"\ud800"`)
	f.Fuzz(func(t *testing.T, text string) {
		v := Parse(text)
		var want any
		if json.Unmarshal([]byte(text), &want) != nil {
			return // this reader may be laxer, it must only not panic
		}
		if v == nil {
			if strings.Count(text, "[")+strings.Count(text, "{") <= maxDepth {
				t.Fatalf("refused %q", text)
			}
			return
		}
		if s, is := want.(string); is && strings.ToValidUTF8(v.String(), "\ufffd") != s && !strings.ContainsRune(s, '\ufffd') {
			t.Fatalf("%q: got %q, want %q", text, v.String(), s)
		}
		if list, is := want.([]any); is && len(list) != len(v.list) {
			t.Fatalf("%q: got %d elements, want %d", text, len(v.list), len(list))
		}
	})
}

func TestEscapeIsReadBackByURL(t *testing.T) {
	for _, text := range []string{"夜景 #北京&x=1/?%", "a~b_c-d.e", ""} {
		if got, err := url.QueryUnescape(Escape(text)); err != nil || got != text {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
}

func TestParseTimeAgreesWithTheStandardLibrary(t *testing.T) {
	for _, s := range []string{
		"1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "2025-11-22T20:00:00+08:00", "2025-12-31T23:30:00-05:30",
		"2026-03-01T00:00:00.123456789Z", "1999-12-31T23:59:59.5Z", "2100-03-01T12:00:00Z",
	} {
		want, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		if got := ParseTime(s); int64(got) != want.UnixMilli() {
			t.Errorf("%s: got %d, want %d", s, got, want.UnixMilli())
		}
	}
	for _, s := range []string{"", "2025-11-22", "2025-11-22 20:00", "2025-1a-22T20:00:00Z", "2025-11-22T20:00:00", "2025-11-22T20:00:00+0800"} {
		if got := ParseTime(s); got != 0 {
			t.Errorf("%q: got %d, want 0", s, got)
		}
	}
}

func TestChallengeIsReadWhole(t *testing.T) {
	v := Parse(`{"slug":"night","hashtag":"#夜景","title":{"zh-CN":"城市夜景","en":"City nights"},"brief":{"en":"Only English"},
		"time_zone":"Asia/Shanghai","now":"2025-11-22T12:00:00Z","entries":{"opens":"2025-11-01T00:00:00Z","closes":"2025-12-01T00:00:00Z"},
		"votes":{"opens":"2025-11-10T00:00:00Z","closes":"2025-12-10T00:00:00Z"},
		"rules":{"entries_per_fan":3,"votes_per_period":5,"period":"day","guests":true,"capture":{"required":true,"cameras":["Xiaomi"]}},
		"cities":[{"id":"wuhan","name":{"zh-CN":"武汉","en":"Wuhan"}}],"consents":[{"id":"c_1","text":{"en":"I agree"}}],"totals":{"entries":9,"votes":70}}`)
	c := ReadChallenge(v)
	if c.Title.In(true) != "城市夜景" || c.Title.In(false) != "City nights" || c.Brief.In(true) != "Only English" {
		t.Errorf("texts: got %+v %+v", c.Title, c.Brief)
	}
	if !c.Entries.Has(c.Now) || c.Votes.Has(c.Votes.Closes) || c.Period != "day" || !c.CaptureRequired || c.Cameras[0] != "Xiaomi" {
		t.Errorf("rules: got %+v", c)
	}
	if c.Cities[0].Name.In(true) != "武汉" || c.Consents[0].ID != "c_1" || c.TotalVotes != 70 {
		t.Errorf("lists: got %+v", c)
	}
}
