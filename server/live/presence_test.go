package live

import (
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"testing"
	"time"

	"fanfare/server/bus"
	"fanfare/server/bus/membus"
	"fanfare/server/contest"
	"fanfare/widget/wire"
)

// beating is a timing in which pulses are told often.
func beating() timing {
	t := quick()
	t.gap, t.beat = time.Millisecond, 5*time.Millisecond
	return t
}

func (s *stage) watching(n int) func() bool {
	return func() bool { return s.hub.Watching("c_night") == n }
}

func TestReplicasSumWhoWatchesAndForgetWhoIsGone(t *testing.T) {
	b := membus.New()
	defer b.Close()
	here, there := newStageOn(t, beating(), DefaultLimits, b, httptest.NewServer), newStageOn(t, beating(), DefaultLimits, b, httptest.NewServer)
	first := here.join("night", "")
	there.join("night", "")
	there.join("day", "")
	here.wait("both are counted here", here.watching(2))
	there.wait("both are counted there", there.watching(2))
	first.join("night/rising", "")
	first.pulse()
	first.join("day", "")
	there.wait("who went to another challenge is not counted", there.watching(1))
	if err := there.hub.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	here.wait("a replica that ended is not counted", here.watching(0))
}

func TestAReplicaThatFallsSilentIsForgotten(t *testing.T) {
	b := membus.New()
	defer b.Close()
	s := newStageOn(t, beating(), DefaultLimits, b, httptest.NewServer)
	s.join("night", "")
	s.wait("its own socket is counted", s.watching(1))
	if err := b.Publish(presenceTopic, encodePresence(7, map[contest.ChallengeID]int{"c_night": 1_000})); err != nil {
		t.Fatal(err)
	}
	s.wait("another replica's are counted", s.watching(1_001))
	s.wait("they are not any more", s.watching(1))
}

func TestAHubWithoutItsBusDoesNotStart(t *testing.T) {
	b := membus.New()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := newHub(newBoards(), &fakeAdmit{}, DefaultLimits, "", b, nil, quick()); !errors.Is(err, bus.ErrClosed) {
		t.Errorf("got %v, want that the bus is closed", err)
	}
}

func FuzzPresence(f *testing.F) {
	f.Add(encodePresence(1, nil))
	f.Add(encodePresence(1<<63, map[contest.ChallengeID]int{"c_night": 1, "c_day": maxSockets}))
	f.Fuzz(func(t *testing.T, in []byte) {
		replica, watching, err := decodePresence(in)
		if err != nil {
			return
		}
		again, same, err := decodePresence(encodePresence(replica, watching))
		if err != nil || again != replica || !maps.Equal(same, watching) {
			t.Errorf("%x: got %d %v, then %d %v: %v", in, replica, watching, again, same, err)
		}
	})
}

func TestPresenceOfManyChallengesFitsIntoAMessage(t *testing.T) {
	watching := map[contest.ChallengeID]int{}
	for i := range maxTold + 10 {
		watching[contest.ChallengeID(fmt.Sprintf("%0*d", maxName, i))] = maxSockets
	}
	m := encodePresence(1, watching)
	if _, told, err := decodePresence(m); len(m) > bus.MaxMessage || err != nil || len(told) != maxTold {
		t.Errorf("%d bytes for %d challenges, want at most %d for %d: %v", len(m), len(told), bus.MaxMessage, maxTold, err)
	}
}

func TestAPulseRidesWithTheFirstFrameAndComesAgainWhenItChangesVisibly(t *testing.T) {
	s := newStage(t, beating(), DefaultLimits)
	s.boards.pulse = 30
	s.boards.set("c_night", 1, 1, 1)
	c := s.join("night", "")
	if got := wire.KindOf(c.next()); got != wire.KindFrame {
		t.Fatalf("got a message of kind %d first, want a frame", got)
	}
	if got, want := c.pulse(), (wire.Pulse{Watching: 1, VotesShown: true, VotesPerMinute: 30}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	votes := func(n int64) { s.boards.do(func() { s.boards.pulse = n }) }
	votes(1_234) // nobody votes meanwhile: no frame takes it along
	if got := c.pulse(); got.VotesPerMinute != 1_200 {
		t.Errorf("got %+v, want 1200 votes a minute", got)
	}
	votes(1_190)
	votes(1_249)
	votes(-1)
	if got, want := c.pulse(), (wire.Pulse{Watching: 1}); got != want {
		t.Errorf("got %+v, want %+v: 1190 and 1249 look like 1234", got, want)
	}
	s.join("night/rising", "").pulse()
	if got := c.pulse(); got.Watching != 2 {
		t.Errorf("got %+v, want two who watch", got)
	}
}

func TestNumbersOfAPulseAreExactUpToAHundredAndOfTwoDigitsAbove(t *testing.T) {
	for n, want := range map[uint64]uint64{0: 0, 1: 1, 99: 99, 100: 100, 104: 100, 105: 110, 994: 990, 995: 1_000, 999: 1_000, 1_024: 1_000, 12_500: 13_000} {
		if got := roughly(n); got != want {
			t.Errorf("%d: got %d, want %d", n, got, want)
		}
	}
}
