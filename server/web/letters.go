package web

import (
	"errors"
	"net/http"
	"time"

	"fanfare/server/app/notices"
	"fanfare/server/page"
)

// lettersLimit bounds how often letters are chosen: mail programs end those of many people from few addresses.
var lettersLimit = limit{perIdentity: 30, perAddress: 3000, window: 10 * time.Minute}

// lettersPage is where the link of a letter leads that ends letters like it. It ends nothing, however often programs that look at
// letters open it.
func (s *site) lettersPage(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Query().Get("t")
	wishes, err := s.Notices.StopWishes(r.Context(), token)
	if errors.Is(err, notices.ErrLink) {
		s.drawn(w, r, s.Pages.Stop(w, r, page.StopView{What: page.StopUnknown}))
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	view := page.StopView{Token: token, Fan: wishes.Fan}
	if !wishes.Asked {
		view.What = page.StopNothing
	}
	for _, wish := range wishes.Kinds {
		if wish.Kind == wishes.Of && wish.Wanted && !wish.Fixed {
			view.Of = string(wish.Kind)
		}
		view.Kinds = append(view.Kinds, page.LetterKind{Name: string(wish.Kind), Wanted: wish.Wanted, Fixed: wish.Fixed})
	}
	s.drawn(w, r, s.Pages.Stop(w, r, view))
}

// chooseLetters takes the press of a button of that page, and what mail programs send for the one of their own (RFC 8058): they name
// the letter in the address.
func (s *site) chooseLetters(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.drawn(w, r, s.Pages.Problem(w, r, http.StatusBadRequest))
		return
	}
	what, err := s.lettersChosen(r)
	if errors.Is(err, notices.ErrLink) {
		what, err = page.StopUnknown, nil
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.drawn(w, r, s.Pages.Stop(w, r, page.StopView{What: what}))
}

func (s *site) lettersChosen(r *http.Request) (page.Stopped, error) {
	token := r.Form.Get("t")
	if r.PostForm.Get("do") != "choose" {
		all, err := s.Notices.Stop(r.Context(), token)
		if all {
			return page.StopEnded, err
		}
		return page.StopSaved, err
	}
	var wanted []notices.Kind
	for _, kind := range r.PostForm["kind"] {
		wanted = append(wanted, notices.Kind(kind))
	}
	return page.StopSaved, s.Notices.Choose(r.Context(), token, wanted)
}
