// Package dom is the browser: the only package that knows one. It answers what package port asks for and hands events
// back. Its other half, bridge.js with core.js and packing.js, does the work inside the browser. Between the two pass
// only numbers and texts, and callbacks as numbers, so there is nothing to leak and nothing of the host page to touch.
// Text is only ever set as text.
//
// It speaks to its half by go:wasmimport and go:wasmexport: syscall/js would cost phones another 20 KB.
//
// All but this file is compiled for js/wasm alone.
package dom
