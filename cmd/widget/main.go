//go:build js

// Command widget is what runs in a fan's browser, compiled to WebAssembly: it puts a panel into each element that the
// loader hands over.
package main

import (
	"fanfare/widget/dom"
	"fanfare/widget/panel"
	"fanfare/widget/port"
)

func main() {
	dom.Serve(func(w *port.World, s *port.Settings) dom.Widget { return panel.New(w, s) })
}
