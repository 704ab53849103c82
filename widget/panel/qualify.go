package panel

import (
	"fanfare/widget/api"
	"fanfare/widget/port"
	"fanfare/widget/text"
)

// letterPause is the time, in milliseconds, between two looks whether the letter was answered.
const letterPause = 5_000

// qualify is how a guest becomes one who may vote: by a mail address that they confirm with the code sent there, or by an
// invitation's code.
type qualify struct {
	_        incomparable
	open     bool
	letters  bool // the fan wants letters about their photos at the address; what it makes of the fan comes by the way
	sent     bool // a letter is on its way to the address
	busy     bool
	mail     string
	code     string
	invite   string
	problem  string
	asked    string   // the form that was sent last
	entry    string   // the vote that was refused and is cast once the fan may
	admitted []string // the classes of fans that may vote, or that the fan can become
}

// needsMore takes a refusal to vote for want of a class, and reports whether there is something the fan can do here.
func (p *Panel) needsMore(entry string, r *port.Response) bool {
	code, params := problemOf(r)
	if code != "voter_not_admitted" {
		return false
	}
	q := &p.qualify
	q.admitted, q.entry = words(params.Text("classes")), entry
	q.open = p.admits("mail") || p.admits("invited") || p.admits("jury")
	return q.open
}

// lacking are the classes of which a fan who cannot vote must be one. Of one whom the server does not know yet, the rules
// tell; the host page may sign for them.
func (p *Panel) lacking() []string {
	c := p.challenge
	if p.votes.class != "" {
		return p.votes.missing
	}
	if has(c.Voters, "guest") || has(c.Voters, "host") {
		return nil
	}
	return c.Voters
}

// need is what the fan can do to vote, or to vote as a juror: the classes they can become, and the words for it.
func (p *Panel) need() ([]string, text.Key) {
	lacking := p.lacking()
	switch {
	case p.votes.jury || p.now() >= p.challenge.Votes.Closes:
		return nil, 0
	case has(lacking, "mail"):
		return lacking, text.NeedMail
	case has(lacking, "invited") || has(lacking, "jury"):
		return lacking, text.NeedInvitation
	case len(lacking) == 0 && p.challenge.JuryPoints > 0 && has(p.challenge.Voters, "jury"):
		return []string{"jury"}, text.HaveInvitation
	}
	return nil, 0
}

// becomeVoter opens the dialog with no vote in hand.
func (p *Panel) becomeVoter() {
	p.qualify = qualify{open: true}
	p.qualify.admitted, _ = p.need()
}

// words are the parts of a text between commas and spaces.
func words(s string) []string {
	var list []string
	start := 0
	for i := 0; i <= len(s); i++ {
		if i == len(s) || s[i] == ',' || s[i] == ' ' {
			if i > start {
				list = append(list, s[start:i])
			}
			start = i + 1
		}
	}
	return list
}

func (p *Panel) admits(class string) bool { return has(p.qualify.admitted, class) }

func has(list []string, s string) bool {
	for _, other := range list {
		if other == s {
			return true
		}
	}
	return false
}

func (p *Panel) closeQualify() { p.qualify.open = false }

// askMail has a code sent. Asking once more is for a letter that did not come.
func (p *Panel) askMail() {
	q := &p.qualify
	if q.busy || blank(q.mail) {
		return
	}
	body := []string{"mail", q.mail, "lang", p.say.Tag()}
	if q.letters {
		body = append(body, "letters", "on")
	}
	p.asQualifying("session/mail", body, func(*port.Response) {
		q.sent, q.code = true, ""
		p.w.Screen.Focus("field-code")
		p.awaitLetter()
	})
}

// awaitLetter looks whether the address was confirmed by the letter's link, on another device perhaps.
func (p *Panel) awaitLetter() {
	p.around("letter", letterPause, func() {
		if q := &p.qualify; q.open && q.sent {
			p.loadMe()
			p.awaitLetter()
		}
	})
}

func (p *Panel) confirmMail() {
	q := &p.qualify
	if !q.busy && !blank(q.code) {
		p.asQualifying("session/mail/confirm", []string{"code", q.code}, p.qualified)
	}
}

func (p *Panel) useInvitation() {
	q := &p.qualify
	if !q.busy && !blank(q.invite) {
		p.asQualifying("session/invitation", []string{"code", q.invite}, p.qualified)
	}
}

// asQualifying makes one call of the dialog.
func (p *Panel) asQualifying(path string, body []string, done func(*port.Response)) {
	q := &p.qualify
	q.busy, q.problem = true, ""
	p.session.Do(&port.Request{Method: "POST", URL: p.url(path), Body: body}, func(r *port.Response) {
		q.busy = false
		if !r.OK() {
			q.problem = p.problem(r)
			return
		}
		done(r)
	})
}

// qualified casts the vote that brought the fan here. The session may be another fan's now, who confirmed the address
// before: what is theirs is asked for. A juror chooses points first.
func (p *Panel) qualified(r *port.Response) {
	entry, letters := p.qualify.entry, p.qualify.letters
	p.qualify = qualify{}
	p.votes.cast = map[string]bool{}
	p.loadMe()
	juror := api.Parse(r.Body).At("fan").Text("class") == "jury" && p.challenge.JuryPoints > 0
	if letters {
		p.tell(p.t(text.LettersOn), false)
	} else if entry == "" || juror {
		p.tell(p.t(text.Qualified), false)
	} else {
		p.vote(entry)
	}
}

// confirmedElsewhere goes on once the address was confirmed by the letter's link.
func (p *Panel) confirmedElsewhere(me *api.Me) {
	q := &p.qualify
	if q.open && q.sent && (q.letters && me.Letters == "on" || !q.letters && len(me.Missing) == 0) {
		p.qualified(&port.Response{})
	}
}
