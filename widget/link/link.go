// Package link keeps a live connection: it joins one room at a time, hands its frames on, and comes back by itself after
// every loss. It knows when to try again and in what state it is; it refuses to know what a frame is for.
package link

import (
	"fanfare/widget/port"
	"fanfare/widget/wire"
)

// State is what a fan is told about the connection.
type State int

// The states.
const (
	Connecting State = iota // the first try, or one shortly after a loss
	Live                    // frames arrive
	Offline                 // several tries failed; it goes on trying
	Refused                 // the server does not want this page here; trying again would not help
)

// Pauses between tries, in milliseconds. A pause doubles with every failure, and each is drawn from half to one and a
// half of it, so that ten thousand fans who lost one server do not come back in one instant.
const (
	firstPause int64 = 1_000
	maxPause   int64 = 30_000
	retrySpan        = 500 // on top of the pause that the server gave, which is spread out already
)

// How long nothing may come, in milliseconds. A network that swallows everything ends no connection, and a page is not shown pings, so the
// server says something at least every 26 seconds, be it empty. After half a minute of nothing a page is live again within ten seconds.
const (
	openTime   int64 = 10_000 // until a connection opens: a try that fell into the hole makes room for one that does not
	slowTime   int64 = 24_000 // likewise when several failed: the way may be slow, or the server busy with those who come back
	silentTime int64 = 31_000 // between two messages
	silentSpan       = 3_000  // on top, drawn, because all have heard the last one at the same moment
)

// offlineAfter failures in a row the state is Offline; before it, a reader need not be told of a hiccup.
const offlineAfter = 3

// Link is one connection. Its functions are set before Start and called on the widget's thread.
type Link struct {
	Frame   func(*wire.Frame)
	Pulse   func(*wire.Pulse)
	Changed func()        // the state changed
	Bearer  func() string // the session's token, or empty
	Revoked func()        // the server no longer takes the bearer

	network  port.Network
	clock    port.Clock
	url      string
	room     string
	conn     port.Conn
	joins    int    // sent by conn, which takes messages once there was one
	heard    int64  // when the server said something last, or was dialled
	limit    int64  // how long after that it may say nothing
	unwatch  func() // ends looking after that
	quiet    bool   // nobody looks
	kept     kept   // what came while nobody looked
	cancel   func() // of the waiting try
	state    State
	failures int
	retry    int64 // pause given by the server for the next try; 0 where it gave none
	frame    wire.Frame
}

// kept are the newest frame and the newest pulse, as they came; nil where there is none.
type kept struct{ frame, pulse []byte }

// New returns a link that is not started. The base is the server's http or https address, the room is the first to join.
func New(network port.Network, clock port.Clock, base, room string) *Link {
	return &Link{network: network, clock: clock, url: socketURL(base), room: room}
}

// socketURL makes ws of http and wss of https.
func socketURL(base string) string {
	if len(base) > 4 && base[:4] == "http" {
		base = "ws" + base[4:]
	}
	return base + "/api/v1/live"
}

// State tells how the connection stands.
func (l *Link) State() State { return l.state }

// Join changes the room: frames of the one before are passed over from now on. One that was refused may be offered another.
func (l *Link) Join(room string) {
	if room == l.room {
		return
	}
	l.room, l.kept.frame = room, nil
	switch {
	case l.joins > 0:
		l.join()
	case l.state == Refused:
		l.become(Connecting)
		l.dial()
	}
}

// Quiet tells whether nobody looks. Then the newest frame and the newest pulse alone are kept, as they came, until somebody does.
func (l *Link) Quiet(on bool) {
	if l.quiet = on; on {
		return
	}
	came := l.kept
	l.kept = kept{}
	l.message(came.frame)
	l.message(came.pulse)
}

// Start connects.
func (l *Link) Start() { l.dial() }

// Stop closes for good.
func (l *Link) Stop() {
	l.hangUp()
	l.state = Refused
}

// Hurry tries again now where it waits: the page is looked at again, or the network is back.
func (l *Link) Hurry() {
	if l.cancel != nil {
		l.cancel()
		l.dial()
	}
}

// Lost tells that the browser knows of no network: the socket may look alive for minutes more.
func (l *Link) Lost() {
	if l.state == Refused {
		return
	}
	l.hangUp()
	l.failures = offlineAfter
	l.cancel = l.clock.After(maxPause, l.dial)
	l.become(Offline)
}

func (l *Link) hangUp() {
	if l.cancel != nil {
		l.cancel()
		l.cancel = nil
	}
	if l.conn != nil {
		l.conn.Close()
		l.gone()
	}
}

func (l *Link) dial() {
	l.cancel = nil
	l.heard, l.limit = l.clock.Now(), openTime
	if l.failures >= offlineAfter {
		l.limit = slowTime
	}
	l.conn = l.network.Dial(l.url, port.Listener{Opened: l.opened, Message: l.hear, Closed: l.closed})
	l.watch()
}

// watch hangs up on a server that says nothing for too long.
func (l *Link) watch() {
	rest := l.heard + l.limit - l.clock.Now()
	if rest <= 0 {
		l.conn.Close()
		l.closed(0)
		return
	}
	l.unwatch = l.clock.After(rest, l.watch)
}

// gone forgets the connection.
func (l *Link) gone() {
	l.unwatch()
	l.conn, l.joins, l.kept = nil, 0, kept{}
}

func (l *Link) opened() {
	l.heard, l.limit = l.clock.Now(), silentTime+int64(l.clock.Random()*silentSpan)
	l.join()
}

func (l *Link) join() {
	l.joins++
	join := wire.Join{Room: l.room, Token: l.Bearer()}
	l.conn.Send(join.Append(nil))
}

func (l *Link) hear(b []byte) {
	l.heard = l.clock.Now()
	l.message(b)
}

func (l *Link) message(b []byte) {
	switch kind := wire.KindOf(b); {
	case kind == wire.KindFrame && l.quiet:
		l.kept.frame = b
	case kind == wire.KindPulse && l.quiet:
		l.kept.pulse = b
	case kind == wire.KindFrame:
		if l.frame.Decode(b) != nil || l.frame.Room != l.room {
			return // another version or room: a newer widget will come with the next page load
		}
		l.failures = 0
		l.become(Live)
		l.Frame(&l.frame)
	case kind == wire.KindPulse:
		var pulse wire.Pulse
		if pulse.Decode(b) == nil {
			l.Pulse(&pulse)
		}
	case kind == wire.KindRetry:
		var retry wire.Retry
		if retry.Decode(b) == nil {
			l.retry = int64(min(retry.AfterMillis, 10*uint64(maxPause))) + int64(l.clock.Random()*retrySpan)
		}
	}
}

func (l *Link) closed(code int) {
	first := l.joins <= 1 // of several rooms an earlier one may have been refused
	l.gone()
	switch {
	case code == wire.CloseRefused && first, code == wire.CloseProtocol:
		l.become(Refused)
		return
	case code == wire.CloseRevoked:
		l.Revoked()
	}
	l.failures++
	pause := l.pause()
	l.retry = 0
	l.cancel = l.clock.After(pause, l.dial)
	if l.failures >= offlineAfter {
		l.become(Offline)
	} else {
		l.become(Connecting)
	}
}

func (l *Link) pause() int64 {
	if l.retry > 0 {
		return l.retry
	}
	pause := maxPause
	if l.failures <= 5 {
		pause = min(maxPause, firstPause<<(l.failures-1))
	}
	return pause/2 + int64(l.clock.Random()*float64(pause))
}

func (l *Link) become(s State) {
	if l.state != s {
		l.state = s
		l.Changed()
	}
}
