package panel

import (
	m "fanfare/widget/markup"
	"fanfare/widget/port"
	"fanfare/widget/text"
)

// askLetters opens the dialog that asks for an address to which letters about the fan's photos go.
func (p *Panel) askLetters() {
	p.qualify = qualify{open: true, letters: true, admitted: []string{"mail"}}
}

// stopLetters ends them. The address is deleted.
func (p *Panel) stopLetters() {
	p.session.Do(&port.Request{Method: "DELETE", URL: p.url("me/letters")}, func(r *port.Response) {
		if r.OK() {
			p.mine.letters = "off"
		} else {
			p.tell(p.problem(r), true)
		}
	})
}

// viewLetters says whether the fan gets letters, and changes it. Where the server sends none there is nothing.
func (p *Panel) viewLetters() *m.Node {
	switch p.mine.letters {
	case "on":
		return m.El("p.letters !letters").Add(p.el("span", text.LettersGo), p.button("button.link !letters-stop", text.LettersStop, p.stopLetters))
	case "off":
		return m.El("p.letters !letters").Add(p.button("button.link !letters-ask", text.LettersAsk, p.askLetters))
	}
	return nil
}
