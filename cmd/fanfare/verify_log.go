package main

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"fanfare/server/contest"
	"fanfare/server/ledger"
)

// placesTold is how many entries a recount of an export lists, the best first.
const placesTold = 10

// namesExport reports whether a command's arguments begin with an exported file: "-" is what is piped in.
func namesExport(args []string) bool {
	return len(args) > 0 && (args[0] == "-" || args[0] != "" && args[0][0] != '-')
}

// verifyLog recounts an exported vote log, with nothing but the file.
func verifyLog(args []string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("fanfare verify FILE", flag.ContinueOnError)
	flags.SetOutput(out)
	since := flags.String("since", "", "an `earlier` export, with which this one must begin")
	key := flags.String("key", "", "the `key` that must have signed, as the challenge's page shows it")
	return helped(flags.Parse(args[1:]), func() error {
		r, err := auditFiles(args[0], *since, in)
		if fault, ok := errors.AsType[*ledger.Fault](err); ok {
			fmt.Fprintf(out, "FAIL  %v\n", fault)
			return errFound
		}
		if err != nil {
			return err
		}
		if *key != "" && *key != r.Key {
			fmt.Fprintf(out, "FAIL  it is signed with another key: %s\n", r.Key)
			return errFound
		}
		tellLog(r, out)
		return nil
	})
}

// auditFiles recounts an export, and before it the earlier one, where one is named.
func auditFiles(name, since string, in io.Reader) (ledger.Report, error) {
	if since == "" {
		return auditFile(name, in, nil)
	}
	before, err := auditFile(since, in, nil)
	if err != nil {
		return before, fmt.Errorf("%s: %w", since, err)
	}
	return auditFile(name, in, &before.Last)
}

// auditFile recounts a file, which may be compressed.
func auditFile(name string, in io.Reader, since *ledger.Checkpoint) (ledger.Report, error) {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return ledger.Report{}, err
		}
		defer f.Close() //nolint:errcheck // only read
		in = f
	}
	plain := bufio.NewReader(in)
	if magic, _ := plain.Peek(2); string(magic) != "\x1f\x8b" {
		return ledger.Audit(plain, since)
	}
	unzipped, err := gzip.NewReader(plain)
	if err != nil {
		return ledger.Report{}, err
	}
	return ledger.Audit(unzipped, since)
}

// tellLog says what was found sound, and what the reader may compare.
func tellLog(r ledger.Report, out io.Writer) {
	fmt.Fprintf(out, "ok    %s: %d lines, as %d checkpoints were signed\n", r.Origin, r.Size, r.Checkpoints)
	for _, kind := range slices.Sorted(maps.Keys(r.Kinds)) {
		fmt.Fprintf(out, "      %10d %s\n", r.Kinds[kind], kind)
	}
	if r.Sealed > 0 {
		fmt.Fprintf(out, "      %10d not open yet\n", r.Sealed)
	}
	fmt.Fprintf(out, "      key    %s\n      rules  %s\n", r.Key, r.TermsHash)
	if r.Results > 0 {
		fmt.Fprintf(out, "      result %s\n", r.Last.Result)
	}
	numbers := slices.SortedFunc(maps.Keys(r.Tallies), func(a, b contest.EntryNumber) int {
		x, y := r.Tallies[a], r.Tallies[b]
		return cmp.Or(cmp.Compare(y.Score, x.Score), cmp.Compare(x.Reached, y.Reached), cmp.Compare(a, b))
	})
	for _, n := range numbers[:min(len(numbers), placesTold)] {
		t := r.Tallies[n]
		fmt.Fprintf(out, "      entry %d: %d (%d votes, %d held, %d excluded)\n", n, t.Score, t.Votes, t.Held, t.Excluded)
	}
}
