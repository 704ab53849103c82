package throttle

import (
	"bytes"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"fanfare/server/bus"
	"fanfare/server/bus/membus"
)

var example = message{replica: 1<<64 - 1, asking: true, groups: []group{
	{counter: "votes", window: time.Minute, start: 1_700_000_040, counts: []count{{1, 1}, {1<<64 - 1, maxCount}}},
	{counter: "", window: 0, start: -1},
}}

func TestMessagesRoundTrip(t *testing.T) {
	for _, m := range []message{{}, example} {
		got, err := decode(m.encode())
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("decode(encode(m)) = %+v, %v, want %+v", got, err, m)
		}
	}
}

func TestMalformedMessagesAreRefused(t *testing.T) {
	good := message{replica: 1, groups: example.groups[:1]}.encode()
	whole := len(message{}.encode()) // a message without groups is one too
	for n := range good {
		if _, err := decode(good[:n]); err == nil && n != whole {
			t.Errorf("the first %d of %d bytes were accepted", n, len(good))
		}
	}
	good[0] = messageVersion + 1
	if _, err := decode(good); err == nil {
		t.Error("another version was accepted")
	}
}

func TestTheFullestMessageFitsTheBus(t *testing.T) {
	g := group{counter: string(make([]byte, maxName)), window: maxWindow, start: 1 << 62}
	for id := range uint64(maxTold) {
		g.counts = append(g.counts, count{id, maxCount})
	}
	if n := len(message{groups: []group{g}}.encode()); n > bus.MaxMessage {
		t.Errorf("it has %d bytes, the bus takes %d", n, bus.MaxMessage)
	}
}

func TestKeysAreNotReadableOnTheBus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := membus.New()
		defer shared.Close()
		var heard []byte
		if _, err := shared.Subscribe(topic, func(m []byte) { heard = append(heard, m...) }, func() {}); err != nil {
			t.Fatal(err)
		}
		r := start(t, shared)
		r.asks("198.51.100.7", 1)
		time.Sleep(3 * tick)
		synctest.Wait()
		if len(heard) == 0 || bytes.Contains(heard, []byte("198.51.100.7")) {
			t.Errorf("the bus carries %q", heard)
		}
	})
}

func TestCountsOfStrangeWindowsAreIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := membus.New()
		defer shared.Close()
		r := start(t, shared)
		atTheStartOfAWindow()
		now := time.Now().Truncate(window)
		for _, g := range []group{
			{counter: "votes", window: window, start: now.Add(-3 * window).Unix()},
			{counter: "votes", window: window, start: now.Add(3 * window).Unix()},
			{counter: "votes", window: window, start: now.Unix() + 1},
			{counter: "votes", window: 2 * window, start: now.Unix()},
			{counter: "of a later version", window: window, start: now.Unix()},
			{counter: "votes", window: window, start: -1 << 63},
		} {
			g.counts = []count{{hash("fan"), limit}}
			r.counts.receive(message{replica: 7, groups: []group{g}}.encode())
		}
		if n := len(r.counts.Counter("votes").slots); n != 0 {
			t.Errorf("%d windows are remembered, want none", n)
		}
		r.counts.receive(message{replica: 7, groups: []group{{"votes", window, now.Unix(), []count{{hash("fan"), limit}}}}}.encode())
		if passed := r.asks("fan", 1); passed != 0 {
			t.Error("the counts of this window are ignored as well")
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(example.encode())
	f.Add([]byte{messageVersion, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 'v', 60, 0, 255, 255, 255, 255, 15})
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
