package panel

import (
	"fanfare/widget/api"
	m "fanfare/widget/markup"
	"fanfare/widget/text"
)

// Pauses of proving, in milliseconds.
const (
	proofPause = 4_000       // after a vote: the log's next checkpoint is two seconds away
	sealPause  = 10 * 60_000 // where the rules conceal the number of votes, checkpoints come after each sealStep
	sealStep   = 30 * 60_000 // the clock's half hours
)

// proof is what proving the fan's votes against the public log found.
type proof struct {
	stands, waits, broken int64
}

// prove checks the fan's votes, the one of the reply to a vote among them, and once more while one waits for the log's next
// checkpoint. Where the log is out of reach what was found before stays.
func (p *Panel) prove(reply string) {
	if bearer := p.session.Bearer(); bearer != "" {
		p.w.Network.Prove(bearer, reply, p.proved)
	}
}

// proved takes what proving found.
func (p *Panel) proved(found string) {
	counts := api.Parse(found)
	if counts == nil {
		return
	}
	p.proof = proof{counts.Int("stands"), counts.Int("waits"), counts.Int("broken")}
	if p.proof.waits == 0 || p.hidden {
		return
	}
	pause := int64(proofPause)
	if p.challenge.Padded {
		pause = sealPause
	}
	p.around("proof", pause, func() { p.prove("") })
}

// viewProof tells whether the fan's votes stand in the log, with the way to the log's page.
func (p *Panel) viewProof() *m.Node {
	k, n, class, at := text.VotesStand, p.proof.stands, "proof", ""
	switch {
	case p.proof.broken > 0:
		k, n, class = text.VotesBroken, p.proof.broken, "proof bad"
	case p.proof.waits > 0:
		k, n = text.VotesWait, p.proof.waits
		if p.challenge.Padded {
			k, at = text.VotesWaitUntil, p.date((p.now()/sealStep+1)*sealStep)
		}
	case p.proof.stands == 0:
		return nil
	}
	return m.El("span !proof role=status").Class(class).Add(
		m.El("a target=_blank rel=noopener").At("href", p.opt.Base+"/c/"+api.Escape(p.opt.Slug)+"/log").Text(p.say.Say(k, "n", text.Number(n), "at", at)))
}
