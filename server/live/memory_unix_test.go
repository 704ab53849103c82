//go:build unix && !race

package live

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"fanfare/widget/wire"
)

// What the server may hold for one page that watches, in bytes. There may be tens of thousands of them.
const (
	stackOfReader = 2<<10 + 256 // one of the smallest, and a tenth for those that handshakes leave behind; the next size is four kilobytes
	heapOfReader  = 1_600       // 1,460 when this was written, 480 of them the goroutine itself
)

func TestAPageThatWatchesCostsTheSmallestStackAndLittleElse(t *testing.T) {
	s := newStage(t, quick(), Limits{Sockets: 10_000, PerClient: 10_000})
	s.boards.set("c_night", 1, 1, 1)
	const pages = 1000
	open := make([]int, 0, 2*pages)
	defer func() {
		for _, page := range open {
			_ = syscall.Close(page)
		}
	}()
	for range pages { // what the first ones cost is there already
		open = append(open, s.page())
	}
	before := atRest()
	for range pages {
		open = append(open, s.page())
	}
	after := atRest()
	stack, heap := (after.StackInuse-before.StackInuse)/pages, (after.HeapAlloc-before.HeapAlloc)/pages
	t.Logf("a page takes %d bytes of stack and %d of heap", stack, heap)
	if stack > stackOfReader || heap > heapOfReader {
		t.Errorf("a page takes %d bytes of stack and %d of heap, want %d and %d at most", stack, heap, stackOfReader, heapOfReader)
	}
}

// atRest is the state of memory when all garbage is collected.
func atRest() (m runtime.MemStats) {
	runtime.GC()
	runtime.GC() // the first leaves what has a finalizer
	runtime.ReadMemStats(&m)
	return m
}

// page opens a page that watches, has its board and was answered; it is a descriptor alone, so that what it costs is the server's.
func (s *stage) page() (descriptor int) {
	s.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "ws://"))
	if err != nil {
		s.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // the descriptor's copy stays
	in := bufio.NewReader(conn)
	say := func(what string) {
		if _, err := io.WriteString(conn, what); err != nil {
			s.Fatal(err)
		}
	}
	say("GET / HTTP/1.1\r\nHost: h\r\nOrigin: " + origin + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
	for line := ""; line != "\r\n"; {
		if line, err = in.ReadString('\n'); err != nil {
			s.Fatal(err)
		}
	}
	join := (&wire.Join{Room: "night"}).Append(nil)
	say(fmt.Sprintf("\x82%s\x00\x00\x00\x00%s", []byte{masked | byte(len(join))}, join))
	s.until(in, opBinary)
	say("\x8a\x80\x00\x00\x00\x00\x89\x80\x00\x00\x00\x00") // a pong and a ping, for the stack to be as deep as it gets
	s.until(in, opPong)
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		s.Fatal(err)
	}
	if failed := raw.Control(func(fd uintptr) { descriptor, err = syscall.Dup(int(fd)) }); failed != nil || err != nil {
		s.Fatal(failed, err)
	}
	return descriptor
}

// until reads up to the next message of a kind.
func (s *stage) until(in *bufio.Reader, opcode byte) {
	s.Helper()
	for got := byte(0); got != opcode; {
		head := make([]byte, 4)
		_, err := io.ReadFull(in, head[:2])
		size := int(head[1])
		if size == 126 && err == nil {
			_, err = io.ReadFull(in, head[2:])
			size = int(head[2])<<8 | int(head[3])
		}
		if err == nil {
			_, err = in.Discard(size)
		}
		if err != nil {
			s.Fatal(err)
		}
		got = head[0] & opcodeBits
	}
}
