package main

import (
	"errors"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"fanfare/server/contest"
)

// said runs a command that names nothing in the environment, and returns what it prints.
func said(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out strings.Builder
	err := run(t.Context(), args, func(string) string { return "" }, nil, &out)
	return out.String(), err
}

func TestACommandSaysWhatItLacksAndHowItIsWritten(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"archive", "CAMPAIGN and DIR are missing. They come before the flags:\n\n  fanfare archive CAMPAIGN DIR  "},
		{"archive ca_1", "DIR is missing. It comes before the flags:\n\n  fanfare archive CAMPAIGN DIR  "},
		{"archive ca_1 --verbose", "DIR is missing."},
		{"backup", "DIR is missing. It comes before the flags:\n\n  fanfare backup DIR  "},
		{"rotate-secret", "SITE is missing. It comes before the flags:\n\n  fanfare rotate-secret SITE  "},
	} {
		got, err := said(t, strings.Fields(c.args)...)
		if !errors.Is(err, errUsage) || !strings.HasPrefix(got, c.want) || strings.Count(got, "  fanfare ") != 1 {
			t.Errorf("fanfare %s: %v\n%s\nwant %q", c.args, err, got, c.want)
		}
	}
}

func TestAnArchiveOfNoCampaignNamesThoseThereAre(t *testing.T) {
	data, folder := t.TempDir(), filepath.Join(t.TempDir(), "season")
	c, err := parseConfig([]string{"--data", data}, func(string) string { return "" }, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	inside := func(do func(*application) error) {
		if err := with(t.Context(), c, c.log, func(_ *backends, app *application) error { return do(app) }); err != nil {
			t.Fatal(err)
		}
	}
	archive := func() string {
		_, err := said(t, "archive", "Night", folder, "--data", data)
		if err == nil {
			t.Fatal("there is an archive")
		}
		return err.Error()
	}
	inside(func(*application) error { return nil })
	if got := archive(); !strings.HasPrefix(got, `there is no campaign "Night", nor any other: `) {
		t.Errorf("of an empty installation: %s", got)
	}
	var id contest.CampaignID
	inside(func(app *application) error {
		made, err := app.campaigns.CreateCampaign(t.Context(), "", contest.Text{ZH: "夜", EN: "Night"})
		id = made.ID
		return err
	})
	want := "there is no campaign \"Night\". Give one of these identifiers:\n  " + string(id) + "  Night"
	if got := archive(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTheVersionIsPrinted(t *testing.T) {
	for _, form := range []string{"version", "--version"} {
		if got, err := said(t, form); err != nil || !strings.HasPrefix(got, "fanfare") || !strings.Contains(got, runtime.Version()) || strings.Count(got, "\n") != 1 {
			t.Errorf("fanfare %s: %v, %q", form, err, got)
		}
	}
	if got, _ := said(t, "help"); !strings.Contains(got, "  fanfare version ") {
		t.Error("usage does not name it")
	}
	built := &debug.BuildInfo{Main: debug.Module{Version: "v1.2.0"}, Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "47e2f98"}, {Key: "vcs.time", Value: "2026-11-23T01:26:00Z"}, {Key: "vcs.modified", Value: "true"},
	}}
	if got, want := versionOf(built), "fanfare v1.2.0, commit 47e2f98 of 2026-11-23T01:26:00Z with changes"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := versionOf(&debug.BuildInfo{}); got != "fanfare" {
		t.Errorf("where nothing was noted: %q", got)
	}
}
