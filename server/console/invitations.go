package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"fanfare/server/app/people"
	"fanfare/server/contest"
	"fanfare/server/page"
	"fanfare/server/sheet"
	"fanfare/server/store"
)

// invited are the classes that invitations give.
var invited = []string{string(contest.InvitedVoter), string(contest.JuryVoter)}

type invitationsView struct {
	frame
	Form      form
	Invalid   []string
	Classes   []string
	Challenge contest.Challenge
	Fresh     []string // codes just made: they are shown this once
	Batches   []invitationLine
	Useless   bool // the rules let nobody vote who is invited
}

type invitationLine struct {
	store.InvitationBatch
	Since page.Moment
}

func invitationsPath(id contest.ChallengeID) string { return challengePath(id) + "/invitations" }

func (c *Console) invitations(w http.ResponseWriter, r *http.Request) error {
	return c.drawInvitations(w, r, http.StatusOK, invitationsView{Form: form{Values: url.Values{"number": {"1"}, "class": {invited[0]}}}})
}

func (c *Console) drawInvitations(w http.ResponseWriter, r *http.Request, status int, v invitationsView) error {
	var err error
	if v.Challenge, err = c.challengeOf(r); err != nil {
		return err
	}
	if v.frame, err = c.around(r, "challenges"); err != nil {
		return err
	}
	batches, err := c.People.Invitations(r.Context(), v.Challenge.ID)
	if err != nil {
		return fmt.Errorf("list invitations: %w", err)
	}
	words := c.drawer.Context(r)
	for _, b := range batches {
		v.Batches = append(v.Batches, invitationLine{b, words.Moment(b.CreatedAt, c.now(), v.Challenge.Location())})
	}
	rules := v.Challenge.Rules
	v.Useless = !rules.Admits(contest.InvitedVoter) && !rules.Admits(contest.JuryVoter)
	v.Classes, v.Form.words = invited, words
	v.Invalid = v.Form.Invalid("class", "number", "label", "code")
	return c.draw(w, r, status, "invitations", words.T("invitations"), v)
}

// makeInvitations makes codes and shows them, or hands them over as a file.
func (c *Console) makeInvitations(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	ch, err := c.challengeOf(r)
	if err != nil {
		return err
	}
	typed, bad := r.PostForm, faults{}
	class, label := contest.VoterClass(typed.Get("class")), typed.Get("label")
	var codes []string
	number, noNumber := strconv.Atoi(strings.TrimSpace(typed.Get("number")))
	if noNumber != nil {
		err = &people.FieldError{Field: "number", Code: "number"}
	} else {
		codes, err = c.People.Invite(r.Context(), staffOf(r), ch.ID, class, label, number)
	}
	if wrong, ok := errors.AsType[*people.FieldError](err); ok {
		bad.add(wrong.Field, wrong.Code, "max", people.MaxInvitationLabel)
		return c.drawInvitations(w, r, http.StatusUnprocessableEntity, invitationsView{Form: form{Values: typed, faults: bad}})
	}
	if err != nil {
		return err
	}
	if typed.Get("as") == "csv" {
		return writeCodes(w, ch, class, label, codes)
	}
	// No redirect: the codes are shown once and stand in no address.
	return c.drawInvitations(w, r, http.StatusCreated, invitationsView{Fresh: codes, Form: form{Values: url.Values{"number": {"1"}, "class": {string(class)}}}})
}

// writeCodes hands codes over as a table.
func writeCodes(w http.ResponseWriter, ch contest.Challenge, class contest.VoterClass, label string, codes []string) error {
	h := w.Header()
	h.Set("Content-Type", sheet.CSV.ContentType())
	h.Set("Content-Disposition", `attachment; filename="invitations-`+ch.Slug+`.csv"`)
	table, err := sheet.NewWriter(w, sheet.CSV, []sheet.Column{{Title: "code"}, {Title: "class"}, {Title: "label"}})
	for _, code := range codes {
		if err == nil {
			err = table.Row(code, string(class), label)
		}
	}
	if err != nil {
		return err
	}
	return table.Close()
}

// revokeInvitations ends invitations: the one with a code that was typed, or those of a batch.
func (c *Console) revokeInvitations(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	ch, err := c.challengeOf(r)
	if err != nil {
		return err
	}
	typed := r.PostForm
	if batch := typed.Get("batch"); batch != "" {
		err = c.People.RevokeInvitations(r.Context(), ch.ID, batch, typed.Get("used") == "1")
	} else {
		err = c.People.RevokeInvitation(r.Context(), ch.ID, typed.Get("code"))
	}
	if errors.Is(err, people.ErrInvitation) {
		bad := faults{}
		bad.add("code", "unknown")
		typed.Set("number", "1")
		return c.drawInvitations(w, r, http.StatusUnprocessableEntity, invitationsView{Form: form{Values: typed, faults: bad}})
	}
	if err != nil {
		return err
	}
	return c.see(w, r, invitationsPath(ch.ID)+"?done=revoked")
}
