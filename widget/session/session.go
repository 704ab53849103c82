// Package session is who the fan is to the server: a bearer that is asked for when it is first needed, kept between
// visits, and asked for again, once, when the server no longer takes it. It knows the two ways to get one (a token
// signed by the host page, or none: a guest) and refuses to know what calls are made with it.
package session

import (
	"fanfare/widget/api"
	"fanfare/widget/port"
)

// Session is one fan at one challenge of one server.
type Session struct {
	network port.Network
	store   port.Store
	base    string // the server's address
	slug    string
	bearer  string
	opening []func(*port.Response) // who waits for the session that is being opened
}

// New returns the session kept from an earlier visit, or one that is not opened yet.
func New(network port.Network, store port.Store, base, slug string) *Session {
	s := &Session{network: network, store: store, base: base, slug: slug}
	s.bearer = store.Load(s.name())
	return s
}

func (s *Session) name() string { return "fanfare " + s.base + " " + s.slug }

// Bearer is the session's token; empty where none is open.
func (s *Session) Bearer() string { return s.bearer }

// Forget drops the bearer, so that the next call opens a new session.
func (s *Session) Forget() {
	s.bearer = ""
	s.store.Save(s.name(), "")
}

// Do makes the call as the fan. The answer may be the refusal to open a session.
func (s *Session) Do(r *port.Request, done func(*port.Response)) {
	s.With(func(bearer string, answer func(*port.Response)) {
		r.Bearer = bearer
		s.network.Fetch(r, answer)
	}, done)
}

// With makes any call that needs a bearer: it calls try with one and, when the answer is 401, once more with a new one.
func (s *Session) With(try func(bearer string, answer func(*port.Response)), done func(*port.Response)) {
	s.open(func(refusal *port.Response) {
		if s.bearer == "" {
			done(refusal)
			return
		}
		used := s.bearer
		try(used, func(r *port.Response) {
			if r.Status != 401 {
				done(r)
				return
			}
			if s.bearer == used { // otherwise another call has renewed it meanwhile
				s.Forget()
			}
			s.open(func(refusal *port.Response) {
				if s.bearer == "" {
					done(refusal)
					return
				}
				try(s.bearer, done)
			})
		})
	})
}

// open calls then when a bearer is there, or with the refusal. Calls that wait share one request.
func (s *Session) open(then func(refusal *port.Response)) {
	if s.bearer != "" {
		then(nil)
		return
	}
	s.opening = append(s.opening, then)
	if len(s.opening) > 1 {
		return
	}
	s.network.Token(func(token string) {
		s.network.Fetch(&port.Request{
			Method: "POST", URL: s.base + "/api/v1/session", Body: []string{"challenge", s.slug, "token", token},
		}, s.opened)
	})
}

func (s *Session) opened(r *port.Response) {
	if r.OK() {
		if s.bearer = api.Parse(r.Body).Text("token"); s.bearer != "" {
			s.store.Save(s.name(), s.bearer)
		}
	}
	waiting := s.opening
	s.opening = nil
	for _, then := range waiting {
		then(r)
	}
}
