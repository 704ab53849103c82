package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"fanfare/server/app/upkeep"
)

// errNothing says that a copy has no target.
var errNothing = errors.New("nothing to copy: name a target with --to-db, --to-media, --to-search or --to-data")

// copying is what fanfare copy was told: two sets of backends. Where the target names none, it has the source's, and
// that part is not copied.
type copying struct {
	from, to            config
	data, media, search bool // what is copied
	ahead               bool // photos while the server runs
}

// side are the flags of one side of a copy.
type side struct{ data, db, media, search, secrets string }

// parseCopy reads the flags of fanfare copy. The source is what is configured, unless flags say otherwise.
func parseCopy(args []string, env func(string) string, out io.Writer) (c copying, err error) {
	var from, to side
	flags := flag.NewFlagSet("fanfare copy", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&from.data, "from-data", "", "data folder to copy from; by default what is configured ($FANFARE_DATA)")
	flags.StringVar(&from.db, "from-db", "", "database to copy from; by default what is configured ($FANFARE_DB)")
	flags.StringVar(&from.media, "from-media", "", "photos to copy from; by default what is configured ($FANFARE_MEDIA)")
	flags.StringVar(&from.secrets, "from-secrets", "", "file of the source's secrets; by default what is configured ($FANFARE_SECRETS)")
	flags.StringVar(&to.data, "to-data", "", "data folder to copy everything into that has no flag of its own")
	flags.StringVar(&to.db, "to-db", "", "database to copy to: sqlite:FILE or postgres://USER@HOST:PORT/NAME")
	flags.StringVar(&to.media, "to-media", "", "where photos go: dir:FOLDER or s3://HOST:PORT/BUCKET")
	flags.StringVar(&to.search, "to-search", "", "search index to fill from the database: local:FILE or meilisearch://HOST:PORT")
	flags.StringVar(&to.secrets, "to-secrets", "", "file of the target's secrets; by default the source's")
	flags.BoolVar(&c.ahead, "ahead", false, "copy photos while the server runs, so that the copy with the server stopped has little left to do")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return c, err
		}
		return c, errUsage
	}
	if flags.NArg() > 0 {
		return c, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if c.from, err = from.config(env, out); err != nil {
		return c, err
	}
	if to.data != "" {
		to = to.within(to.data)
	}
	c.data, c.media, c.search = to.db != "", to.media != "", to.search != ""
	switch {
	case !c.data && !c.media && !c.search:
		return c, errNothing
	case c.ahead && (c.data || c.search || !c.media):
		return c, errors.New("--ahead copies photos alone: name --to-media and no other target")
	}
	c.to, err = to.or(side{c.from.data, c.from.db, c.from.media, c.from.search, or(from.secrets, env("FANFARE_SECRETS"))}).config(onlySecrets(env), out)
	if err == nil && (c.data && c.to.db == c.from.db || c.media && c.to.media == c.from.media) {
		err = errors.New("the source and the target are the same")
	}
	return c, err
}

func or(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

// or fills in what the side does not name.
func (s side) or(other side) side {
	return side{or(s.data, other.data), or(s.db, other.db), or(s.media, other.media), or(s.search, other.search), or(s.secrets, other.secrets)}
}

// within fills in the places of a data folder.
func (s side) within(folder string) side {
	return s.or(side{db: "sqlite:" + filepath.Join(folder, "fanfare.db"), media: "dir:" + filepath.Join(folder, "media"), search: "local:" + filepath.Join(folder, "index.db")})
}

// config is the side as if a server were configured so.
func (s side) config(env func(string) string, out io.Writer) (config, error) {
	var args []string
	for _, f := range [][2]string{{"--data", s.data}, {"--db", s.db}, {"--media", s.media}, {"--search", s.search}, {"--secrets", s.secrets}} {
		if f[1] != "" {
			args = append(args, f[0], f[1])
		}
	}
	return parseConfig(args, env, out)
}

// onlySecrets hides from the target whatever of the environment names the source.
func onlySecrets(env func(string) string) func(string) string {
	return func(name string) string {
		if slices.Contains(secretNames, name) {
			return env(name)
		}
		return ""
	}
}

// copyInstallation copies to the target what it has of its own, and compares afterwards. Neither may be served.
func copyInstallation(ctx context.Context, c copying, out io.Writer) (err error) {
	if err := c.from.mustExist(); err != nil {
		return err
	}
	release, err := c.hold(ctx)
	defer func() { err = errors.Join(err, release()) }()
	if err != nil {
		return err
	}
	from, err := openKept(ctx, c.from, (*backends).openExisting)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.close()) }()
	if err := sameSchema(ctx, from.Store); err != nil { // the source stays as it is
		return err
	}
	return with(ctx, c.to, c.to.log, func(b *backends, app *application) error {
		if err := b.readyMedia(ctx); err != nil {
			return err
		}
		return c.fill(ctx, from.Installation, upkeep.Installation{Store: app.store, Bucket: b.bucket}, app, out)
	})
}

// hold keeps from being served what nobody may write to meanwhile. Release is to be called also after an error.
func (c copying) hold(ctx context.Context) (release func() error, err error) {
	var sides []config
	if !c.ahead {
		sides = append(sides, c.from)
	}
	if c.data {
		sides = append(sides, c.to)
	}
	var releases []func() error
	release = func() (err error) {
		for _, r := range releases {
			err = errors.Join(err, r())
		}
		return err
	}
	for _, side := range sides {
		r, err := lockAlone(ctx, side)
		if err != nil {
			return release, fmt.Errorf("%s: %w", side.db, err)
		}
		releases = append(releases, r)
	}
	return release, nil
}

// fill copies part by part.
func (c copying) fill(ctx context.Context, from, to upkeep.Installation, app *application, out io.Writer) error {
	var carried upkeep.Carried
	if c.data {
		if err := upkeep.CopyData(ctx, from.Store, to.Store, sayTo(out)); err != nil {
			return fmt.Errorf("copy to %s: %w", c.to.db, err)
		}
	}
	if c.media {
		var err error
		if carried, err = upkeep.CopyMedia(ctx, from.Store, from.Bucket, to.Bucket, sayTo(out)); err != nil {
			return fmt.Errorf("copy to %s: %w", c.to.media, err)
		}
	}
	if c.search {
		if err := fillIndex(ctx, app, out); err != nil {
			return fmt.Errorf("fill %s: %w", c.to.search, err)
		}
	}
	if c.ahead {
		fmt.Fprintln(out, "Copied ahead. Stop the server and copy again, without --ahead: what is there already is only compared.")
		return nil // what was missing may have been withdrawn meanwhile
	}
	fmt.Fprintf(out, "Copied and compared. Serve it with: fanfare serve --db '%s' --media '%s' --search '%s'\n", c.to.db, c.to.media, c.to.search)
	return whole(carried)
}
