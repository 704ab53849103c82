package console

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"fanfare/server/contest"
)

type wordsView struct {
	frame
	ZH, EN string // a word a line
}

// words shows the lists of words that make an entry wait for a moderator.
func (c *Console) words(w http.ResponseWriter, r *http.Request) error {
	around, err := c.around(r, "words")
	if err != nil {
		return err
	}
	lists, err := c.Entries.Words(r.Context())
	if err != nil {
		return fmt.Errorf("read word lists: %w", err)
	}
	words := c.drawer.Context(r)
	if left, _ := strconv.Atoi(r.URL.Query().Get("left")); left > 0 {
		around.Notice = words.N("words.left_out", left)
	}
	v := wordsView{around, strings.Join(lists.ZH, "\n"), strings.Join(lists.EN, "\n")}
	return c.draw(w, r, http.StatusOK, "words", words.T("words"), v)
}

// saveWords keeps the lists, and says how many lines were no use.
func (c *Console) saveWords(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	typed := contest.WordLists{ZH: lines(r.PostForm.Get("words_zh")), EN: lines(r.PostForm.Get("words_en"))}
	if err := c.Entries.SaveWords(r.Context(), typed); err != nil {
		return fmt.Errorf("save word lists: %w", err)
	}
	kept := typed.Tidy()
	if left := len(typed.ZH) + len(typed.EN) - len(kept.ZH) - len(kept.EN); left > 0 {
		return c.see(w, r, withParam("/console/words", "left", strconv.Itoa(left)))
	}
	return c.see(w, r, "/console/words?done=saved")
}
