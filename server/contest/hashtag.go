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
		next, found := nextTag(rest)
		if !found {
			break
		}
		rest = next.after
		if key := TagKey(next.tag); key != "" && !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	return keys
}

// tagged is a text around what follows a hash sign in it.
type tagged struct {
	before, tag, after string
	closed             bool // as "#话题#" is; the second sign is in none of them, because it opens nothing
}

// nextTag cuts a text around what follows its first hash sign.
func nextTag(text string) (t tagged, found bool) {
	i := strings.IndexFunc(text, isHash)
	if i < 0 {
		return tagged{before: text}, false
	}
	_, w := utf8.DecodeRuneInString(text[i:])
	t.before, t.after = text[:i], text[i+w:]
	end := strings.IndexFunc(t.after, func(r rune) bool { return !tagRune(r) && !invisible(r) })
	if end < 0 {
		end = len(t.after)
	}
	t.tag, t.after = t.after[:end], t.after[end:]
	if r, w := utf8.DecodeRuneInString(t.after); isHash(r) && TagKey(t.tag) != "" {
		t.after, t.closed = t.after[w:], true
	}
	return t, true
}

// Untag returns a caption as a sentence without hashtags: those that stand around it go, and of those that are words of it the sign
// goes.
func Untag(caption string) string {
	var b strings.Builder
	kept := 0 // how long the sentence is without the hashtags at its end
	for rest := caption; ; {
		next, found := nextTag(rest)
		b.WriteString(next.before)
		if strings.TrimSpace(next.before) != "" {
			kept = b.Len()
		}
		if !found {
			break
		}
		if !next.closed || kept > 0 {
			b.WriteString(next.tag)
		}
		rest = next.after
	}
	return strings.TrimSpace(b.String()[:kept])
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
