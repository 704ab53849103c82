// Package bundle is what browsers download: the loader, the core and its WebAssembly, the sentences, the design tokens, htmx
// and charts to look at closely, built by build.mjs. It knows names, types and compressed twins; it refuses to know how they are served.
//
// A clean clone holds none of the built files. It still vets and builds: a placeholder for the loader says what to do.
package bundle

import (
	"embed"
	"strings"
)

//go:embed all:built
var built embed.FS

//go:embed placeholder.js tokens.css
var sources embed.FS

// Asset is one file as a browser gets it.
type Asset struct {
	Content     []byte
	Brotli      []byte // the same, compressed; nil where there is none
	ContentType string
	Immutable   bool // the name holds the content's hash, so it may be kept for ever
}

// Open returns the file with the name: "embed.js", "tokens.css", "htmx.min.js", and what the loader asks for by hashed
// names.
func Open(name string) (Asset, bool) {
	if strings.ContainsAny(name, "/\\") || strings.HasSuffix(name, ".br") || strings.HasPrefix(name, ".") {
		return Asset{}, false
	}
	a := Asset{ContentType: contentType(name), Immutable: strings.Contains(name, "-")}
	var err error
	if a.Content, err = built.ReadFile("built/" + name); err != nil {
		return unbuilt(name)
	}
	a.Brotli, _ = built.ReadFile("built/" + name + ".br") // a twin is welcome and may be missing
	return a, true
}

// Built reports whether the widget was built into this binary.
func Built() bool {
	_, err := built.ReadFile("built/embed.js")
	return err == nil
}

// unbuilt answers for what a clean clone has.
func unbuilt(name string) (Asset, bool) {
	source := map[string]string{"embed.js": "placeholder.js", "tokens.css": "tokens.css"}[name]
	content, err := sources.ReadFile(source)
	return Asset{Content: content, ContentType: contentType(name)}, err == nil
}

// contentType is decided here and not by the machine's own table, because browsers refuse WebAssembly of another type.
func contentType(name string) string {
	switch name[strings.LastIndexByte(name, '.')+1:] {
	case "js":
		return "text/javascript; charset=utf-8"
	case "css":
		return "text/css; charset=utf-8"
	case "wasm":
		return "application/wasm"
	case "txt":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}
