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

// Work renders the task's photo. It is pipeline.Render, except in tests. File.Path of what it returns is a name within
// the task's folder.
type Work func(ctx context.Context, t Task) (Photo, error)

// Task is what a render process is asked to do, a line from Renderer.
type Task struct {
	// Original is the photo's file.
	Original string `json:"original"`
	// Dir is where the renditions go.
	Dir string `json:"dir"`
	// Place asks for Capture.Place.
	Place bool `json:"place,omitempty"`
	// Cuts asks for these in place of the renditions.
	Cuts []Cut `json:"cuts,omitempty"`
}

// Memory of a render process. The worst photos within the limits, a progressive CMYK JPEG and a HEIC of 50 MP, take some
// 24 bytes a pixel while they are decoded.
const (
	softMemory = 512 << 20 // beyond this the collector works harder
	hardMemory = 1536 << 20
)

// answer is a line back. The first one, before any task, says only that the process is ready.
type answer struct {
	Ready   bool     `json:"ready,omitempty"`
	Photo   *Photo   `json:"photo,omitempty"`
	Refused *Refused `json:"refused,omitempty"`
	Failed  string   `json:"failed,omitempty"` // not the photo's fault
	// CPU is what the process has used of the processors, all tasks together.
	CPU time.Duration `json:"cpu"`
}

// ServeRender is the whole life of a render process: it limits its own memory, does tasks from in, answers on out, and
// returns when in ends. The process must exit then, even if a task still runs.
func ServeRender(in io.Reader, out io.Writer, work Work) error {
	os.Stdout = os.Stderr       // a codec that prints must not speak for us
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
	tasks := readTasks(in)
	for t := range tasks {
		done := make(chan answer, 1)
		go func() { done <- t.do(ctx, work) }()
		select {
		case a := <-done:
			a.CPU = cpuTime()
			if err := answers.Encode(a); err != nil {
				return fmt.Errorf("answer: %w", err)
			}
			debug.FreeOSMemory() // an idle process must not hold what a large photo took
		case <-tasks: // the parent has gone: it sends nothing else before the answer
			return nil
		}
	}
	return nil
}

// readTasks sends the tasks from in and closes the channel at its end.
func readTasks(in io.Reader) <-chan Task {
	tasks := make(chan Task)
	go func() {
		defer close(tasks)
		lines := json.NewDecoder(in)
		for {
			var t Task
			if lines.Decode(&t) != nil {
				return
			}
			tasks <- t
		}
	}()
	return tasks
}

func (t Task) do(ctx context.Context, work Work) answer {
	photo, err := work(ctx, t)
	if refused, ok := errors.AsType[*Refused](err); ok {
		return answer{Refused: refused}
	}
	if err != nil {
		return answer{Failed: err.Error()}
	}
	return answer{Photo: &photo}
}
