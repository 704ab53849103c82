package live

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"fanfare/server/standing"
	"fanfare/widget/wire"
)

// boards is what the hub reads; *standing.Boards in all but tests.
type boards interface {
	Top(ctx context.Context, key standing.Key, n int) (standing.Snapshot, error)
	Watch(key standing.Key) (changed <-chan struct{}, cancel func())
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

	ctx     context.Context // of rooms and of questions to Admit; ends with the hub
	cancel  context.CancelFunc
	work    sync.WaitGroup // every goroutine of sockets and rooms
	keepers sync.WaitGroup // the goroutines that look after all of them

	frames, dropped atomic.Int64
	revocations     atomic.Uint64 // counts calls of Revoke, for joins that run beside one

	mu       sync.Mutex // guards what follows
	draining bool
	seats    int                  // sockets and requests that are becoming one
	clients  map[netip.Prefix]int // seats by client
	sockets  map[*socket]struct{}
	rooms    map[roomKey]*room
}

// NewHub returns a hub that serves the boards to whom admit lets in, with photos at their own origin or, where that is
// empty, at the server's. Drain ends it.
func NewHub(b *standing.Boards, admit Admit, limits Limits, photos string, logger *slog.Logger) *Hub {
	h := newHub(b, admit, limits, logger, defaultTiming)
	h.photos = photos
	return h
}

func newHub(b boards, admit Admit, limits Limits, logger *slog.Logger, t timing) *Hub {
	h := &Hub{
		boards: b, admit: admit, limits: limits, timing: t, logger: logger,
		epoch: uint64(rand.Uint32()), began: time.Now(),
		clients: map[netip.Prefix]int{}, sockets: map[*socket]struct{}{}, rooms: map[roomKey]*room{},
	}
	h.upgrader = websocket.Upgrader{
		HandshakeTimeout: t.join, ReadBufferSize: readBuffer, WriteBufferSize: writeBuffer, WriteBufferPool: &sync.Pool{},
		CheckOrigin: func(*http.Request) bool { return true }, // judged before a seat is taken
	}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.keepers.Go(h.tend)
	h.keepers.Go(h.judge)
	return h
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

// open upgrades the request and starts the socket, on a goroutine of its own so that the handler's stack and buffers
// are freed.
func (h *Hub) open(w http.ResponseWriter, r *http.Request, origin string, seat netip.Prefix) {
	s := &socket{hub: h, origin: origin, seat: seat}
	s.link.hub = h
	conn, err := h.upgrader.Upgrade(hijacker{w, &s.link}, r, nil)
	if err != nil { // Upgrade answered
		h.leaveSeat(seat)
		return
	}
	s.begin(conn)
	h.mu.Lock()
	h.sockets[s] = struct{}{}
	draining := h.draining
	h.mu.Unlock()
	if draining {
		s.shut(ending{code: wire.CloseRestarting, retry: h.timing.latest})
	}
	go s.live()
}

// tend looks after all sockets on each tick: one goroutine and no timer per socket.
func (h *Hub) tend() {
	ticker := time.NewTicker(h.timing.tick)
	defer ticker.Stop()
	for last := h.now(); ; {
		select {
		case <-h.ctx.Done():
			return
		case <-ticker.C:
		}
		now := h.now()
		// After a pause of the whole process the answers are still unread: judge nobody by it.
		late := now-last > h.timing.tick+h.timing.answer/2
		last = now
		h.each(func(s *socket) { s.tend(now, late) })
	}
}

// view is what pages of one origin watch.
type view struct{ origin, room string }

func viewOf(s *socket) (v view, joined bool) {
	t := s.ticket.Load()
	if t == nil {
		return view{}, false
	}
	return view{s.origin, t.Room}, true
}

// judge asks again whether each origin may still watch its rooms, and closes the sockets that may not: a site can be
// taken off the register at any replica.
func (h *Hub) judge() {
	ticker := time.NewTicker(h.timing.judge)
	defer ticker.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-ticker.C:
		}
		refused := map[view]bool{}
		h.each(func(s *socket) {
			if v, joined := viewOf(s); joined {
				refused[v] = false
			}
		})
		for v := range refused {
			refused[v] = h.refuses(v)
		}
		h.each(func(s *socket) {
			if v, joined := viewOf(s); joined && refused[v] {
				s.shut(ending{code: wire.CloseRefused})
			}
		})
	}
}

// refuses asks Admit about a view. Whatever fails is no refusal.
func (h *Hub) refuses(v view) bool {
	defer func() {
		if p := recover(); p != nil {
			h.logger.Error("judge view: panic", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	ctx, cancel := context.WithTimeout(h.ctx, h.timing.admit)
	defer cancel()
	_, err := h.admit.Admit(ctx, v.origin, v.room, "")
	return errors.Is(err, ErrRefused)
}

// each calls visit for every socket. Visit must not wait.
func (h *Hub) each(visit func(*socket)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.sockets {
		visit(s)
	}
}

// Revoke closes the sockets whose ticket's session matches, with wire.CloseRevoked. A Join that runs at the same time
// asks Admit again.
func (h *Hub) Revoke(match func(Ticket) bool) {
	h.revocations.Add(1)
	h.each(func(s *socket) {
		if t := s.ticket.Load(); t != nil && t.Session != "" && match(*t) {
			s.shut(ending{code: wire.CloseRevoked})
		}
	})
}

// Stats returns the hub's figures.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	sockets, rooms := len(h.sockets), 0
	for _, r := range h.rooms {
		if r.occupied() {
			rooms++
		}
	}
	h.mu.Unlock()
	return Stats{Sockets: sockets, Rooms: rooms, Frames: h.frames.Load(), Dropped: h.dropped.Load()}
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
		h.each(func(s *socket) { s.cut() })
		<-ended
	}
	h.cancel()
	h.keepers.Wait()
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
