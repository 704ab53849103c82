//go:build js

package dom

import (
	"strconv"

	"fanfare/widget/markup"
	"fanfare/widget/port"
)

// draw hands the edits over: the operation, the node, then two nodes or two texts.
func (p *page) draw(edits []markup.Edit) {
	b := p.edits[:0]
	for i := range edits {
		e := &edits[i]
		b = number(append(b, byte(e.Op)), int(e.ID))
		if e.Op == markup.Insert {
			b = number(number(b, int(e.Parent)), int(e.Before))
		} else {
			b = pack(b, e.Name, e.Value)
		}
	}
	p.edits = b
	bridgeAsk(p.number, opDraw, 0, string(b))
}

// Fetch makes a call; no status means that no answer came.
func (p *page) Fetch(r *port.Request, done func(*port.Response)) {
	p.ask(opFetch, p.answer(done), append([]string{r.Method, r.URL, r.Bearer}, r.Body...)...)
}

func (p *page) answer(done func(*port.Response)) int32 {
	return p.wait(false, func(status int32, body string) { done(&port.Response{Status: int(status), Body: body}) })
}

// Send uploads a file.
func (p *page) Send(u *port.Upload, moved func(int), done func(*port.Response)) (stop func(bool)) {
	told := p.wait(true, func(percent int32, _ string) { moved(int(percent)) })
	ended := p.answer(func(r *port.Response) {
		delete(p.calls, told)
		done(r)
	})
	p.ask(opSend, ended, append([]string{
		strconv.Itoa(int(told)), u.URL, u.Form, u.Bearer, u.Entry, strconv.Itoa(u.File.ID),
	}, u.Fields...)...)
	return func(unwanted bool) {
		delete(p.calls, told)
		delete(p.calls, ended)
		if unwanted {
			p.ask(opEnd, ended, "unwanted")
		} else {
			p.ask(opEnd, ended)
		}
	}
}

// Prove checks votes in the bridge, which has the log's module fetched.
func (p *page) Prove(bearer, reply string, done func(string)) {
	p.ask(opProve, p.wait(false, func(_ int32, found string) { done(found) }), bearer, reply)
}

// Token asks the host page through the loader.
func (p *page) Token(done func(string)) {
	p.ask(opToken, p.wait(false, func(_ int32, token string) { done(token) }))
}

// socket is one WebSocket, by the number of its callback.
type socket struct {
	p *page
	n int32
}

// The states that the bridge tells of a socket; a greater number is the code of its end.
const (
	socketOpened  = 0
	socketMessage = 1
)

// Dial opens a socket. A browser that refuses to try says so like one that failed.
func (p *page) Dial(url string, l port.Listener) port.Conn {
	s := &socket{p: p}
	s.n = p.wait(true, func(what int32, message string) {
		switch what {
		case socketOpened:
			l.Opened()
		case socketMessage:
			l.Message([]byte(message))
		default:
			delete(p.calls, s.n)
			l.Closed(int(what))
		}
	})
	p.ask(opDial, s.n, url)
	return s
}

// Send writes a binary message.
func (s *socket) Send(message []byte) { bridgeAsk(s.p.number, opPost, s.n, string(message)) }

// Close ends the socket; its listener hears nothing more.
func (s *socket) Close() { s.p.drop(s.n) }

// Now is the browser's clock.
func (p *page) Now() int64 { return int64(bridgeNow()) }

// After is setTimeout.
func (p *page) After(millis int64, do func()) (cancel func()) {
	n := p.wait(false, func(int32, string) { do() })
	p.ask(opAfter, n, strconv.FormatInt(millis, 10))
	return func() { p.drop(n) }
}

// Random is good enough to spread pauses.
func (p *page) Random() float64 { return bridgeRandom() }

// Key draws 128 bits in hexadecimal.
func (p *page) Key() string { return p.ask(opKey, 0) }

// Load reads from the browser's storage, or what was kept for this page alone where there is none.
func (p *page) Load(name string) string { return p.ask(opLoad, 0, name) }

// Save writes there.
func (p *page) Save(name, text string) { p.ask(opSave, 0, name, text) }

// Date writes a moment by the browser's own knowledge of languages and zones.
func (p *page) Date(millis int64, zone, lang string) string {
	return p.ask(opDate, 0, strconv.FormatInt(millis, 10), zone, lang)
}

// Picture is an object URL.
func (p *page) Picture(f *markup.File) string { return p.ask(opPicture, int32(f.ID)) }

// Discard lets the browser forget the file.
func (p *page) Discard(f *markup.File) { p.ask(opDiscard, int32(f.ID)) }

// Focus moves the focus once what was drawn last is there.
func (p *page) Focus(id string) { p.ask(opFocus, 0, id) }

// Copy fills the clipboard.
func (p *page) Copy(parameter, value string, done func(string)) {
	p.ask(opCopy, p.wait(false, func(_ int32, address string) { done(address) }), parameter, value)
}

// Tell dispatches a CustomEvent on the host page's element.
func (p *page) Tell(event string, pairs ...string) {
	p.ask(opTell, 0, append([]string{event}, pairs...)...)
}
