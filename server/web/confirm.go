package web

import (
	"errors"
	"net/http"

	"fanfare/server/app/people"
	"fanfare/server/contest"
	"fanfare/server/page"
)

// confirmPage is where the link of a letter leads. It does nothing, however often programs that look at letters open it.
func (s *site) confirmPage(w http.ResponseWriter, r *http.Request) {
	s.drawn(w, r, s.Pages.Confirm(w, r, page.ConfirmAsked))
}

// confirmLink takes the press of its button.
func (s *site) confirmLink(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.drawn(w, r, s.Pages.Problem(w, r, http.StatusBadRequest))
		return
	}
	what, err := confirmed(s.People.ConfirmLink(r.Context(), r.PostForm.Get("secret")))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.drawn(w, r, s.Pages.Confirm(w, r, what))
}

// confirmed tells the outcomes that the page has words for from other errors.
func confirmed(err error) (page.Confirmed, error) {
	refusal, refused := errors.AsType[*contest.Refusal](err)
	switch {
	case err == nil:
		return page.ConfirmDone, nil
	case errors.Is(err, people.ErrCodeEnded):
		return page.ConfirmEnded, nil
	case errors.Is(err, people.ErrMailTaken):
		return page.ConfirmTaken, nil
	case errors.Is(err, people.ErrDeparted):
		return page.ConfirmDeparted, nil
	case refused && refusal.Reason == contest.Banned:
		return page.ConfirmBanned, nil
	}
	return "", err
}
