package panel

import (
	"fanfare/widget/api"
	"fanfare/widget/text"
)

// The widget judges the phase by the windows and the server's clock, so that it changes at the minute without being
// told. The server judges again whenever it counts.

func (p *Panel) mayEnter() bool { return p.challenge != nil && p.challenge.Entries.Has(p.now()) }

func (p *Panel) mayVote() bool { return p.challenge != nil && p.challenge.Votes.Has(p.now()) }

func (p *Panel) ended() bool {
	c := p.challenge
	return c != nil && p.now() >= c.Entries.Closes && p.now() >= c.Votes.Closes
}

// edge is a moment at which something opens or closes, with the sentence that counts down to it.
type edge struct {
	at  api.Millis
	key text.Key
}

func (p *Panel) edges() []edge {
	c := p.challenge
	return []edge{
		{c.Entries.Opens, text.EntriesOpenIn}, {c.Entries.Closes, text.EntriesCloseIn},
		{c.Votes.Opens, text.VotesOpenIn}, {c.Votes.Closes, text.VotesCloseIn},
	}
}

// nextEdge is how long it is until something opens or closes; 0 where nothing will.
func (p *Panel) nextEdge() int64 {
	var next int64
	for _, e := range p.edges() {
		if left := int64(e.at - p.now()); left > 0 && (next == 0 || left < next) {
			next = left
		}
	}
	return next
}

// when tells what is open for how long: for entries and for votes each the edge that comes next.
func (p *Panel) when() []moment {
	if p.ended() {
		closed := max(p.challenge.Entries.Closes, p.challenge.Votes.Closes)
		return []moment{{p.say.Say(text.Ended), p.say.Say(text.EndedAt, "date", p.date(closed))}}
	}
	var list []moment
	edges := p.edges()
	for _, first := range [2]int{0, 2} {
		for _, e := range edges[first : first+2] {
			if left := e.at - p.now(); left > 0 {
				list = append(list, moment{p.say.Say(e.key, "in", p.say.Span(int64(left))), p.date(e.at)})
				break
			}
		}
	}
	return list
}

// moment is a countdown and the date that it runs to.
type moment struct{ words, date string }

func (p *Panel) date(at api.Millis) string {
	return p.w.Screen.Date(int64(at), p.challenge.TimeZone, p.say.Tag())
}
