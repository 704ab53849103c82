package contest

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits on hashtags, before memory is spent.
const (
	MaxTagRunes = 64
	MaxTags     = 30
	maxTagBytes = 16 * MaxTagRunes // as typed: room for marks and invisible characters between the letters
)

// TagKey returns the key under which a hashtag is stored and compared: without "#" (half or full width) on either
// side, NFKC, case folded, without invisible characters. Two hashtags that look alike to a reader have one key; for what
// cannot be a hashtag it is empty. A key is its own key.
func TagKey(tag string) string {
	if len(tag) > maxTagBytes {
		return ""
	}
	visible := strings.Map(dropInvisible, norm.NFKC.String(tag)) // before folding, because marks combine across what is dropped
	key := strings.Map(dropInvisible, norm.NFKC.String(strings.Map(fold, visible)))
	key = strings.TrimFunc(key, func(r rune) bool { return isHash(r) || unicode.IsSpace(r) })
	n := 0
	for _, r := range key {
		if n++; n > MaxTagRunes || !tagRune(r) {
			return ""
		}
	}
	return key
}

// Tags finds the hashtags of a caption and returns their keys in order of first appearance, at most MaxTags. It reads
// both "#tag" (ended by what cannot stand in a tag) and Weibo's "#话题#".
func Tags(caption string) []string {
	var keys []string
	seen := map[string]bool{}
	for rest := caption; len(keys) < MaxTags; {
		i := strings.IndexFunc(rest, isHash)
		if i < 0 {
			break
		}
		_, w := utf8.DecodeRuneInString(rest[i:])
		rest = rest[i+w:]
		end := strings.IndexFunc(rest, func(r rune) bool { return !tagRune(r) && !invisible(r) })
		if end < 0 {
			end = len(rest)
		}
		key := TagKey(rest[:end])
		rest = rest[end:]
		if r, w := utf8.DecodeRuneInString(rest); key != "" && isHash(r) {
			rest = rest[w:] // the closing "#" of "#话题#" opens nothing
		}
		if key != "" && !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	return keys
}

func isHash(r rune) bool { return r == '#' || r == '＃' || r == '﹟' }

// tagRune says what may stand in a tag: letters, marks, digits, "_" and, in Chinese names, "·".
func tagRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || r == '_' || r == '·'
}

// invisible says which characters change nothing that a reader sees: format characters (zero-width, bidi controls),
// variation selectors, and the letters and marks that Unicode calls ignorable, such as the Hangul fillers.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// fold makes one letter of those that differ in case only; the way round by upper case takes the final sigma along.
func fold(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }

func dropInvisible(r rune) rune {
	if invisible(r) {
		return -1
	}
	return r
}
