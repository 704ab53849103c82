package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Normal returns text as it is compared: compatibility forms (full-width, ligatures, circled, mathematical letters) as
// their plain ones, lower case, without invisible characters, and without accents where people type without them.
// Canonically equal texts have one normal form.
func Normal(text string) string {
	var b strings.Builder
	var base rune
	for _, r := range norm.NFKD.String(strings.Map(fold, norm.NFKC.String(text))) {
		switch {
		case invisible(r), unicode.Is(unicode.Mn, r) && unicode.In(base, accented...):
			continue
		case !unicode.Is(unicode.M, r):
			base = r
		}
		b.WriteRune(r)
	}
	return norm.NFKC.String(b.String())
}

// accented are the scripts whose marks people leave out when they type. In others marks are letters in their own right.
var accented = []*unicode.RangeTable{unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Hebrew, unicode.Arabic}

// unspaced are the scripts that write words without spaces between them, or (Hangul) join particles to them.
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Hangul,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// isUnspaced includes "ー", the long vowel of kana, which belongs to no script. Thai has the first of these characters.
func isUnspaced(r rune) bool { return r >= 'ก' && (r == 'ー' || unicode.In(r, unspaced...)) }

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r) }

// Run is a part of a text without gaps: a word, or characters of a script that does not space its words.
type Run struct {
	// Tokens are the word, or the characters one by one.
	Tokens []string
	// Unspaced says that words may begin and end within the run.
	Unspaced bool
	// Broken says that something other than space stands between this run and the one before it.
	Broken bool
}

// Runs returns the runs of a text, of MaxFieldRunes at most.
func Runs(text string) []Run { return split(Normal(cut(text, MaxFieldRunes))) }

func split(normal string) (runs []Run) {
	var word strings.Builder
	open, broken := false, false // open: the last run can go on
	flush := func() {
		if word.Len() > 0 {
			runs[len(runs)-1].Tokens = []string{word.String()}
			word.Reset()
		}
		open = false
	}
	for _, r := range normal {
		switch {
		case !isWord(r):
			flush()
			broken = broken || !unicode.IsSpace(r)
			continue
		case isUnspaced(r):
			if !open || word.Len() > 0 {
				flush()
				runs = append(runs, Run{Unspaced: true, Broken: broken})
			}
			last := &runs[len(runs)-1]
			last.Tokens = append(last.Tokens, string(r))
		default:
			if word.Len() == 0 {
				runs = append(runs, Run{Broken: broken})
			}
			word.WriteRune(r)
		}
		open, broken = true, false
	}
	flush()
	return runs
}

func cut(text string, runes int) string {
	for i := range text {
		if runes == 0 {
			return text[:i]
		}
		runes--
	}
	return text
}
