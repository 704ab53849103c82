package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"fanfare/server/store/storetest"
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

func TestALockThatCannotBeTakenIsNotCalledAnotherServer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "fanfare.db")
	if err := os.Mkdir(file+".lock", 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := lock(t.Context(), file); err == nil || errors.Is(err, errServed) {
		t.Errorf("got %v, want another error than errServed", err)
	}
}

// onServer is the configuration of a database on a server of its own.
func onServer(t *testing.T, db *storetest.Postgres) config {
	t.Helper()
	return must(parseConfig([]string{"--data", t.TempDir(), "--db", db.NewDatabase(t)}, func(string) string { return "" }, io.Discard))(t)
}

func TestReplicasShareADatabaseThatACommandHasAlone(t *testing.T) {
	c := onServer(t, storetest.StartPostgres(t))
	nothing := func(error) { t.Error("the lock counts as lost") }
	first := must(lockServing(t.Context(), c, nothing))(t)
	second := must(lockServing(t.Context(), c, nothing))(t)
	if _, err := lockAlone(t.Context(), c); !errors.Is(err, errServed) {
		t.Errorf("alone beside two replicas: %v, want errServed", err)
	}
	if err := errors.Join(first(), second()); err != nil {
		t.Fatal(err)
	}
	alone := must(lockAlone(t.Context(), c))(t)
	if _, err := lockServing(t.Context(), c, nothing); !errors.Is(err, errServed) {
		t.Errorf("served beside a command: %v, want errServed", err)
	}
	if _, err := lockAlone(t.Context(), c); !errors.Is(err, errServed) {
		t.Errorf("two commands: %v, want errServed", err)
	}
	if err := alone(); err != nil {
		t.Error(err)
	}
}

func TestAServerTakesItsLockAgainAfterTheDatabaseRestarted(t *testing.T) {
	db := storetest.StartPostgres(t)
	c := onServer(t, db)
	release := must(lockServing(t.Context(), c, func(err error) { t.Errorf("the lock counts as lost: %v", err) }))(t)
	if err := errors.Join(db.Kill(), db.Start()); err != nil {
		t.Fatal(err)
	}
	other := must(openParts(t.Context(), c, (*backends).openDatabase))(t)
	(&installation{t: t}).eventually("the lock is held again", func() bool {
		var free bool
		err := other.read.QueryRowContext(t.Context(), "SELECT pg_try_advisory_lock($1, $2) AND pg_advisory_unlock($1, $2)", advisoryKey, advisoryServing).Scan(&free)
		return err == nil && !free
	})
	if err := errors.Join(other.close(), release()); err != nil {
		t.Error(err)
	}
}

func TestAServerEndsWhenACommandTookTheDatabaseMeanwhile(t *testing.T) {
	c := onServer(t, storetest.StartPostgres(t))
	b := must(openParts(t.Context(), c, (*backends).openDatabase))(t)
	alone := must(lockAlone(t.Context(), c))(t)
	broken := must(b.read.Conn(t.Context()))(t)
	broken.Close()
	var lost error
	keepShared(t.Context(), b.read, broken, func(err error) { lost = err })
	if !errors.Is(lost, errServed) {
		t.Errorf("told %v, want errServed", lost)
	}
	if err := errors.Join(alone(), b.close()); err != nil {
		t.Error(err)
	}
}

func TestACommandIsToldWhenItWasNotAloneToTheEnd(t *testing.T) {
	db := storetest.StartPostgres(t)
	alone := must(lockAlone(t.Context(), onServer(t, db)))(t)
	if err := errors.Join(db.Kill(), db.Start()); err != nil {
		t.Fatal(err)
	}
	if err := alone(); !errors.Is(err, errServed) {
		t.Errorf("got %v, want errServed", err)
	}
}
