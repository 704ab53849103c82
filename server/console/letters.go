package console

import (
	"net/http"

	"fanfare/server/app/notices"
	"fanfare/server/page"
)

func (c *Console) letterRoutes(add adder) {
	add(signedIn, http.MethodGet, lettersPath, c.letters)
	add(signedIn, http.MethodPost, lettersPath, c.chooseLetters)
}

const lettersPath = accountPath + "/letters"

type lettersView struct {
	frame
	Wishes  notices.Wishes
	Writes  bool      // this installation sends letters
	Written page.Lang // the language that letters are in
}

// letters is where people say which letters they get, and in which language.
func (c *Console) letters(w http.ResponseWriter, r *http.Request) error {
	around, err := c.around(r, "account")
	if err != nil {
		return err
	}
	v := lettersView{frame: around, Writes: c.Notices.Writes()}
	if v.Wishes, err = c.Notices.StaffWishes(r.Context(), around.Staff.ID); err != nil {
		return err
	}
	words := c.drawer.Context(r)
	if v.Written = page.Lang(v.Wishes.Language); v.Written == "" {
		v.Written = words.Lang
	}
	return c.draw(w, r, http.StatusOK, "letters", words.T("letters.own"), v)
}

func (c *Console) chooseLetters(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	var wanted []notices.Kind
	for _, kind := range r.PostForm["kind"] {
		wanted = append(wanted, notices.Kind(kind))
	}
	language := ""
	for _, lang := range page.Langs {
		if r.PostForm.Get("language") == string(lang) {
			language = string(lang)
		}
	}
	if err := c.Notices.ChooseForStaff(r.Context(), staffOf(r), wanted, language); err != nil {
		return err
	}
	return c.see(w, r, lettersPath+"?done=letters")
}
