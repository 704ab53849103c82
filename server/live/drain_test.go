package live

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"fanfare/widget/wire"
)

func TestADrainTellsEverySocketToComeBackAtAnotherMoment(t *testing.T) {
	s := newStage(t, quick(), DefaultLimits)
	s.boards.set("c_night", 1, 1, 1)
	const n = 20
	var clients []*client
	for range n {
		c := s.join("night", "")
		c.frame()
		clients = append(clients, c)
	}
	drained := make(chan error)
	go func() { drained <- s.hub.Drain(context.Background()) }()
	var retries []time.Duration
	for _, c := range clients {
		code, retry := c.closed()
		if code != wire.CloseRestarting {
			t.Errorf("closed with %d, want %d", code, wire.CloseRestarting)
		}
		retries = append(retries, retry)
		_ = c.Close()
	}
	if err := <-drained; err != nil {
		t.Errorf("drain: %v", err)
	}
	slices.Sort(retries)
	if distinct := len(slices.Compact(slices.Clone(retries))); distinct != n || retries[0] == 0 {
		t.Errorf("got the delays %v, want %d different ones", retries, n)
	}
	if got := s.refused(); got != http.StatusServiceUnavailable {
		t.Errorf("after the drain: got %d, want 503", got)
	}
}

func TestNobodyIsToldToComeBackLaterThanTheLatestMoment(t *testing.T) {
	timing := quick()
	timing.spread, timing.latest = time.Hour, 30*time.Millisecond
	s := newStage(t, timing, DefaultLimits)
	a, b := s.join("night", ""), s.join("night", "")
	a.frame()
	b.frame()
	s.hub.dismiss()
	_, first := a.closed()
	_, second := b.closed()
	if got := []time.Duration{min(first, second), max(first, second)}; got[0] != 15*time.Millisecond || got[1] != 30*time.Millisecond {
		t.Errorf("got %v, want 15 ms and 30 ms", got)
	}
}

func TestADrainThatMayNotWaitCutsTheConnections(t *testing.T) {
	timing := quick()
	timing.goodbye = time.Hour
	s := newStage(t, timing, DefaultLimits)
	c := s.join("night", "") // never answers the close frame
	c.frame()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := s.hub.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline's error", err)
	}
	if got := s.hub.Stats().Sockets; got != 0 {
		t.Errorf("%d sockets after the drain, want none", got)
	}
}

func TestSocketsComeAndGoWhileTheHubDrains(t *testing.T) {
	s := newStage(t, quick(), DefaultLimits)
	s.boards.set("c_night", 1, 1, 1)
	done := make(chan struct{})
	for range 8 {
		go func() {
			defer func() { done <- struct{}{} }()
			for s.come() {
			}
		}()
	}
	s.wait("there is traffic", func() bool { return s.hub.Stats().Frames > 50 })
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.hub.Drain(ctx); err != nil {
		t.Errorf("drain: %v", err)
	}
	for range 8 {
		<-done
	}
	if got := s.hub.Stats(); got.Sockets != 0 || got.Rooms != 0 {
		t.Errorf("got %+v, want no sockets and no rooms", got)
	}
}

// come makes one visit; false if the hub lets nobody in any more.
func (s *stage) come() bool {
	conn, response, err := websocket.DefaultDialer.Dial(s.url, http.Header{"Origin": {origin}})
	if err != nil {
		return response == nil || response.StatusCode != http.StatusServiceUnavailable
	}
	defer conn.Close()
	if err := conn.WriteMessage(websocket.BinaryMessage, (&wire.Join{Room: "night"}).Append(nil)); err == nil {
		_, _, _ = conn.ReadMessage() // the board, or the end
	}
	return true
}
