package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// reader reads an object from where it was last sought to. It opens the driver's stream at the first Read after a Seek,
// so seeking to the end and back, as http.ServeContent does, costs nothing.
type reader struct {
	ctx    context.Context // of the request that opened it; the driver's streams live no longer
	driver Driver
	object Object
	offset int64
	stream io.ReadCloser // nil until read from offset
}

func (r *reader) Read(p []byte) (int, error) {
	if r.offset >= r.object.Size {
		return 0, io.EOF
	}
	if r.stream == nil {
		stream, err := r.driver.Open(r.ctx, r.object.Key, r.offset, r.object.Size-r.offset)
		if err != nil {
			return 0, fmt.Errorf("open object %s: %w", r.object.Key, err)
		}
		r.stream = stream
	}
	n, err := r.stream.Read(p)
	r.offset += int64(n)
	if errors.Is(err, io.EOF) && r.offset < r.object.Size {
		err = fmt.Errorf("read object %s: %w: ends after %d of %d bytes", r.object.Key, ErrCorrupt, r.offset, r.object.Size)
	}
	return n, err
}

func (r *reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.offset
	case io.SeekEnd:
		offset += r.object.Size
	}
	if offset < 0 {
		return r.offset, fmt.Errorf("seek object %s: negative offset %d", r.object.Key, offset)
	}
	if offset == r.offset {
		return offset, nil
	}
	r.offset = offset
	return offset, r.Close()
}

// Close closes the stream under the reader. A later Read would open another.
func (r *reader) Close() error {
	stream := r.stream
	r.stream = nil
	if stream == nil {
		return nil
	}
	return stream.Close()
}
