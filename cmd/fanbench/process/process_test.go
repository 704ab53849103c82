package process

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv("BE_CHILD") == "1" {
		for u, err := UsageOf(os.Getpid()); err == nil && u.CPU < 100*time.Millisecond; { // burns CPU
			u, err = UsageOf(os.Getpid())
		}
		os.Stdout.WriteString("done\n")
		select {}
	}
	goleak.VerifyTestMain(m)
}

func TestCPUTimeIsReadBehindAnyName(t *testing.T) {
	got, err := parseCPU("42 (a) b (c) S 1 42 42 0 -1 4194560 100 0 0 0 11 22 33 44 20 0 8 0 12345 1 2 3")
	if want := 1100 * time.Millisecond; err != nil || got != want {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	for _, bad := range []string{"", "42 (a) S 1", "42 (a) S 1 42 42 0 -1 4194560 100 0 0 0 x 22 33 44 20"} {
		if got, err := parseCPU(bad); err == nil {
			t.Errorf("%q: got %v, want an error", bad, got)
		}
	}
}

func TestMemoryIsReadInBytes(t *testing.T) {
	status := []byte("Name:\tfanfare\nVmHWM:\t    2048 kB\nVmRSS:\t  1024 kB\n")
	if rss, peak := parseMemory(status, "VmRSS:"), parseMemory(status, "VmHWM:"); rss != 1<<20 || peak != 2<<20 {
		t.Errorf("got %d and %d, want 1 MiB and 2 MiB", rss, peak)
	}
	if got := parseMemory([]byte("Name:\tfanfare\n"), "VmRSS:"); got != 0 {
		t.Errorf("got %d for a process that is ending, want 0", got)
	}
}

func TestUsageCountsChildren(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("there is no /proc here")
	}
	before, err := UsageOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "BE_CHILD=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 5)); err != nil { // it burnt its time
		t.Fatal(err)
	}
	after, err := UsageOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	_ = child.Process.Kill()
	_ = child.Wait()
	if got := after.CPU - before.CPU; got < 50*time.Millisecond {
		t.Errorf("got %v more CPU time, want the child's 100 ms in it", got)
	}
	if after.RSS <= before.RSS || after.Peak < after.RSS/2 {
		t.Errorf("got %+v after %+v, want the child's memory in it", after, before)
	}
}

func TestAServerThatEndsAtOnceIsReportedWithItsLog(t *testing.T) {
	_, err := Start(context.Background(), Spec{
		Path: "/bin/sh", Args: []string{"-c", "echo no such flag; exit 2"}, Data: t.TempDir(), Ready: "/",
	})
	if err == nil || !strings.Contains(err.Error(), "no such flag") {
		t.Errorf("got %v, want the server's own words", err)
	}
}
