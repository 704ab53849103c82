package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath string
	Imports    []string
}

// list runs `go list` with the environment's changes.
func list(t *testing.T, env []string, args ...string) []listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-tags=nodynamic", "-json=ImportPath,Imports"}, args...)...)
	cmd.Dir = "../.."
	cmd.Env = append(cmd.Environ(), env...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// arrows are the imports that the design allows among our own packages: a path prefix and what lies below it may import
// those prefixes. The longest prefix that fits a package counts. A driver sees its contract alone.
var arrows = map[string][]string{
	"cmd/fanfare":                  {""}, // wires everything
	"cmd/fanbench":                 {""}, // free
	"cmd/widget":                   {"widget"},
	"server/contest":               {},
	"server/fan":                   {},
	"server/kpi":                   {"server/contest"},
	"server/outbound":              {},
	"server/partner":               {"server/contest", "server/kpi"},
	"server/outbound/smtptest":     {},
	"server/rank":                  {},
	"server/likeness":              {},
	"server/ledger":                {"server/contest"},
	"server/bus":                   {},
	"server/bus/membus":            {"server/bus"},
	"server/bus/natsbus":           {"server/bus"},
	"server/bus/bustest":           {"server/bus"},
	"server/throttle":              {"server/bus"},
	"server/standing":              {"server/rank", "server/contest", "server/bus"},
	"server/standing/standingtest": {"server/standing", "server/contest", "server/bus/membus"},
	"server/sheet":                 {},
	"server/store":                 {"server/contest", "server/kpi", "server/partner"},
	"server/store/pgtest":          {},
	"server/store/storetest":       {"server/job", "server/store", "server/contest", "server/kpi", "server/partner"},
	"server/job":                   {"server/contest"},
	"server/access":                {"server/contest", "server/kpi"},
	"server/access/issuertest":     {},
	"server/app":                   {"server/app", "server/contest", "server/kpi", "server/partner", "server/ledger", "server/fan", "server/sheet", "server/outbound", "server/store", "server/job", "server/standing", "server/access", "server/likeness", "media", "search"},
	"server/live":                  {"server/standing", "server/contest", "server/bus", "widget/wire"},
	"server/page":                  {"server/contest", "server/kpi", "server/partner"},
	"server/report":                {"server/app", "server/contest", "server/kpi", "server/page", "server/partner", "server/sheet", "server/store"},
	"server/report/archive":        {"server/app", "server/contest", "server/ledger", "server/page", "server/partner", "server/report", "server/store", "media/blob"},
	"server/web":                   {"server/app", "server/access", "server/ledger", "server/page", "server/report", "server/standing", "server/store", "server/contest", "server/kpi", "server/partner", "server/fan", "media"},
	"server/console":               {"server/app", "server/access", "server/page", "server/report", "server/standing", "server/store", "server/contest", "server/kpi", "server/partner", "server/sheet"},
	"server/demo":                  {"server/contest", "server/kpi", "server/demo"},
	"widget":                       {"widget"},
	"media":                        {"media"},
	"media/blob":                   {},
	"media/blob/dirblob":           {"media/blob"},
	"media/blob/s3blob":            {"media/blob"},
	"media/blob/blobtest":          {"media/blob"},
	"search":                       {},
	"search/localindex":            {"search"},
	"search/meiliindex":            {"search"},
	"search/searchtest":            {"search"},
}

func TestPackagesImportOnlyAlongTheDesignsArrows(t *testing.T) {
	for _, p := range list(t, nil, "./...") {
		path := strings.TrimPrefix(p.ImportPath, "fanfare/")
		rule, ok := longest(path)
		if !ok {
			t.Errorf("%s has no arrow: a new room of the tree needs a line here", path)
			continue
		}
		for _, imported := range p.Imports {
			to, ours := strings.CutPrefix(imported, "fanfare/")
			if ours && !slices.ContainsFunc(arrows[rule], func(prefix string) bool { return below(to, prefix) }) {
				t.Errorf("%s imports %s, which no arrow allows", path, to)
			}
		}
	}
}

// longest returns the longest rule whose prefix fits the path.
func longest(path string) (rule string, ok bool) {
	for prefix := range arrows {
		if below(path, prefix) && (!ok || len(prefix) > len(rule)) {
			rule, ok = prefix, true
		}
	}
	return rule, ok
}

func below(path, prefix string) bool {
	return prefix == "" || path == prefix || strings.HasPrefix(path, prefix+"/")
}

// homes say which subtree a third-party module belongs to. Tests and cmd/fanbench are free.
var homes = map[string][]string{
	"github.com/go-chi/chi":               {"server/web"},
	"github.com/go-chi/httprate":          {"server/web"},
	"github.com/danielgtaylor/huma":       {"server/web"},
	"github.com/andybalholm/brotli":       {"server/web"},
	"github.com/gorilla/websocket":        {"server/live"},
	"github.com/disintegration/imaging":   {"media"},
	"github.com/bep/imagemeta":            {"media"},
	"github.com/gen2brain/heic":           {"media/heic"},
	"golang.org/x/mod":                    {"server/ledger"},
	"golang.org/x/sync":                   {"media"},
	"golang.org/x/image":                  {"media"},
	"modernc.org/sqlite":                  {"cmd/fanfare", "server/store/storetest"}, // the suite opens real databases
	"github.com/pressly/goose":            {"server/store"},
	"github.com/jackc/pgx":                {"server/store"},
	"github.com/minio/minio-go":           {"media/blob/s3blob"},
	"github.com/meilisearch":              {"search/meiliindex"},
	"github.com/nats-io/nats.go":          {"server/bus/natsbus"},
	"github.com/golang-jwt/jwt":           {"server/access"},
	"github.com/go-webauthn":              {"server/access"},
	"github.com/coreos/go-oidc":           {"server/access"},
	"golang.org/x/oauth2":                 {"server/access"},
	"github.com/gorilla/feeds":            {"server/page"},
	"github.com/pquerna/otp":              {"server/access"},
	"github.com/axiomhq/hyperloglog":      {"server/app/events"},
	"github.com/xuri/excelize":            {"server/sheet"},
	"rsc.io/qr":                           {"server/page"},
	"github.com/standard-webhooks":        {"server/app/orders", "server/outbound"},
	"github.com/wneessen/go-mail":         {"server/outbound"},
	"golang.org/x/net":                    {"server/fan"},
	"golang.org/x/crypto":                 {"server/access"},
	"github.com/prometheus/client_golang": {"cmd/fanfare"},
	"golang.org/x/text":                   {"server/contest", "search", "server/sheet"}, // NFKC: one key for what looks alike; GB 18030
}

func TestEachThirdPartyModuleBelongsToOneSubtree(t *testing.T) {
	used := map[string]bool{}
	for _, p := range list(t, nil, "./...") {
		path := strings.TrimPrefix(p.ImportPath, "fanfare/")
		if below(path, "cmd/fanbench") {
			continue
		}
		for _, imported := range p.Imports {
			first, _, _ := strings.Cut(imported, "/")
			if first == "fanfare" || !strings.Contains(first, ".") {
				continue
			}
			module := ""
			for m := range homes {
				if below(imported, m) {
					module = m
				}
			}
			used[module] = true
			if !slices.ContainsFunc(homes[module], func(home string) bool { return below(path, home) }) && !testPackage(path) {
				t.Errorf("%s imports %s, which belongs to %v", path, imported, homes[module])
			}
		}
	}
	for m := range homes {
		if !used[m] {
			t.Errorf("nothing imports %s any more: take its line out", m)
		}
	}
}

// testPackage reports whether a package only serves tests: its name ends so.
func testPackage(path string) bool { return strings.HasSuffix(path, "test") }

// heavy are standard packages that are measured at 10 KB to 8 MB each in the widget's download.
var heavy = []string{"fmt", "encoding", "reflect", "time", "context", "net", "strings", "bytes", "sort", "os", "log", "regexp", "bufio"}

func TestTheWidgetDownloadsNoHeavyPackage(t *testing.T) {
	// With all that its imports import: a light package of the standard library may lead to a heavy one.
	for _, p := range list(t, []string{"GOOS=js", "GOARCH=wasm"}, "-deps", "./cmd/widget") {
		if slices.ContainsFunc(heavy, func(prefix string) bool { return below(p.ImportPath, prefix) }) {
			t.Errorf("the widget downloads %s", p.ImportPath)
		}
	}
}
