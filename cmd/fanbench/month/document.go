package month

import (
	"bytes"
	"fmt"
	"math/big"
	"strings"

	"golang.org/x/net/html"
)

// document is a page, or a part of one.
type document struct{ *html.Node }

func parse(body []byte) (document, error) {
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return document{}, fmt.Errorf("read page: %w", err)
	}
	return document{root}, nil
}

// all finds the elements of a name that bear a class; of any name or class where that is empty. None lies within another one.
func (d document) all(name, class string) (found []document) {
	if d.Node == nil {
		return nil
	}
	for child := d.FirstChild; child != nil; child = child.NextSibling {
		at := document{child}
		if child.Type == html.ElementNode && (name == "" || child.Data == name) && (class == "" || at.has(class)) {
			found = append(found, at)
			continue
		}
		found = append(found, at.all(name, class)...)
	}
	return found
}

// first is the first of all; nothing where there is none.
func (d document) first(name, class string) document {
	if found := d.all(name, class); len(found) > 0 {
		return found[0]
	}
	return document{}
}

func (d document) has(class string) bool {
	for one := range strings.FieldsSeq(d.attribute("class")) {
		if one == class {
			return true
		}
	}
	return false
}

func (d document) attribute(name string) string {
	if d.Node == nil {
		return ""
	}
	for _, a := range d.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// text is what people read, each white space as one space.
func (d document) text() string {
	if d.Node == nil {
		return ""
	}
	var b strings.Builder
	for n := range d.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// figure reads a number as people read it, with so many digits behind its point: "CN¥4,580,000.00" with two is 458000000. Nil is none.
func figure(text string, digits int) *big.Int {
	var b strings.Builder
	behind := -1
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
			if behind >= 0 {
				behind++
			}
		case r == '.' && b.Len() > 0:
			behind = 0
		}
	}
	if b.Len() == 0 || behind > digits {
		return nil
	}
	b.WriteString(strings.Repeat("0", digits-max(behind, 0)))
	n, ok := new(big.Int).SetString(b.String(), 10)
	if ok && strings.ContainsAny(text, "−-") {
		n.Neg(n)
	}
	return n
}

// leading is the text until the first word that is no number: "12" of "12 orders wait".
func leading(text string) string {
	first, _, _ := strings.Cut(text, " ")
	return first
}

// short holds a number that is written in three digits, "12.3K", against the one that it stands for.
func short(text string, exact *big.Int) bool {
	steps := map[string]int{"K": 3, "M": 6, "B": 9}
	zeros, written := 0, text
	for word, n := range steps {
		if rest, ok := strings.CutSuffix(text, word); ok {
			zeros, written = n, rest
		}
	}
	if zeros == 0 {
		n := figure(written, 0)
		return n != nil && n.Cmp(exact) == 0
	}
	whole, _, _ := strings.Cut(written, ".")
	digits := 3 - len(whole) // that are written behind the point
	n := figure(written, digits)
	if n == nil {
		return false
	}
	power := func(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
	unit := power(zeros - digits)
	off := new(big.Int).Sub(new(big.Int).Mul(n, unit), exact)
	return off.Abs(off).Lsh(off, 1).Cmp(unit) <= 0
}
