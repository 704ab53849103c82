package panel

import (
	"strconv"

	"fanfare/widget/api"
	"fanfare/widget/board"
	"fanfare/widget/markup"
	"fanfare/widget/port"
	"fanfare/widget/text"
)

// neighbours are shown on each side of the fan's own entry.
const neighbours = "2"

// maxOriginal is what the server takes of an original that the organisers ask for.
const maxOriginal = 100 << 20

// mine are the fan's own entries and their places.
type mine struct {
	_        incomparable
	ids      []string
	appeal   appeal
	original original
	rights   rights                // of one own entry, while they are changed
	places   map[string]*api.Place // on the overall board
	spots    map[string]*api.Place // on the board shown, where it is another one with ranks of its own
	asking   string                // the entry that the fan is asked about before it is withdrawn
	letters  string                // "on" where the fan gets letters, "off" where they may ask for them
	standing bool                  // a standing was asked for and not answered yet
}

// appeal is an answer to a decision that is being written, or a complaint about votes that do not count.
type appeal struct {
	_             incomparable
	open, sending bool
	votes         bool   // it is a complaint
	entry         string // empty where it is about a ban
	text, problem string
}

// original is a file that the organisers asked for, on its way.
type original struct {
	_ incomparable
	transfer
	entry, problem string
}

func (p *Panel) isMine(id string) bool {
	for _, own := range p.mine.ids {
		if own == id {
			return true
		}
	}
	return false
}

// enteredAll tells whether the fan has as many photos in the challenge as they may. Rejected ones make room.
func (p *Panel) enteredAll() bool {
	left := p.challenge.PerFan
	for _, id := range p.mine.ids {
		if p.entries[id].Status != "rejected" {
			left--
		}
	}
	return left <= 0 && p.challenge.PerFan > 0
}

// loadMe asks what the server knows of the fan. It knows nothing of one without a session.
func (p *Panel) loadMe() {
	if p.session.Bearer() == "" {
		return
	}
	p.session.Do(&port.Request{Method: "GET", URL: p.url("me")}, func(r *port.Response) {
		v := api.Parse(r.Body)
		if v != nil && r.OK() {
			p.takeMe(api.ReadMe(v))
		}
		p.followMine()
		if len(p.votes.cast) > 0 {
			p.prove("")
		}
	})
}

func (p *Panel) takeMe(me *api.Me) {
	p.mine.ids, p.mine.letters, p.banned = nil, me.Letters, me.Banned
	for _, e := range me.Entries {
		if e.Status == "withdrawn" {
			continue
		}
		p.meet(e)
		p.mine.ids = append(p.mine.ids, e.ID)
	}
	if len(p.mine.ids) > 0 {
		p.loadReposting()
	}
	p.votes.jury, p.votes.points = me.Class == "jury" && p.challenge.JuryPoints > 0, me.Points
	for _, id := range me.Voted {
		p.votes.cast[id] = true
	}
	p.votes.left, p.votes.class, p.votes.missing = me.VotesLeft, me.Class, me.Missing
	p.gather()
	p.confirmedElsewhere(me)
	if p.form.author == "" && !me.Guest {
		p.form.author = me.Name
	}
}

// followMine asks again while an entry is on its way, and then for its place.
func (p *Panel) followMine() {
	pause := int64(0)
	for _, id := range p.mine.ids {
		switch p.entries[id].Status {
		case "processing":
			pause = renderPause
		case "pending":
			if pause == 0 {
				pause = reviewPause
			}
		}
	}
	if pause > 0 && !p.hidden {
		p.around("me", pause, p.loadMe)
	}
	p.followStanding()
}

// followStanding asks for the places of published entries: when the board has moved, and not more often than the server
// wishes.
func (p *Panel) followStanding() {
	published := false
	for _, id := range p.mine.ids {
		published = published || p.entries[id].Status == "published"
	}
	if !published || p.hidden || p.mine.standing || p.waiting("standing") {
		return
	}
	p.mine.standing = true
	p.askPlaces("", func(places map[string]*api.Place) {
		if p.mine.places = places; p.scope == "" {
			p.followNear(places)
		}
	})
	if scope := p.scope; scope != "" && p.board.Kind == board.Ranked {
		p.askPlaces(scope, func(places map[string]*api.Place) {
			if scope == p.scope {
				p.mine.spots = places
				p.followNear(places)
			}
		})
	}
}

func (p *Panel) askPlaces(scope string, take func(map[string]*api.Place)) {
	p.session.Do(&port.Request{Method: "GET", URL: p.url("me/standing" + scoped("?", scope))}, func(r *port.Response) {
		p.mine.standing = false
		places, retryAfter := api.ReadStanding(api.Parse(r.Body))
		if r.OK() {
			take(places)
		}
		p.around("standing", max(retryAfter, 5)*1500, func() {}) // a frame before that asks for nothing
	})
}

// best is the fan's entry that stands highest, and its place; nil where none does.
func (p *Panel) best(places map[string]*api.Place) (id string, best *api.Place) {
	for _, own := range p.mine.ids {
		if place := places[own]; place != nil && place.Rank > 0 && (best == nil || place.Rank < best.Rank) {
			id, best = own, place
		}
	}
	return id, best
}

// followNear asks who stands around the fan's best entry, where the rows of the board end before it.
func (p *Panel) followNear(places map[string]*api.Place) {
	id, best := p.best(places)
	if best == nil || best.Final || best.Rank <= boardRows {
		p.near = board.Board{}
		return
	}
	scope := p.scope
	url := p.own("/board?around=" + strconv.FormatInt(p.entries[id].Number, 10) + "&limit=" + neighbours + scoped("&", scope))
	p.w.Network.Fetch(&port.Request{Method: "GET", URL: url}, func(r *port.Response) {
		if v := api.Parse(r.Body); v != nil && r.OK() && scope == p.scope {
			s := api.ReadBoard(v)
			p.near = board.Board{Kind: board.Picked}
			p.near.Load(s, false)
			p.meetRows(s)
		}
	})
}

func (p *Panel) withdraw(id string) {
	p.mine.asking = ""
	p.session.Do(&port.Request{Method: "DELETE", URL: p.url("entries/" + api.Escape(id))}, func(r *port.Response) {
		if !r.OK() {
			p.tell(p.problem(r), true)
			return
		}
		var rest []string
		for _, own := range p.mine.ids {
			if own != id {
				rest = append(rest, own)
			}
		}
		p.mine.ids = rest
		delete(p.mine.places, id)
		p.tell(p.say.Say(text.Withdrawn), false)
		p.loadGallery(false)
	})
}

func (p *Panel) sendAppeal() {
	a := &p.mine.appeal
	if a.sending || blank(a.text) {
		return
	}
	a.sending = true
	call := &port.Request{Method: "POST", URL: p.own("/appeals"), Body: []string{"entry", a.entry, "text", a.text}}
	if a.votes {
		call = &port.Request{Method: "POST", URL: p.url("entries/" + api.Escape(a.entry) + "/complaints"), Body: []string{"statement", a.text}}
	}
	p.session.Do(call, func(r *port.Response) {
		a.sending = false
		if !r.OK() {
			a.problem = p.problem(r)
			return
		}
		if a.entry == "" && p.banned != nil {
			p.banned.Appealed = true
		} else if e := p.entries[a.entry]; e != nil && a.votes && e.Own.Review != nil {
			e.Own.Review.MayComplain, e.Own.Review.Complained = false, true
		} else if e != nil {
			e.Own.Appealed = true
		}
		*a = appeal{}
	})
}

func (p *Panel) sendOriginal(entry string, files []markup.File) {
	o := &p.mine.original
	if len(files) == 0 || o.sending {
		return
	}
	file := files[0]
	*o = original{entry: entry}
	if file.Size > maxOriginal {
		o.problem = p.t(text.OriginalTooLarge)
		p.w.Screen.Discard(&file)
		return
	}
	p.carry(&o.transfer, &port.Upload{Entry: entry, File: file}, func(r *port.Response) {
		p.w.Screen.Discard(&file)
		if e := p.entries[entry]; r.OK() && e != nil {
			e.Own.OriginalSent = true
		} else {
			o.problem = p.problem(r)
		}
	})
}
