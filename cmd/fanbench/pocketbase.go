package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"fanfare/cmd/fanbench/load"
	"fanfare/cmd/fanbench/process"
)

// pocketBaseModule is PocketBase's own program, which runs migrations and hooks in JavaScript.
const (
	pocketBaseModule  = "github.com/pocketbase/pocketbase/examples/base"
	pocketBaseVersion = "v0.39.0"
)

// pocketBaseMigration makes the collection of votes, into which anybody may insert: no session is looked at, which is in
// PocketBase's favour.
const pocketBaseMigration = `migrate((app) => {
	app.save(new Collection({
		type: "base", name: "votes", createRule: "", listRule: "",
		fields: ["challenge", "period", "voter", "entry"].map((name) => ({ name, type: "text", required: true })),
		indexes: ["CREATE UNIQUE INDEX once ON votes (challenge, period, voter, entry)"],
	}))
})
`

// pocketBaseHook has SQLite wait for the disk at each commit, where PocketBase's own setting loses the newest commits in a
// power cut. Writes have one connection.
const pocketBaseHook = `onBootstrap((e) => {
	e.next()
	e.app.nonconcurrentDB().newQuery("PRAGMA synchronous = FULL").execute()
})
routerAdd("GET", "/synchronous", (e) => {
	const row = new DynamicModel({ synchronous: 0 })
	e.app.nonconcurrentDB().newQuery("PRAGMA synchronous").one(row)
	return e.json(200, row)
})
`

// full is what "PRAGMA synchronous" answers where each commit waits for the disk.
const full = 2

// pocketBase makes PocketBase with a collection of votes.
func (v *voting) pocketBase(ctx context.Context, folder string, progress io.Writer) (target, error) {
	path, err := buildPocketBase(ctx, progress)
	if err != nil {
		return target{}, err
	}
	hooks, migrations := filepath.Join(folder, "hooks"), filepath.Join(folder, "migrations")
	err = errors.Join(os.Mkdir(hooks, 0o700), os.Mkdir(migrations, 0o700),
		os.WriteFile(filepath.Join(hooks, "main.pb.js"), []byte(pocketBaseHook), 0o600),
		os.WriteFile(filepath.Join(migrations, "1700000000_votes.js"), []byte(pocketBaseMigration), 0o600))
	args := []string{
		"serve", "--http", "{addr}", "--dir", "{data}", "--hooksDir", hooks, "--migrationsDir", migrations,
		"--hooksWatch=false", "--automigrate=false",
		"--dev=false", // which it would turn on below a temporary folder, and print each statement
	}
	return target{name: "pocketbase", spec: process.Spec{Path: path, Args: args, Ready: "/synchronous"}, measure: v.measurePocketBase}, err
}

// buildPocketBase builds PocketBase where it was not built before, and returns its path.
func buildPocketBase(ctx context.Context, progress io.Writer) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find folder of caches: %w", err)
	}
	path := filepath.Join(cache, "fanfare-tools", "pocketbase-"+pocketBaseVersion)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	fmt.Fprintln(progress, "pocketbase: building", pocketBaseVersion)
	fresh := path + ".new"
	defer os.RemoveAll(fresh) //nolint:errcheck // what is left is built over
	cmd := exec.CommandContext(ctx, "go", "install", pocketBaseModule+"@"+pocketBaseVersion)
	cmd.Env = append(os.Environ(), "GOBIN="+fresh, "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build PocketBase: %w: %s", err, out)
	}
	return path, os.Rename(filepath.Join(fresh, "base"), path)
}

func (v *voting) measurePocketBase(ctx context.Context, p *process.Process) (figures, error) {
	client := load.NewClient(p.URL, v.concurrency)
	defer client.Close()
	if mode, err := client.Synchronous(ctx); err != nil || mode != full {
		return nil, fmt.Errorf("PocketBase writes with synchronous=%d, %w", mode, err)
	}
	f, err := v.cost(p, func() (load.Latencies, error) {
		return v.poll(plainEntries()).Cast(ctx, v.voters, func(ctx context.Context, voter int, entry string) error {
			return client.Insert(ctx, load.Record{Challenge: load.Challenge, Period: "2026-11-22", Voter: voterName(voter), Entry: entry})
		})
	})
	if err != nil {
		return nil, err
	}
	if n, err := client.Records(ctx); err != nil || n != v.voters*v.votes {
		return nil, fmt.Errorf("PocketBase has %d records of %d votes, %w", n, v.voters*v.votes, err)
	}
	return f, nil
}

// voterName is as long as the name of a voter in Fanfare's log.
func voterName(voter int) string { return fmt.Sprintf("%032x", voter) }

// plainEntries names as many entries as Fanfare's demo challenge has.
func plainEntries() (entries []string) {
	for n := range demoEntries {
		entries = append(entries, fmt.Sprintf("e_%013d", n+1))
	}
	return entries
}
