package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"fanfare/cmd/fanbench/picture"
	"fanfare/cmd/fanbench/textbook"
	"fanfare/media"
	"fanfare/media/pipeline"
)

// TestMain lets the test's own program be the servers that it measures: the reference, and in Fanfare's place the
// textbook server behind Fanfare's flags.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		err := server(ctx, os.Args[1:])
		stop()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func server(ctx context.Context, args []string) error {
	if args[0] == "render" {
		return media.ServeRender(os.Stdin, os.Stdout, pipeline.Render)
	}
	if args[0] != "serve" {
		return run(ctx, args, os.Stdout, os.Stderr)
	}
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	addr, data := flags.String("addr", "", ""), flags.String("data", "", "")
	flags.String("public-url", "", "")
	flags.String("metrics-addr", "", "")
	flags.String("trusted-proxies", "", "")
	flags.Bool("demo", false, "")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	return textbook.Serve(ctx, *addr, *data, textbook.Options{})
}

func TestABenchReportsMediansAndRatiosAsItsLastLine(t *testing.T) {
	if testing.Short() {
		t.Skip("runs three rounds of each bench; run without -short")
	}
	for name, args := range map[string][]string{
		"votes": {"votes", "--reference", "naive", "--voters", "20", "--votes", "5"},
		"redis": {"votes", "--reference", "redis", "--voters", "20", "--votes", "5"},
		"live":  {"live", "--reference", "gorilla", "--sockets", "30", "--changes", "20", "--seconds", "1", "--settle", "0s", "--entries", "12", "--votes", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath("redis-server"); err != nil && name == "redis" {
				t.Skip("redis-server is not installed: it is in the package of that name")
			}
			var out bytes.Buffer
			if err := run(context.Background(), append(args, "--fanfare", os.Args[0]), &out, io.Discard); err != nil {
				t.Fatal(err)
			}
			var report map[string]any
			if err := json.Unmarshal(out.Bytes(), &report); err != nil {
				t.Fatalf("%q: %v", out.String(), err)
			}
			for _, key := range []string{"ratio_cpu", "ratio_rss", "fanfare", args[2]} {
				if report[key] == nil {
					t.Errorf("the report lacks %s: %v", key, report)
				}
			}
		})
	}
}

func TestCapacityPrintsATableForEachGrowthAndTheFigures(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers; run without -short")
	}
	for _, name := range []string{"voters", "widgets"} { // not entries: what serves here has no database to enter them into
		var out bytes.Buffer
		args := []string{"capacity", "--only", name, "--smaller", "100000", "--settle", "0s", "--fanfare", os.Args[0]}
		if err := run(context.Background(), args, &out, io.Discard); err != nil {
			t.Fatal(err)
		}
		table, last, _ := strings.Cut(out.String(), "\n\n")
		var report map[string]any
		if err := json.Unmarshal([]byte(last), &report); err != nil {
			t.Fatalf("%q: %v", out.String(), err)
		}
		if sizes, _ := report[name].([]any); len(sizes) != 3 || strings.Count(table, "\n| 10 | ") != 3 {
			t.Errorf("%s: got %s, want three sizes in the table and among the figures", name, out.String())
		}
	}
}

func TestRenditionsAreMeasuredAndJudged(t *testing.T) {
	if testing.Short() {
		t.Skip("draws and renders photos for seconds; run without -short")
	}
	var out bytes.Buffer
	args := []string{"ingest", "--smaller", "10", "--repeats", "1", "--fanfare", os.Args[0]}
	if err := run(context.Background(), args, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	var report struct {
		Twelve  measured `json:"12 MP"`
		Process figures  `json:"process"`
	}
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatalf("%q: %v", out.String(), err)
	}
	if f := report.Twelve.Fanfare; f["latency_ms"] <= 0 || f["peak_kb"] <= 0 || report.Process["ready_ms"] <= 0 {
		t.Errorf("figures are missing: %s", out.String())
	}
	for _, name := range judged {
		if f := report.Twelve.Quality[name]; f["psnr_fanfare"] < 25 || f["ssim_fanfare"] < 0.9 {
			t.Errorf("%s: %s, want a picture like the exact one", name, f)
		}
	}
}

func TestVipsMakesTheSameRenditions(t *testing.T) {
	if _, err := exec.LookPath(vipsthumbnail); err != nil {
		t.Skip("vipsthumbnail is not installed: it is in the package libvips-tools")
	}
	folder := t.TempDir()
	k := kind{"a small one", 400, 300, true}
	photo := filepath.Join(folder, "photo.jpg")
	if _, err := (ingest{}).prepare(k, photo); err != nil {
		t.Fatal(err)
	}
	f, err := vips(t.Context(), k, photo, folder)
	if err != nil {
		t.Fatal(err)
	}
	if f["cpu_ms"] <= 0 {
		t.Errorf("got %s", f)
	}
	for name, want := range map[string]image.Point{"2048": {400, 300}, "1024": {400, 300}, "480": {400, 300}, "square": {160, 160}} {
		got, err := picture.Open(rendition(folder, "vips", name))
		if err != nil {
			t.Fatal(err)
		}
		if got.Rect.Size() != want {
			t.Errorf("%s: got %v, want %v", name, got.Rect.Size(), want)
		}
	}
}

func TestWithoutAReferenceThereAreNoRatios(t *testing.T) {
	report, err := trial{name: "votes"}.report(options{}, map[string][]figures{"fanfare": {{"p50_ms": 3}, {"p50_ms": 1}, {"p50_ms": 2}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, found := report["ratio_cpu"]; found {
		t.Errorf("got %v, want no ratio", report)
	}
	if got := report["fanfare"].(figures)["p50_ms"]; got != 2 {
		t.Errorf("got %v, want the median 2", got)
	}
}

func TestALoadTooSmallToMeasureIsAnError(t *testing.T) {
	one := map[string][]figures{"fanfare": {{"cpu": 1, "rss": 1}}, "naive": {{"cpu": 0, "rss": 1}}}
	if report, err := (trial{cpu: "cpu", rss: "rss"}).report(options{reference: "naive"}, one); err == nil {
		t.Errorf("got %v, want an error", report)
	}
}

func TestUnknownWordsAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{"vote"}, {"votes", "--reference", "gorilla"}, {"live", "--sockets", "0"}, {"live", "--stalled", "101"}, {"capacity", "--only", "rows"}, {"capacity", "--smaller", "0"}, {"votes", "more"}, {"reference"},
		{"ingest", "--reference", "naive"}, {"ingest", "--smaller", "0"}, {"ingest", "more"},
		{"restart", "--votes", "0"}, {"restart", "more"}, {"likeness", "--hashes", "0"}, {"likeness", "more"}, {"events", "--rate", "0"}, {"events", "--each", "101"}, {"events", "more"},
	} {
		if err := run(context.Background(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v: got no error", args)
		}
	}
}
