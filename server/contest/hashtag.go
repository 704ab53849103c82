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
)

// TagKey returns the key under which a hashtag is stored and compared: without "#" (half or full width) on either
// side, NFKC, lower case, without invisible characters. Two hashtags that look alike to a reader have one key; for what
// cannot be a hashtag it is empty.
func TagKey(tag string) string {
	tag = strings.TrimFunc(tag, func(r rune) bool { return isHash(r) || unicode.IsSpace(r) })
	var b strings.Builder
	n := 0
	for _, r := range norm.NFKC.String(strings.ToLower(norm.NFKC.String(tag))) {
		switch {
		case invisible(r):
			continue
		case !tagRune(r), n == MaxTagRunes:
			return ""
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
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

// invisible says which characters change nothing that a reader sees: format characters (zero-width, bidi controls) and
// variation selectors.
func invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r)
}
