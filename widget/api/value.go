// Package api is what the server's REST interface says, as the widget reads and writes it. It knows the shapes of
// requests and replies and reads JSON with a small reader of its own, because encoding/json would double what phones
// download; it refuses to know how anything is sent or shown.
package api

import "unicode/utf8"

// maxDepth bounds nesting; the deepest reply has six levels.
const maxDepth = 24

// Value is any JSON value. What is missing or of another kind reads as zero, on a nil Value too, so a reply that lacks a
// field is read as far as it goes.
type Value struct {
	kind   byte // 's', 'n', 't' (true), 'a', 'o'; 0 for null, false and nothing
	text   string
	list   []*Value
	fields []string // names of an object's list
}

// Parse reads a JSON text. It returns nil for what is not one.
func Parse(text string) *Value {
	p := parser{rest: text}
	v := p.value(0)
	p.space()
	if p.failed || p.rest != "" {
		return nil
	}
	return v
}

// At returns an object's field.
func (v *Value) At(name string) *Value {
	if v != nil && v.kind == 'o' {
		for i, f := range v.fields {
			if f == name {
				return v.list[i]
			}
		}
	}
	return nil
}

// Text returns a field that is a string, or a number as it is written.
func (v *Value) Text(name string) string { return v.At(name).String() }

// Int returns a field's whole number.
func (v *Value) Int(name string) int64 { return v.At(name).Number() }

// True reports whether a field is true.
func (v *Value) True(name string) bool {
	v = v.At(name)
	return v != nil && v.kind == 't'
}

// Each calls for every element of a field that is a list.
func (v *Value) Each(name string, do func(*Value)) {
	if v = v.At(name); v != nil && v.kind == 'a' {
		for _, e := range v.list {
			do(e)
		}
	}
}

// String returns a string's text, and a number as it is written.
func (v *Value) String() string {
	if v == nil {
		return ""
	}
	return v.text
}

// Number returns a number's whole part.
func (v *Value) Number() int64 {
	if v == nil || v.kind != 'n' {
		return 0
	}
	var n int64
	negative := false
	for i := range len(v.text) {
		c := v.text[i]
		switch {
		case i == 0 && c == '-':
			negative = true
			continue
		case c < '0' || c > '9' || n > 1<<58:
			return sign(n, negative)
		}
		n = n*10 + int64(c-'0')
	}
	return sign(n, negative)
}

func sign(n int64, negative bool) int64 {
	if negative {
		return -n
	}
	return n
}

// parser takes values off the front. After the first failure it takes nothing more.
type parser struct {
	rest   string
	failed bool
}

func (p *parser) fail() *Value {
	p.rest, p.failed = "", true
	return &Value{}
}

func (p *parser) space() {
	for p.rest != "" && (p.rest[0] == ' ' || p.rest[0] == '\n' || p.rest[0] == '\t' || p.rest[0] == '\r') {
		p.rest = p.rest[1:]
	}
}

func (p *parser) take(c byte) bool {
	p.space()
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *parser) word(w string) bool {
	if len(p.rest) < len(w) || p.rest[:len(w)] != w {
		return false
	}
	p.rest = p.rest[len(w):]
	return true
}

func (p *parser) value(depth int) *Value {
	p.space()
	if p.rest == "" || depth > maxDepth {
		return p.fail()
	}
	switch c := p.rest[0]; {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		return &Value{kind: 's', text: p.string()}
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	case p.word("true"):
		return &Value{kind: 't'}
	case p.word("false"), p.word("null"):
		return &Value{}
	}
	return p.fail()
}

func (p *parser) object(depth int) *Value {
	v := &Value{kind: 'o'}
	p.take('{')
	if p.take('}') {
		return v
	}
	for {
		p.space()
		v.fields = append(v.fields, p.string())
		if !p.take(':') {
			return p.fail()
		}
		v.list = append(v.list, p.value(depth+1))
		switch {
		case p.take(','):
		case p.take('}'):
			return v
		default:
			return p.fail()
		}
	}
}

func (p *parser) array(depth int) *Value {
	v := &Value{kind: 'a'}
	p.take('[')
	if p.take(']') {
		return v
	}
	for {
		v.list = append(v.list, p.value(depth+1))
		switch {
		case p.take(','):
		case p.take(']'):
			return v
		default:
			return p.fail()
		}
	}
}

func (p *parser) number() *Value {
	i, digits := 0, 0
	for ; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '-', c == '+', c == '.', c == 'e', c == 'E':
		default:
			goto done
		}
	}
done:
	if digits == 0 {
		return p.fail()
	}
	v := &Value{kind: 'n', text: p.rest[:i]}
	p.rest = p.rest[i:]
	return v
}

func (p *parser) string() string {
	if p.rest == "" || p.rest[0] != '"' {
		p.fail()
		return ""
	}
	for i := 1; i < len(p.rest); i++ {
		switch p.rest[i] {
		case '"': // the common case: no escape, so no copy
			s := p.rest[1:i]
			p.rest = p.rest[i+1:]
			return s
		case '\\':
			return p.escaped(i)
		}
	}
	p.fail()
	return ""
}

// escaped reads a string whose first escape stands at i.
func (p *parser) escaped(i int) string {
	out := []byte(p.rest[1:i])
	for i < len(p.rest) {
		c := p.rest[i]
		i++
		switch {
		case c == '"':
			p.rest = p.rest[i:]
			return string(out)
		case c != '\\':
			out = append(out, c)
			continue
		case i == len(p.rest):
			p.fail()
			return ""
		}
		c = p.rest[i]
		i++
		if c != 'u' {
			out = append(out, unescape(c))
			continue
		}
		r, ok := hex4(p.rest, i)
		if !ok {
			break
		}
		i += 4
		if r >= 0xd800 && r < 0xdc00 && i+1 < len(p.rest) && p.rest[i] == '\\' && p.rest[i+1] == 'u' {
			if low, ok := hex4(p.rest, i+2); ok && low >= 0xdc00 && low < 0xe000 {
				r = (r-0xd800)<<10 + low - 0xdc00 + 0x10000
				i += 6
			}
		}
		out = utf8.AppendRune(out, r) // half of a pair becomes U+FFFD
	}
	p.fail()
	return ""
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	}
	return c
}

func hex4(s string, i int) (rune, bool) {
	if i+4 > len(s) {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s[i : i+4]) {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 + rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 + rune(c|0x20-'a') + 10
		default:
			return 0, false
		}
	}
	return r, true
}
