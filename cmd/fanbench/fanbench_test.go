package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"fanfare/cmd/fanbench/textbook"
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
	if args[0] != "serve" {
		return run(ctx, args, os.Stdout, os.Stderr)
	}
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	addr, data := flags.String("addr", "", ""), flags.String("data", "", "")
	flags.String("public-url", "", "")
	flags.String("metrics-addr", "", "")
	flags.Bool("demo", false, "")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	return textbook.Serve(ctx, *addr, *data)
}

func TestABenchReportsMediansAndRatiosAsItsLastLine(t *testing.T) {
	if testing.Short() {
		t.Skip("runs three rounds of each bench; run without -short")
	}
	for name, args := range map[string][]string{
		"votes": {"votes", "--reference", "naive", "--voters", "20", "--votes", "5"},
		"live":  {"live", "--reference", "gorilla", "--sockets", "30", "--changes", "20", "--seconds", "1", "--settle", "0s"},
	} {
		t.Run(name, func(t *testing.T) {
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
		{"vote"}, {"votes", "--reference", "gorilla"}, {"live", "--sockets", "0"}, {"votes", "more"}, {"reference"},
	} {
		if err := run(context.Background(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v: got no error", args)
		}
	}
}
