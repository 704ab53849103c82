package orders

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fanfare/server/kpi"
)

const (
	// MaxBody bounds what a shop sends at once, in bytes: Shopify's largest orders, with hundreds of lines, have half of it.
	MaxBody = 1 << 20
	// maxDepth bounds how deep it nests; Shopify's refunds come to eleven.
	maxDepth = 32
	// maxToken bounds what is taken for the token of a click; longer ones are none.
	maxToken = 300
	// maxName bounds what people call an order by, and codes.
	maxName = 100
)

// BodyError says what is wrong with something that a shop sent.
type BodyError struct {
	Field   string // a path: "data.amount"; empty for the whole
	Problem string
}

// Error implements error.
func (e *BodyError) Error() string {
	if e.Field == "" {
		return e.Problem
	}
	return e.Field + ": " + e.Problem
}

// fields is a JSON object. Names are compared exactly, as no two readers could do differently.
type fields map[string]any

// parse reads a JSON object that means one thing: no name stands in an object twice.
func parse(body []byte) (fields, error) {
	if !utf8.Valid(body) {
		return nil, &BodyError{Problem: "is no UTF-8"}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	v, err := value(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, &BodyError{Problem: "goes on behind its end"}
	}
	o, ok := v.(fields)
	if !ok {
		return nil, &BodyError{Problem: "is no JSON object"}
	}
	return o, nil
}

func value(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, &BodyError{Problem: "nests too deep"}
	}
	token, err := d.Token()
	if err != nil {
		return nil, &BodyError{Problem: "is no JSON"}
	}
	switch token {
	case json.Delim('{'):
		return object(d, depth)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			item, err := value(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		return list, ended(d)
	}
	return token, nil
}

func object(d *json.Decoder, depth int) (any, error) {
	o := fields{}
	for d.More() {
		token, err := d.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, &BodyError{Problem: "is no JSON"}
		}
		if _, twice := o[name]; twice {
			return nil, &BodyError{name, "stands there twice"}
		}
		if o[name], err = value(d, depth+1); err != nil {
			return nil, err
		}
	}
	return o, ended(d)
}

// ended reads the bracket that ends an object or a list.
func ended(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return &BodyError{Problem: "is no JSON"}
	}
	return nil
}

// reader takes values out of an object, and keeps the first thing that is wrong with them.
type reader struct {
	fields
	path string
	err  *error // shared by all readers of one body
}

// read returns a reader of a body.
func read(o fields) reader { return reader{o, "", new(error)} }

func (r reader) failed() error { return *r.err }

func (r reader) fail(name, problem string) {
	if *r.err == nil {
		*r.err = &BodyError{r.path + name, problem}
	}
}

// has reports whether there is a value that is not null.
func (r reader) has(name string) bool { return r.fields[name] != nil }

// in returns a reader of an object within; of nothing where there is none.
func (r reader) in(name string) reader {
	o, ok := r.fields[name].(fields)
	if !ok && r.has(name) {
		r.fail(name, "is no object")
	}
	return reader{o, r.path + name + ".", r.err}
}

// each returns readers of the objects of a list; of none where there is no list.
func (r reader) each(name string) (list []reader) {
	items, ok := r.fields[name].([]any)
	if !ok && r.has(name) {
		r.fail(name, "is no list")
	}
	for i, item := range items {
		o, ok := item.(fields)
		if !ok {
			r.fail(name, "holds something else than objects")
			return nil
		}
		list = append(list, reader{o, fmt.Sprintf("%s%s.%d.", r.path, name, i), r.err})
	}
	return list
}

// text is a text of at most so many bytes; empty where there is none.
func (r reader) text(name string, most int) string {
	if !r.has(name) {
		return ""
	}
	text, ok := r.fields[name].(string)
	switch {
	case !ok:
		r.fail(name, "is no text")
	case len(text) > most:
		r.fail(name, fmt.Sprintf("is longer than %d bytes", most))
	case strings.ContainsFunc(text, unicode.IsControl):
		r.fail(name, "holds control characters")
	default:
		return strings.TrimSpace(text)
	}
	return ""
}

// identifier is a text or a whole number, and must be there.
func (r reader) identifier(name string) string {
	id := ""
	if n, ok := r.fields[name].(json.Number); ok {
		if id = n.String(); !digits(id) {
			r.fail(name, "is no identifier")
		}
	} else {
		id = r.text(name, kpi.MaxOrderNumber)
	}
	if id == "" || len(id) > kpi.MaxOrderNumber {
		r.fail(name, "is missing or too long")
		return ""
	}
	return id
}

func digits(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(c rune) bool { return c < '0' || c > '9' })
}

// minor is an amount in minor units: a whole number, not below zero.
func (r reader) minor(name string) int64 {
	n, ok := r.fields[name].(json.Number)
	if !ok || !digits(n.String()) {
		r.fail(name, "is no whole number of minor units")
		return 0
	}
	amount, err := n.Int64()
	if err != nil || amount > kpi.MaxOrderAmount {
		r.fail(name, "is too large")
	}
	return amount
}

// decimal is an amount as a text, "129.90".
func (r reader) decimal(name string, c kpi.Currency) int64 {
	text, ok := r.fields[name].(string)
	if n, number := r.fields[name].(json.Number); number {
		text, ok = n.String(), true
	}
	amount, err := kpi.ParseAmount(text, c)
	switch {
	case !ok || err != nil:
		r.fail(name, "is no amount of "+string(c))
	case amount > kpi.MaxOrderAmount:
		r.fail(name, "is too large")
	}
	return amount
}

// currency is a currency in use, and must be there.
func (r reader) currency(name string) kpi.Currency {
	c := kpi.Currency(strings.ToUpper(r.text(name, 3)))
	if !c.Known() {
		r.fail(name, "is no currency by ISO 4217")
	}
	return c
}

// Orders are of these years; an earlier or later date is a mistake of the sender.
const firstYear, lastYear = 2000, 2100

// moment is a time by one of the layouts, and must be there.
func (r reader) moment(name string, layouts ...string) time.Time {
	text := r.text(name, maxName)
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil && at.Year() >= firstYear && at.Year() < lastYear {
			return at.UTC().Truncate(time.Millisecond)
		}
	}
	r.fail(name, "is no time")
	return time.Time{}
}
