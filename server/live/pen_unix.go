//go:build unix

package live

import (
	"errors"
	"io"
	"net"
	"syscall"
)

// rawOf is the connection as a pen writes to it; nil where only its own Write may, as with TLS, which has no SyscallConn. Its type is
// not asked for: listeners give TCP connections more methods.
func rawOf(conn net.Conn) syscall.RawConn {
	direct, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := direct.SyscallConn()
	if err != nil {
		return nil // it is closed, as the next read tells
	}
	return raw
}

// pen writes what a kernel takes at once, and never waits. It belongs to one goroutine, and spares it an allocation a write.
type pen struct {
	p   []byte
	n   int
	err error
	do  func(fd uintptr) (done bool)
}

func newPen() *pen {
	w := &pen{}
	w.do = w.try
	return w
}

// write returns how many bytes were taken: fewer than there are, down to none, where the kernel's buffer is full.
func (w *pen) write(raw syscall.RawConn, p []byte) (int, error) {
	w.p, w.n, w.err = p, 0, nil
	err := raw.Write(w.do)
	w.p = nil
	if err == nil {
		err = w.err
	}
	return w.n, err
}

func (w *pen) try(fd uintptr) (done bool) {
	n, err := syscall.Write(int(fd), w.p)
	for errors.Is(err, syscall.EINTR) {
		n, err = syscall.Write(int(fd), w.p)
	}
	switch {
	case err == nil:
		w.n = n
	case !errors.Is(err, syscall.EAGAIN):
		w.err = err
	}
	return true
}

// intake reads what a kernel has, and waits where that is nothing. It does what the connection's own Read does, and needs half of the
// stack while it waits: that of a socket's reader stays at two kilobytes. It belongs to one goroutine.
type intake struct {
	raw syscall.RawConn
	p   []byte
	n   int
	err error
	do  func(fd uintptr) (done bool)
}

// newIntake returns an intake of the connection; nil where only its own Read may be used.
func newIntake(raw syscall.RawConn) *intake {
	if raw == nil {
		return nil
	}
	r := &intake{raw: raw}
	r.do = r.try
	return r
}

func (r *intake) read(p []byte) (int, error) {
	r.p, r.n, r.err = p, 0, nil
	if err := r.raw.Read(r.do); err != nil {
		return 0, err
	}
	if r.n == 0 && r.err == nil {
		r.err = io.EOF
	}
	return r.n, r.err
}

func (r *intake) try(fd uintptr) (done bool) {
	n, err := syscall.Read(int(fd), r.p)
	for err == syscall.EINTR { //nolint:errorlint // the kernel's own number: errors.Is takes what the stack has left
		n, err = syscall.Read(int(fd), r.p)
	}
	if err == syscall.EAGAIN { //nolint:errorlint // likewise
		return false
	}
	r.n, r.err = max(n, 0), err
	return true
}
