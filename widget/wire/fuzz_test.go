package wire_test

import (
	"bytes"
	"testing"

	"fanfare/widget/wire"
)

// fuzz feeds any bytes to a decoder. What it accepts must encode to the very same bytes: a message has one encoding.
func fuzz(f *testing.F, empty func() message) {
	for _, m := range messages {
		f.Add(m.Append(nil))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		m := empty()
		if err := m.Decode(in); err != nil {
			return
		}
		if out := m.Append(nil); !bytes.Equal(out, in) {
			t.Errorf("decoded %x, encoded %x", in, out)
		}
	})
}

func FuzzJoin(f *testing.F)  { fuzz(f, func() message { return &wire.Join{} }) }
func FuzzFrame(f *testing.F) { fuzz(f, func() message { return &wire.Frame{} }) }
func FuzzRetry(f *testing.F) { fuzz(f, func() message { return &wire.Retry{} }) }
func FuzzPulse(f *testing.F) { fuzz(f, func() message { return &wire.Pulse{} }) }

// A frame decoded into one that was used before must not keep anything of the older one.
func FuzzFrameReused(f *testing.F) {
	for _, m := range messages {
		f.Add(m.Append(nil), (&wire.Frame{Room: "night"}).Append(nil))
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var used wire.Frame
		_ = used.Decode(first)
		if err := used.Decode(second); err != nil {
			return
		}
		if out := used.Append(nil); !bytes.Equal(out, second) {
			t.Errorf("decoded %x into a used frame, encoded %x", second, out)
		}
	})
}
