package dom

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fanfare/widget/markup"
)

// Operations and kinds are numbers in two languages. Their order in abi.go and tree.go is what bridge.js counts by.

func source(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func names(text, pattern string) []string {
	var found []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, strings.ToLower(m[1]))
	}
	return found
}

func between(t *testing.T, text, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, from)
	inside, _, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatalf("no text between %q and %q", from, to)
	}
	return inside
}

func TestBothHalvesCountTheSameOperations(t *testing.T) {
	abi, bridge := source(t, "abi.go"), source(t, "bridge.js")
	ops := names(abi, `(?m)^\top([A-Z]\w+)`)
	methods := names(between(t, bridge, "const OPERATIONS = [", "]"), `"(\w+)"`)
	for i, m := range methods {
		methods[i] = strings.TrimSuffix(m, "host") // tellHost, because Bridge.tell would be another thing
	}
	if !slices.Equal(ops, methods) {
		t.Errorf("operations: abi.go has %v, bridge.js has %v", ops, methods)
	}
	for _, name := range names(between(t, bridge, "const OPERATIONS = [", "]"), `"(\w+)"`) {
		if !regexp.MustCompile(`(?mi)^  ` + name + `\(`).MatchString(bridge) {
			t.Errorf("bridge.js has no method %s", name)
		}
	}
}

func TestBothHalvesCountTheSameKinds(t *testing.T) {
	told := names(source(t, "abi.go"), `(?m)^\ttold([A-Z]\w+)`)
	kinds := names(between(t, source(t, "bridge.js"), "as in abi.go.\nconst ", ";"), `(\w+) = \d`)
	if !slices.Equal(told, kinds) {
		t.Errorf("kinds: abi.go has %v, bridge.js has %v", told, kinds)
	}
}

func TestPackingKnowsTheEditWithoutTexts(t *testing.T) {
	if want := "const INSERT = " + strconv.Itoa(int(markup.Insert)) + ";"; !strings.Contains(source(t, "packing.js"), want) {
		t.Errorf("packing.js lacks %q", want)
	}
}

func TestBothHalvesCountTheSameEdits(t *testing.T) {
	bridge := between(t, source(t, "bridge.js"), "// Operations of markup.Op.\nconst ", ";")
	for name, op := range map[string]markup.Op{
		"CREATE": markup.CreateElement, "TEXT": markup.CreateText, "SET_TEXT": markup.SetText, "SET_ATTR": markup.SetAttr,
		"REMOVE_ATTR": markup.RemoveAttr, "SET_STYLE": markup.SetStyle, "SET_VALUE": markup.SetValue,
		"SET_CHECKED": markup.SetChecked, "INSERT": markup.Insert, "REMOVE": markup.Remove, "FORGET": markup.Forget,
	} {
		if !regexp.MustCompile(`(^|[ \n])` + name + ` = ` + strconv.Itoa(int(op)) + `(,|$)`).MatchString(bridge) {
			t.Errorf("%s is %d in Go and not in bridge.js: %s", name, op, bridge)
		}
	}
}

// heavy are packages that would cost phones 10 KB to 8 MB each; syscall/js is 20 KB, and dom does without it.
var heavy = []string{"fmt", "encoding", "reflect", "time", "context", "net", "strings", "bytes", "sort", "slices", "math", "os", "regexp", "syscall/js"}

func TestPhonesDownloadNoHeavyPackage(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "fanfare/cmd/widget")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, dep := range strings.Fields(string(out)) {
		if slices.ContainsFunc(heavy, func(h string) bool { return dep == h || strings.HasPrefix(dep, h+"/") }) && dep != "math/bits" {
			t.Errorf("the widget imports %s", dep)
		}
	}
}
