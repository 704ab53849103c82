package live

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"fanfare/server/bus"
	"fanfare/server/contest"
	"fanfare/server/standing"
	"fanfare/widget/wire"
)

// boards is what the hub reads; *standing.Boards in all but tests.
type boards interface {
	Top(ctx context.Context, key standing.Key, n int) (standing.Snapshot, error)
	Watch(key standing.Key) (changed <-chan struct{}, cancel func())
	Pulse(challenge contest.ChallengeID) (perMinute int64, shown bool)
}

// Hub holds all sockets and rooms of this replica. It is an http.Handler for the websocket's address.
type Hub struct {
	boards boards
	admit  Admit
	limits Limits
	timing timing
	logger *slog.Logger
	photos string // origin of the photos that frames name; empty where it is the server's own

	epoch    uint64 // 32 random bits: enough to tell two starts apart, five bytes in a frame
	began    time.Time
	upgrader websocket.Upgrader
	shards   []*shard
	presence *presence

	ctx     context.Context // of rooms and of questions to Admit; ends with the hub
	cancel  context.CancelFunc
	work    sync.WaitGroup // every goroutine of sockets and rooms
	keepers sync.WaitGroup // the goroutines that look after all of them, shards among them

	mu       sync.Mutex // guards what follows; never taken while a shard's lock is held
	draining bool
	seats    int                  // sockets and requests that are becoming one
	clients  map[netip.Prefix]int // seats by client
	sockets  map[*socket]struct{}
	rooms    map[roomKey]*room
	counted  uint64                      // the furthest counter of a room that ended
	watching map[contest.ChallengeID]int // sockets in its rooms
	pulses   map[contest.ChallengeID]*pulse
}

// NewHub returns a hub that serves the boards to whom admit lets in, with photos at their own origin or, where that is
// empty, at the server's. It tells and hears the other replicas by b, which stays the caller's. Drain ends the hub.
func NewHub(boards *standing.Boards, admit Admit, limits Limits, photos string, b bus.Bus, logger *slog.Logger) (*Hub, error) {
	return newHub(boards, admit, limits, photos, b, logger, defaultTiming)
}

func newHub(boards boards, admit Admit, limits Limits, photos string, b bus.Bus, logger *slog.Logger, t timing) (*Hub, error) {
	h := &Hub{
		boards: boards, admit: admit, limits: limits, timing: t, logger: logger, photos: photos,
		epoch: uint64(rand.Uint32()), began: time.Now(),
		clients: map[netip.Prefix]int{}, sockets: map[*socket]struct{}{}, rooms: map[roomKey]*room{},
		watching: map[contest.ChallengeID]int{}, pulses: map[contest.ChallengeID]*pulse{},
	}
	var err error
	if h.presence, err = newPresence(b, 3*t.beat, logger); err != nil {
		return nil, err
	}
	h.upgrader = websocket.Upgrader{
		HandshakeTimeout: t.join, WriteBufferPool: &sync.Pool{},
		CheckOrigin: func(*http.Request) bool { return true }, // judged before a seat is taken
	}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	for i := range runtime.GOMAXPROCS(0) {
		sh := newShard(h, i)
		h.shards = append(h.shards, sh)
		h.keepers.Go(sh.run)
	}
	h.keepers.Go(func() { h.every(t.judge, h.judge) })
	h.keepers.Go(func() { h.every(t.beat, h.beat) })
	return h, nil
}

// now is the hub's clock: monotonic time since its start, never 0.
func (h *Hub) now() time.Duration { return time.Since(h.began) + 1 }

// ServeHTTP is Serve for a client that is the connection's peer.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	peer, _ := netip.ParseAddrPort(r.RemoteAddr) // what is no address shares the zero one's limit
	h.Serve(w, r, peer.Addr())
}

// Serve makes a socket of the request and returns; the socket lives on. Client is who sits behind trusted proxies. The
// request must carry exactly one Origin that Admit accepts: a browser always sends one, and a page of another site, a
// sandboxed frame ("null") or a near miss must not read with the visitor's session.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request, client netip.Addr) {
	origin := r.Header["Origin"]
	if len(origin) != 1 || origin[0] == "" || origin[0] == "null" {
		http.Error(w, "origin is missing", http.StatusForbidden)
		return
	}
	switch err := h.admit.Origin(r.Context(), origin[0]); {
	case errors.Is(err, ErrRefused):
		http.Error(w, "origin is not registered", http.StatusForbidden)
		return
	case err != nil:
		h.logger.Warn("judge origin", "origin", origin[0], "error", err)
		unavailable(w, http.StatusServiceUnavailable)
		return
	}
	seat := clientPrefix(client)
	if status := h.takeSeat(seat); status != http.StatusOK {
		unavailable(w, status)
		return
	}
	h.open(w, r, origin[0], seat)
}

func unavailable(w http.ResponseWriter, status int) {
	w.Header().Set("Retry-After", "5")
	http.Error(w, http.StatusText(status), status)
}

// clientPrefix is what counts as one client: an IPv4 address, or the /64 that an IPv6 customer is given at least.
func clientPrefix(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // fails for the zero address alone, and then is the zero prefix
	return p
}

// takeSeat counts a socket that is about to be. The status says why there is no seat.
func (h *Hub) takeSeat(client netip.Prefix) (status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.draining || h.seats >= h.limits.Sockets:
		return http.StatusServiceUnavailable
	case h.clients[client] >= h.limits.PerClient:
		return http.StatusTooManyRequests
	}
	h.seats++
	h.clients[client]++
	h.work.Add(1)
	return http.StatusOK
}

func (h *Hub) leaveSeat(client netip.Prefix) {
	h.mu.Lock()
	h.seats--
	if h.clients[client]--; h.clients[client] == 0 {
		delete(h.clients, client)
	}
	h.mu.Unlock()
	h.work.Done()
}

// each calls visit for every socket. Visit must not wait.
func (h *Hub) each(visit func(*socket)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.sockets {
		visit(s)
	}
}

// eachJoined is each for the sockets in rooms, with their tickets.
func (h *Hub) eachJoined(visit func(*socket, *Ticket)) {
	h.each(func(s *socket) {
		if t := s.ticket.Load(); t != nil {
			visit(s, t)
		}
	})
}

// Stats returns the hub's figures.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	stats := Stats{Sockets: len(h.sockets), Rooms: len(h.rooms)}
	h.mu.Unlock()
	for _, sh := range h.shards {
		stats.Frames += sh.frames.Load()
		stats.Dropped += sh.dropped.Load()
	}
	return stats
}

// Drain ends the hub. New requests are refused; every socket is told when to come back, each at another moment so that
// the next replica meets no stampede, and is closed with wire.CloseRestarting. Drain returns when every goroutine ended;
// when ctx ends before, it cuts the connections first and returns the context's error.
func (h *Hub) Drain(ctx context.Context) error {
	h.mu.Lock()
	h.draining = true
	h.mu.Unlock()
	h.dismiss()
	ended := make(chan struct{})
	go func() {
		h.work.Wait()
		close(ended)
	}()
	var err error
	select {
	case <-ended:
	case <-ctx.Done():
		err = context.Cause(ctx)
		h.cancel()
		h.each(func(s *socket) { s.link.cut() })
		<-ended
	}
	h.cancel()
	h.keepers.Wait()
	h.presence.unsubscribe()
	h.presence.tell(nil) // who was here comes back elsewhere
	return err
}

// dismiss tells every socket to come back, at moments spread evenly.
func (h *Hub) dismiss() {
	var after time.Duration
	h.mu.Lock()
	step := h.timing.spread
	if n := time.Duration(len(h.sockets)); n*step > h.timing.latest {
		step = h.timing.latest / n
	}
	h.mu.Unlock()
	h.each(func(s *socket) { // a map's order is random
		after += step
		s.shut(ending{code: wire.CloseRestarting, retry: after})
	})
}
