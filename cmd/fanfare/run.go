package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"

	"fanfare/media"
	"fanfare/media/pipeline"
)

// errUsage says that the command line was wrong and that the user has been told.
var errUsage = errors.New("usage")

const usage = `Fanfare: hashtag photo challenges with live boards.

  fanfare serve [flags]   serve an installation (fanfare serve -h lists the flags)
  fanfare admin [flags]   print a one-time link for a new administrator
  fanfare rebuild [flags] fill the search index anew from the database, with no server running
  fanfare render          render photos for the server; started by it
`

// run carries out one command.
func run(ctx context.Context, args []string, env func(string) string, in io.Reader, out io.Writer) error {
	command := ""
	if len(args) > 0 {
		command, args = args[0], args[1:]
	}
	switch command {
	case "serve":
		return withConfig(args, env, out, func(c config) error { return serve(ctx, c, out) })
	case "admin":
		return withConfig(args, env, out, func(c config) error { return admin(ctx, c, out) })
	case "rebuild":
		return withConfig(args, env, out, func(c config) error { return rebuild(ctx, c, out) })
	case "render":
		return media.ServeRender(in, out, pipeline.Render)
	case "help", "-h", "--help":
		fmt.Fprint(out, usage)
		return nil
	}
	fmt.Fprint(out, usage)
	return errUsage
}

func withConfig(args []string, env func(string) string, out io.Writer, do func(config) error) error {
	c, err := parseConfig(args, env, out)
	if errors.Is(err, flag.ErrHelp) {
		return nil // the flags were listed
	}
	if err != nil {
		return err
	}
	return do(c)
}

// admin prints a one-time link with which a new administrator sets up an account: the first one, or the next when the
// last was lost.
func admin(ctx context.Context, c config, out io.Writer) error {
	return with(ctx, c, c.log(out), func(_ *backends, app *application) error {
		token, err := app.people.SetupLink(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "Open this once, within 24 hours, to become an administrator:\n%s\n", setupURL(c.public.String(), token))
		return nil
	})
}

// rebuild fills what is derived from the database and kept on disk.
func rebuild(ctx context.Context, c config, out io.Writer) error {
	return with(ctx, c, c.log(out), func(_ *backends, app *application) error {
		if err := app.entries.RebuildIndex(ctx); err != nil {
			return err
		}
		fmt.Fprintln(out, "The search index is rebuilt.")
		return nil
	})
}

// with opens the backends and assembles the application for do, and closes both afterwards.
func with(ctx context.Context, c config, log *slog.Logger, do func(*backends, *application) error) (err error) {
	b, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	app, err := assemble(ctx, c, b, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.close()) }()
	return do(b, app)
}

func setupURL(public, token string) string { return public + "/console/setup?token=" + token }
