package contest

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Limits of the word lists: a text is searched for each word.
const (
	MaxWords     = 2000
	maxWordRunes = 40
)

// WordLists are words for which a moderator should look at an entry before the public does. They judge nobody: what they
// find waits.
type WordLists struct {
	// ZH are found wherever their characters follow one another, whatever spaces and signs stand between.
	ZH []string `json:"zh-CN"`
	// EN are found as whole words, or whole words in a row.
	EN []string `json:"en"`
}

// StartingWords are the lists until staff change them: offers of votes, invitations to other places, the commonest
// insults. Every installation knows better what its fans write.
var StartingWords = WordLists{
	ZH: []string{
		"刷票", "买票", "卖票", "代投", "互投", "拉票群", "投票群", "水军", "刷赞", "有偿投票",
		"加微信", "加威信", "加薇信", "加v信", "微信号", "加qq", "qq群", "扫码进群", "兼职日结", "贷款", "代开发票", "博彩", "裸聊", "约炮",
		"傻逼", "煞笔", "傻叉", "脑残", "滚蛋", "去死", "他妈的", "操你妈", "草泥马", "婊子", "贱人", "王八蛋",
	},
	EN: []string{
		"buy votes", "sell votes", "votes for sale", "vote exchange", "vote for vote", "vote4vote", "free followers", "follow for follow",
		"dm me", "add me on", "whatsapp", "telegram", "onlyfans", "crypto", "casino", "payday loan",
		"fuck", "fucking", "shit", "bitch", "asshole", "cunt", "retard", "kill yourself", "kys",
	},
}

// Tidy returns the lists without blanks and repetitions, and no longer than MaxWords each.
func (w WordLists) Tidy() WordLists { return WordLists{tidyWords(w.ZH), tidyWords(w.EN)} }

func tidyWords(words []string) []string {
	kept := []string{}
	seen := map[string]bool{}
	for _, word := range words {
		word = strings.Join(strings.Fields(word), " ")
		key := strings.Join(spelled(word), " ")
		if key == "" || seen[key] || len([]rune(word)) > maxWordRunes || len(kept) == MaxWords {
			continue
		}
		seen[key] = true
		kept = append(kept, word)
	}
	return kept
}

// Find returns the words of the lists that the texts hold, as the lists spell them.
func (w WordLists) Find(texts ...string) (found []string) {
	for _, text := range texts {
		words := spelled(text)
		run := strings.Join(words, "")
		row := " " + strings.Join(words, " ") + " "
		for _, word := range w.ZH {
			if key := strings.Join(spelled(word), ""); key != "" && strings.Contains(run, key) && !slices.Contains(found, word) {
				found = append(found, word)
			}
		}
		for _, word := range w.EN {
			if key := strings.Join(spelled(word), " "); key != "" && strings.Contains(row, " "+key+" ") && !slices.Contains(found, word) {
				found = append(found, word)
			}
		}
	}
	return found
}

// spelled splits a text into its words: letters and digits in their common form, without case and what is
// invisible, and Latin in place of what looks like it. Han characters each are a word, so that "add me加我" holds both.
func spelled(text string) (words []string) {
	folded := lookalikes.Replace(norm.NFKC.String(strings.Map(fold, strings.Map(dropInvisible, norm.NFKC.String(text)))))
	for _, field := range strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }) {
		start := 0
		for i, r := range field {
			if unicode.Is(unicode.Han, r) {
				words = appendWord(words, field[start:i])
				words, start = append(words, string(r)), i+len(string(r))
			}
		}
		words = appendWord(words, field[start:])
	}
	return words
}

// lookalikes has the small letters of Cyrillic and Greek that are read as Latin ones. Words that are written in those scripts
// are found all the same, for lists and texts are spelled alike.
var lookalikes = strings.NewReplacer(
	"а", "a", "е", "e", "о", "o", "р", "p", "с", "c", "у", "y", "х", "x", "і", "i", "ј", "j", "ѕ", "s", "ԁ", "d", "һ", "h", "к", "k", "м", "m",
	"т", "t", "в", "b", "н", "h", "ԛ", "q", "ԝ", "w",
	"α", "a", "ε", "e", "ι", "i", "κ", "k", "ν", "v", "ο", "o", "ρ", "p", "τ", "t", "υ", "u", "χ", "x",
)

func appendWord(words []string, word string) []string {
	if word == "" {
		return words
	}
	return append(words, word)
}
