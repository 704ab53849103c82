package markup

// Op is what an edit does.
type Op uint8

// The edits. An element is created, filled and only then inserted, so a reader never sees half of one.
const (
	CreateElement Op = iota + 1 // ID, Name: the tag
	CreateText                  // ID, Value
	SetText                     // ID, Value
	SetAttr                     // ID, Name, Value
	RemoveAttr                  // ID, Name
	SetStyle                    // ID, Name, Value; an empty value removes it
	SetValue                    // ID, Value: what stands in a field
	SetChecked                  // ID, Value: "1" or empty
	Insert                      // ID into Parent before Before (0: at the end); moves a node that is there already
	Remove                      // ID with all that is in it
	Forget                      // ID was in what was removed, or is it; nothing names it again
)

// Edit is one step from the tree shown to the tree wanted.
type Edit struct {
	_           incomparable
	Op          Op
	ID          ID
	Parent      ID
	Before      ID
	Name, Value string
}

// Tree remembers what is shown. The zero value shows nothing.
type Tree struct {
	root  *Node
	last  ID
	live  map[ID]*Node
	edits []Edit
}

// Update makes next the tree shown and returns the edits that lead to it, in order. The slice is valid until the next
// call.
func (t *Tree) Update(next *Node) []Edit {
	if t.live == nil {
		t.live = map[ID]*Node{}
	}
	t.edits = t.edits[:0]
	var old, now []*Node
	if t.root != nil {
		old = []*Node{t.root}
	}
	if next != nil {
		now = []*Node{next}
	}
	t.children(0, old, now)
	t.root = next
	return t.edits
}

// Answer is what became of an event.
type Answer int

// The answers.
const (
	Unheard Answer = iota // an outer node may hear it
	Heard
	Taken // the browser's own action must not follow
)

// Handle tells the node of an event. Unknown nodes, such as one that was just removed, hear nothing.
func (t *Tree) Handle(id ID, event string, e *Event) Answer {
	n := t.live[id]
	if n == nil {
		return Unheard
	}
	for _, h := range n.handlers {
		if h.event != event {
			continue
		}
		if h.hear(e) {
			return Taken
		}
		return Heard
	}
	return Unheard
}

func (t *Tree) edit(op Op, id ID, name, value string) {
	t.edits = append(t.edits, Edit{Op: op, ID: id, Name: name, Value: value})
}

// children turns one list of siblings into another with the fewest insertions: the longest run of nodes that are
// already in the right order stays where it is.
func (t *Tree) children(parent ID, old, now []*Node) {
	from, used := match(old, now)
	for i, n := range old {
		if !used[i] {
			t.edit(Remove, n.id, "", "")
			t.forget(n)
		}
	}
	stays := longestRun(from)
	before := ID(0)
	for i := len(now) - 1; i >= 0; i-- {
		n := now[i]
		if from[i] < 0 {
			t.create(n)
		} else {
			t.update(old[from[i]], n)
		}
		if !stays[i] {
			t.edits = append(t.edits, Edit{Op: Insert, ID: n.id, Parent: parent, Before: before})
		}
		before = n.id
	}
}

func (t *Tree) forget(n *Node) {
	delete(t.live, n.id)
	t.edit(Forget, n.id, "", "")
	for _, c := range n.children {
		t.forget(c)
	}
}

func (t *Tree) create(n *Node) {
	t.last++
	n.id = t.last
	t.live[n.id] = n
	if n.Tag == "" {
		t.edit(CreateText, n.id, "", n.Words)
		return
	}
	t.edit(CreateElement, n.id, n.Tag, "")
	for i := range n.attrs {
		a := &n.attrs[i]
		if a.Op != SetValue {
			t.edit(a.Op, n.id, a.Name, a.Value)
		}
	}
	t.children(n.id, nil, n.children)
	for i := range n.attrs {
		a := &n.attrs[i]
		if a.Op == SetValue { // after the options of a select are there
			t.edit(a.Op, n.id, a.Name, a.Value)
		}
	}
}

func (t *Tree) update(old, n *Node) {
	n.id = old.id
	t.live[n.id] = n
	if n.Tag == "" {
		if n.Words != old.Words {
			t.edit(SetText, n.id, "", n.Words)
		}
		return
	}
	for i := range old.attrs {
		a := &old.attrs[i]
		if _, ok := n.attr(a); ok {
			continue
		}
		switch a.Op {
		case SetAttr:
			t.edit(RemoveAttr, n.id, a.Name, "")
		case SetStyle:
			t.edit(SetStyle, n.id, a.Name, "")
		}
	}
	t.children(n.id, old.children, n.children)
	for i := range n.attrs {
		a := &n.attrs[i]
		if was, ok := old.attr(a); !ok || was != a.Value {
			t.edit(a.Op, n.id, a.Name, a.Value)
		}
	}
}

func (n *Node) attr(like *Attr) (value string, ok bool) {
	for i := range n.attrs {
		a := &n.attrs[i]
		if a.Op == like.Op && a.Name == like.Name {
			return a.Value, true
		}
	}
	return "", false
}
