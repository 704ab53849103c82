// Package port is the widget's view of the world outside: what it asks of a network, a clock, a store and a screen, in
// plain Go. It knows what is asked for and refuses to know who answers: in a browser that is package dom, in tests
// porttest.
//
// Everything happens on one thread. An answer arrives by the callback given, never before the call returned.
package port

import "fanfare/widget/markup"

// incomparable, as a field, keeps the compiler from writing a comparison for a struct. Nobody compares these, and phones
// would download three KB of comparisons.
type incomparable [0]func()

// World is everything that one widget reaches.
type World struct {
	_       incomparable
	Network Network
	Clock   Clock
	Store   Store
	Screen  Screen
}

// Settings are what the loader knows of an element when it hands over.
type Settings struct {
	_         incomparable
	Base      string // the server's address, without a slash at its end
	Slug      string // the challenge
	Lang      string // a language tag
	Challenge string // JSON that was fetched already, or empty
	Board     string // likewise
	Sentences string // the catalogue of its language
	Width     int    // of the element in pixels
	Entry     string // the identifier of a photo to open at once, which the page's address named; or empty
	Friends   string // numbers of friends' photos, which the page's address named; or empty
}

// Request is one call of the REST interface.
type Request struct {
	_                   incomparable
	Method, URL, Bearer string
	Body                []string // names and values of a JSON object in turn; empty values are left out, that of a name with "#" before it is a number, and that of one with "*" a list of texts, which commas separate
}

// Response is the answer; Status is 0 where none came.
type Response struct {
	_      incomparable
	Status int
	Body   string
}

// OK reports whether the call did what was asked.
func (r *Response) OK() bool { return r.Status >= 200 && r.Status < 300 }

// Upload is one file that is sent in pieces, and what is made of it once it has arrived.
type Upload struct {
	_           incomparable
	URL, Bearer string
	Form        string   // the address of the form that makes an entry of it; empty where it is an original
	Fields      []string // of the form: names and values in turn
	Entry       string   // the entry that it is the original of
	File        markup.File
}

// What an upload waits for, told in the place of percents.
const (
	NoNetwork = -1
	Busy      = -2 // the server cannot take it just now
)

// Listener hears a socket. Closed is called once, also for a socket that never opened.
type Listener struct {
	Opened  func()
	Message func([]byte)
	Closed  func(code int)
}

// Conn is an open or opening socket. After Close its listener hears nothing.
type Conn interface {
	Send(message []byte)
	Close()
}

// Network reaches the server.
type Network interface {
	Fetch(*Request, func(*Response))
	// Send uploads and tries until the server has said yes or no. What arrived is kept there: sending the same file again,
	// also days later, goes on from where it was, and never makes a second entry. moved hears percents up to 100, which
	// means that all bytes left, and what the upload waits for. To stop one that is unwanted forgets what arrived.
	Send(u *Upload, moved func(percent int), done func(*Response)) (stop func(unwanted bool))
	Dial(url string, l Listener) Conn
	// Prove checks the fan's votes against the public log: those that this browser keeps, those that the server tells of, and
	// the one of the reply, where that is not empty, to a vote that was just cast. found is a JSON object of three counts, stands,
	// waits and broken, or empty where the log was out of reach.
	Prove(bearer, reply string, done func(found string))
	// Token asks the host page for its token about the fan; empty where it has none.
	Token(func(token string))
}

// Clock tells time and draws chance.
type Clock interface {
	Now() int64 // milliseconds since 1970
	After(millis int64, do func()) (cancel func())
	Random() float64 // from 0 up to 1
	Key() string     // 128 random bits in hexadecimal
}

// Store keeps short texts between visits, as far as the browser allows. Saving an empty text removes it.
type Store interface {
	Load(name string) string
	Save(name, text string)
}

// Screen shows. It draws by itself what there is to see, after whatever happened and before the next painting.
type Screen interface {
	// Date writes a moment in words: day and time of day in the time zone and the language.
	Date(millis int64, zone, lang string) string
	// Picture is an address under which the browser shows a chosen file; Discard frees it.
	Picture(*markup.File) string
	Discard(*markup.File)
	// Focus moves the keyboard's focus to the element with the id attribute.
	Focus(id string)
	// Copy puts the host page's address into the clipboard, with a parameter set in its query. Where the browser refuses, the
	// address comes back, to be copied by hand.
	Copy(parameter, value string, done func(address string))
	// Tell dispatches an event on the host page's element; pairs are names and values of its detail.
	Tell(event string, pairs ...string)
}
