// Package text is every sentence that the widget says, in English and in Chinese. It knows words, numbers and spans of
// time; it refuses to know where they stand. Sentences are worded so that no number changes their grammar.
package text

import "strconv"

// Language says sentences in one language.
type Language struct {
	Chinese   bool
	sentences []string
}

// Read returns the language for a tag, Chinese for every tag that begins with "zh" and English otherwise, with the
// catalogue given: a sentence on each line, in the order of the keys.
func Read(tag, catalogue string) *Language {
	l := &Language{Chinese: chinese(tag)}
	for start, i := 0, 0; i <= len(catalogue); i++ {
		if i == len(catalogue) || catalogue[i] == '\n' {
			l.sentences = append(l.sentences, catalogue[start:i])
			start = i + 1
		}
	}
	return l
}

func chinese(tag string) bool { return len(tag) >= 2 && tag[0]|0x20 == 'z' && tag[1]|0x20 == 'h' }

// Tag is the language's own tag.
func (l *Language) Tag() string {
	if l.Chinese {
		return "zh-CN"
	}
	return "en"
}

// Say returns the sentence with its {placeholders} filled: pairs are names and values in turn.
func (l *Language) Say(k Key, pairs ...string) string {
	if int(k) >= len(l.sentences) {
		return "" // a catalogue of another build
	}
	s := l.sentences[k]
	if len(pairs) == 0 {
		return s
	}
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '{' {
			if end, value, ok := fill(s[i+1:], pairs); ok {
				out = append(out, value...)
				i += end + 1
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

// fill finds the value for a placeholder whose name starts s; end is where its "}" stands.
func fill(s string, pairs []string) (end int, value string, ok bool) {
	for end < len(s) && s[end] != '}' {
		end++
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if end < len(s) && s[:end] == pairs[i] {
			return end, pairs[i+1], true
		}
	}
	return 0, "", false
}

// Code returns the sentence for a code of the server, and one that fits all for a code not known here. The parameters
// "format" and "of" may choose another sentence than the common one.
func (l *Language) Code(code string, param func(name string) string) string {
	k := Unknown
	format := param("format")
	of := format + param("of")
	for i := range codes {
		if c := &codes[i]; c.code == code && (c.of == "" || c.of == of) {
			k = c.key
		}
	}
	return l.Say(k, "limit", Group(param("limit")), "camera", param("camera"), "number", Group(param("number")), "format", upper(format))
}

func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// Number writes a whole number with groups of three.
func Number(n int64) string {
	if n < 0 {
		return "-" + Number(-n)
	}
	return Group(strconv.FormatInt(n, 10))
}

// Group sets commas between groups of three in a text of digits; another text is returned as it is.
func Group(s string) string {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return s
		}
	}
	var out []byte
	for i := range len(s) {
		if i > 0 && (len(s)-i)%3 == 0 {
			out = append(out, ',')
		}
		out = append(out, s[i])
	}
	return string(out)
}

// List sets names in a row.
func (l *Language) List(names []string) string {
	between := ", "
	if l.Chinese {
		between = "、"
	}
	list := ""
	for i, name := range names {
		if i > 0 {
			list += between
		}
		list += name
	}
	return list
}

// Day writes a day of the calendar, which comes as browsers' date fields write it. In Chinese it says the units, so that a narrow
// line may break between them.
func (l *Language) Day(day string) string {
	if !l.Chinese || len(day) != len("2006-01-02") {
		return day
	}
	return day[:4] + "年" + unpadded(day[5:7]) + "月" + unpadded(day[8:]) + "日"
}

func unpadded(digits string) string {
	if digits[0] == '0' {
		return digits[1:]
	}
	return digits
}

// Spans in milliseconds.
const (
	minute = 60_000
	hour   = 60 * minute
	day    = 24 * hour
)

// Span writes a span of time in its two largest units; the last ten minutes run by the second.
func (l *Language) Span(millis int64) string {
	switch {
	case millis >= day:
		return l.Say(DaysHours, "d", Number(millis/day), "h", Number(millis%day/hour))
	case millis >= hour:
		return l.Say(HoursMinutes, "h", Number(millis/hour), "m", Number(millis%hour/minute))
	case millis >= 10*minute:
		return l.Say(Minutes, "m", Number(millis/minute))
	}
	seconds := max(millis, 0) / 1000
	s := Number(seconds % 60)
	if len(s) < 2 {
		s = "0" + s
	}
	return Number(seconds/60) + ":" + s
}
