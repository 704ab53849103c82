package page

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Messages are the words of both languages: flat lists of key and sentence. A sentence has placeholders in braces
// ("{limit}").
type Messages map[Lang]map[string]string

// LoadMessages reads messages/zh-CN.json and messages/en.json, and those of single areas, messages/AREA.zh-CN.json and
// messages/AREA.en.json. It fails where the languages' keys or placeholders differ, so a sentence cannot be forgotten in one,
// and where two files have the same key.
func LoadMessages(fsys fs.FS) (Messages, error) {
	m := Messages{}
	for _, lang := range Langs {
		areas, err := fs.Glob(fsys, "messages/*."+string(lang)+".json")
		if err != nil {
			return nil, fmt.Errorf("list messages: %w", err)
		}
		m[lang] = map[string]string{}
		for _, name := range append([]string{"messages/" + string(lang) + ".json"}, areas...) {
			if err := m.read(fsys, lang, name); err != nil {
				return nil, err
			}
		}
	}
	return m, m.check()
}

// read adds a file's words to a language.
func (m Messages) read(fsys fs.FS, lang Lang, name string) error {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("read messages: %w", err)
	}
	words := map[string]string{}
	if err := json.Unmarshal(b, &words); err != nil {
		return fmt.Errorf("parse %s: %w", name, err)
	}
	for key, sentence := range words {
		if _, taken := m[lang][key]; taken {
			return fmt.Errorf("message %q of %s: another file has it", key, name)
		}
		m[lang][key] = sentence
	}
	return nil
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// check reports the first key that the languages do not share, or whose placeholders differ.
func (m Messages) check() error {
	zh, en := m[Chinese], m[English]
	for _, key := range slices.Sorted(maps.Keys(en)) {
		if zh[key] == "" || en[key] == "" {
			return fmt.Errorf("message %q: missing in a language", key)
		}
		if a, b := placeholders(zh[key]), placeholders(en[key]); !slices.Equal(a, b) {
			return fmt.Errorf("message %q: placeholders %v in Chinese, %v in English", key, a, b)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(zh)) {
		if _, ok := en[key]; !ok {
			return fmt.Errorf("message %q: missing in English", key)
		}
	}
	return nil
}

func placeholders(s string) []string {
	return slices.Compact(slices.Sorted(slices.Values(placeholder.FindAllString(s, -1))))
}

// with returns both catalogues as one. No key may stand in both: the later sentence would take the place of ours on our own pages.
func (m Messages) with(more Messages) (Messages, error) {
	joined := Messages{}
	for _, lang := range Langs {
		for key := range more[lang] {
			if m.Has(key) {
				return nil, fmt.Errorf("message %q: the catalogue that is extended has it", key)
			}
		}
		joined[lang] = map[string]string{}
		maps.Copy(joined[lang], m[lang])
		maps.Copy(joined[lang], more[lang])
	}
	return joined, nil
}

// Has reports whether there is such a message.
func (m Messages) Has(key string) bool { _, ok := m[English][key]; return ok }

// Say returns the message in the language, its placeholders filled from pairs of name and value. A key without a
// message is shown as it is: a reader sees a code rather than nothing.
func (m Messages) Say(lang Lang, key string, pairs ...any) string {
	text, ok := m[lang][key]
	if !ok {
		return key
	}
	if len(pairs) == 0 {
		return text
	}
	var fill []string
	for i := 0; i+1 < len(pairs); i += 2 {
		fill = append(fill, "{"+fmt.Sprint(pairs[i])+"}", fmt.Sprint(pairs[i+1]))
	}
	return strings.NewReplacer(fill...).Replace(text)
}
