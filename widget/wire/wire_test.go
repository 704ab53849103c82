package wire_test

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"fanfare/widget/wire"
)

// message is what all kinds have in common.
type message interface {
	Append(dst []byte) []byte
	Decode(message []byte) error
}

// messages are the cases of the round trips, and the seeds of the fuzz targets.
var messages = map[string]message{
	"join without token":   &wire.Join{Room: "night"},
	"join with token":      &wire.Join{Room: "night", Token: "t_" + strings.Repeat("x", 43)},
	"join of nothing":      &wire.Join{},
	"retry":                &wire.Retry{AfterMillis: 1500},
	"retry at the maximum": &wire.Retry{AfterMillis: math.MaxUint64},
	"pulse":                &wire.Pulse{Watching: 1_024, VotesShown: true, VotesPerMinute: 350},
	"pulse without votes":  &wire.Pulse{Watching: 1},
	"pulse of no votes":    &wire.Pulse{Watching: 200, VotesShown: true},
	"empty frame":          &wire.Frame{},
	"board":                board(20),
	"board with the most rows and with numbers at the maximum": &wire.Frame{
		Room: "night", Epoch: math.MaxUint64, Counter: math.MaxUint64, Entries: math.MaxUint64, Votes: math.MaxUint64,
		Rows: rows(wire.MaxRows),
	},
	"frame with cards": &wire.Frame{
		Room: "夜景", Epoch: 1, Counter: 2, Entries: 2, Votes: 127,
		Rows: []wire.Row{{Number: 128, Score: 100}, {Number: 1, Score: 27}},
		Cards: []wire.Card{
			{Number: 128, Entry: "e_0123456789abc", Caption: "外滩 #夜景 🌃", Author: "小明", Thumb: "r/square.jpg", ThumbHash: "3OcRJYB4d3h/iIeHeEh3eIhw+j2w"},
			{Number: 1},
		},
	},
	"board as it was": &wire.Frame{
		Room: "night", Epoch: 1, Counter: 2, AsAt: 1_795_000_000, Entries: 3, Votes: 9, Rows: rows(3), Cards: []wire.Card{{Number: 1}},
	},
	"order alone":   &wire.Frame{Room: "night", Epoch: 1, Counter: 2, Shows: wire.ShowsOrder, Entries: 3, Rows: []wire.Row{{Number: 3}, {Number: 1}, {Number: 2}}},
	"nothing shown": &wire.Frame{Room: "night", Epoch: 1, Counter: 2, Shows: wire.ShowsNothing, Entries: 3, Rows: []wire.Row{{Number: 1}, {Number: 2}}},
}

func TestAFrameThatShowsNoScoresHoldsNone(t *testing.T) {
	for _, shows := range []wire.Shows{wire.ShowsOrder, wire.ShowsNothing} {
		told, silent := board(20), board(20)
		told.Shows, silent.Shows, silent.Votes = shows, shows, 0
		for i := range silent.Rows {
			silent.Rows[i].Score = 0
		}
		if got, want := told.Append(nil), silent.Append(nil); !bytes.Equal(got, want) {
			t.Errorf("shows %d: scores change the frame: %x, want %x", shows, got, want)
		}
	}
}

func rows(n int) []wire.Row {
	rows := make([]wire.Row, n)
	for i := range rows {
		rows[i] = wire.Row{Number: uint64(i*397 + 1), Score: uint64(48_000 - i*300)}
	}
	return rows
}

// board is a busy challenge's: numbers up to five digits, scores up to five.
func board(n int) *wire.Frame {
	return &wire.Frame{
		Room: "night", Epoch: math.MaxUint32, Counter: 100_000, Entries: 12_000, Votes: 1_250_000, Rows: rows(n),
	}
}

func fresh(m message) message { return reflect.New(reflect.TypeOf(m).Elem()).Interface().(message) }

func TestEveryMessageComesBackAsItWas(t *testing.T) {
	for name, want := range messages {
		t.Run(name, func(t *testing.T) {
			got := fresh(want)
			if err := got.Decode(want.Append(nil)); err != nil {
				t.Fatalf("decode: %v", err)
			}
			if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestAppendLeavesWhatIsThere(t *testing.T) {
	for name, m := range messages {
		if got, want := m.Append([]byte("before")), append([]byte("before"), m.Append(nil)...); !bytes.Equal(got, want) {
			t.Errorf("%s: got %x, want %x", name, got, want)
		}
	}
}

func TestEveryShortenedOrLengthenedMessageIsRefused(t *testing.T) {
	for name, m := range messages {
		whole := m.Append(nil)
		for n := range len(whole) {
			if err := fresh(m).Decode(whole[:n]); err != wire.ErrFormat {
				t.Errorf("%s cut after %d of %d bytes: got %v, want ErrFormat", name, n, len(whole), err)
			}
		}
		if err := fresh(m).Decode(append(whole, 0)); err != wire.ErrFormat {
			t.Errorf("%s with a byte more: got %v, want ErrFormat", name, err)
		}
	}
}

func TestWhatIsNotAMessageIsRefused(t *testing.T) {
	join := &wire.Join{Room: "night"}
	otherVersion := join.Append(nil)
	otherVersion[1] = wire.Version + 1
	for name, c := range map[string]struct {
		into  message
		bytes []byte
	}{
		"another kind":                   {&wire.Frame{}, join.Append(nil)},
		"another version of Join":        {&wire.Join{}, otherVersion},
		"a join longer than MaxJoin":     {&wire.Join{}, (&wire.Join{Room: strings.Repeat("x", wire.MaxJoin)}).Append(nil)},
		"a frame longer than MaxMessage": {&wire.Frame{}, (&wire.Frame{Room: strings.Repeat("x", wire.MaxMessage)}).Append(nil)},
		"more rows than MaxRows":         {&wire.Frame{}, board(wire.MaxRows + 1).Append(nil)},
		"a number of more than 64 bits":  {&wire.Retry{}, append([]byte{byte(wire.KindRetry)}, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02)},
		"a number longer than need be":   {&wire.Retry{}, []byte{byte(wire.KindRetry), 0x81, 0x00}},
		"a frame that shows scores as they are now and claims to say more": {
			&wire.Frame{}, append([]byte{byte(wire.KindFrame), wire.VersionReserved, byte(wire.ShowsScores), 0}, (&wire.Frame{}).Append(nil)[2:]...),
		},
		"a frame that shows what nobody knows": {
			&wire.Frame{}, append([]byte{byte(wire.KindFrame), wire.VersionReserved, byte(wire.ShowsNothing) + 1, 0}, (&wire.Frame{}).Append(nil)[2:]...),
		},
		"a pulse with two numbers of votes": {&wire.Pulse{}, []byte{byte(wire.KindPulse), 1, 2, 1, 1}},
		"another version of Frame":          {&wire.Frame{}, append([]byte{byte(wire.KindFrame), wire.VersionReserved + 1}, (&wire.Frame{}).Append(nil)[2:]...)},
		"a string longer than the rest":     {&wire.Join{}, []byte{byte(wire.KindJoin), wire.Version, 200, 1, 'x'}},
	} {
		if err := c.into.Decode(c.bytes); err != wire.ErrFormat {
			t.Errorf("%s: got %v, want ErrFormat", name, err)
		}
	}
}

func TestTwentyRowsFitInto140Bytes(t *testing.T) {
	if n := len(board(20).Append(nil)); n > 140 {
		t.Errorf("a busy board of 20 rows takes %d bytes, want at most 140", n)
	}
}

func TestDecodingAFrameAgainAllocatesOnlyItsStrings(t *testing.T) {
	message := board(20).Append(nil)
	var f wire.Frame
	if err := f.Decode(message); err != nil {
		t.Fatal(err)
	}
	allocs := testing.AllocsPerRun(100, func() {
		if err := f.Decode(message); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 2 { // the room's name and the reader
		t.Errorf("decoding a known board allocates %v times, want at most 2", allocs)
	}
}

func TestDecodingNeverAllocatesByANumberItWasTold(t *testing.T) {
	const huge = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
	frame := string([]byte{byte(wire.KindFrame), wire.Version})
	for name, c := range map[string]struct {
		into  message
		bytes string
	}{
		"a string": {&wire.Join{}, string([]byte{byte(wire.KindJoin), wire.Version}) + huge + "x"},
		"rows":     {&wire.Frame{}, frame + "\x00\x00\x00\x00\x00" + huge},
		"cards":    {&wire.Frame{}, frame + "\x00\x00\x00\x00\x00\x00" + huge},
	} {
		told := []byte(c.bytes)
		const runs = 100
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range runs {
			if err := c.into.Decode(told); err != wire.ErrFormat {
				t.Fatalf("%s: got %v, want ErrFormat", name, err)
			}
		}
		runtime.ReadMemStats(&after)
		if got := (after.TotalAlloc - before.TotalAlloc) / runs; got > 1024 {
			t.Errorf("%s of 2^64-1: %d bytes allocated for a message of %d", name, got, len(told))
		}
	}
}
