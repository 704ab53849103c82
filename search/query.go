package search

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Terms are what a query asks for. An entry must have all of Tags and Texts; the entry with Number comes first in any
// case.
type Terms struct {
	Number uint32 // 0 where the query is not a number
	Tags   []Tag
	Texts  []Text
}

// Tag is a hashtag asked for.
type Tag struct {
	Key string
	// Open says that the query ends here, so that longer hashtags are meant as well.
	Open bool
}

// Text is a run asked for.
type Text struct {
	Run
	// Open says that the query ends in this word, so that longer words are meant as well.
	Open bool
}

// Empty reports whether nothing is asked for.
func (t Terms) Empty() bool { return len(t.Tags)+len(t.Texts) == 0 }

// Parse reads what somebody typed. Hashtags are "#tag" and "#话题#", with half and full width signs; all else is text.
func Parse(query string) Terms {
	query = cut(query, MaxQueryRunes)
	terms := Terms{Number: number(query)}
	for rest := query; ; {
		i := strings.IndexFunc(rest, isHash)
		if i < 0 {
			terms.addText(rest)
			terms.leaveOpen(rest)
			return terms
		}
		terms.addText(rest[:i])
		rest = terms.addTag(rest[i:])
	}
}

// addTag takes the hashtag off the front of a text that begins with "#".
func (t *Terms) addTag(text string) (rest string) {
	_, w := utf8.DecodeRuneInString(text)
	rest = text[w:]
	end := strings.IndexFunc(rest, func(r rune) bool { return !tagRune(r) && !invisible(r) })
	if end < 0 {
		end = len(rest)
	}
	key, after := TagKey(rest[:end]), rest[end:]
	if key == "" || t.full() {
		return rest
	}
	t.Tags = append(t.Tags, Tag{Key: key, Open: after == ""})
	if r, w := utf8.DecodeRuneInString(after); isHash(r) {
		return after[w:] // the closing "#" of "#话题#" opens nothing
	}
	return after
}

func (t *Terms) addText(text string) {
	for _, run := range split(Normal(text)) {
		if t.full() {
			return
		}
		t.Texts = append(t.Texts, Text{Run: run})
	}
}

// leaveOpen marks the last word, if the query, whose end is given, ends in it. Numbers are meant as they are.
func (t *Terms) leaveOpen(end string) {
	r, _ := utf8.DecodeLastRuneInString(Normal(end))
	if len(t.Texts) == 0 || !isWord(r) || t.Number != 0 {
		return
	}
	last := &t.Texts[len(t.Texts)-1]
	last.Open = !last.Unspaced
}

func (t *Terms) full() bool { return len(t.Tags)+len(t.Texts) == MaxTerms }

// number reads a query that is an entry's number, with or without "#".
func number(query string) uint32 {
	digits := strings.TrimFunc(Normal(query), func(r rune) bool { return isHash(r) || unicode.IsSpace(r) })
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}
