// Package porttest is a world for tests: a clock that the test holds, a network that answers as the test says, a store,
// and a screen that keeps the document.
package porttest

import (
	"fmt"
	"strings"
	"testing"

	"fanfare/widget/markup"
	"fanfare/widget/markup/markuptest"
	"fanfare/widget/port"
)

// World is the outside. Answer and Upload reply to requests; the zero response means that no answer came.
type World struct {
	T       testing.TB
	Doc     *markuptest.Document
	View    func() *markup.Node // what Doc shows after each Settle
	Answer  func(port.Request) port.Response
	Upload  func(port.Upload) port.Response
	Sent    []string // "GET https://…" in order
	Bearers []string // of the requests in Sent
	Bodies  [][]string
	Uploads []port.Upload
	Moves   []int  // what each upload tells of itself before it is answered
	Stopped []bool // uploads that were stopped: whether they were unwanted
	Conns   []*Conn
	Told    []string // events told to the host page: "name a=b c=d"
	Proof   string   // what proving the votes finds
	Proved  []string // replies to votes, as they were handed over to be proved
	Host    string   // the host page's token
	Saved   map[string]string
	Focused string
	Copied  []string // "parameter=value"
	ByHand  string   // the address that the clipboard refuses; empty where it takes it

	now    int64
	chance float64
	keys   int
	queue  []func()
	tree   markup.Tree
	timers []*timer
}

type timer struct {
	at   int64
	do   func()
	dead bool
}

// Conn is a socket that the test drives.
type Conn struct {
	URL    string
	Sent   [][]byte
	HungUp bool
	port.Listener
}

// Send keeps the message.
func (c *Conn) Send(message []byte) { c.Sent = append(c.Sent, message) }

// Close marks the socket hung up.
func (c *Conn) Close() { c.HungUp = true }

// New returns a world at the time given, whose network does not answer.
func New(t testing.TB, now int64) *World {
	return &World{
		T: t, Doc: markuptest.New(t), Saved: map[string]string{}, now: now, chance: .5,
		Answer: func(port.Request) port.Response { return port.Response{} },
		Upload: func(port.Upload) port.Response { return port.Response{} }, Moves: []int{60},
	}
}

// Ports is the world as the widget sees it.
func (w *World) Ports() *port.World { return &port.World{Network: w, Clock: w, Store: w, Screen: w} }

// Settle lets everything happen that needs no time to pass.
func (w *World) Settle() {
	w.T.Helper()
	for range 1000 {
		switch {
		case len(w.queue) > 0:
			do := w.queue[0]
			w.queue = w.queue[1:]
			do()
		default:
			if w.View != nil {
				w.Doc.Apply(w.tree.Update(w.View()))
			}
			return
		}
	}
	w.T.Fatal("the world never settles")
}

// Advance lets time pass, timer by timer.
func (w *World) Advance(millis int64) {
	w.T.Helper()
	w.Settle()
	for until := w.now + millis; ; w.Settle() {
		var next *timer
		for _, t := range w.timers {
			if !t.dead && t.at <= until && (next == nil || t.at < next.at) {
				next = t
			}
		}
		if next == nil {
			w.now = until
			return
		}
		w.now, next.dead = max(w.now, next.at), true
		next.do()
	}
}

// Timers counts what still waits for time to pass.
func (w *World) Timers() int {
	n := 0
	for _, t := range w.timers {
		if !t.dead {
			n++
		}
	}
	return n
}

// Count tells how many requests began with the words, such as "POST https://h/api/v1/session".
func (w *World) Count(prefix string) int {
	n := 0
	for _, s := range w.Sent {
		if strings.HasPrefix(s, prefix) {
			n++
		}
	}
	return n
}

// Fetch answers through Answer.
func (w *World) Fetch(r *port.Request, done func(*port.Response)) {
	w.Sent = append(w.Sent, r.Method+" "+r.URL)
	w.Bearers = append(w.Bearers, r.Bearer)
	w.Bodies = append(w.Bodies, r.Body)
	w.queue = append(w.queue, func() {
		answer := w.Answer(*r)
		done(&answer)
	})
}

// Prove answers with Proof.
func (w *World) Prove(_, reply string, done func(string)) {
	w.Proved = append(w.Proved, reply)
	w.queue = append(w.queue, func() { done(w.Proof) })
}

// Send answers through Upload, after the words of progress in Moves.
func (w *World) Send(u *port.Upload, moved func(int), done func(*port.Response)) func(bool) {
	w.Uploads = append(w.Uploads, *u)
	stopped := false
	then := func(do func()) {
		w.queue = append(w.queue, func() {
			if !stopped {
				do()
			}
		})
	}
	for _, percent := range w.Moves {
		then(func() { moved(percent) })
	}
	then(func() {
		answer := w.Upload(*u)
		done(&answer)
	})
	return func(unwanted bool) {
		stopped = true
		w.Stopped = append(w.Stopped, unwanted)
	}
}

// Dial opens a socket that the test drives through Conns.
func (w *World) Dial(url string, l port.Listener) port.Conn {
	c := &Conn{URL: url, Listener: l}
	w.Conns = append(w.Conns, c)
	return c
}

// Token answers with Host.
func (w *World) Token(done func(string)) { w.queue = append(w.queue, func() { done(w.Host) }) }

// Now is the time that the test holds.
func (w *World) Now() int64 { return w.now }

// After waits for Advance.
func (w *World) After(millis int64, do func()) func() {
	t := &timer{at: w.now + millis, do: do}
	w.timers = append(w.timers, t)
	return func() { t.dead = true }
}

// Random is always one half.
func (w *World) Random() float64 { return w.chance }

// Key counts.
func (w *World) Key() string {
	w.keys++
	return fmt.Sprintf("key-%d", w.keys)
}

// Fire sends an event to an element, and settles.
func (w *World) Fire(e *markuptest.Element, event string, with markup.Event) {
	w.T.Helper()
	w.Doc.Fire(&w.tree, e, event, with)
	w.Settle()
}

// Load reads what was saved.
func (w *World) Load(name string) string { return w.Saved[name] }

// Save keeps a text.
func (w *World) Save(name, text string) {
	if w.Saved[name] = text; text == "" {
		delete(w.Saved, name)
	}
}

// Date writes the milliseconds and the zone.
func (w *World) Date(millis int64, zone, lang string) string {
	return fmt.Sprintf("[%d %s %s]", millis, zone, lang)
}

// Picture names the file.
func (w *World) Picture(f *markup.File) string { return "blob:" + f.Name }

// Discard does nothing.
func (w *World) Discard(*markup.File) {}

// Focus keeps the id.
func (w *World) Focus(id string) { w.Focused = id }

// Copy keeps what was copied, or refuses with ByHand.
func (w *World) Copy(parameter, value string, done func(string)) {
	w.Copied = append(w.Copied, parameter+"="+value)
	w.queue = append(w.queue, func() { done(w.ByHand) })
}

// Tell keeps the event.
func (w *World) Tell(event string, pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		event += " " + pairs[i] + "=" + pairs[i+1]
	}
	w.Told = append(w.Told, event)
}
