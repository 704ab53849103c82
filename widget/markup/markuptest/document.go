// Package markuptest is a document for tests: it applies the widget's edits, answers what a reader would find, and
// clicks and types like one. It refuses edits that a browser would refuse.
package markuptest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fanfare/widget/markup"
)

// Element is one live node.
type Element struct {
	ID       markup.ID
	Tag      string
	Text     string
	Attrs    map[string]string
	Styles   map[string]string
	Value    string
	Checked  bool
	Children []*Element
	parent   *Element
}

// Document holds what is shown.
type Document struct {
	T     testing.TB
	Root  *Element
	Count map[markup.Op]int // how many edits of each kind were applied
	live  map[markup.ID]*Element
}

// New returns an empty document.
func New(t testing.TB) *Document {
	root := &Element{Tag: "root"}
	return &Document{T: t, Root: root, Count: map[markup.Op]int{}, live: map[markup.ID]*Element{0: root}}
}

// Apply does the edits in order.
func (d *Document) Apply(edits []markup.Edit) {
	d.T.Helper()
	for _, e := range edits {
		d.Count[e.Op]++
		switch e.Op {
		case markup.CreateElement:
			d.live[e.ID] = &Element{ID: e.ID, Tag: e.Name, Attrs: map[string]string{}, Styles: map[string]string{}}
		case markup.CreateText:
			d.live[e.ID] = &Element{ID: e.ID, Text: e.Value}
		case markup.SetText:
			d.at(e.ID).Text = e.Value
		case markup.SetAttr:
			d.at(e.ID).Attrs[e.Name] = e.Value
		case markup.RemoveAttr:
			delete(d.at(e.ID).Attrs, e.Name)
		case markup.SetStyle:
			if d.at(e.ID).Styles[e.Name] = e.Value; e.Value == "" {
				delete(d.at(e.ID).Styles, e.Name)
			}
		case markup.SetValue:
			d.at(e.ID).Value = e.Value
		case markup.SetChecked:
			d.at(e.ID).Checked = e.Value != ""
		case markup.Insert:
			d.insert(e)
		case markup.Remove:
			d.at(e.ID).detach()
		case markup.Forget:
			delete(d.live, e.ID)
		default:
			d.T.Fatalf("unknown edit %+v", e)
		}
	}
}

func (d *Document) at(id markup.ID) *Element {
	d.T.Helper()
	e := d.live[id]
	if e == nil {
		d.T.Fatalf("edit of node %d, which is not there", id)
	}
	return e
}

func (d *Document) insert(e markup.Edit) {
	d.T.Helper()
	child, parent := d.at(e.ID), d.at(e.Parent)
	child.detach()
	at := len(parent.Children)
	if e.Before != 0 {
		at = slices.Index(parent.Children, d.at(e.Before))
		if at < 0 {
			d.T.Fatalf("insert of %d before %d, which is not a child of %d", e.ID, e.Before, e.Parent)
		}
	}
	parent.Children = slices.Insert(parent.Children, at, child)
	child.parent = parent
}

func (e *Element) detach() {
	if e.parent == nil {
		return
	}
	i := slices.Index(e.parent.Children, e)
	e.parent.Children = slices.Delete(e.parent.Children, i, i+1)
	e.parent = nil
}

// Live counts the nodes that edits may still name, the place of the root among them.
func (d *Document) Live() int { return len(d.live) }

// String writes the document as indented text, for comparing and for failures.
func (d *Document) String() string {
	var b strings.Builder
	for _, c := range d.Root.Children {
		c.write(&b, 0)
	}
	return b.String()
}

func (e *Element) write(b *strings.Builder, depth int) {
	pad := strings.Repeat(" ", depth)
	if e.Tag == "" {
		fmt.Fprintf(b, "%s%q\n", pad, e.Text)
		return
	}
	fmt.Fprintf(b, "%s%s", pad, e.Tag)
	for _, set := range []map[string]string{e.Attrs, e.Styles} {
		names := make([]string, 0, len(set))
		for name := range set {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			fmt.Fprintf(b, " %s=%q", name, set[name])
		}
	}
	fmt.Fprintf(b, " %q %v\n", e.Value, e.Checked)
	for _, c := range e.Children {
		c.write(b, depth+1)
	}
}

// Words is the text in the element as a reader meets it, pieces joined by single spaces.
func (e *Element) Words() string {
	if e.Tag == "" {
		return strings.TrimSpace(e.Text)
	}
	var words []string
	for _, c := range e.Children {
		if w := c.Words(); w != "" {
			words = append(words, w)
		}
	}
	return strings.Join(words, " ")
}

// Contains reports whether the other element is this one or inside it.
func (e *Element) Contains(other *Element) bool {
	for ; other != nil; other = other.parent {
		if other == e {
			return true
		}
	}
	return false
}

// All returns the elements for which the question is answered yes, in document order.
func (d *Document) All(yes func(*Element) bool) []*Element {
	var found []*Element
	var walk func(*Element)
	walk = func(e *Element) {
		if e.Tag != "" && yes(e) {
			found = append(found, e)
		}
		for _, c := range e.Children {
			walk(c)
		}
	}
	walk(d.Root)
	return found
}

// TestID finds the elements with this data-testid.
func (d *Document) TestID(id string) []*Element {
	return d.All(func(e *Element) bool { return e.Attrs["data-testid"] == id })
}

// One returns the only element with this data-testid; anything else fails the test.
func (d *Document) One(id string) *Element {
	d.T.Helper()
	found := d.TestID(id)
	if len(found) != 1 {
		d.T.Fatalf("elements with data-testid %q: got %d, want 1 in\n%s", id, len(found), d)
	}
	return found[0]
}

// Has reports whether an element with this data-testid is shown.
func (d *Document) Has(id string) bool { return len(d.TestID(id)) > 0 }

// Fire sends an event from the element outwards to the first one that hears it.
func (d *Document) Fire(tree *markup.Tree, e *Element, event string, with markup.Event) {
	d.T.Helper()
	for ; e != nil; e = e.parent {
		if tree.Handle(e.ID, event, &with) != markup.Unheard {
			return
		}
	}
	d.T.Fatalf("nobody hears %q", event)
}
