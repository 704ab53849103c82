package localindex

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fanfare/search"
)

const (
	// minTypo is the length from which a word may have a typo: shorter ones have too many neighbours.
	minTypo = 4
	// minApart is the length from which a phrase that nobody wrote may be taken apart: two words of two characters.
	minApart = 4
	// maxVariants is how many neighbours of a word are asked for.
	maxVariants = 20
)

// forgiving returns the strict expression if it finds anything. If not, words and phrases that occur nowhere in the
// challenge are replaced by what was probably meant; the others stay as they are.
func (x *Index) forgiving(ctx context.Context, f finder, texts []search.Text) (string, error) {
	if len(texts) == 0 {
		return "", nil
	}
	whole := strict(texts)
	if found, err := f.any(ctx, whole); found || err != nil {
		return whole, err
	}
	all := make([]string, len(texts))
	for i, text := range texts {
		var err error
		if all[i], err = x.probably(ctx, f, text); err != nil {
			return "", err
		}
	}
	return strings.Join(all, " AND "), nil
}

func (x *Index) probably(ctx context.Context, f finder, text search.Text) (string, error) {
	expression := exactly(text)
	if found, err := f.any(ctx, expression); found || err != nil {
		return expression, err
	}
	switch {
	case text.Unspaced && len(text.Tokens) >= minApart:
		return `("` + strings.Join(text.Tokens, `" AND "`) + `")`, nil
	case mayHaveTypo(text):
		variants, err := x.variants(ctx, text.Tokens[0])
		return "(" + strings.Join(append(variants, expression), " OR ") + ")", err
	}
	return expression, nil
}

// mayHaveTypo is true for words of Latin letters alone: numbers are never guessed, and other scripts have keyboards of
// their own.
func mayHaveTypo(text search.Text) bool {
	word := text.Tokens[0]
	return !text.Unspaced && utf8.RuneCountInString(word) >= minTypo &&
		!strings.ContainsFunc(word, func(r rune) bool { return !unicode.Is(unicode.Latin, r) })
}

// variants returns the words of the vocabulary that are one typo away, as FTS5 strings. Reading the vocabulary takes a
// time that grows with the index, so only the words with the same first letter are read, and those with another one are
// asked for one by one.
func (x *Index) variants(ctx context.Context, word string) ([]string, error) {
	first, size := utf8.DecodeRuneInString(word)
	others, err := json.Marshal(otherwiseBegun(first, word[size:]))
	if err != nil {
		return nil, err
	}
	rows, err := x.read.QueryContext(ctx, `SELECT term FROM vocabulary WHERE term BETWEEN @first AND @first || char(0x10FFFF)
		UNION ALL SELECT term FROM vocabulary WHERE term IN (SELECT value FROM json_each(@others))`,
		sql.Named("first", string(first)), sql.Named("others", string(others)))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []string
	for rows.Next() && len(found) < maxVariants {
		var term string
		if err := rows.Scan(&term); err != nil {
			return nil, err
		}
		if oneTypo(word, term) {
			found = append(found, quote(term))
		}
	}
	return found, rows.Err()
}

// otherwiseBegun returns the words that become first+rest by one typo in the first letter.
func otherwiseBegun(first rune, rest string) []string {
	second, size := utf8.DecodeRuneInString(rest)
	words := []string{rest, string(second) + string(first) + rest[size:]}
	for letter := 'a'; letter <= 'z'; letter++ {
		words = append(words, string(letter)+rest, string(letter)+string(first)+rest)
	}
	return slices.DeleteFunc(words, func(word string) bool { return strings.HasPrefix(word, string(first)) })
}

// oneTypo reports whether a becomes b by one letter added, left out or changed, or by two neighbours swapped.
func oneTypo(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(y)-len(x) > 1 || a == b {
		return false
	}
	for len(x) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	switch len(y) {
	case 1: // what is left of x is a changed letter, or nothing
		return true
	case 2:
		return len(x) == 2 && x[0] == y[1] && x[1] == y[0]
	}
	return false
}
