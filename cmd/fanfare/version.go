package main

import (
	"runtime"
	"runtime/debug"
)

// version says of which source this program is, and by what it was built.
func version() string {
	info, known := debug.ReadBuildInfo()
	if !known {
		info = &debug.BuildInfo{}
	}
	return versionOf(info) + ", " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
}

// versionOf reads what the build noted: the module's version, and where it was built in a repository, the commit.
func versionOf(info *debug.BuildInfo) string {
	said, noted := "fanfare", map[string]string{}
	if info.Main.Version != "" {
		said += " " + info.Main.Version
	}
	for _, s := range info.Settings {
		noted[s.Key] = s.Value
	}
	if noted["vcs.revision"] == "" {
		return said
	}
	said += ", commit " + noted["vcs.revision"] + " of " + noted["vcs.time"]
	if noted["vcs.modified"] == "true" {
		said += " with changes"
	}
	return said
}
