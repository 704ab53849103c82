package console

import (
	"net/url"
	"slices"

	"fanfare/server/page"
)

// fault is what is wrong with one field: a code, and what fills the placeholders of its sentence.
type fault struct {
	code   string
	params []any
}

// faults are what is wrong with a form, by field.
type faults map[string]fault

func (f faults) add(field, code string, params ...any) {
	if _, ok := f[field]; !ok {
		f[field] = fault{code, params}
	}
}

// form is what a person typed and what is wrong with it.
type form struct {
	Values url.Values
	faults faults
	words  *page.Context
}

// field is one input as its template draws it.
type field struct {
	Name    string
	Kind    string // of the input, or "textarea"
	Value   string
	Error   string // the sentence; empty where nothing is wrong
	ErrorID string // where the sentence stands
	Lang    page.Lang
}

// Field is a field that stands alone.
func (f form) Field(name, kind string) field {
	return field{Name: name, Kind: kind, Value: f.Values.Get(name), Error: f.Fault(name), ErrorID: "e-" + name}
}

// pair is a text in both languages, side by side.
type pair struct {
	Name   string
	Error  string
	Fields []field
}

// Pair is a field in both languages; what is wrong is said of both.
func (f form) Pair(name, kind string) pair {
	p := pair{Name: name, Error: f.Fault(name)}
	for _, lang := range page.Langs {
		one := f.Field(langField(name, lang), kind)
		one.Lang, one.Error, one.ErrorID = lang, p.Error, "e-"+name
		p.Fields = append(p.Fields, one)
	}
	return p
}

// Invalid lists the fields that something is wrong with, in the order given.
func (f form) Invalid(names ...string) []string {
	var bad []string
	for _, name := range names {
		if _, ok := f.faults[name]; ok {
			bad = append(bad, name)
		}
	}
	return bad
}

// Fault says what is wrong with a field; empty for nothing.
func (f form) Fault(name string) string {
	bad, ok := f.faults[name]
	if !ok {
		return ""
	}
	return faultText(f.words, name, bad.code, bad.params...)
}

// faultText is the sentence for a field and a code: the field's own where it has one.
func faultText(words *page.Context, name, code string, params ...any) string {
	if key := "error." + name + "." + code; words.Has(key) {
		return words.T(key, params...)
	}
	return words.T("error."+code, params...)
}

// langField is the name of a field's half in one language.
func langField(name string, lang page.Lang) string {
	if lang == page.Chinese {
		return name + "_zh"
	}
	return name + "_en"
}

// choice is a field whose value is one of a few.
type choice struct {
	field
	Options []string
}

// tick is one of the values of a field that may have several.
type tick struct {
	Value string
	On    bool
}

// ticks is a field whose values are some of a few.
type ticks struct {
	field
	Options []tick
}

// Ticks is a field to tick options of.
func (f form) Ticks(name string, options ...string) ticks {
	t := ticks{field: f.Field(name, "checkbox")}
	for _, option := range options {
		t.Options = append(t.Options, tick{option, slices.Contains(f.Values[name], option)})
	}
	return t
}

// Group is a field of several inputs, which bear its name's parts.
func (f form) Group(name, kind string, parts ...string) pair {
	p := pair{Name: name, Error: f.Fault(name)}
	for _, part := range parts {
		one := f.Field(part, kind)
		one.Error, one.ErrorID = p.Error, "e-"+name
		p.Fields = append(p.Fields, one)
	}
	return p
}

// Choice is a field to choose from the options.
func (f form) Choice(name string, options ...string) choice {
	return choice{f.Field(name, "radio"), options}
}
