//go:build unix

package live

import (
	"net"
	"syscall"
)

// rawOf is the connection as a pen writes to it; nil where only its own Write may, as with TLS.
func rawOf(conn net.Conn) syscall.RawConn {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
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
	for err == syscall.EINTR {
		n, err = syscall.Write(int(fd), w.p)
	}
	switch err {
	case nil:
		w.n = n
	case syscall.EAGAIN:
	default:
		w.err = err
	}
	return true
}
