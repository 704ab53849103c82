package main

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

func TestConfig(t *testing.T) {
	cases := []struct {
		claim string
		args  []string
		env   map[string]string
		want  func(config) bool
		fails string
	}{
		{"everything lies in one folder by default", nil, nil, func(c config) bool {
			return c.db == "sqlite:fanfare-data/fanfare.db" && c.media == "dir:fanfare-data/media" && c.search == "local:fanfare-data/index.db" && c.bus == "mem:"
		}, ""},
		{"the folder moves with --data", []string{"--data", "/x"}, nil, func(c config) bool { return c.db == "sqlite:/x/fanfare.db" }, ""},
		{"a variable sets what no flag sets", nil, map[string]string{"FANFARE_ADDR": ":9"}, func(c config) bool { return c.addr == ":9" && c.addrChosen }, ""},
		{"a flag wins over its variable", []string{"--addr", ":7"}, map[string]string{"FANFARE_ADDR": ":9"}, func(c config) bool { return c.addr == ":7" }, ""},
		{"a public URL is kept without its slash", []string{"--public-url", "https://f.example/"}, nil, func(c config) bool { return c.public.String() == "https://f.example" && c.chosen }, ""},
		{"a public URL is written as browsers write origins", []string{"--public-url", "https://F.Example:443"}, nil, func(c config) bool { return c.public.String() == "https://f.example" }, ""},
		{"a public URL with a query is refused", []string{"--public-url", "https://f.example?x=1"}, nil, nil, "--public-url"},
		{"a public URL with a path is refused", []string{"--public-url", "https://f.example/x"}, nil, nil, "--public-url"},
		{"photos may have an origin of their own", []string{"--media-url", "https://Photos.Example:443/"}, nil, func(c config) bool { return c.photosAt() == "https://photos.example" }, ""},
		{"photos need no origin of their own", nil, nil, func(c config) bool { return c.photosAt() == "" }, ""},
		{"a host of their own is another one", []string{"--public-url", "https://f.example", "--media-url", "https://F.example"}, nil, nil, "--media-url"},
		{"a media URL with a path is refused", []string{"--media-url", "https://photos.example/m"}, nil, nil, "--media-url"},
		{"proxies are addresses and networks", []string{"--trusted-proxies", "127.0.0.1, 10.0.0.0/8"}, nil, func(c config) bool { return len(c.proxies) == 2 }, ""},
		{"a proxy that is neither is refused", []string{"--trusted-proxies", "gateway"}, nil, nil, "--trusted-proxies"},
		{"limits are on or off", []string{"--rate-limits", "maybe"}, nil, nil, "--rate-limits"},
		{"the delay of a drain is bounded", []string{"--drain-delay", "1m"}, nil, nil, "--drain-delay"},
		{"the delay of a drain is a duration", nil, map[string]string{"FANFARE_DRAIN_DELAY": "5s"}, func(c config) bool { return c.drainDelay == 5*time.Second }, ""},
		{"words after the flags are refused", []string{"now"}, nil, nil, "unexpected"},
	}
	for _, c := range cases {
		t.Run(c.claim, func(t *testing.T) {
			got, err := parseConfig(c.args, func(key string) string { return c.env[key] }, io.Discard)
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Errorf("got %v, want an error about %s", err, c.fails)
				}
				return
			}
			if err != nil || !c.want(got) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestAnUnknownSchemeListsTheValidOnes(t *testing.T) {
	for _, args := range [][]string{{"--db", "mysql:x"}, {"--media", "ftp:x"}, {"--search", "solr:x"}, {"--bus", "kafka:x"}} {
		c, err := parseConfig(append(args, "--data", t.TempDir()), func(string) string { return "" }, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		b, err := open(t.Context(), c)
		if err == nil {
			b.close()
			t.Errorf("%v: no error", args)
		} else if !strings.Contains(err.Error(), args[0]) || !strings.Contains(err.Error(), "valid schemes are") {
			t.Errorf("%v: got %q", args, err)
		}
	}
}

func TestABusyPortIsAnsweredByTheNextFreeOneOnlyWhereNoneWasChosen(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	if l, err := listen(busy.Addr().String(), false); err == nil {
		l.Close()
		t.Error("a chosen port that is busy was replaced")
	}
	l, err := listen(busy.Addr().String(), true)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if l.Addr().String() == busy.Addr().String() {
		t.Error("the busy port was taken twice")
	}
}

func TestHelpListsTheFlagsAndFailsNothing(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), []string{"serve", "-h"}, func(string) string { return "" }, nil, &out); err != nil || !strings.Contains(out.String(), "-public-url") {
		t.Errorf("got %v and %q", err, out.String())
	}
}
