package panel

import (
	"strconv"

	"fanfare/widget/api"
	"fanfare/widget/board"
	"fanfare/widget/link"
	"fanfare/widget/port"
)

// heroes are the ranks shown with a large photo, where all of them stand on the board.
const heroes = 3

func (p *Panel) hero(r *board.Row) bool {
	return p.board.Kind == board.Ranked && r.Rank > 0 && r.Rank <= heroes
}

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
	p.followTotals()
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
		p.overall = board.Tally{
			Entries: uint64(max(p.challenge.TotalEntries, 0)), Votes: uint64(max(p.challenge.TotalVotes, 0)), Shows: p.challenge.Shows,
		}
		p.board.Tally = p.overall
	}
}

func (p *Panel) takeBoard(v *api.Value) {
	s := api.ReadBoard(v)
	p.board.Load(s, p.link.State() == link.Live)
	p.boardMoved()
	if p.board.Kind != board.Groups {
		p.meetRows(s)
	}
}

func (p *Panel) meetRows(s *api.Board) {
	for _, r := range s.Rows {
		p.meetShown(r.Entry)
	}
}

// boardMoved follows a frame or a snapshot.
func (p *Panel) boardMoved() {
	if p.boardSeen = true; p.scope == "" {
		p.overall = p.board.Tally
	}
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

// meetShown is meet for rows of a board. Of the fan's own entries a board knows less than the fan was told already, and one of
// gains knows no scores.
func (p *Panel) meetShown(e *api.Entry) {
	known := p.entries[e.ID]
	if known != nil && known.Mine {
		e.Status = known.Status
	}
	if p.scope == rising {
		e.Score = unknownScore
		if known != nil {
			e.Score = known.Score
		}
	}
	p.meet(e)
}

// fetchBoard asks for a snapshot of the board shown. A board that is not there gives way to the overall one.
func (p *Panel) fetchBoard() {
	scope := p.scope
	if p.friendless() {
		p.boardSeen = true
		return
	}
	p.w.Network.Fetch(&port.Request{Method: "GET", URL: p.own("/board?limit=" + strconv.Itoa(boardRows) + scoped("&", scope))}, func(r *port.Response) {
		v := api.Parse(r.Body)
		switch {
		case scope != p.scope:
		case r.Status == 404 && scope != "":
			p.show("")
		case v != nil && r.OK():
			p.takeBoard(v)
		}
	})
}

// poll keeps the board fresh where no frames arrive, or do not tell all, and somebody looks.
func (p *Panel) poll() {
	if p.hidden || p.link.State() == link.Live && p.board.Kind != board.Picked {
		p.cancel("board")
		return
	}
	if !p.waiting("board") {
		p.fetchBoard()
		p.around("board", pollPause, p.poll)
	}
}

// fetchPhotos asks for a snapshot soon, once for many wishes. Ranks among all that a board of friends tells may move with each
// frame, and can wait longer.
func (p *Panel) fetchPhotos() {
	pause := int64(photoPause)
	if p.board.Kind == board.Picked && len(p.board.Rows) > 0 {
		pause = placePause
	}
	if !p.waiting("photos") {
		p.around("photos", pause, p.fetchBoard)
	}
}

func (p *Panel) lacksPhotos() bool {
	for i := range min(heroes, len(p.board.Rows)) {
		if !p.hero(p.board.Rows[i]) {
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
