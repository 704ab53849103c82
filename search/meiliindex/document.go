package meiliindex

import (
	"strings"
	"unicode"

	"fanfare/search"
)

// record is a document as the server keeps it. Words and the characters of scripts that do not space their words stand in
// fields of their own, ready split: package search has made the tokens, and the server only splits at spaces.
type record struct {
	ID        string   `json:"id"`
	Challenge string   `json:"challenge"`
	Number    uint32   `json:"number"`
	Tags      []string `json:"tags"`
	Caption   string   `json:"caption"`
	CaptionZH string   `json:"caption_zh"`
	Author    string   `json:"author"`
	AuthorZH  string   `json:"author_zh"`
	City      string   `json:"city"`
	CityZH    string   `json:"city_zh"`
	// Stamp is what the record with the ID stampID has in place of all else.
	Stamp int `json:"stamp,omitempty"`
}

func encode(d search.Document) record {
	r := record{ID: d.ID, Challenge: d.Challenge, Number: d.Number, Tags: append([]string{}, d.Tags...)}
	r.Caption, r.CaptionZH = parted(d.Caption)
	r.Author, r.AuthorZH = parted(d.Author)
	r.City, r.CityZH = parted(d.City)
	return r
}

// gap is what the server calls a hard separator: no phrase reaches across it.
const gap = "。"

// parted writes the words of a text, and apart from them the characters of scripts without spaces.
func parted(text string) (words, characters string) {
	var spaced, unspaced []string
	joined := true // the run before is one of characters, or there is none
	for _, run := range search.Runs(text) {
		if !run.Unspaced {
			spaced = append(spaced, run.Tokens...)
			joined = false
			continue
		}
		if len(unspaced) > 0 && (run.Broken || !joined) {
			unspaced = append(unspaced, gap)
		}
		unspaced = append(unspaced, clusters(run.Tokens)...)
		joined = true
	}
	return strings.Join(spaced, " "), strings.Join(unspaced, " ")
}

// clusters joins marks with the letter before them: the server drops marks that stand alone.
func clusters(tokens []string) []string {
	var joined []string
	for _, token := range tokens {
		if last := len(joined) - 1; last >= 0 && !findable(token) {
			joined[last] += token
		} else {
			joined = append(joined, token)
		}
	}
	return joined
}

// tatweel only lengthens the letter before it; the server drops it.
const tatweel = 'ـ'

// findable reports whether something of a token is left when the server has normalised it. A query of nothing else would
// find every document.
func findable(token string) bool {
	return strings.ContainsFunc(token, func(r rune) bool { return !unicode.Is(unicode.M, r) && r != tatweel })
}
