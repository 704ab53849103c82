package markup_test

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"fanfare/widget/markup"
	"fanfare/widget/markup/markuptest"
)

func list(keys ...string) *markup.Node {
	ul := markup.El("ul")
	for _, k := range keys {
		ul.Add(markup.El("li").Named(k).Text(k))
	}
	return ul
}

func TestOneRowThatRisesIsOneInsertion(t *testing.T) {
	var tree markup.Tree
	doc := markuptest.New(t)
	doc.Apply(tree.Update(list("a", "b", "c", "d", "e")))
	edits := tree.Update(list("a", "e", "b", "c", "d"))
	if len(edits) != 1 || edits[0].Op != markup.Insert {
		t.Fatalf("edits: got %+v, want a single insertion", edits)
	}
	doc.Apply(edits)
	if got, want := doc.Root.Words(), "a e b c d"; got != want {
		t.Errorf("order: got %q, want %q", got, want)
	}
}

func TestSameTreeNeedsNoEdit(t *testing.T) {
	var tree markup.Tree
	tree.Update(list("a", "b"))
	if edits := tree.Update(list("a", "b")); len(edits) != 0 {
		t.Errorf("edits: got %+v, want none", edits)
	}
}

func TestKeyGivenTwiceNeverPutsOneNodeInTwoPlaces(t *testing.T) {
	var tree markup.Tree
	doc := markuptest.New(t)
	doc.Apply(tree.Update(list("a", "b")))
	doc.Apply(tree.Update(list("a", "a")))
	if got, want := doc.Root.Words(), "a a"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestValueOfSelectIsSetAfterItsOptions(t *testing.T) {
	var tree markup.Tree
	edits := tree.Update(markup.El("select").Value("b").Add(markup.El("option value=b")))
	value, inserted := -1, -1
	for i, e := range edits {
		switch {
		case e.Op == markup.SetValue:
			value = i
		case e.Op == markup.Insert && inserted < 0:
			inserted = i
		}
	}
	if value < inserted || value < 0 {
		t.Errorf("value set at %d, option inserted at %d: want it after", value, inserted)
	}
}

func TestRemovedNodeHearsNothing(t *testing.T) {
	var tree markup.Tree
	doc := markuptest.New(t)
	heard := 0
	button := func() *markup.Node {
		return markup.El("button").Named("x").On("click", func() { heard++ })
	}
	doc.Apply(tree.Update(markup.El("div").Add(button())))
	id := doc.All(func(e *markuptest.Element) bool { return e.Tag == "button" })[0].ID
	if tree.Handle(id, "click", nil) != markup.Taken || heard != 1 {
		t.Fatalf("heard %d clicks while shown, want 1", heard)
	}
	doc.Apply(tree.Update(markup.El("div")))
	if tree.Handle(id, "click", nil) != markup.Unheard || heard != 1 {
		t.Errorf("heard %d clicks after removal, want still 1", heard)
	}
}

func TestRemovingForgetsAllThatWasInside(t *testing.T) {
	var tree markup.Tree
	doc := markuptest.New(t)
	doc.Apply(tree.Update(markup.El("div").Add(list("a", "b", "c"))))
	doc.Apply(tree.Update(markup.El("div")))
	if n := doc.Live(); n != 2 { // the div and the place it hangs in
		t.Errorf("live nodes: got %d, want 2", n)
	}
}

// Any tree turned into any other by edits equals the other drawn from nothing.
func TestEditsLeadToTheTreeWanted(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for round := range 300 {
		var tree markup.Tree
		doc := markuptest.New(t)
		for range 4 {
			seed := rnd.Uint64()
			doc.Apply(tree.Update(randomTree(rand.New(rand.NewPCG(seed, 0)), 0)))
			var fresh markup.Tree
			want := markuptest.New(t)
			want.Apply(fresh.Update(randomTree(rand.New(rand.NewPCG(seed, 0)), 0)))
			if doc.String() != want.String() {
				t.Fatalf("round %d: got\n%s\nwant\n%s", round, doc, want)
			}
		}
	}
}

func randomTree(r *rand.Rand, depth int) *markup.Node {
	if depth > 0 && r.IntN(4) == 0 {
		return &markup.Node{Words: strconv.Itoa(r.IntN(3))}
	}
	n := markup.El([]string{"div", "p", "li"}[min(depth, 1)*r.IntN(3)])
	if depth > 0 && r.IntN(2) == 0 {
		n.Named(strconv.Itoa(r.IntN(6)))
	}
	for _, name := range []string{"a", "b"} {
		if r.IntN(2) == 0 {
			n.At(name, strconv.Itoa(r.IntN(2)))
		}
	}
	if r.IntN(3) == 0 {
		n.Style("--r", strconv.Itoa(r.IntN(2)))
	}
	if depth < 3 {
		for range r.IntN(6) {
			n.Add(randomTree(r, depth+1))
		}
	}
	return n
}

func TestDescriptionNamesTagClassesTestIDAndAttributes(t *testing.T) {
	var tree markup.Tree
	doc := markuptest.New(t)
	doc.Apply(tree.Update(markup.El("button.icon.shut !close type=button hidden").Label("Close it")))
	b := doc.One("close")
	if b.Tag != "button" || b.Attrs["class"] != "icon shut" || b.Attrs["type"] != "button" || b.Attrs["aria-label"] != "Close it" {
		t.Errorf("got %s", doc)
	}
	if v, ok := b.Attrs["hidden"]; !ok || v != "" {
		t.Errorf("hidden: got %q, %v", v, ok)
	}
}
