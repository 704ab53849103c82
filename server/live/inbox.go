package live

import (
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"fanfare/widget/wire"
)

// What ends a connection because of what the client sent.
var (
	errBreach = errors.New("breach of the websocket protocol")
	errLarge  = errors.New("message is larger than any that clients send")
)

// The parts of a frame's first two bytes (RFC 6455, 5.2), and the sizes of headers.
const (
	opContinuation = 0x0
	opText         = 0x1

	opcodeBits   = 0x0f
	reservedBits = 0x70
	masked       = 0x80
	lengthBits   = 0x7f

	maxControl = 125 // bytes of its payload
	shortHead  = 6   // a masked frame has so many bytes at least, and all of them are header
	maxHead    = 14
)

// inbox reads what a client sends: messages, which may come in fragments, and control frames, also between fragments. It reads no byte
// beyond the frame it is at, so a socket that waits for the next one keeps no buffer; gorilla's reader with its own takes 700 bytes.
type inbox struct {
	in      io.Reader
	head    [maxHead]byte
	kind    byte   // of the message that has begun; 0 where none has
	message []byte // what came of it
}

// next returns the next message or control frame.
func (i *inbox) next() (opcode byte, payload []byte, err error) {
	for {
		opcode, last, size, err := i.begin()
		if err != nil {
			return 0, nil, err
		}
		if opcode >= opClose {
			payload, err = i.body(nil, size)
			return opcode, payload, err
		}
		if opcode != opContinuation {
			i.kind = opcode
		}
		if i.message, err = i.body(i.message, size); err != nil {
			return 0, nil, err
		}
		if last {
			opcode, payload = i.kind, i.message
			i.kind, i.message = 0, nil
			return opcode, payload, nil
		}
	}
}

// begin reads a frame's header and judges it, the first two bytes as soon as they are there.
func (i *inbox) begin() (opcode byte, last bool, size int, err error) {
	n, err := io.ReadAtLeast(i.in, i.head[:shortHead], 2)
	if err != nil {
		return 0, false, 0, err
	}
	opcode, last = i.head[0]&opcodeBits, i.head[0]&final != 0
	length := uint64(i.head[1] & lengthBits)
	if !i.allows(opcode, last, length) || i.head[0]&reservedBits != 0 || i.head[1]&masked == 0 {
		return 0, false, 0, errBreach
	}
	whole := shortHead
	switch length {
	case 126:
		whole += 2
	case 127:
		whole += 8
	}
	if _, err := io.ReadFull(i.in, i.head[n:whole]); err != nil {
		return 0, false, 0, err
	}
	switch length {
	case 126:
		length = uint64(binary.BigEndian.Uint16(i.head[2:]))
	case 127:
		length = binary.BigEndian.Uint64(i.head[2:])
	}
	if length > uint64(wire.MaxJoin-len(i.message)) && opcode < opClose {
		return 0, false, 0, errLarge
	}
	copy(i.head[:4], i.head[whole-4:whole]) // the mask, for the body
	return opcode, last, int(length), nil
}

// allows reports whether such a frame may come now.
func (i *inbox) allows(opcode byte, last bool, length uint64) bool {
	switch opcode {
	case opText, opBinary:
		return i.kind == 0
	case opContinuation:
		return i.kind != 0
	case opClose, opPing, opPong:
		return last && length <= maxControl
	}
	return false
}

// body reads a frame's payload and appends it.
func (i *inbox) body(to []byte, size int) ([]byte, error) {
	if size == 0 {
		return to, nil
	}
	from := len(to)
	to = append(to, make([]byte, size)...)
	if _, err := io.ReadFull(i.in, to[from:]); err != nil {
		return nil, err
	}
	for j := from; j < len(to); j++ {
		to[j] ^= i.head[(j-from)%4]
	}
	return to, nil
}

// codeOfGoodbye is the code with which a client says goodbye.
func codeOfGoodbye(payload []byte) (code int, err error) {
	if len(payload) < 2 {
		return websocket.CloseNoStatusReceived, nil
	}
	code = int(binary.BigEndian.Uint16(payload))
	switch {
	case !utf8.Valid(payload[2:]):
		return 0, errBreach
	case code >= 3000 && code < 5000:
		return code, nil
	case code < 1000 || code > 1013 || code >= 1004 && code <= 1006: // RFC 6455, 7.4, and the registry
		return 0, errBreach
	}
	return code, nil
}
