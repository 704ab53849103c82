// Package process starts the servers that fanbench measures, and reads from /proc what they cost.
package process

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	readyTime = 60 * time.Second // for a server's start, migrations included
	stopTime  = 20 * time.Second // for its orderly end, a drain of all sockets included
	logTail   = 2 << 10          // bytes of a failed server's log that are shown
)

// Process is a running server.
type Process struct {
	URL  string // http://127.0.0.1:PORT, which is its public address too
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed when it ended
}

// Spec says how to start a server. Among its arguments "{addr}" stands for the address to listen on, "{url}" for the
// public one, "{spare}" for another free address, and "{data}" for its folder.
type Spec struct {
	Path  string
	Args  []string
	Env   []string
	Data  string // its folder, where the log goes as well
	Ready string // path that answers 200 once it serves
}

// Start starts a server and waits until it serves. Ctx ends it.
func Start(ctx context.Context, s Spec) (*Process, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	spare, err := freeAddr()
	if err != nil {
		return nil, err
	}
	p := &Process{URL: "http://" + addr, log: filepath.Join(s.Data, "log.txt"), done: make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, fmt.Errorf("create log: %w", err)
	}
	defer log.Close() //nolint:errcheck // the child has a descriptor of its own
	p.cmd = exec.CommandContext(ctx, s.Path, fill(s.Args, "{addr}", addr, "{url}", p.URL, "{spare}", spare, "{data}", s.Data)...)
	p.cmd.Env = append(os.Environ(), s.Env...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = stopTime
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", s.Path, err)
	}
	go func() {
		_ = p.cmd.Wait() // however it ends, what was measured before stands
		close(p.done)
	}()
	if err := p.waitReady(ctx, s.Ready); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

// Run runs a command to its end.
func Run(ctx context.Context, path string, args ...string) error {
	cmd := exec.CommandContext(ctx, path, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", path, args[0], err, out[max(0, len(out)-logTail):])
	}
	return nil
}

// fill replaces arguments that are placeholders, given as pairs of placeholder and value.
func fill(args []string, pairs ...string) []string {
	filled := append([]string(nil), args...)
	for i, arg := range filled {
		for j := 0; j < len(pairs); j += 2 {
			if arg == pairs[j] {
				filled[i] = pairs[j+1]
			}
		}
	}
	return filled
}

// freeAddr returns a loopback address that nobody listens on now.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

func (p *Process) waitReady(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if p.answers(ctx, path) {
			return nil
		}
		select {
		case <-tick.C:
		case <-p.done:
			return fmt.Errorf("%s ended before it served: %s", p.cmd.Path, p.Log())
		case <-ctx.Done():
			return fmt.Errorf("%s does not serve %s: %s", p.cmd.Path, path, p.Log())
		}
	}
}

func (p *Process) answers(ctx context.Context, path string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+path, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// Log returns the end of what the server wrote.
func (p *Process) Log() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-logTail):])
}

// Kill ends the server as a power cut would, and waits for it.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // fails if it ended already
	<-p.done
}

// Stop ends the server in order and waits for it; one that does not end is killed.
func (p *Process) Stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails if it ended already
	select {
	case <-p.done:
		return nil
	case <-time.After(stopTime):
		_ = p.cmd.Process.Kill()
		<-p.done
		return fmt.Errorf("%s did not end within %v: %s", p.cmd.Path, stopTime, p.Log())
	}
}
