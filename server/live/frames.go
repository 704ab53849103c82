package live

import "encoding/binary"

// The opcodes of what a hub sends, each message in one frame.
const (
	opBinary = 0x2
	opClose  = 0x8
	opPing   = 0x9
	opPong   = 0xa
)

// final is the bit of a frame's first byte that says that the message ends with it.
const final = 0x80

// appendMessage writes a message with the header that a server puts before it. Nothing is compressed, whatever the client offers:
// deflate makes 124 bytes of an update of 118, unless it keeps a window for each socket, at 32 KB and more.
func appendMessage(dst []byte, opcode byte, payload []byte) []byte {
	dst = append(dst, final|opcode)
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, byte(n))
	case n < 1<<16:
		dst = append(dst, 126)
		dst = binary.BigEndian.AppendUint16(dst, uint16(n))
	default:
		dst = append(dst, 127)
		dst = binary.BigEndian.AppendUint64(dst, uint64(n))
	}
	return append(dst, payload...)
}

// message is a binary message as it is written to a socket.
func message(payload []byte) []byte {
	return appendMessage(make([]byte, 0, len(payload)+10), opBinary, payload)
}
