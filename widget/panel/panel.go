// Package panel is one challenge as a fan sees and touches it: what is shown, and what follows from each touch and each
// answer. It knows views and reactions; it refuses to know a browser, which it reaches through port alone, so that
// everything here is tested natively.
package panel

import (
	"fanfare/widget/api"
	"fanfare/widget/board"
	"fanfare/widget/link"
	"fanfare/widget/port"
	"fanfare/widget/session"
	"fanfare/widget/text"
	"fanfare/widget/wire"
)

// Pauses in milliseconds. Each is drawn from half to one and a half of it.
const (
	pollPause    = 30_000 // the board's snapshot, where no frames arrive
	photoPause   = 1_500  // a snapshot that brings photos which frames do not carry
	placePause   = 6_000  // a snapshot that brings ranks which frames do not carry
	renderPause  = 2_500  // an entry that is being prepared
	reviewPause  = 25_000 // an entry that waits for a moderator
	noticePause  = 6_000  // how long an outcome stays readable
	searchPause  = 250    // after the last key, before a search is sent
	tickPause    = 20_000 // the texts that tell how long something is still open
	secondsPause = 1_000  // the same, when they run by the second
)

// boardRows is how many rows are asked for; frames carry as many.
const boardRows = 20

// Panel is one challenge on one page.
type Panel struct {
	w       *port.World
	opt     *port.Settings
	say     *text.Language
	session *session.Session
	link    *link.Link

	challenge *api.Challenge // nil until it is there
	reposting *api.Reposting // what a fan may allow partners; nil until it is there
	failure   string         // why it is not; a code
	skew      int64          // the server's clock minus this one's
	scope     string         // which of the challenge's boards is shown; empty for the overall one
	board     board.Board
	boardSeen bool
	overall   board.Tally // of the overall board, whichever is shown
	near      board.Board // the fan's best entry among its neighbours, where the rows end before it
	friends   friends
	pulse     wire.Pulse
	entries   map[string]*api.Entry // every entry met so far, by identifier
	gallery   gallery
	mine      mine
	banned    *api.Ban // why the fan is excluded; nil for most
	votes     votes
	proof     proof
	qualify   qualify
	erase     erase
	form      form
	viewer    viewer
	tab       string
	notice    notice

	width  int
	hidden bool
	stop   map[string]func() // waiting timers by what they are for
}

// incomparable, as a field, keeps the compiler from writing a comparison for a struct. Nobody compares these, and phones
// would download three KB of comparisons.
type incomparable [0]func()

// notice is an outcome told at the foot of the panel.
type notice struct {
	_     incomparable
	words string
	bad   bool
}

// New returns a panel that shows nothing yet.
func New(w *port.World, opt *port.Settings) *Panel {
	p := &Panel{
		w: w, opt: opt, say: text.Read(opt.Lang, opt.Sentences), width: opt.Width, tab: tabBoard,
		entries: map[string]*api.Entry{}, stop: map[string]func(){},
	}
	p.session = session.New(w.Network, w.Store, opt.Base, opt.Slug)
	p.link = link.New(w.Network, w.Clock, opt.Base, opt.Slug)
	p.link.Frame = p.frame
	p.link.Pulse = func(pulse *wire.Pulse) { p.pulse = *pulse }
	p.link.Changed = p.linkChanged
	p.link.Bearer = p.session.Bearer
	p.link.Revoked = p.session.Forget
	p.votes = newVotes()
	p.gallery.sort = sortNewest
	return p
}

// Start takes what the loader brought and begins to work.
func (p *Panel) Start() {
	if v := api.Parse(p.opt.Challenge); v.Text("slug") != "" {
		p.takeChallenge(v)
	}
	if v := api.Parse(p.opt.Board); v != nil {
		p.scope = v.Text("scope")
		p.board.Kind = rowsOf(p.scope)
		p.takeBoard(v)
	}
	p.link.Join(p.room())
	p.startFriends()
	p.loadChallenge()
	if p.opt.Entry != "" {
		p.ask(p.opt.Entry, func(e *api.Entry) { p.look(e.ID, []string{e.ID}) })
	}
}

// Shown tells whether the page is looked at. A hidden page asks for nothing; on coming back it catches up.
func (p *Panel) Shown(shown bool) {
	p.hidden = !shown
	p.link.Quiet(p.hidden)
	if shown && p.challenge != nil {
		p.link.Hurry()
		p.poll()
		p.followTotals()
		p.followMine()
	}
}

// Online tells that the browser lost its network, or has it back.
func (p *Panel) Online(online bool) {
	switch {
	case p.challenge == nil:
		if online {
			p.retryChallenge()
		}
	case online:
		p.link.Hurry()
	default:
		p.link.Lost()
	}
}

// Resize tells the width in pixels.
func (p *Panel) Resize(width int) { p.width = width }

// wide tells whether there is room for two columns.
func (p *Panel) wide() bool { return p.width >= wideFrom }

// after does something later; a later wish under the same name replaces the one that waits.
func (p *Panel) after(name string, millis int64, do func()) {
	p.cancel(name)
	p.stop[name] = p.w.Clock.After(millis, func() {
		delete(p.stop, name)
		do()
	})
}

// around is after with a pause drawn from half to one and a half of it.
func (p *Panel) around(name string, millis int64, do func()) {
	p.after(name, millis/2+int64(p.w.Clock.Random()*float64(millis)), do)
}

func (p *Panel) cancel(name string) {
	if stop := p.stop[name]; stop != nil {
		stop()
		delete(p.stop, name)
	}
}

func (p *Panel) waiting(name string) bool { return p.stop[name] != nil }

// now is the server's time.
func (p *Panel) now() api.Millis { return api.Millis(p.w.Clock.Now() + p.skew) }

// url is an address of the REST interface.
func (p *Panel) url(path string) string { return p.opt.Base + "/api/v1/" + path }

// own is an address below the challenge.
func (p *Panel) own(path string) string { return p.url("challenges/" + api.Escape(p.opt.Slug) + path) }

// tell shows an outcome for a while.
func (p *Panel) tell(words string, bad bool) {
	p.notice = notice{words: words, bad: bad}
	p.after("notice", noticePause, func() {
		p.notice = notice{}
	})
}

// problem says what a refusal means; the host page is told where it must sign its fan in.
func (p *Panel) problem(r *port.Response) string {
	code, params := problemOf(r)
	switch code {
	case "guests_not_allowed", "token_invalid", "unauthorized":
		p.w.Screen.Tell("fanfare:signin", "code", code)
	case "banned":
		p.loadMe()
	}
	return p.say.Code(code, func(name string) string { return params.Text(name) })
}

// problemOf is a response's code: the server's own, or one for what stands between.
func problemOf(r *port.Response) (code string, params *api.Value) {
	problem := api.Parse(r.Body)
	code = problem.Text("code")
	switch {
	case code != "":
	case r.Status == 0:
		code = "network"
	case r.Status == 413:
		code = "too_large"
	case r.Status == 429:
		code = "rate_limited"
	case r.Status >= 502:
		code = "unavailable"
	}
	return code, problem.At("params")
}

func (p *Panel) frame(f *wire.Frame) {
	if p.friendless() {
		return // there is no room for a board of nobody
	}
	news, wants := p.board.Apply(f)
	if !news {
		return
	}
	p.boardMoved()
	if p.board.Kind != board.Groups {
		for _, r := range p.board.Rows {
			p.meetShown(&api.Entry{
				ID: r.Entry, Number: int64(r.Number), Score: int64(r.Score), Caption: r.Caption, Author: r.Author, Status: "published",
			})
		}
	}
	if wants || p.lacksPhotos() {
		p.fetchPhotos()
	}
	p.followStanding()
}

func (p *Panel) linkChanged() {
	p.poll()
}
