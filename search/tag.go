package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The longest hashtag, in letters of its key and in bytes as typed.
const (
	maxTagRunes = 64
	maxTagBytes = 16 * maxTagRunes
)

// TagKey returns the key under which a hashtag is compared, or nothing for what cannot be one. It is the same function as
// the contest's own, which this library does not import; a test holds them equal.
func TagKey(tag string) string {
	if len(tag) > maxTagBytes {
		return ""
	}
	visible := strings.Map(dropInvisible, norm.NFKC.String(tag)) // before folding, because marks combine across what is dropped
	key := strings.Map(dropInvisible, norm.NFKC.String(strings.Map(fold, visible)))
	key = strings.TrimFunc(key, func(r rune) bool { return isHash(r) || unicode.IsSpace(r) })
	n := 0
	for _, r := range key {
		if n++; n > maxTagRunes || !tagRune(r) {
			return ""
		}
	}
	return key
}

func isHash(r rune) bool { return r == '#' || r == '＃' || r == '﹟' }

// tagRune says what may stand in a hashtag: letters, marks, digits, "_" and, in Chinese names, "·".
func tagRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || r == '_' || r == '·'
}

// invisible says which characters change nothing that a reader sees: format characters (zero-width, bidi controls),
// variation selectors, and the letters and marks that Unicode calls ignorable, such as the Hangul fillers.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

func dropInvisible(r rune) rune {
	if invisible(r) {
		return -1
	}
	return r
}

// fold makes one letter of those that differ in case only; the way round by upper case takes the final sigma along.
func fold(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }
