//go:build unix

package live

import (
	"crypto/tls"
	"net"
	"syscall"
	"testing"
)

// The program's listener gives TCP connections more methods. They are written to as bare ones are: a frame takes no goroutine, and the
// kernel keeps little for whoever does not read.
func TestATCPConnectionWithMoreMethodsIsWrittenToWithoutWaiting(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // the test is over
	bare, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer bare.Close() //nolint:errcheck // the test is over
	before := sendBufferOf(t, bare)
	conn := struct{ *net.TCPConn }{bare.(*net.TCPConn)}
	if rawOf(conn) == nil {
		t.Error("it is written to as one of TLS is")
	}
	if boundSendBuffer(conn); sendBufferOf(t, bare) >= before {
		t.Errorf("the kernel keeps %d bytes for it, as before", before)
	}
	if rawOf(tls.Client(bare, &tls.Config{ServerName: "localhost", MinVersion: tls.VersionTLS13})) != nil {
		t.Error("one of TLS is written to below its encryption")
	}
}

// sendBufferOf is how many bytes the kernel keeps unsent for a connection.
func sendBufferOf(t *testing.T, conn net.Conn) (size int) {
	t.Helper()
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	failed := raw.Control(func(fd uintptr) { size, err = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_SNDBUF) })
	if failed != nil || err != nil {
		t.Fatal(failed, err)
	}
	return size
}
