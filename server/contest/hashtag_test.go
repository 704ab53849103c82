package contest

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestHashtagsThatLookAlikeHaveOneKey(t *testing.T) {
	for _, c := range []struct{ key, tag string }{
		{"夜景", "夜景"},
		{"夜景", "#夜景"},
		{"夜景", "＃夜景"},
		{"夜景", "﹟夜景"},
		{"夜景", "#夜景#"},
		{"夜景", "＃夜景＃"},
		{"夜景", "  ##夜景 "},
		{"夜景", "#夜\u200b景"},           // zero-width space
		{"夜景", "\u200b#夜景"},           // before the sign
		{"夜景", "#\u202e夜景\u202c"},     // right-to-left override
		{"夜景", "#夜景\ufe0f"},           // variation selector
		{"夜景", "#夜\U000e0100景"},       // ideographic variation sequence
		{"夜景", "#夜景\u3164"},           // Hangul filler, a letter that nobody sees
		{"夜景", "#夜景\u00ad"},           // soft hyphen
		{"夜景", "#夜\u034f景"},           // combining grapheme joiner
		{"café", "#café"},             // NFC
		{"café", "#cafe\u0301"},       // NFD
		{"café", "#cafe\u200d\u0301"}, // an invisible between letter and mark
		{"café", "#CAFÉ"},
		{"night", "＃ＮＩＧＨＴ"},
		{"night", "#𝓝𝓲𝓰𝓱𝓽"},
		{"xiaomi14", "#Xiaomi１４"},
		{"σισυφοσ", "#ΣΙΣΥΦΟΣ"},
		{"σισυφοσ", "#Σισυφος"}, // final sigma
		{"straße", "#STRAẞE"},
		{"가", "#가"},
		{"가", "#\u1100\u1161"}, // conjoining jamo
		{"ガラス", "#ｶﾞﾗｽ"},       // half-width kana
		{"مدينة", "#مدينة"},
		{"night_photo", "#night_photo"},
		{"小米·夜景", "#小米·夜景"},
	} {
		if got := TagKey(c.tag); got != c.key {
			t.Errorf("TagKey(%+q) = %+q, want %+q", c.tag, got, c.key)
		}
	}
}

func TestWhatCannotBeAHashtagHasNoKey(t *testing.T) {
	for _, tag := range []string{
		"", "#", "##", "＃", " ", "#\u200b", "#a b", "#夜景!", "夜#景", "#夜景，重庆", "#🌃", "#a-b", "#½", "#\xff",
		strings.Repeat("夜", MaxTagRunes+1), "#" + strings.Repeat("\u200b", maxTagBytes) + "a",
	} {
		if got := TagKey(tag); got != "" {
			t.Errorf("TagKey(%+q) = %+q, want none", tag, got)
		}
	}
	if longest := strings.Repeat("夜", MaxTagRunes); TagKey(longest) != longest {
		t.Errorf("a tag of %d letters has no key", MaxTagRunes)
	}
}

func TestTagsOfACaption(t *testing.T) {
	for _, c := range []struct {
		name, caption string
		want          []string
	}{
		{"none", "山城夜色", nil},
		{"empty", "", nil},
		{"at the end", "山城夜色 #夜景", []string{"夜景"}},
		{"within Chinese text", "今天#夜景 很美", []string{"夜景"}},
		{"ended by punctuation", "#夜景，#重庆。", []string{"夜景", "重庆"}},
		{"Weibo's form", "#百万夜景大片挑战#今天去了洪崖洞", []string{"百万夜景大片挑战"}},
		{"Weibo's form, full width", "＃夜景＃太美了 ＃重庆＃", []string{"夜景", "重庆"}},
		{"two in a row of Weibo's form", "#夜景##重庆#", []string{"夜景", "重庆"}},
		{"once, in order of first appearance", "#b #a #Ｂ #夜景 #b", []string{"b", "a", "夜景"}},
		{"invisible characters", "#夜\u200b景 #夜景", []string{"夜景"}},
		{"NFD", "#cafe\u0301!", []string{"café"}},
		{"a lone sign", "# 夜景 #", nil},
		{"signs in a row", "###夜景", []string{"夜景"}},
		{"emoji ends a tag", "#夜景🌃城市", []string{"夜景"}},
		{"a tag too long is skipped", "#" + strings.Repeat("长", 65) + " #短", []string{"短"}},
		{"broken UTF-8", "#夜景\xff#重\xfe", []string{"夜景", "重"}},
	} {
		if got := Tags(c.caption); !slices.Equal(got, c.want) {
			t.Errorf("%s: Tags(%+q) = %q, want %q", c.name, c.caption, got, c.want)
		}
	}
	var many strings.Builder
	for r := range 2 * rune(MaxTags) {
		many.WriteString(" #" + string('一'+r))
	}
	if got := Tags(many.String()); len(got) != MaxTags {
		t.Errorf("%d tags of a caption with %d, want %d", len(got), 2*MaxTags, MaxTags)
	}
}

func TestEveryCharactersKeyIsItsOwnKey(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.S) {
			continue
		}
		if unicode.In(r, unicode.Hangul, unicode.Han) && r%64 != 0 {
			continue // they are many and alike
		}
		for _, tag := range []string{string(r), "a" + string(r) + "\u0301\u0345"} {
			if key := TagKey(tag); TagKey(key) != key {
				t.Fatalf("TagKey(%+q) = %+q, whose key is %+q", tag, key, TagKey(key))
			}
		}
	}
}

func TestACaptionWithoutHashtagsIsStillASentence(t *testing.T) {
	for caption, want := range map[string]string{
		"江上的桥 #百万夜景 #武汉":              "江上的桥",
		"#百万夜景#江上的桥":                  "江上的桥",
		"My #city at night #night #x": "My city at night",
		"#night #city":                "",
		"no tags":                     "no tags",
		"最美#夜景#在武汉":                   "最美夜景在武汉",
		"number # 5 #x":               "number  5",
		"":                            "",
	} {
		if got := Untag(caption); got != want {
			t.Errorf("%q becomes %q, want %q", caption, got, want)
		}
	}
}

func FuzzTagKey(f *testing.F) {
	for _, seed := range []string{"#夜景", "＃ＮＩＧＨＴ＃", "#cafe\u200d\u0301", "#\u3164", "#ᾳ\u0345", "İ", "\xff", "#ΣΙΣΥΦΟΣ", "ﷺ", "\u0344\u0345"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, tag string) {
		key := TagKey(tag)
		if again := TagKey(key); again != key {
			t.Errorf("TagKey(%+q) = %+q, whose key is %+q", tag, key, again)
		}
		if !utf8.ValidString(key) || utf8.RuneCountInString(key) > MaxTagRunes {
			t.Errorf("TagKey(%+q) = %+q", tag, key)
		}
		if hashed := TagKey("#" + tag); key != "" && len(tag) < maxTagBytes && hashed != key {
			t.Errorf("TagKey(%+q) = %+q, and with a sign %+q", tag, key, hashed)
		}
	})
}

func FuzzTags(f *testing.F) {
	for _, seed := range []string{"山城 #夜景 #重庆#太美", "##a#b##", "＃夜\u200b景＃", "#\xff#", "#a\u0301 #á"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, caption string) {
		tags := Tags(caption)
		if len(tags) > MaxTags {
			t.Errorf("%d tags", len(tags))
		}
		for i, tag := range tags {
			if tag == "" || TagKey(tag) != tag || slices.Contains(tags[:i], tag) {
				t.Errorf("Tags(%+q) = %+q: %+q is no key, or there twice", caption, tags, tag)
			}
		}
		if plain := Untag(caption); len(plain) > len(caption) || len(Tags(plain)) > 0 {
			t.Errorf("Untag(%+q) = %+q has hashtags still", caption, plain)
		}
	})
}
