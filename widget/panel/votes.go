package panel

import (
	"fanfare/widget/api"
	"fanfare/widget/port"
	"fanfare/widget/text"
)

// votes are the fan's own.
type votes struct {
	_       incomparable
	cast    map[string]bool  // by entry
	points  map[string]int64 // what a juror gave, by entry
	busy    map[string]bool  // asked for and not answered yet
	left    int64            // in this period; -1 is unknown
	jury    bool             // the fan gives points
	class   string           // as what the fan votes; empty where that is unknown
	missing []string         // the classes of which the fan must be one to vote, where they are of none
	sure    string           // the entry whose vote is about to be cast for good
}

func newVotes() votes {
	return votes{cast: map[string]bool{}, points: map[string]int64{}, busy: map[string]bool{}, left: -1}
}

// vote casts a vote or takes it back. Where a fan has one vote, a vote for another photo moves it there. One that stays as
// it was cast takes two touches.
func (p *Panel) vote(id string) {
	cast := !p.votes.cast[id]
	if cast && p.challenge.Final && p.votes.sure != id {
		p.votes.sure = id
		p.tell(p.t(text.VoteForGood), false)
		p.after("sure", noticePause, func() { p.votes.sure = "" })
		return
	}
	var body []string
	before := ""
	if cast && p.challenge.PerPeriod == 1 && !p.challenge.Final {
		for other, voted := range p.votes.cast {
			if voted && other != id {
				before, body = other, []string{"instead_of", other}
			}
		}
	}
	p.sendVote(id, before, cast, 0, body)
}

// give gives an entry a juror's points, or takes them back with none.
func (p *Panel) give(id string, points int64) {
	if points > 0 {
		p.sendVote(id, "", true, points, []string{"#points", text.Number(points)})
	} else {
		p.sendVote(id, "", false, 0, nil)
	}
}

// sendVote lets the heart answer the finger at once; the server decides. before is the entry that the vote moves from, points
// are a juror's.
func (p *Panel) sendVote(id, before string, cast bool, points int64, body []string) {
	if p.votes.busy[id] {
		return
	}
	was, had := p.votes.cast[id], p.votes.points[id]
	p.votes.busy[id] = true
	p.votes.points[id] = points
	p.votes.cast[id] = cast
	if before != "" {
		p.votes.cast[before] = false
	}
	method := "PUT"
	if !cast {
		method = "DELETE"
	}
	p.session.Do(&port.Request{Method: method, URL: p.url("entries/" + api.Escape(id) + "/vote"), Body: body}, func(r *port.Response) {
		delete(p.votes.busy, id)
		if r.OK() {
			p.voted(id, cast, r)
			return
		}
		p.votes.cast[id], p.votes.points[id] = was, had
		if before != "" {
			p.votes.cast[before] = true
		}
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
	p.votes.sure = ""
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
	if p.scope != rising {
		p.board.Score(id, score)
		p.near.Score(id, score)
	}
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
