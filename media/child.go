package media

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// answerSize bounds a child's answer; real ones have about a kilobyte.
	answerSize = 64 << 10
	// lastWords is how much is kept of what a child says when it dies: the reason comes first.
	lastWords = 2 << 10
	// startTime is how long a child may take to be ready; a crowded machine needs a second.
	startTime = 20 * time.Second
	// farewell is how long a child may take to end when it is asked to.
	farewell = 2 * time.Second
)

var (
	// errDied means that a child ended, or spoke nonsense, instead of answering.
	errDied = errors.New("render process died")
	// errKilled means besides that somebody else ended it: the system, whose memory was short, or an operator.
	errKilled = errors.New("killed from outside")
)

// child is one render process. One goroutine at a time uses it.
type child struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr *head
	// used is what it has used of the processors: as of its last answer and, once it is buried, when it ended.
	used struct{ before, ended time.Duration }
}

// startChild starts a process, which outlives ctx, and waits until it is ready. It gets an empty environment, because
// ours holds secrets.
func startChild(ctx context.Context, argv []string) (*child, error) {
	c := &child{cmd: exec.CommandContext(context.WithoutCancel(ctx), argv[0], argv[1:]...), stderr: &head{}}
	c.cmd.Env = []string{}
	c.cmd.Stderr = c.stderr
	c.cmd.WaitDelay = farewell
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start render process: %w", err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start render process: %w", err)
	}
	c.in, c.out = in, bufio.NewReaderSize(out, answerSize)
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start render process: %w", err)
	}
	if err := c.await(ctx); err != nil {
		return nil, fmt.Errorf("start render process %s: %w", strings.Join(argv, " "), err)
	}
	return c, nil
}

func (c *child) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	a, err := c.read(ctx)
	if err == nil && !a.Ready {
		err = c.bury(errors.New("it did not say that it is ready"))
	}
	return err
}

// do gives the child a task and waits for the answer. When ctx ends, the child is killed. After an error the child is
// gone; the error is ctx's cause, or errDied with the child's last words.
func (c *child) do(ctx context.Context, t Task) (answer, error) {
	a, err := c.ask(ctx, t)
	if err != nil && ctx.Err() != nil {
		return answer{}, context.Cause(ctx)
	}
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", errDied, err)
	}
	return a, nil
}

func (c *child) ask(ctx context.Context, t Task) (answer, error) {
	line, err := json.Marshal(t)
	if err != nil {
		return answer{}, c.bury(err)
	}
	if _, err := c.in.Write(append(line, '\n')); err != nil {
		return answer{}, c.bury(err)
	}
	return c.read(ctx)
}

// read reads one answer. After an error the child is gone.
func (c *child) read(ctx context.Context) (answer, error) {
	spare := context.AfterFunc(ctx, func() { _ = c.cmd.Process.Kill() }) // it may have ended by itself
	line, err := c.out.ReadSlice('\n')
	if !spare() {
		_ = c.bury(err) // ctx's end is the reason
		return answer{}, context.Cause(ctx)
	}
	if err != nil {
		return answer{}, c.bury(err)
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		return answer{}, c.bury(err)
	}
	c.used.before = a.CPU
	return a, nil
}

// spent is what a buried child had used of the processors since its last answer.
func (c *child) spent() time.Duration { return c.used.ended - c.used.before }

// bury kills the child, waits for it, and returns why it is gone.
func (c *child) bury(cause error) error {
	_ = c.cmd.Process.Kill() // it may have ended by itself
	err := c.cmd.Wait()
	c.used.ended = c.cmd.ProcessState.UserTime() + c.cmd.ProcessState.SystemTime()
	gone := errors.Is(cause, io.EOF) || errors.Is(cause, syscall.EPIPE) // before we killed it
	if gone && killed(c.cmd.ProcessState) {
		cause = fmt.Errorf("%w: %w", errKilled, cause)
	}
	return fmt.Errorf("%w (%v) %s", cause, err, c.stderr.String())
}

// end asks the child to end and waits for it.
func (c *child) end() error {
	closed := c.in.Close()
	timer := time.AfterFunc(farewell, func() { _ = c.cmd.Process.Kill() })
	defer timer.Stop()
	if err := errors.Join(closed, c.cmd.Wait()); err != nil {
		return fmt.Errorf("end render process: %w", err)
	}
	return nil
}

// head keeps the beginning of what is written to it.
type head struct {
	mu sync.Mutex // guards b: the process writes while it is read
	b  bytes.Buffer
}

func (h *head) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.b.Write(p[:min(len(p), lastWords-h.b.Len())])
	return len(p), nil
}

func (h *head) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.TrimSpace(h.b.String())
}
