//go:build js

package dom

import (
	"fanfare/widget/markup"
	"fanfare/widget/port"
)

// Widget is what lives in one element.
type Widget interface {
	Start()
	View() *markup.Node // what there is to see; asked before a painting, after whatever happened
	Shown(bool)         // whether the page is looked at
	Online(bool)        // whether there is a network
	Resize(int)         // the width in pixels
}

// page is one element on the host page, and the world of the widget in it.
type page struct {
	number int32
	widget Widget
	tree   markup.Tree
	calls  map[int32]call // what waits for the browser, by the number it was given
	last   int32
	edits  []byte // kept from drawing to drawing
}

// call is a callback. It gets a number and a text, whichever the browser has to say.
type call struct {
	do   func(value int32, text string)
	many bool // it may be called again, until it is dropped
}

var create func(*port.World, *port.Settings) Widget

// Serve makes a widget for each element that the browser tells of. It never returns.
func Serve(make func(*port.World, *port.Settings) Widget) {
	create = make
	select {}
}

func start(number int32, t []string) {
	p := &page{number: number, calls: map[int32]call{}}
	pages[number] = p
	p.widget = create(&port.World{Network: p, Clock: p, Store: p, Screen: p}, &port.Settings{
		Base: t[0], Slug: t[1], Lang: t[2], Challenge: t[3], Board: t[4], Sentences: t[5], Width: int(whole(t[6])), Entry: t[7], Friends: t[8],
	})
	p.widget.Start()
}

func (p *page) heard(kind, n, value int32, texts []string) int32 {
	switch kind {
	case toldClose:
		delete(pages, p.number) // the bridge has ended all that was begun
	case toldFrame:
		p.draw(p.tree.Update(p.widget.View()))
	case toldCall:
		if c, ok := p.calls[n]; ok {
			if !c.many {
				delete(p.calls, n)
			}
			c.do(value, texts[0])
		}
	case toldEvent:
		return int32(p.tree.Handle(markup.ID(n), texts[0], event(texts)))
	case toldShown:
		p.widget.Shown(n != 0)
	case toldOnline:
		p.widget.Online(n != 0)
	case toldWidth:
		p.widget.Resize(int(n))
	}
	return 0
}

func event(t []string) *markup.Event {
	e := &markup.Event{Key: t[1], Value: t[2], Checked: t[3] != "", X: int(whole(t[4]))}
	for i := 5; i+4 < len(t); i += 5 {
		e.Files = append(e.Files, markup.File{
			ID: int(whole(t[i])), Name: t[i+1], Type: t[i+2], Size: whole(t[i+3]), Modified: whole(t[i+4]),
		})
	}
	return e
}

// wait gives a callback its number.
func (p *page) wait(many bool, do func(int32, string)) int32 {
	p.last++
	p.calls[p.last] = call{do, many}
	return p.last
}

// drop forgets a callback, and lets the bridge end what it stands for.
func (p *page) drop(n int32) {
	if _, ok := p.calls[n]; ok {
		delete(p.calls, n)
		p.ask(opEnd, n)
	}
}

// ask does an operation; it returns the reply, where there is one.
func (p *page) ask(operation, n int32, arguments ...string) string {
	texts := fetch(bridgeAsk(p.number, operation, n, string(pack(nil, arguments...))))
	if len(texts) == 0 {
		return ""
	}
	return texts[0]
}
