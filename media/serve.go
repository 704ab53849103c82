package media

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"time"
)

// Work renders the photo in the file original into files in dir. It is pipeline.Render, except in tests. File.Path of
// what it returns is a name within dir.
type Work func(ctx context.Context, original, dir string) (Photo, error)

// Memory of a render process. The worst photo within the limits, a progressive CMYK JPEG of 50 MP, takes 24 bytes a
// pixel while it is decoded.
const (
	softMemory = 512 << 20 // beyond this the collector works harder
	hardMemory = 1536 << 20
)

// job is a line from Renderer to a render process.
type job struct {
	Original string `json:"original"`
	Dir      string `json:"dir"`
}

// answer is a line back. The first one, before any job, says only that the process is ready.
type answer struct {
	Ready   bool     `json:"ready,omitempty"`
	Photo   *Photo   `json:"photo,omitempty"`
	Refused *Refused `json:"refused,omitempty"`
	Failed  string   `json:"failed,omitempty"` // not the photo's fault
	// CPU is what the process has used of the processors, all jobs together.
	CPU time.Duration `json:"cpu"`
}

// ServeRender is the whole life of a render process: it limits its own memory, does jobs from in, answers on out, and
// returns when in ends. The process must exit then, even if a job still runs.
func ServeRender(in io.Reader, out io.Writer, work Work) error {
	signal.Ignore(os.Interrupt) // Ctrl-C reaches every process of the terminal; the parent decides when to end
	debug.SetMemoryLimit(softMemory)
	if err := confine(hardMemory); err != nil {
		return fmt.Errorf("limit render process: %w", err)
	}
	return serve(in, out, work)
}

func serve(in io.Reader, out io.Writer, work Work) error {
	answers := json.NewEncoder(out)
	if err := answers.Encode(answer{Ready: true, CPU: cpuTime()}); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	jobs := readJobs(in)
	for j := range jobs {
		done := make(chan answer, 1)
		go func() { done <- j.do(ctx, work) }()
		select {
		case a := <-done:
			a.CPU = cpuTime()
			if err := answers.Encode(a); err != nil {
				return fmt.Errorf("answer: %w", err)
			}
			debug.FreeOSMemory() // an idle process must not hold what a large photo took
		case <-jobs: // the parent has gone: it sends nothing else before the answer
			return nil
		}
	}
	return nil
}

// readJobs sends the jobs from in and closes the channel at its end.
func readJobs(in io.Reader) <-chan job {
	jobs := make(chan job)
	go func() {
		defer close(jobs)
		lines := json.NewDecoder(in)
		for {
			var j job
			if lines.Decode(&j) != nil {
				return
			}
			jobs <- j
		}
	}()
	return jobs
}

func (j job) do(ctx context.Context, work Work) answer {
	photo, err := work(ctx, j.Original, j.Dir)
	if refused, ok := errors.AsType[*Refused](err); ok {
		return answer{Refused: refused}
	}
	if err != nil {
		return answer{Failed: err.Error()}
	}
	return answer{Photo: &photo}
}
