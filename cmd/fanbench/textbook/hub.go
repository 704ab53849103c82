package textbook

import (
	"log"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"fanfare/widget/wire"
)

// The durations of gorilla's chat example, with the pings as often as Fanfare's.
const (
	writeWait  = 10 * time.Second
	pongWait   = 60 * time.Second
	pingPeriod = 25 * time.Second
)

// restPause without changes and arrivals, or at most two of it, and the hub gives memory back to the system. No textbook does; so settled
// memory is compared as what clients hold, whenever the collector would come by itself.
const restPause = 5 * time.Second

// queue is how many messages a client may be behind before the hub hangs up; the example's number.
const queue = 256

// hub is gorilla's chat example: one goroutine owns the set of clients and hands every message to each of them; a client
// has a goroutine that reads and one that writes from its channel. The message is prepared once for all.
type hub struct {
	frame      func(counter uint64) ([]byte, error)
	gap        time.Duration // between two messages
	counter    uint64
	latest     *websocket.PreparedMessage // for those who join; nil if a change came while nobody watched
	clients    map[*client]bool
	register   chan *client
	unregister chan *client
	changes    chan struct{}
	stop, done chan struct{}
	close      func() // ends the hub and hangs up on everybody
	upgrader   websocket.Upgrader
}

type client struct {
	hub  *hub
	conn *websocket.Conn
	send chan *websocket.PreparedMessage
}

func newHub(frame func(uint64) ([]byte, error), gap time.Duration) *hub {
	h := &hub{
		frame: frame, gap: gap, clients: map[*client]bool{},
		register: make(chan *client), unregister: make(chan *client), changes: make(chan struct{}, queue),
		stop: make(chan struct{}), done: make(chan struct{}),
		upgrader: websocket.Upgrader{ReadBufferSize: 1024, WriteBufferSize: 1024},
	}
	h.close = sync.OnceFunc(func() {
		close(h.stop)
		<-h.done
	})
	go h.run()
	return h
}

// changed has the board sent to everybody. Each change has a message of its own, unless there is a gap.
func (h *hub) changed() {
	select {
	case h.changes <- struct{}{}:
	case <-h.done:
	}
}

func (h *hub) run() {
	defer close(h.done)
	due := make(<-chan time.Time) // the end of a gap in which there were changes
	var last time.Time
	waiting := false
	rest, moved, rested := time.NewTicker(restPause), true, false
	defer rest.Stop()
	for {
		select {
		case <-rest.C:
			if !moved && !rested {
				debug.FreeOSMemory()
			}
			moved, rested = false, !moved
		case c := <-h.register:
			moved = true
			h.clients[c] = true
			h.greet(c)
		case c := <-h.unregister:
			h.remove(c)
		case <-h.changes:
			moved = true
			switch pause := h.gap - time.Since(last); {
			case waiting:
			case pause > 0:
				due, waiting = time.After(pause), true
			default:
				last = time.Now()
				h.broadcast()
			}
		case last = <-due:
			waiting = false
			h.broadcast()
		case <-h.stop:
			for c := range h.clients {
				h.remove(c)
			}
			return
		}
	}
}

func (h *hub) greet(c *client) {
	if h.latest == nil {
		h.latest = h.message()
	}
	if h.latest != nil {
		h.send(c)
	}
}

// send queues the latest message, and hangs up on a client that is too far behind.
func (h *hub) send(c *client) {
	select {
	case c.send <- h.latest:
	default:
		h.remove(c)
	}
}

func (h *hub) broadcast() {
	h.latest = nil
	if len(h.clients) == 0 {
		return
	}
	if h.latest = h.message(); h.latest == nil {
		return
	}
	for c := range h.clients {
		h.send(c)
	}
}

func (h *hub) remove(c *client) {
	if h.clients[c] {
		delete(h.clients, c)
		close(c.send)
	}
}

// tell hands the client to the hub, while there is one.
func (h *hub) tell(to chan *client, c *client) {
	select {
	case to <- c:
	case <-h.done:
	}
}

func (h *hub) message() *websocket.PreparedMessage {
	h.counter++
	b, err := h.frame(h.counter)
	if err != nil {
		log.Printf("cut frame: %v", err)
		return nil
	}
	m, err := websocket.NewPreparedMessage(websocket.BinaryMessage, b)
	if err != nil {
		log.Printf("prepare frame: %v", err)
		return nil
	}
	return m
}

// serve upgrades a request of the own origin, which is the upgrader's own check.
func (h *hub) serve(w http.ResponseWriter, r *http.Request) {
	conn, err := h.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade answered
	}
	c := &client{hub: h, conn: conn, send: make(chan *websocket.PreparedMessage, queue)}
	go c.write()
	go c.read()
}

// read registers the client after its Join, and reads on for the sake of pongs and the end.
func (c *client) read() {
	defer func() {
		c.hub.tell(c.hub.unregister, c)
		_ = c.conn.Close()
	}()
	c.conn.SetReadLimit(wire.MaxJoin)
	_ = c.conn.SetReadDeadline(time.Now().Add(pongWait))
	c.conn.SetPongHandler(func(string) error { return c.conn.SetReadDeadline(time.Now().Add(pongWait)) })
	for {
		_, message, err := c.conn.ReadMessage()
		if err != nil {
			return
		}
		var join wire.Join
		if join.Decode(message) != nil || join.Room != "night" {
			return
		}
		c.hub.tell(c.hub.register, c)
	}
}

// write sends what the hub hands over, and pings.
func (c *client) write() {
	ticker := time.NewTicker(pingPeriod)
	defer func() {
		ticker.Stop()
		_ = c.conn.Close()
	}()
	for {
		select {
		case m, ok := <-c.send:
			_ = c.conn.SetWriteDeadline(time.Now().Add(writeWait))
			if !ok {
				_ = c.conn.WriteMessage(websocket.CloseMessage, nil)
				return
			}
			if err := c.conn.WritePreparedMessage(m); err != nil {
				return
			}
		case <-ticker.C:
			_ = c.conn.SetWriteDeadline(time.Now().Add(writeWait))
			if err := c.conn.WriteMessage(websocket.PingMessage, nil); err != nil {
				return
			}
		}
	}
}
