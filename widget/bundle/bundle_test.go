package bundle

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"
)

func TestOpenAnswersOnlyForFilesOfTheBundle(t *testing.T) {
	for _, name := range []string{"", ".", ".keep", "..", "../bundle.go", "built", "built/embed.js", "embed.js.br", "nothing.js", `..\bundle.go`} {
		if a, ok := Open(name); ok {
			t.Errorf("%q: got %d bytes, want nothing", name, len(a.Content))
		}
	}
}

func TestLoaderAndTokensAreThereInACleanCloneToo(t *testing.T) {
	for _, name := range []string{"embed.js", "tokens.css"} {
		a, ok := Open(name)
		if !ok || len(a.Content) == 0 {
			t.Fatalf("%s: not there", name)
		}
		if a.Immutable {
			t.Errorf("%s may be kept for ever although its name stays", name)
		}
		if fallback, ok := unbuilt(name); !ok || len(fallback.Content) == 0 {
			t.Errorf("%s: nothing stands in for it", name)
		}
	}
	placeholder, _ := unbuilt("embed.js")
	for _, want := range []string{"fanfare-challenge", "make build"} {
		if !strings.Contains(string(placeholder.Content), want) {
			t.Errorf("the placeholder does not say %q", want)
		}
	}
}

func TestEveryBuiltFileHasItsTypeAndASmallerTwin(t *testing.T) {
	if !Built() {
		t.Skip("the widget is not built; build.mjs builds it")
	}
	names, err := fs.Glob(built, "built/*")
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, name := range names {
		name = strings.TrimPrefix(name, "built/")
		if strings.HasSuffix(name, ".br") || name == ".keep" {
			continue
		}
		a, ok := Open(name)
		if !ok || a.ContentType == "application/octet-stream" {
			t.Errorf("%s: got %q, %v", name, a.ContentType, ok)
			continue
		}
		kinds[a.ContentType] = true
		if len(a.Brotli) == 0 || len(a.Brotli) >= len(a.Content) {
			t.Errorf("%s: %d bytes, compressed %d", name, len(a.Content), len(a.Brotli))
		}
	}
	if !kinds["application/wasm"] {
		t.Error("no WebAssembly was built")
	}
}

func TestBuiltLoaderNamesFilesThatAreThere(t *testing.T) {
	if !Built() {
		t.Skip("the widget is not built; build.mjs builds it")
	}
	loader, _ := Open("embed.js")
	asked := bytes.Clone(loader.Content) // by the loader, or by what it loads
	names, err := fs.Glob(built, "built/*-*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasPrefix(name, "built/core-") && strings.HasSuffix(name, ".js") {
			core, _ := Open(strings.TrimPrefix(name, "built/"))
			asked = append(asked, core.Content...)
		}
	}
	found := 0
	for _, name := range names {
		name = strings.TrimPrefix(name, "built/")
		if strings.HasSuffix(name, ".br") {
			continue
		}
		if !bytes.Contains(asked, []byte(name+`"`)) {
			t.Errorf("%s is built and never asked for", name)
		}
		if a, _ := Open(name); !a.Immutable {
			t.Errorf("%s has a hashed name and may not be kept", name)
		}
		found++
	}
	if found != 5 { // core, wasm, the check of receipts, sentences in two languages
		t.Errorf("hashed files: got %d, want 5", found)
	}
}

func TestPhonesDownloadFunctionNamesAndNoLines(t *testing.T) {
	if !Built() {
		t.Skip("the widget is not built; build.mjs builds it")
	}
	names, err := fs.Glob(built, "built/board-*.wasm")
	if err != nil || len(names) != 1 {
		t.Fatalf("got %v, %v; want one module", names, err)
	}
	module, _ := Open(strings.TrimPrefix(names[0], "built/"))
	for part, want := range map[string]bool{"fanfare/widget/panel.New": true, "fanfare/widget/panel/panel.go": false} {
		if got := bytes.Contains(module.Content, []byte(part)); got != want {
			t.Errorf("the module holds %q: got %v, want %v", part, got, want)
		}
	}
}
