package live

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/gorilla/websocket"

	"fanfare/widget/wire"
)

// FuzzInbox holds what is understood of any input to what gorilla understands of it, however the bytes arrive.
func FuzzInbox(f *testing.F) {
	frame := func(first byte, payload string) string {
		head := []byte{first, masked | byte(len(payload)), 1, 2, 3, 4}
		for i := range len(payload) {
			head = append(head, payload[i]^head[2+i%4])
		}
		return string(head)
	}
	join := string((&wire.Join{Room: "night"}).Append(nil))
	large := "\x82\xfe\x04\x00\x00\x00\x00\x00" + strings.Repeat("x", wire.MaxJoin)
	for _, seed := range []string{
		"", frame(0x82, join), frame(0x8a, ""), frame(0x82, join) + frame(0x8a, "") + frame(0x89, "hello") + frame(0x81, "text"),
		frame(0x02, "in ") + frame(0x89, "between") + frame(0x00, "three ") + frame(0x80, "parts"), frame(0x02, "") + frame(0x80, ""),
		frame(0x88, ""), frame(0x88, "\x03\xe8bye"), frame(0x88, "\x03\xed"), frame(0x88, "\x03\xe8\xff"), frame(0x88, "x"), frame(0x88, "\x0f\xa0"),
		frame(0x80, "no beginning"), frame(0x02, "a") + frame(0x82, "b"), frame(0xc2, ""), frame(0x83, ""), frame(0x09, "no end"),
		"\x82\x01x", "\x89\xfe\x00\x7e\x00\x00\x00\x00", "\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		large, large[:len(large)-1], frame(0x02, "more") + strings.Replace(large, "\x82", "\x80", 1), "\x82\xff\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00hi",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		input = append(input, make([]byte, maxHead)...) // so that no header is cut off: gorilla judges some before the mask has come
		want := gorillas(t, input)
		for name, in := range map[string]io.Reader{"at once": bytes.NewReader(input), "byte by byte": iotest.OneByteReader(bytes.NewReader(input))} {
			if got := ours(in); !slices.Equal(got, want) {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
	})
}

// ours lists what the inbox makes of the input.
func ours(in io.Reader) (heard []string) {
	for i := (inbox{in: in}); ; {
		opcode, payload, err := i.next()
		code := codeOf(err)
		if err == nil && opcode == opClose {
			code, err = codeOfGoodbye(payload)
			if err == nil {
				return append(heard, fmt.Sprint("goodbye ", code))
			}
			code = codeOf(err)
		}
		if err != nil {
			return append(heard, fmt.Sprint("end ", code))
		}
		heard = append(heard, fmt.Sprintf("%d %s", opcode, payload))
	}
}

// gorillas lists what gorilla's reader makes of it.
func gorillas(t *testing.T, input []byte) (heard []string) {
	w := &taker{httptest.NewRecorder(), &played{Reader: bytes.NewReader(input)}}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"AAAAAAAAAAAAAAAAAAAAAA=="}}
	conn, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(wire.MaxJoin)
	note := func(opcode byte) func(string) error {
		return func(data string) error {
			heard = append(heard, fmt.Sprintf("%d %s", opcode, data))
			return nil
		}
	}
	conn.SetPingHandler(note(opPing))
	conn.SetPongHandler(note(opPong))
	conn.SetCloseHandler(func(int, string) error { return nil })
	for {
		kind, message, err := conn.ReadMessage()
		var closed *websocket.CloseError
		switch {
		case err == nil:
			heard = append(heard, fmt.Sprintf("%d %s", kind, message))
			continue
		case errors.Is(err, websocket.ErrReadLimit):
			return append(heard, "end 1009")
		case errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure:
			return append(heard, fmt.Sprint("goodbye ", closed.Code))
		case closed != nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return append(heard, "end 0")
		}
		return append(heard, "end 1002")
	}
}

// taker lets a request be taken over, with the connection that a test plays.
type taker struct {
	http.ResponseWriter
	conn *played
}

func (w *taker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.conn, bufio.NewReadWriter(bufio.NewReader(w.conn), bufio.NewWriter(w.conn)), nil
}

// played is a connection whose other end has said all it will.
type played struct {
	net.Conn
	*bytes.Reader
}

func (c *played) Read(p []byte) (int, error)       { return c.Reader.Read(p) }
func (c *played) Write(p []byte) (int, error)      { return len(p), nil }
func (c *played) Close() error                     { return nil }
func (c *played) SetDeadline(time.Time) error      { return nil }
func (c *played) SetWriteDeadline(time.Time) error { return nil }
