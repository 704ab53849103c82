// Fanbench measures Fanfare: it starts the server that it measures, puts a load on it, checks every answer, and prints
// one JSON object of figures as its last line.
//
//	fanbench votes --reference naive
//	fanbench votes --reference pocketbase
//	fanbench votes --reference redis
//	fanbench replicas
//	fanbench live --sockets 10000 --reference gorilla
//	fanbench capacity
//	fanbench ingest --reference vips
//	fanbench events
//	fanbench campaign
//
// With --reference it measures another server too: one contained in fanbench that does the same work with the same checks
// in the usual way, or software that others would take. The two take turns for three rounds, and ratio_cpu and ratio_rss
// are ours divided by the reference's.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const usage = `usage: fanbench COMMAND [FLAGS]

  votes     fans vote; figures for each acknowledged vote
  restart   a server with millions of votes is killed and started again; seconds to a correct board
  replicas  the same on PostgreSQL with one to three replicas beside one server on SQLite
  live      browsers watch a board that changes; figures for each browser and second
  capacity  how cost grows with voters, entries and open browsers, at three sizes each
  ingest    photos of phones' sizes are rendered; figures for each photo, beside vips with its quality
  likeness  searches in a million hashes; how far copies and different photos lie apart
  events    pages tell of events while fans vote; or leaves a campaign with a hundred million of them
  campaign  a month of four campaigns is played; every figure that Fanfare shows of it is compared with the bench's own books

fanbench COMMAND --help lists the flags.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "fanbench:", err)
		os.Exit(1)
	}
}

// run runs one command. Figures go to out, and how the work goes to progress.
func run(ctx context.Context, args []string, out, progress io.Writer) error {
	if len(args) == 0 {
		fmt.Fprint(progress, usage)
		return flag.ErrHelp
	}
	switch args[0] {
	case "votes":
		return benchVotes(ctx, args[1:], out, progress)
	case "restart":
		return benchRestart(ctx, args[1:], out, progress)
	case "replicas":
		return benchReplicas(ctx, args[1:], out, progress)
	case "live":
		return benchLive(ctx, args[1:], out, progress)
	case "capacity":
		return benchCapacity(ctx, args[1:], out, progress)
	case "ingest":
		return benchIngest(ctx, args[1:], out, progress)
	case "events":
		return benchEvents(ctx, args[1:], out, progress)
	case "campaign":
		return benchCampaign(ctx, args[1:], out, progress)
	case "likeness":
		return benchLikeness(ctx, args[1:], out, progress)
	case referenceCommand:
		return serveReference(ctx, args[1:], progress)
	}
	fmt.Fprint(progress, usage)
	return fmt.Errorf("unknown command %q", args[0])
}
