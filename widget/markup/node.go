// Package markup is what the widget shows, as plain values: a tree of nodes, and the edits that turn one tree into the
// next. It knows elements, attributes and order; it refuses to know a browser, so every view is tested natively. Text
// is always text: there is no way to say HTML here.
package markup

// ID names a live node. 0 is the place that the root node hangs in.
type ID uint32

// Node is one element, or a text where Tag is empty. A node belongs to one tree and is never changed by its maker after
// it was handed to Update.
type Node struct {
	Tag   string
	Key   string // identity among its siblings; without one, nodes are matched by order
	Words string // of a text

	attrs    []Attr
	handlers []handler
	children []*Node
	id       ID
}

// El makes an element of a short description: the tag, its classes, then its data-testid and plain attributes, as in
// "button.icon.shut !close type=button". Words that a fan reads are never part of it.
func El(description string) *Node {
	n := &Node{}
	classes := ""
	for start, i := 0, 0; i <= len(description); i++ {
		if i < len(description) && description[i] != ' ' {
			continue
		}
		word := description[start:i]
		switch {
		case start == 0:
			n.Tag, classes = cut(word, '.')
		case word[0] == '!':
			n.At("data-testid", word[1:])
		default:
			n.At(cut(word, '='))
		}
		start = i + 1
	}
	if classes != "" {
		n.Class(dotsToSpaces(classes))
	}
	return n
}

// cut splits a word in two at the first separator.
func cut(word string, separator byte) (before, after string) {
	for i := range len(word) {
		if word[i] == separator {
			return word[:i], word[i+1:]
		}
	}
	return word, ""
}

func dotsToSpaces(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] == '.' {
			b[i] = ' '
		}
	}
	return string(b)
}

// incomparable, as a field, keeps the compiler from writing a comparison for a struct. Nobody compares these, and phones
// would download three KB of comparisons.
type incomparable [0]func()

// Attr is something set on an element: by Op an attribute, a property or a style property.
type Attr struct {
	_           incomparable
	Op          Op
	Name, Value string
}

func (n *Node) set(op Op, name, value string) *Node {
	for i := range n.attrs {
		if n.attrs[i].Op == op && n.attrs[i].Name == name {
			n.attrs[i].Value = value
			return n
		}
	}
	n.attrs = append(n.attrs, Attr{Op: op, Name: name, Value: value})
	return n
}

// At sets an attribute.
func (n *Node) At(name, value string) *Node { return n.set(SetAttr, name, value) }

// Class sets the classes.
func (n *Node) Class(names string) *Node { return n.set(SetAttr, "class", names) }

// Label sets the accessible name.
func (n *Node) Label(words string) *Node { return n.set(SetAttr, "aria-label", words) }

// Flag sets an attribute that is there, empty, or is not.
func (n *Node) Flag(name string, on bool) *Node {
	if on {
		n.set(SetAttr, name, "")
	}
	return n
}

// Bool sets an attribute to "true" or "false".
func (n *Node) Bool(name string, on bool) *Node {
	if on {
		return n.set(SetAttr, name, "true")
	}
	return n.set(SetAttr, name, "false")
}

// Value sets the text in a field.
func (n *Node) Value(value string) *Node { return n.set(SetValue, "value", value) }

// Checked sets the tick of a box.
func (n *Node) Checked(on bool) *Node {
	if on {
		return n.set(SetChecked, "checked", "1")
	}
	return n.set(SetChecked, "checked", "")
}

// Style sets one style property. It is set through the object model, which a page's security policy allows.
func (n *Node) Style(name, value string) *Node { return n.set(SetStyle, name, value) }

// Named gives the element its identity among its siblings, which is what lets it move instead of being made anew.
func (n *Node) Named(key string) *Node {
	n.Key = key
	return n
}

// Text adds a text.
func (n *Node) Text(text string) *Node { return n.Add(&Node{Words: text}) }

// Add adds nodes; nil ones are left out.
func (n *Node) Add(nodes ...*Node) *Node {
	for _, c := range nodes {
		if c != nil {
			n.children = append(n.children, c)
		}
	}
	return n
}

// File is a file that the fan chose. ID names it to the outside; the bytes never come in here.
type File struct {
	_        incomparable
	ID       int
	Name     string
	Type     string
	Size     int64
	Modified int64 // milliseconds since 1970
}

// Event is what happened to an element.
type Event struct {
	Value   string // of a field
	Checked bool
	Key     string // of a keyboard event, by its DOM name: "ArrowLeft"
	X, Y    int    // of a pointer event
	Files   []File // of a file picker
}

// Hear calls for an event; it returns true when the browser's own action must not follow.
func (n *Node) Hear(event string, hear func(*Event) bool) *Node {
	n.handlers = append(n.handlers, handler{event, hear})
	return n
}

// On calls for an event and stops the browser's own action.
func (n *Node) On(event string, do func()) *Node {
	return n.Hear(event, func(*Event) bool { do(); return true })
}

// Note calls for an event and lets the browser do what it does.
func (n *Node) Note(event string, hear func(*Event)) *Node {
	return n.Hear(event, func(e *Event) bool { hear(e); return false })
}

type handler struct {
	event string
	hear  func(*Event) bool
}
