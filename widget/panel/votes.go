package panel

import (
	"fanfare/widget/api"
	"fanfare/widget/port"
	"fanfare/widget/text"
)

// votes are the fan's own.
type votes struct {
	cast map[string]bool // by entry
	busy map[string]bool // asked for and not answered yet
	left int64           // in this period; -1 is unknown
}

func newVotes() votes { return votes{cast: map[string]bool{}, busy: map[string]bool{}, left: -1} }

// vote casts a vote or takes it back. The heart answers the finger at once and the server decides.
func (p *Panel) vote(id string) {
	if p.votes.busy[id] {
		return
	}
	cast := !p.votes.cast[id]
	p.votes.busy[id] = true
	p.votes.cast[id] = cast
	method := "PUT"
	if !cast {
		method = "DELETE"
	}
	p.session.Do(&port.Request{Method: method, URL: p.url("entries/" + api.Escape(id) + "/vote")}, func(r *port.Response) {
		delete(p.votes.busy, id)
		if r.OK() {
			p.voted(id, cast, r)
			return
		}
		p.votes.cast[id] = !cast
		if p.needsMore(id, r) {
			return
		}
		p.tell(p.problem(r), true)
	})
}

func (p *Panel) voted(id string, cast bool, r *port.Response) {
	v := api.Parse(r.Body)
	p.votes.left = v.Int("votes_left")
	if v.At("score") != nil {
		p.scored(id, v.Int("score"))
	}
	words, flag := p.say.Say(text.Voted), "true"
	if !cast {
		words, flag = p.say.Say(text.TakenBack), "false"
	}
	left := p.votesLeft()
	if left != "" && !p.say.Chinese {
		left = " " + left
	}
	p.tell(words+left, false)
	p.after("proof", proofPause, func() { p.prove(r.Body) })
	p.w.Screen.Tell("fanfare:voted", "entry", id, "voted", flag)
}

// scored takes an entry's score, as the answer to a vote tells it.
func (p *Panel) scored(id string, score int64) {
	if e := p.entries[id]; e != nil {
		e.Score = score
	}
	p.board.Score(id, score)
}

// votesLeft tells how many votes the fan has; empty where that is unknown.
func (p *Panel) votesLeft() string {
	if p.votes.left < 0 || p.banned != nil || !p.mayVote() {
		return ""
	}
	k := text.VotesLeft
	if p.challenge.Period == "day" {
		k = text.VotesLeftToday
	}
	return p.say.Say(k, "n", text.Number(p.votes.left))
}
