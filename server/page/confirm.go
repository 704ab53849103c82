package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"fanfare/server/contest"
)

// ConfirmPath is the path of the page that confirms a mailbox. The secret of a letter's link stands behind "#", where no
// server and no log sees it.
const ConfirmPath = "/confirm"

// Confirmed says what has become of a confirmation.
type Confirmed string

// What may have become of it.
const (
	ConfirmAsked    Confirmed = "" // nothing yet: the page asks
	ConfirmDone     Confirmed = "done"
	ConfirmEnded    Confirmed = "ended"
	ConfirmTaken    Confirmed = "taken"
	ConfirmBanned   Confirmed = "banned"
	ConfirmDeparted Confirmed = "departed" // its owner had everything deleted while the challenge ran
)

// Confirm writes the page that confirms a mailbox when its button is pressed, or what has become of that.
func (p *Renderer) Confirm(w http.ResponseWriter, r *http.Request, what Confirmed) error {
	c := p.Context(r)
	title, status := c.T("confirm.title"), http.StatusOK
	if what != ConfirmAsked {
		title = c.T("confirm." + string(what) + ".title")
	}
	switch what {
	case ConfirmEnded:
		status = http.StatusGone
	case ConfirmTaken, ConfirmBanned, ConfirmDeparted:
		status = http.StatusConflict
	}
	return p.Render(w, r, status, "confirm", Head{Title: title, Description: c.T("confirm.lead"), NoIndex: true, Class: "confirm"}, what)
}

// Letters are no pages: mail programs know no style sheets, and no policy of ours holds there.
//
//go:embed letters
var letterFiles embed.FS

var letters = template.Must(template.ParseFS(letterFiles, "letters/*.html"))

// LetterView is the letter that asks the owner of a mailbox to confirm it.
type LetterView struct {
	Title   contest.Text // of the challenge
	Code    string
	Secret  string // of the link
	Minutes int    // for which both are good
	Letters bool   // it was asked for to get letters about photos
}

// Letter is a mail in both forms.
type Letter struct{ Subject, Text, HTML string }

type letter struct {
	Title, Code, Link string
	Why, Ignore       string
	Minutes           int
}

// Letter draws a letter.
func (p *Renderer) Letter(lang Lang, v LetterView) (Letter, error) {
	c := &Context{Lang: lang, page: p}
	drawn := letter{
		Title: oneLine(c.Text(v.Title)), Code: v.Code, Minutes: v.Minutes,
		Link: c.Absolute(withLang(ConfirmPath+"#"+v.Secret, lang)),
	}
	drawn.Why, drawn.Ignore = c.T("letter.why", "title", drawn.Title), c.T("letter.ignore")
	if v.Letters {
		drawn.Why, drawn.Ignore = c.T("letter.why_letters", "title", drawn.Title), c.T("letter.ignore_letters")
	}
	var html bytes.Buffer
	if err := letters.ExecuteTemplate(&html, "confirm.html", c.With(drawn)); err != nil {
		return Letter{}, fmt.Errorf("draw letter: %w", err)
	}
	text := strings.Join([]string{
		c.T("letter.greeting"), drawn.Why, c.T("letter.code"), "    " + drawn.Code, c.T("letter.link"), drawn.Link,
		c.T("letter.minutes", "minutes", drawn.Minutes), drawn.Ignore,
	}, "\n\n")
	return Letter{Subject: c.T("letter.subject", "code", drawn.Code, "title", drawn.Title), Text: text + "\n", HTML: html.String()}, nil
}

// oneLine is a text without line breaks: it becomes a part of a mail's header.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
