package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"fanfare/media"
	"fanfare/media/pipeline"
	"fanfare/server/contest"
)

// errUsage says that the command line was wrong and that the user has been told.
var errUsage = errors.New("usage")

const usage = `Fanfare: hashtag photo challenges with live boards.

  fanfare serve [flags]       serve an installation (fanfare serve -h lists the flags)
  fanfare admin [flags]       print a one-time link for a new administrator
  fanfare copy [flags]        copy an installation to other backends (fanfare copy -h lists the flags)
  fanfare backup DIR          copy an installation, which may be serving, into a new folder
  fanfare restore DIR         copy a backup into empty backends; --erasures FILE names a journal of erasures from elsewhere
  fanfare archive CAMPAIGN DIR  write a campaign that is over as a new folder of pages; CAMPAIGN is the ca_… in its address in the console
  fanfare erase FAN           delete everything about a fan, who stays deleted when a backup is restored
  fanfare erasures [flags]    print the journal of erasures, to be kept elsewhere too
  fanfare verify [flags]      compare all that is kept: rows, votes, their log's tree, photos, search index (--quick reads no photos)
  fanfare verify FILE         recount an exported vote log, plain or .gz, - for what is piped in (--since EARLIER, --key KEY)
  fanfare rebuild [flags]     fill the search index and campaigns' numbers anew from the database
  fanfare rebuild renditions  render every photo anew from its original; goes on where it was interrupted
  fanfare doctor [flags]      examine each backend, the disks and the queue, and say the remedies
  fanfare rotate-secret SITE  draw a new secret for a site; the former one counts for a day more
  fanfare render              render photos for the server; started by it
  fanfare version             print of which source this program is
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
		if len(args) > 0 && args[0] == "renditions" {
			return withConfig(args[1:], env, out, func(c config) error { return rebuildRenditions(ctx, c, out) })
		}
		return withConfig(args, env, out, func(c config) error { return rebuild(ctx, c, out) })
	case "copy":
		c, err := parseCopy(args, env, out)
		return helped(err, func() error { return copyInstallation(ctx, c, out) })
	case "backup":
		return withNames("backup DIR", args, env, out, func(c config, named []string) error { return backup(ctx, c, named[0], out) })
	case "restore":
		var journal string
		return withNames("restore DIR", args, env, out, func(c config, named []string) error {
			return restore(ctx, c, named[0], journal, out)
		}, journalFile(&journal))
	case "archive":
		return withNames("archive CAMPAIGN DIR", args, env, out, func(c config, named []string) error {
			return archiveCampaign(ctx, c, contest.CampaignID(named[0]), named[1], out)
		})
	case "erase":
		return withNames("erase FAN", args, env, out, func(c config, named []string) error { return erase(ctx, c, named[0], out) })
	case "erasures":
		return withConfig(args, env, out, func(c config) error { return printErasures(ctx, c, out) })
	case "doctor":
		return withConfig(args, env, out, func(c config) error { return doctor(ctx, c, out) })
	case "rotate-secret":
		return withNames("rotate-secret SITE", args, env, out, func(c config, named []string) error { return rotateSecret(ctx, c, named[0], out) })
	case "verify":
		if namesExport(args) {
			return verifyLog(args, in, out)
		}
		var quick bool
		return withConfig(args, env, out, func(c config) error { return verify(ctx, c, quick, out) }, quickly(&quick))
	case "render":
		return media.ServeRender(in, out, pipeline.Render)
	case "version", "--version":
		fmt.Fprintln(out, version())
		return nil
	case "help", "-h", "--help":
		fmt.Fprint(out, usage)
		return nil
	}
	fmt.Fprint(out, usage)
	return errUsage
}

func withConfig(args []string, env func(string) string, out io.Writer, do func(config) error, more ...func(*flag.FlagSet)) error {
	c, err := parseConfig(args, env, out, more...)
	return helped(err, func() error { return do(c) })
}

// withNames is withConfig for a command whose first arguments name things: form has the command, and what each of them is.
func withNames(form string, args []string, env func(string) string, out io.Writer, do func(config, []string) error, more ...func(*flag.FlagSet)) error {
	command, want, _ := strings.Cut(form, " ")
	missing := strings.Fields(want)
	var named []string
	for len(missing) > 0 && len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		named, args, missing = append(named, args[0]), args[1:], missing[1:]
	}
	return withConfig(args, env, out, func(c config) error {
		switch len(missing) {
		case 0:
			return do(c, named)
		case 1:
			fmt.Fprintf(out, "%s is missing. It comes before the flags:\n\n", missing[0])
		default:
			fmt.Fprintf(out, "%s are missing. They come before the flags:\n\n", strings.Join(missing, " and "))
		}
		fmt.Fprint(out, usageOf(command))
		return errUsage
	}, more...)
}

// usageOf is what usage says of one command.
func usageOf(command string) (about string) {
	for line := range strings.Lines(usage) {
		if strings.HasPrefix(line, "  fanfare "+command+" ") {
			about += line
		}
	}
	return about
}

// helped goes on where the flags were read; asking for help lists them and is no error.
func helped(err error, do func() error) error {
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	return do()
}

// admin prints a one-time link with which a new administrator sets up an account: the first one, or the next when the
// last was lost.
func admin(ctx context.Context, c config, out io.Writer) error {
	return with(ctx, c, c.log, func(_ *backends, app *application) error {
		token, err := app.staff.SetupLink(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "Open this once, within 24 hours, to become an administrator:\n%s\n", setupURL(c.public.String(), token))
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
