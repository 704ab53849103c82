package load

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"

	"fanfare/widget/wire"
)

// The parts of a websocket frame that servers and browsers exchange here (RFC 6455, 5.2).
const (
	opBinary = 2
	opClose  = 8
	opPing   = 9
	opPong   = 10

	finished  = 0x80
	masked    = 0x80
	maskBytes = 4
	maxSmall  = 125 // bytes of a message whose length takes one byte
)

// browser is one open page: as little as takes frames, answers pings and notes what it saw. A websocket library keeps two
// goroutines' worth of memory for each, and ten thousand would take more of the machine than the server that is measured.
type browser struct {
	fd    int
	first chan struct{} // closed with the first frame
	rest  []byte        // the beginning of a frame whose end has not arrived
	seen  atomic.Int64  // votes of the newest frame; 0 before the first
	begun bool          // the first frame came
}

// ended is the server's goodbye.
type ended struct{ code uint16 }

func (e ended) Error() string { return fmt.Sprintf("the server closed with code %d", e.code) }

var errFrame = errors.New("not a frame that a server sends here")

// split takes the first websocket frame off the bytes; size 0 says that its end is missing.
func split(b []byte) (op byte, payload []byte, size int, err error) {
	if len(b) < 2 {
		return 0, nil, 0, nil
	}
	length, header := uint64(b[1]), 2
	switch {
	case b[0]&^0x0f != finished || b[1]&masked != 0:
		return 0, nil, 0, errFrame
	case length == 126:
		header = 4
		if len(b) < header {
			return 0, nil, 0, nil
		}
		length = uint64(binary.BigEndian.Uint16(b[2:]))
	case length == 127:
		return 0, nil, 0, errFrame // no board is that long
	}
	if size = header + int(length); len(b) < size {
		return 0, nil, 0, nil
	}
	return b[0] & 0x0f, b[header:size], size, nil
}

// framed returns a message of at most maxSmall bytes as a browser sends it. The mask is there and changes nothing: it protects proxies that
// are not there.
func framed(op byte, payload []byte) []byte {
	b := make([]byte, 0, 2+maskBytes+len(payload))
	b = append(b, finished|op, masked|byte(len(payload)), 0, 0, 0, 0)
	return append(b, payload...)
}

// take goes through bytes that arrived, and tells of each whole message.
func (b *browser) take(p []byte, message func(op byte, payload []byte, size int) error) error {
	if len(b.rest) > 0 {
		p = append(b.rest, p...)
	}
	for {
		op, payload, size, err := split(p)
		if err != nil {
			return err
		}
		if size == 0 {
			b.rest = append(b.rest[:0], p...)
			return nil
		}
		if err := message(op, payload, size); err != nil {
			return err
		}
		p = p[size:]
	}
}

// closing reads the code of a close frame.
func closing(payload []byte) error {
	if len(payload) < 2 {
		return ended{}
	}
	return ended{binary.BigEndian.Uint16(payload)}
}

// sight is what a frame shows, as far as the load cares. The same bytes go to everybody, so they are decoded once for many.
type sight struct {
	message []byte
	frame   wire.Frame
}

// of decodes a message, unless it is the one before.
func (s *sight) of(message []byte) (*wire.Frame, error) {
	if string(s.message) == string(message) {
		return &s.frame, nil
	}
	if err := s.frame.Decode(message); err != nil {
		s.message = s.message[:0]
		return nil, err
	}
	s.message = append(s.message[:0], message...)
	return &s.frame, nil
}
