package panel

import (
	"fanfare/widget/api"
	m "fanfare/widget/markup"
	"fanfare/widget/text"
)

// The widget judges the phase by the windows and the server's clock, so that it changes at the minute without being
// told. The server judges again whenever it counts.

func (p *Panel) mayEnter() bool { return p.challenge != nil && p.challenge.Entries.Has(p.now()) }

// graceEnds is until when a photo may arrive whose bytes were announced before entries closed.
func (p *Panel) graceEnds() api.Millis { return p.challenge.Entries.Closes + p.challenge.Grace }

// mayFinish tells whether a photo that had begun to be sent may still arrive.
func (p *Panel) mayFinish() bool {
	return p.challenge.Entries.Opens <= p.now() && p.now() < p.graceEnds() && p.w.Store.Load(p.begunName()) != ""
}

func (p *Panel) mayVote() bool { return p.challenge != nil && p.challenge.Votes.Has(p.now()) }

func (p *Panel) ended() bool {
	c := p.challenge
	return c != nil && p.now() >= c.Entries.Closes && p.now() >= c.Votes.Closes
}

// edges are the moments at which something opens or closes, each with the sentence that counts down to it.
func (p *Panel) edges() ([]api.Millis, []text.Key) {
	c := p.challenge
	return []api.Millis{c.Entries.Opens, c.Entries.Closes, c.Votes.Opens, c.Votes.Closes},
		[]text.Key{text.EntriesOpenIn, text.EntriesCloseIn, text.VotesOpenIn, text.VotesCloseIn}
}

// nextEdge is how long it is until something opens or closes; 0 where nothing will.
func (p *Panel) nextEdge() int64 {
	var next int64
	moments, _ := p.edges()
	for _, at := range moments {
		if left := int64(at - p.now()); left > 0 && (next == 0 || left < next) {
			next = left
		}
	}
	return next
}

// viewWhen tells what is open for how long: for entries and for votes each the edge that comes next.
func (p *Panel) viewWhen() *m.Node {
	list := m.El("div.when !when")
	if p.ended() {
		closed := max(p.challenge.Entries.Closes, p.challenge.Votes.Closes)
		k := text.Ended
		if !p.settled() {
			k = text.EndedOpen
		}
		return list.Add(p.viewMoment(p.t(k), closed), p.viewResult())
	}
	if c := p.challenge; c.Entries.Closes == c.Votes.Closes && p.mayEnter() && p.mayVote() {
		return list.Add(p.viewMoment(p.say.Say(text.AllCloseIn, "in", p.say.Span(int64(c.Votes.Closes-p.now()))), c.Votes.Closes))
	}
	moments, keys := p.edges()
	for i, at := range moments {
		left := int64(at - p.now())
		if left > 0 && (i%2 == 0 || moments[i-1] <= p.now()) {
			list.Add(p.viewMoment(p.say.Say(keys[i], "in", p.say.Span(left)), at))
		}
	}
	return list
}

// settled tells whether the board is the result: after the end, and after the certification where the rules want one.
func (p *Panel) settled() bool {
	return p.ended() && (p.challenge.AuditEnds == 0 || p.challenge.CertifiedAt > 0)
}

// viewResult leads to the page of the result, or tells when it can be certified.
func (p *Panel) viewResult() *m.Node {
	c, k, at := p.challenge, text.SeeResult, ""
	switch {
	case c.AuditEnds == 0:
		return nil
	case c.CertifiedAt == 0 && c.AuditEnds > p.now():
		k, at = text.ResultChecked, p.date(c.AuditEnds)
	case c.CertifiedAt == 0:
		k = text.ResultSoon
	}
	return m.El("p").Add(m.El("a !result target=_blank rel=noopener").
		At("href", p.opt.Base+"/c/"+api.Escape(p.opt.Slug)+"/results?lang="+p.say.Tag()).Text(p.say.Say(k, "at", at)))
}

func (p *Panel) viewMoment(words string, at api.Millis) *m.Node {
	return m.El("p").Add(m.El("strong").Text(words), span(p.date(at)))
}

func (p *Panel) date(at api.Millis) string {
	return p.w.Screen.Date(int64(at), p.challenge.TimeZone, p.say.Tag())
}
