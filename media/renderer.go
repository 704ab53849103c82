package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"fanfare/media/header"
)

const (
	// gatePixels is how many pixels are decoded at once, over all children: the largest photo and a common one beside
	// it. At most 24 bytes a pixel, they take 1.5 GB at worst and 0.3 GB usually.
	gatePixels = MaxPixels + 4096*3072
	// jobTime is three times what the largest photo takes; a picture that needs longer is hostile, unless the machine is
	// so busy that the child got less than half of a processor.
	jobTime = 10 * time.Second
	// heicTimes is how much longer a HEIC may take: its codec needs a quarter of a second of processor a megapixel, 13 for
	// the largest.
	heicTimes = 4
	// heicShare is by how much less a HEIC's pixels count at the gate: so much that the largest photo of another kind goes
	// in beside the largest HEIC, which would hold up all others for half a minute. Both take 1.6 GB at worst.
	heicShare = 5
	// staleAfter is when a job's folder belongs to a process that died.
	staleAfter = time.Hour
)

var (
	// ErrClosed means that the renderer was closed before or while it rendered.
	ErrClosed = errors.New("renderer closed")
	// ErrStarved means that a photo was out of time because others held the processors, or that its processes were killed
	// from outside, as the system does where memory is short. It is worth a later try.
	ErrStarved = errors.New("render process starved")
	// ErrSlow means a HEIC, which would wait for others of its kind, to a caller that has other photos to render meanwhile.
	ErrSlow = errors.New("photo waits for a slot of its own")
	// errTime ends a job's context at jobTime.
	errTime = errors.New("out of time")
)

// Renderer renders photos in supervised child processes, so that no photo can take the caller down. It is safe for
// concurrent use.
type Renderer struct {
	dir     string
	argv    []string
	jobTime time.Duration
	gate    *semaphore.Weighted
	// slots holds the children that have nothing to do; nil stands for one not started yet. Who takes one gives one back.
	slots chan *child
	// heic is the one slot for HEICs, so that no two of them are decoded at once, and one child alone has their codec in
	// memory. It gives back what a photo took.
	heic   chan *child
	closed context.Context
	close  context.CancelCauseFunc
	ended  func() error // ends all children, once
}

// NewRenderer returns a renderer that keeps its work in progress under dir and runs up to slots children and one for
// HEICs, each started on demand as argv (for example the program's own path and "render") and kept for many photos. A
// child must run ServeRender on its standard input and output; its environment is empty.
func NewRenderer(dir string, argv []string, slots int) (*Renderer, error) {
	if len(argv) == 0 || slots < 1 {
		return nil, fmt.Errorf("make renderer: %d slots for command %q", slots, argv)
	}
	dir, err := prepare(dir)
	if err != nil {
		return nil, fmt.Errorf("prepare render folder: %w", err)
	}
	r := &Renderer{
		dir: dir, argv: argv, jobTime: jobTime,
		gate:  semaphore.NewWeighted(gatePixels),
		slots: make(chan *child, slots),
		heic:  make(chan *child, 1),
	}
	r.heic <- nil
	for range slots {
		r.slots <- nil
	}
	r.closed, r.close = context.WithCancelCause(context.Background())
	r.ended = sync.OnceValue(r.endChildren)
	return r, nil
}

// prepare creates the folder and removes what processes that died have left in it.
func prepare(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	left, err := filepath.Glob(filepath.Join(dir, "job-*"))
	if err != nil {
		return "", err
	}
	for _, name := range left {
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > staleAfter {
			if err := os.RemoveAll(name); err != nil {
				return "", err
			}
		}
	}
	return dir, nil
}

// Rendering is a rendered photo and the temporary files it stands in.
type Rendering struct {
	Photo
	// Format is the original's, as Info has it.
	Format string
	dir    string
}

// Close removes the renditions' files.
func (r *Rendering) Close() error { return os.RemoveAll(r.dir) }

// Options say what Render takes from a photo.
type Options struct {
	// Place asks for Capture.Place, which only the photo's owner may allow.
	Place bool
	// Quick has Render return ErrSlow at once for a HEIC.
	Quick bool
	// Cuts asks for these in place of the renditions; what is known of a photo by its renditions stays empty then.
	Cuts []Cut
}

// Render renders one original. A *Refused is permanent; any other error is worth another try.
func (r *Renderer) Render(ctx context.Context, original io.Reader, o Options) (_ *Rendering, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(r.closed, func() { cancel(ErrClosed) })()

	dir, err := os.MkdirTemp(r.dir, "job-")
	if err != nil {
		return nil, fmt.Errorf("render photo: %w", err)
	}
	rendering := &Rendering{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, rendering.Close())
		}
	}()
	t := Task{Original: filepath.Join(dir, "original"), Dir: dir, Place: o.Place, Cuts: o.Cuts}
	info, err := receive(original, t.Original)
	if err != nil {
		return nil, fmt.Errorf("receive photo: %w", err)
	}
	if o.Quick && info.Format == header.HEIC {
		return nil, ErrSlow
	}
	rendering.Format = info.Format
	if rendering.Photo, err = r.supervise(ctx, t, info); err != nil {
		return nil, fmt.Errorf("render photo: %w", err)
	}
	if err := os.Remove(t.Original); err != nil {
		return nil, fmt.Errorf("remove original: %w", err)
	}
	return rendering, nil
}

// receive copies an original into a file, so that a child can read it more than once, and judges its header.
func receive(original io.Reader, name string) (_ Info, err error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return Info{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	n, err := io.Copy(f, io.LimitReader(original, MaxBytes+1))
	if err != nil {
		return Info{}, err
	}
	if n > MaxBytes {
		return Info{}, &Refused{Reason: TooLarge}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return Info{}, err
	}
	return Check(f)
}

// supervise does a task in a free slot, once the gate lets its pixels in. A child may die once on a photo, because
// something else may have killed it; twice is the photo's fault.
func (r *Renderer) supervise(ctx context.Context, t Task, info Info) (Photo, error) {
	slots, limit := r.slots, r.jobTime
	if info.Format == header.HEIC {
		slots, limit = r.heic, heicTimes*r.jobTime
	}
	var c *child
	select {
	case <-ctx.Done():
		return Photo{}, context.Cause(ctx)
	case c = <-slots:
	}
	defer func() { slots <- c }()
	pixels := int64(info.Width) * int64(info.Height)
	if info.Format == header.HEIC {
		pixels /= heicShare
	}
	if err := r.gate.Acquire(ctx, pixels); err != nil {
		return Photo{}, context.Cause(ctx)
	}
	defer r.gate.Release(pixels)

	photo, err := r.attempt(ctx, &c, t, limit)
	if errors.Is(err, errDied) {
		photo, err = r.attempt(ctx, &c, t, limit)
	}
	if errors.Is(err, errKilled) {
		return Photo{}, fmt.Errorf("%w: %w", ErrStarved, err)
	}
	if errors.Is(err, errDied) {
		return Photo{}, &Refused{Reason: Broken, Format: info.Format, Cause: err.Error()}
	}
	return photo, err
}

// attempt does a task in the child *c, which it starts where there is none, and clears where it is lost.
func (r *Renderer) attempt(ctx context.Context, c **child, t Task, limit time.Duration) (Photo, error) {
	if *c == nil {
		started, err := startChild(ctx, r.argv)
		if err != nil {
			return Photo{}, err // not errDied: a child that never was ready did not die of the photo
		}
		*c = started
	}
	limited, cancel := context.WithTimeoutCause(ctx, limit, errTime)
	defer cancel()
	worker := *c
	a, err := worker.do(limited, t)
	if err != nil {
		*c = nil
	}
	switch {
	case errors.Is(err, errTime) && worker.spent() < limit/2:
		return Photo{}, fmt.Errorf("%w: %s of processor time in %s", ErrStarved, worker.spent(), limit)
	case errors.Is(err, errTime):
		return Photo{}, &Refused{Reason: TookTooLong}
	case err != nil:
		return Photo{}, err
	case a.Refused != nil:
		return Photo{}, a.Refused
	case a.Photo == nil:
		return Photo{}, fmt.Errorf("render process: %s", a.Failed)
	}
	return *a.Photo, a.Photo.locate(t.Dir)
}

// locate turns the names that a child gives its files into paths. A child that names anything else is not believed.
func (p *Photo) locate(dir string) error {
	for i, f := range p.Files {
		if f.Path != filepath.Base(f.Path) || !filepath.IsLocal(f.Path) {
			return fmt.Errorf("render process: file %q is not in its folder", f.Path)
		}
		p.Files[i].Path = filepath.Join(dir, f.Path)
	}
	return nil
}

// Close ends the children and waits for them. Photos in progress fail with ErrClosed; renderings stay valid until they
// are closed themselves.
func (r *Renderer) Close() error {
	r.close(ErrClosed)
	return r.ended()
}

func (r *Renderer) endChildren() error {
	var errs []error
	for _, slots := range []chan *child{r.slots, r.heic} {
		for range cap(slots) {
			if c := <-slots; c != nil {
				errs = append(errs, c.end())
			}
		}
	}
	return errors.Join(errs...)
}
