package contest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestWordsAreFoundHoweverTheyAreSpelled(t *testing.T) {
	lists := WordLists{ZH: []string{"加微信", "刷票"}, EN: []string{"dm me", "casino"}}
	for _, c := range []struct {
		text string
		want []string
	}{
		{"想要原图加微信", []string{"加微信"}},
		{"加 微 信", []string{"加微信"}},
		{"加·微\u200b信！", []string{"加微信"}},
		{"加\u3000微\u00a0信", []string{"加微信"}},
		{"微信加", nil},
		{"DM  me for prices", []string{"dm me"}},
		{"ｄｍ ｍｅ", []string{"dm me"}},
		{"dm,me", []string{"dm me"}},
		{"d\u200bm me", []string{"dm me"}},
		{"admit me", nil},
		{"dm mechanics", nil},
		{"CASINO夜景刷票", []string{"刷票", "casino"}},
		{"Casinos", nil},
		{"С\u0430sіnο", []string{"casino"}},
		{"", nil},
	} {
		if got := lists.Find(c.text); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

func TestAWordIsFoundOnceInAllTexts(t *testing.T) {
	lists := WordLists{ZH: []string{"刷票"}, EN: []string{"casino"}}
	if got, want := lists.Find("刷票 casino", "Casino", "刷票"), []string{"刷票", "casino"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := lists.Find("刷", "票"); got != nil {
		t.Errorf("across two texts: got %q", got)
	}
}

func TestListsAreTidied(t *testing.T) {
	long := strings.Repeat("票", maxWordRunes)
	got := WordLists{ZH: []string{" 刷票 ", "", "刷 票", "！", long, long + "票"}, EN: []string{"DM   me", "dm me"}}.Tidy()
	if want := []string{"刷票", long}; !slices.Equal(got.ZH, want) {
		t.Errorf("Chinese: got %q, want %q", got.ZH, want)
	}
	if want := []string{"DM me"}; !slices.Equal(got.EN, want) {
		t.Errorf("English: got %q, want %q", got.EN, want)
	}
	var many []string
	for i := range MaxWords + 1 {
		many = append(many, fmt.Sprint("word", i))
	}
	if got := (WordLists{EN: many}).Tidy(); len(got.EN) != MaxWords || len(got.ZH) != 0 {
		t.Errorf("got %d words, want %d", len(got.EN), MaxWords)
	}
}

func TestTheStartingListsAreTidyAndSpareWhatFansWrite(t *testing.T) {
	tidy := StartingWords.Tidy()
	if !slices.Equal(tidy.ZH, StartingWords.ZH) || !slices.Equal(tidy.EN, StartingWords.EN) {
		t.Errorf("a word is blank, too long or there twice: got %d and %d of %d and %d", len(tidy.ZH), len(tidy.EN), len(StartingWords.ZH), len(StartingWords.EN))
	}
	for _, caption := range []string{
		"江汉关的灯，一等就是三小时 #武汉", "外滩雨夜，车水马龙", "洪崖洞的夜，拍了一百张才有一张满意", "朋友说投我一票！",
		"Shot on a tripod, 4 s at f/8, Telegraph Hill", "A shitake stall at the night market", "Crypt of the old cathedral by candlelight",
	} {
		if found := StartingWords.Find(caption); found != nil {
			t.Errorf("%q: found %q", caption, found)
		}
	}
}

func FuzzWordsFindThemselves(f *testing.F) {
	for _, seed := range []string{"加微信", "dm me", "Ａ\u200bb c", "ß", "İ", "e\u0301", "가", "㍿", "🎉", "ᾳ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, word string) {
		lists := WordLists{ZH: []string{word}, EN: []string{word}}.Tidy()
		again := lists.Tidy()
		if !slices.Equal(lists.ZH, again.ZH) || !slices.Equal(lists.EN, again.EN) {
			t.Fatalf("tidied twice: %q, then %q", lists, again)
		}
		if len(lists.EN) == 1 && (len(lists.Find("夜 "+word+" 景")) == 0 || len(lists.Find("night "+word+" sky")) == 0) {
			t.Errorf("%q is not found in itself", word)
		}
	})
}
