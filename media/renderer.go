package media

import (
	"context"
	"errors"
	"io"
)

// Renderer renders photos in supervised child processes, so that no photo can take the caller down. It is safe for
// concurrent use.
type Renderer struct{}

// NewRenderer returns a renderer that keeps its work in progress under dir and runs up to slots children, each started
// on demand as argv (for example the program's own path and "render") and kept for many photos. A child must run
// ServeRender on its standard input and output. It inherits nothing of the environment but what finding files needs.
func NewRenderer(dir string, argv []string, slots int) (*Renderer, error) { return &Renderer{}, nil }

// Rendering is a rendered photo and the temporary files it stands in.
type Rendering struct {
	Photo
}

// Close removes the renditions' files.
func (r *Rendering) Close() error { return nil }

// Render renders one original. A *Refused is permanent; any other error is worth another try.
func (r *Renderer) Render(ctx context.Context, original io.Reader) (*Rendering, error) {
	return nil, errors.New("render: no child")
}

// Close ends the children and waits for them. Renderings stay valid until they are closed themselves.
func (r *Renderer) Close() error { return nil }
