package standing

import (
	"reflect"
	"testing"

	"fanfare/server/bus"
	"fanfare/server/contest"
)

func TestMessagesRoundTrip(t *testing.T) {
	for name, m := range map[string]message{
		"empty":   {epoch: 1},
		"changes": {epoch: 1<<64 - 1, changes: []contest.Change{at(1, 2, 3), hidden(1<<32-1, 1<<62), {Score: -1}}},
		"stale":   {epoch: 3, stale: []cardID{{night, "e_1"}, {}}},
	} {
		got, err := decode(m.encode())
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%s: decode(encode(m)) = %+v, %v, want %+v", name, got, err, m)
		}
	}
}

func TestMalformedMessagesAreRefused(t *testing.T) {
	good := message{epoch: 1, changes: []contest.Change{at(1, 2, 3)}, stale: []cardID{{night, "e_1"}}}.encode()
	for n := range good {
		if _, err := decode(good[:n]); err == nil {
			t.Errorf("the first %d of %d bytes were accepted", n, len(good))
		}
	}
	if _, err := decode(append(good, 0)); err == nil {
		t.Error("a byte behind the end was accepted")
	}
	good[0] = messageVersion + 1
	if _, err := decode(good); err == nil {
		t.Error("another version was accepted")
	}
}

func TestAChangeWithoutAnEntryIsPassedOver(t *testing.T) {
	boards := alone(t, newDatabase(at(1, 1, 1)))
	top(t, boards)
	nobody := at(2, 1, 5)
	nobody.Entry = ""
	boards.receive(message{epoch: boards.Epoch() + 1, changes: []contest.Change{nobody}}.encode())
	expectBoard(t, boards, "1:1 ")
}

func TestALargeCommitFitsTheBus(t *testing.T) {
	full := message{epoch: 1<<64 - 1}
	for range maxChanges {
		c := at(1<<32-1, 1<<62, 1<<62)
		c.Challenge, c.Entry = "ch_0123456789abcdef", "e_0123456789abcdef"
		full.changes = append(full.changes, c)
	}
	if n := len(full.encode()); n > bus.MaxMessage {
		t.Errorf("a full message has %d bytes, the bus takes %d", n, bus.MaxMessage)
	}
	boards := alone(t, newDatabase())
	top(t, boards)
	many := make([]contest.Change, 3*maxChanges+1)
	for i := range many {
		many[i] = at(contest.EntryNumber(i+1), 1, 1)
	}
	boards.Committed(many)
	if got := boards.Stats(); got.Entries != len(many) || got.Unpublished != 0 {
		t.Errorf("Stats = %+v, want %d entries, all published", got, len(many))
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(message{epoch: 1, changes: []contest.Change{at(1, 2, 3)}, stale: []cardID{{night, "e_1"}}}.encode())
	f.Add([]byte{messageVersion, 1, 255, 255, 255, 255, 15})
	f.Fuzz(func(t *testing.T, encoded []byte) {
		m, err := decode(encoded)
		if err != nil {
			return
		}
		again, err := decode(m.encode())
		if err != nil || !reflect.DeepEqual(again, m) {
			t.Errorf("%+v became %+v, %v", m, again, err)
		}
	})
}
