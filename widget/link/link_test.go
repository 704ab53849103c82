package link

import (
	"math/rand/v2"
	"testing"

	"fanfare/widget/port"
	"fanfare/widget/port/porttest"
	"fanfare/widget/wire"
)

type stand struct {
	*Link
	w       *porttest.World
	frames  int
	pulses  []wire.Pulse
	revoked int
}

func start(t *testing.T) *stand {
	w := porttest.New(t, 0)
	return startBy(w, w)
}

func startBy(w *porttest.World, clock port.Clock) *stand {
	s := &stand{w: w}
	s.Link = New(w, clock, "https://h.example", "night")
	s.Frame = func(*wire.Frame) { s.frames++ }
	s.Pulse = func(p *wire.Pulse) { s.pulses = append(s.pulses, *p) }
	s.Changed = func() {}
	s.Bearer = func() string { return "b" }
	s.Revoked = func() { s.revoked++ }
	s.Start()
	return s
}

func (s *stand) conn() *porttest.Conn { return s.w.Conns[len(s.w.Conns)-1] }

func (s *stand) live(room string) {
	s.conn().Opened()
	frame := wire.Frame{Room: room, Counter: 1}
	s.conn().Message(frame.Append(nil))
}

func (s *stand) expect(t *testing.T, dials int, state State) {
	t.Helper()
	if len(s.w.Conns) != dials || s.State() != state {
		t.Errorf("got %d dials and state %d, want %d and %d", len(s.w.Conns), s.State(), dials, state)
	}
}

func TestJoinsWithRoomAndBearerAndIsLiveByTheFirstFrame(t *testing.T) {
	s := start(t)
	if got, want := s.conn().URL, "wss://h.example/api/v1/live"; got != want {
		t.Errorf("address: got %s, want %s", got, want)
	}
	s.conn().Opened()
	s.expect(t, 1, Connecting)
	var join wire.Join
	if err := join.Decode(s.conn().Sent[0]); err != nil || join.Room != "night" || join.Token != "b" {
		t.Errorf("join: got %+v, %v", join, err)
	}
	s.live("night")
	s.expect(t, 1, Live)
	if s.frames != 1 {
		t.Errorf("frames: got %d, want 1", s.frames)
	}
}

func TestFrameOfAnotherRoomAndGarbageAreIgnored(t *testing.T) {
	s := start(t)
	s.live("other")
	s.conn().Message([]byte{2, 1, 99})
	s.conn().Message(nil)
	s.expect(t, 1, Connecting)
	if s.frames != 0 {
		t.Errorf("frames: got %d, want 0", s.frames)
	}
}

func TestPausesGrowAndEndOffline(t *testing.T) {
	s := start(t)
	for i, pause := range []int64{1000, 2000, 4000, 8000, 16000, 30000, 30000} {
		s.conn().Closed(1006)
		s.w.Advance(pause - 1) // chance is one half: a half and a half of the pause
		if len(s.w.Conns) != i+1 {
			t.Fatalf("try %d came before %d ms", i+2, pause)
		}
		s.w.Advance(1)
		if len(s.w.Conns) != i+2 {
			t.Fatalf("try %d did not come after %d ms", i+2, pause)
		}
	}
	s.expect(t, 8, Offline)
	s.live("night")
	s.expect(t, 8, Live)
	s.conn().Closed(1006)
	s.w.Advance(1000)
	s.expect(t, 9, Connecting) // a frame made the pauses short again
}

func TestRetryIsObeyedOnce(t *testing.T) {
	s := start(t)
	s.live("night")
	retry := wire.Retry{AfterMillis: 7000}
	s.conn().Message(retry.Append(nil))
	s.conn().Closed(wire.CloseRestarting)
	s.w.Advance(7000 + retrySpan/2 - 1)
	s.expect(t, 1, Connecting)
	s.w.Advance(1)
	s.expect(t, 2, Connecting)
	s.conn().Closed(1006)
	s.w.Advance(2000)
	s.expect(t, 3, Connecting)
}

func TestRefusalIsFinal(t *testing.T) {
	for _, code := range []int{wire.CloseRefused, wire.CloseProtocol} {
		s := start(t)
		s.conn().Closed(code)
		s.w.Advance(1 << 20)
		s.Hurry()
		s.Lost()
		s.expect(t, 1, Refused)
	}
}

func TestRevokedBearerIsDroppedAndTheBoardJoinedAgain(t *testing.T) {
	s := start(t)
	s.live("night")
	s.conn().Closed(wire.CloseRevoked)
	s.w.Advance(1000)
	s.expect(t, 2, Connecting)
	if s.revoked != 1 {
		t.Errorf("revoked: got %d, want 1", s.revoked)
	}
}

func TestHurryShortensTheWaitAndOnlyThat(t *testing.T) {
	s := start(t)
	s.live("night")
	s.Hurry()
	s.expect(t, 1, Live)
	s.conn().Closed(1006)
	s.Hurry()
	s.expect(t, 2, Connecting)
	s.live("night")
	s.w.Advance(silentTime - 1)
	s.expect(t, 2, Live)
}

func TestASilentServerIsHungUpOnAndDialledAgain(t *testing.T) {
	const limit = silentTime + silentSpan/2 // chance is one half
	s := start(t)
	s.live("night")
	for _, message := range [][]byte{nil, {99}, (&wire.Pulse{}).Append(nil)} { // whatever it says, it is there
		s.w.Advance(limit - 1)
		s.conn().Message(message)
	}
	s.w.Advance(limit - 1)
	s.expect(t, 1, Live)
	s.w.Advance(1)
	s.expect(t, 1, Connecting)
	if !s.conn().HungUp {
		t.Error("the socket is still open")
	}
	s.w.Advance(firstPause)
	s.expect(t, 2, Connecting)
	s.live("night")
	s.expect(t, 2, Live)
	if n := s.w.Timers(); n != 1 {
		t.Errorf("timers: got %d, want the one that waits for silence", n)
	}
}

func TestWhatCameBeforeThePageWasShownIsNoWordNow(t *testing.T) {
	s := start(t)
	s.live("night")
	s.Quiet(true)
	frame := wire.Frame{Room: "night", Counter: 2}
	s.conn().Message(frame.Append(nil))
	s.w.Advance(silentTime)
	s.Quiet(false)
	s.w.Advance(silentSpan / 2)
	s.expect(t, 1, Connecting)
}

// lucky is a clock with chance of its own.
type lucky struct {
	*porttest.World
	random func() float64
}

func (l lucky) Random() float64 { return l.random() }

// A network may swallow everything for half a minute, and end nothing. Whenever that begins between two messages, and however chance falls,
// the page is live within ten seconds of its end: if the server says something every 26 seconds, and the kernel repeats the first packet
// of a connection 1, 3 and 7 seconds after it.
func TestHalfAMinuteOfNothingIsMadeUpForWithinTenSeconds(t *testing.T) {
	const hole, patience = 30_000, 10_000
	chances := []func() float64{rand.Float64, rand.Float64, func() float64 { return 0 }, func() float64 { return .999 }}
	for began := int64(0); began <= 26_000; began += 50 { // after the last message
		for _, chance := range chances {
			w := porttest.New(t, 0)
			s := startBy(w, lucky{w, chance})
			s.live("night")
			end := began + hole
			for now, dials, dialled := int64(0), 1, int64(0); s.State() != Live || dials == 1; now += 50 {
				if now > end+patience {
					t.Fatalf("a hole %d ms after the last message: state %d and %d dials %d ms after its end", began, s.State(), dials, now-end)
				}
				w.Advance(50)
				if n := len(w.Conns); n > dials {
					dials, dialled = n, now
				}
				tried := now - dialled
				if again := tried == 0 || tried == 1000 || tried == 3000 || tried == 7000; dials > 1 && now >= end && again && !s.conn().HungUp {
					s.live("night")
				}
			}
		}
	}
}

func TestLostNetworkIsToldAtOnceAndLeftByHurrying(t *testing.T) {
	s := start(t)
	s.live("night")
	s.Lost()
	s.expect(t, 1, Offline)
	if !s.conn().HungUp {
		t.Error("the socket is still open")
	}
	s.Hurry()
	s.live("night")
	s.expect(t, 2, Live)
}

func TestStopLeavesNothingBehind(t *testing.T) {
	s := start(t)
	s.conn().Closed(1006)
	s.Stop()
	if n := s.w.Timers(); n != 0 {
		t.Errorf("timers: got %d, want 0", n)
	}
	s.w.Advance(60_000)
	s.expect(t, 1, Refused)
}

func (s *stand) joined(t *testing.T, i int) string {
	t.Helper()
	var join wire.Join
	if i >= len(s.conn().Sent) {
		t.Fatalf("got %d joins, want number %d", len(s.conn().Sent), i+1)
	}
	if err := join.Decode(s.conn().Sent[i]); err != nil {
		t.Fatal(err)
	}
	return join.Room
}

func TestAnotherRoomIsJoinedOnTheSameSocketAndTheOneBeforeIsPassedOver(t *testing.T) {
	s := start(t)
	s.live("night")
	s.Join("night/city/wuhan")
	if got := s.joined(t, 1); got != "night/city/wuhan" || len(s.w.Conns) != 1 {
		t.Errorf("joined %s with %d sockets, want the city's room with one", got, len(s.w.Conns))
	}
	for i, room := range []string{"night", "night/city/wuhan"} {
		frame := wire.Frame{Room: room, Counter: 9}
		s.conn().Message(frame.Append(nil))
		if s.frames != 1+i {
			t.Errorf("after a frame of %s: got %d frames, want %d", room, s.frames, 1+i)
		}
	}
}

func TestAfterALossTheRoomChosenLastIsJoined(t *testing.T) {
	s := start(t)
	s.live("night")
	s.conn().Closed(1006)
	s.Join("night/rising")
	s.w.Advance(firstPause)
	s.conn().Opened()
	if got := s.joined(t, 0); got != "night/rising" {
		t.Errorf("joined %s", got)
	}
}

func TestARefusedLinkTriesAnotherRoom(t *testing.T) {
	s := start(t)
	s.conn().Closed(wire.CloseRefused)
	s.expect(t, 1, Refused)
	s.Join("night/rising")
	s.expect(t, 2, Connecting)
}

func TestARefusalThatMayBeOfTheRoomBeforeIsTriedOnceMore(t *testing.T) {
	s := start(t)
	s.live("night")
	s.Join("night/tag/gone")
	s.Join("night")
	s.conn().Closed(wire.CloseRefused)
	s.expect(t, 1, Connecting)
	s.w.Advance(firstPause)
	s.expect(t, 2, Connecting)
	s.conn().Opened()
	s.conn().Closed(wire.CloseRefused)
	s.expect(t, 2, Refused)
}

func TestWhileNobodyLooksTheNewestFrameAndPulseAloneAreKeptAsTheyCame(t *testing.T) {
	s := start(t)
	s.live("night")
	var last uint64
	s.Frame = func(f *wire.Frame) { s.frames++; last = f.Counter }
	s.Quiet(true)
	for counter := uint64(2); counter < 50; counter++ {
		frame, pulse := wire.Frame{Room: "night", Counter: counter}, wire.Pulse{Watching: counter}
		s.conn().Message(frame.Append(nil))
		s.conn().Message(pulse.Append(nil))
	}
	if s.frames != 1 || len(s.pulses) != 0 {
		t.Errorf("decoded while nobody looks: got %d frames and %d pulses, want none", s.frames-1, len(s.pulses))
	}
	s.Quiet(false)
	if len(s.pulses) != 1 || s.pulses[0].Watching != 49 {
		t.Errorf("pulses on return: got %+v, want the newest", s.pulses)
	}
	if s.frames != 2 || last != 49 {
		t.Errorf("on return: got %d frames, the last is %d; want one, 49", s.frames-1, last)
	}
	s.Quiet(true)
	s.Quiet(false)
	if s.frames != 2 {
		t.Error("a frame was given twice")
	}
}

func TestNothingKeptOfAnotherRoomOrALostSocketIsShown(t *testing.T) {
	for name, leave := range map[string]func(*stand){
		"another room":  func(s *stand) { s.Join("night/rising") },
		"a lost socket": func(s *stand) { s.conn().Closed(1006) },
	} {
		s := start(t)
		s.live("night")
		s.Quiet(true)
		frame := wire.Frame{Room: "night", Counter: 2}
		s.conn().Message(frame.Append(nil))
		leave(s)
		s.Quiet(false)
		if s.frames != 1 {
			t.Errorf("%s: what was kept is shown", name)
		}
	}
}

func TestPulsesAreHandedOn(t *testing.T) {
	s := start(t)
	s.live("night")
	want := wire.Pulse{Watching: 1024, VotesShown: true, VotesPerMinute: 35}
	s.conn().Message(want.Append(nil))
	s.conn().Message([]byte{byte(wire.KindPulse), 1})
	if len(s.pulses) != 1 || s.pulses[0] != want {
		t.Errorf("got %+v, want %+v alone", s.pulses, want)
	}
}
