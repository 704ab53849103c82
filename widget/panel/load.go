package panel

import (
	"strconv"

	"fanfare/widget/api"
	"fanfare/widget/board"
	"fanfare/widget/link"
	"fanfare/widget/port"
)

// heroes are the ranks shown with a large photo.
const heroes = 3

func hero(r *board.Row) bool { return r.Rank > 0 && r.Rank <= heroes }

func (p *Panel) loadChallenge() {
	if p.challenge != nil {
		p.begin()
		return
	}
	p.w.Network.Fetch(&port.Request{Method: "GET", URL: p.own("")}, func(r *port.Response) {
		if v := api.Parse(r.Body); v != nil && r.OK() {
			p.failure = ""
			p.takeChallenge(v)
			p.begin()
		} else {
			p.failure, _ = problemOf(r)
			if p.failure != "not_found" {
				p.around("challenge", pollPause, p.retryChallenge)
			}
		}
	})
}

func (p *Panel) retryChallenge() {
	p.cancel("challenge")
	p.loadChallenge()
}

// begin starts what needs the challenge.
func (p *Panel) begin() {
	p.link.Start()
	p.after("board", photoPause, p.poll) // the first frame usually comes before
	p.tick()
	if p.boardless() {
		p.order(sortShuffle) // a fixed order would favour whoever stands first in it
	} else {
		p.loadGallery(false)
	}
	p.loadMe()
}

func (p *Panel) takeChallenge(v *api.Value) {
	p.challenge = api.ReadChallenge(v)
	if p.challenge.Now != 0 {
		p.skew = int64(p.challenge.Now) - p.w.Clock.Now()
	}
	if !p.boardSeen {
		p.board.Entries = uint64(max(p.challenge.TotalEntries, 0))
		p.board.Votes = uint64(max(p.challenge.TotalVotes, 0))
		p.board.Shows = p.challenge.Shows
	}
}

func (p *Panel) takeBoard(v *api.Value) {
	s := api.ReadBoard(v)
	for _, e := range s.Rows {
		p.meetShown(e)
	}
	p.board.Load(s, p.link.State() == link.Live)
	p.boardSeen = true
}

// meet remembers an entry and returns what is known of it. What this one lacks is kept from earlier.
func (p *Panel) meet(e *api.Entry) *api.Entry {
	if known := p.entries[e.ID]; known != nil && len(e.Photo.Sizes) == 0 {
		e.Photo, e.City = known.Photo, known.City
	}
	if known := p.entries[e.ID]; known != nil && !e.Mine && known.Mine { // from a list that anybody is told
		e.Mine, e.Own, e.Reason, e.Note = true, known.Own, known.Reason, known.Note
	}
	p.entries[e.ID] = e
	return e
}

// meetShown is meet for rows of a board. Of the fan's own entries a board knows less than the fan was told already.
func (p *Panel) meetShown(e *api.Entry) {
	if known := p.entries[e.ID]; known != nil && known.Mine {
		e.Status = known.Status
	}
	p.meet(e)
}

func (p *Panel) fetchBoard() {
	p.w.Network.Fetch(&port.Request{Method: "GET", URL: p.own("/board?limit=" + strconv.Itoa(boardRows))}, func(r *port.Response) {
		if v := api.Parse(r.Body); v != nil && r.OK() {
			p.takeBoard(v)
		}
	})
}

// poll keeps the board fresh where no frames arrive and somebody looks.
func (p *Panel) poll() {
	if p.hidden || p.link.State() == link.Live {
		p.cancel("board")
		return
	}
	if !p.waiting("board") {
		p.fetchBoard()
		p.around("board", pollPause, p.poll)
	}
}

// fetchPhotos asks for a snapshot soon, once for many wishes.
func (p *Panel) fetchPhotos() {
	if !p.waiting("photos") {
		p.around("photos", photoPause, p.fetchBoard)
	}
}

func (p *Panel) lacksPhotos() bool {
	for i := range min(heroes, len(p.board.Rows)) {
		if !hero(p.board.Rows[i]) {
			return false
		}
		if e := p.entries[p.board.Rows[i].Entry]; e == nil || len(e.Photo.Sizes) == 0 {
			return true
		}
	}
	return false
}

// tick keeps the texts true that tell how long something is open.
func (p *Panel) tick() {
	pause := int64(tickPause)
	if edge := p.nextEdge(); edge > 0 && edge <= 11*60_000 {
		pause = secondsPause
	}
	p.after("tick", pause, p.tick) // what is shown follows by itself
}
