package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// CHECKS 54: two servers on one file.
func TestASecondServerOnOneFileIsRefused(t *testing.T) {
	sqliteOnly(t)
	i := install(t, nil)
	i.close()
	first := i.replica("")
	first.start()
	second := exec.Command(os.Args[0], "serve", "--data", i.data, "--addr", "127.0.0.1:0", "--metrics-addr", "127.0.0.1:0")
	out, err := second.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("got %v, want a refusal; it said %s", err, out)
	}
	if want := errServed.Error(); !bytes.Contains(out, []byte(want)) {
		t.Errorf("it said %q, want %q", out, want)
	}
	first.kill()
	release, err := lock(t.Context(), filepath.Join(i.data, "fanfare.db"))
	if err != nil {
		t.Fatalf("the lock outlived a killed server: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
}
