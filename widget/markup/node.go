// Package markup is what the widget shows, as plain values: a tree of nodes, and the edits that turn one tree into the
// next. It knows elements, attributes and order; it refuses to know a browser, so every view is tested natively. Text
// is always text: there is no way to say HTML here.
package markup

// ID names a live node. 0 is the place that the root node hangs in.
type ID uint32

// Node is one element, or a text where Tag is empty. A node belongs to one tree and is never changed by its maker after
// it was handed to Update.
type Node struct {
	Tag  string
	Key  string // identity among its siblings; without one, nodes are matched by order
	Text string

	attrs    []Attr
	handlers []Handler
	children []*Node
	id       ID
}

// Part is what an element is made of: attributes, handlers, texts and other nodes.
type Part interface{ join(*Node) }

// El makes an element of its parts, in order.
func El(tag string, parts ...Part) *Node {
	n := &Node{Tag: tag}
	for _, p := range parts {
		if p != nil {
			p.join(n)
		}
	}
	return n
}

func (n *Node) join(parent *Node) {
	if n != nil {
		parent.children = append(parent.children, n)
	}
}

// Nodes are several nodes in order; nil ones are left out.
type Nodes []*Node

func (ns Nodes) join(parent *Node) {
	for _, n := range ns {
		n.join(parent)
	}
}

// Text is a text node.
type Text string

func (t Text) join(parent *Node) { parent.children = append(parent.children, &Node{Text: string(t)}) }

// Key gives the element its identity among its siblings, which is what lets it move instead of being made anew.
type Key string

func (k Key) join(n *Node) { n.Key = string(k) }

// Attr is something set on an element: by Op an attribute, a property or a style property.
type Attr struct {
	Op          Op
	Name, Value string
}

func (a Attr) join(n *Node) {
	if a.Op != 0 {
		n.attrs = append(n.attrs, a)
	}
}

// At is an attribute.
func At(name, value string) Attr { return Attr{SetAttr, name, value} }

// Class is the class attribute.
func Class(value string) Attr { return At("class", value) }

// Flag is an attribute that is there, empty, or is not.
func Flag(name string, on bool) Attr {
	if !on {
		return Attr{}
	}
	return At(name, "")
}

// Value is the text in a field.
func Value(value string) Attr { return Attr{SetValue, "value", value} }

// Checked is the tick of a box.
func Checked(on bool) Attr {
	if on {
		return Attr{SetChecked, "checked", "1"}
	}
	return Attr{SetChecked, "checked", ""}
}

// Style is one style property. It is set through the object model, which a page's security policy allows.
func Style(name, value string) Attr { return Attr{SetStyle, name, value} }

// File is a file that the fan chose. ID names it to the outside; the bytes never come in here.
type File struct {
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

// Handler hears one kind of event; it returns true when the browser's own action must not follow.
type Handler struct {
	Event string
	Hear  func(Event) bool
}

func (h Handler) join(n *Node) { n.handlers = append(n.handlers, h) }

// On hears an event and stops the browser's own action.
func On(event string, hear func(Event)) Handler {
	return Handler{event, func(e Event) bool { hear(e); return true }}
}

// Note hears an event and lets the browser do what it does.
func Note(event string, hear func(Event)) Handler {
	return Handler{event, func(e Event) bool { hear(e); return false }}
}
