package console

import (
	"encoding/json"
	"errors"
	"net/http"

	"fanfare/server/access"
	"fanfare/server/app/staff"
	"fanfare/server/page"
	"fanfare/server/store"
)

func (c *Console) passkeyRoutes(add adder) {
	add(anyone, http.MethodPost, "/console/sign-in/passkey/ask", c.askPasskey)
	add(anyone, http.MethodPost, "/console/sign-in/passkey", c.enterByPasskey)
	add(anyone, http.MethodPost, codePath+"/passkey/ask", c.askSecond)
	add(anyone, http.MethodPost, codePath+"/passkey", c.second)
	add(anyone, http.MethodPost, setUpFactorPath+"/passkey", c.firstPasskey)
	add(anyone, http.MethodPost, setUpFactorPath+"/passkey/add", c.addFirstPasskey)
	add(signedIn, http.MethodPost, accountPath+"/passkeys/ask", c.askProof)
	add(signedIn, http.MethodPost, accountPath+"/passkeys", c.newPasskey)
	add(signedIn, http.MethodPost, accountPath+"/passkeys/add", c.addPasskey)
	add(signedIn, http.MethodPost, accountPath+"/passkeys/drop", c.dropPasskey)
}

// passkeyPages are the templates that use passkeys.
var passkeyPages = []string{"account", "passkey", "sign_in", "sign_in_code"}

// passkeyLine is a passkey in its owner's list.
type passkeyLine struct {
	ID, Name string
	Made     page.Moment
	Used     page.Moment
	Unused   bool
}

func (c *Console) passkeyLines(words *page.Context, keys []store.Passkey) (lines []passkeyLine) {
	for _, k := range keys {
		lines = append(lines, passkeyLine{
			k.ID, k.Name, words.Moment(k.CreatedAt, c.now(), c.now().Location()), words.Moment(k.UsedAt, c.now(), c.now().Location()), k.UsedAt.IsZero(),
		})
	}
	return lines
}

// answerOf is what a browser answered for a passkey, empty for nothing.
func answerOf(r *http.Request) staff.Answer {
	return staff.Answer{Token: r.PostForm.Get("passkey_token"), Text: r.PostForm.Get("passkey")}
}

// question is what passkey.js is told.
type question struct {
	Token   string          `json:"token"`
	Options json.RawMessage `json:"options"`
}

// ask answers passkey.js, which asks the browser.
func ask(w http.ResponseWriter, q staff.Question, err error) error {
	if errors.Is(err, staff.ErrNoSession) {
		w.WriteHeader(http.StatusGone)
		return nil
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(question{q.Token, q.Options})
}

func (c *Console) askPasskey(w http.ResponseWriter, r *http.Request) error {
	q, err := c.Staff.AskPasskey(r.Context())
	return ask(w, q, err)
}

func (c *Console) askSecond(w http.ResponseWriter, r *http.Request) error {
	q, err := c.Staff.AskSecond(r.Context(), access.StaffCookie(r))
	return ask(w, q, err)
}

func (c *Console) askProof(w http.ResponseWriter, r *http.Request) error {
	q, err := c.Staff.AskProof(r.Context(), staffOf(r))
	return ask(w, q, err)
}

// notAPasskey is the message about a passkey that was not taken; empty for another error.
func notAPasskey(err error) string {
	switch {
	case errors.Is(err, access.ErrPasskeyCopied):
		return "passkey.copied"
	case errors.Is(err, access.ErrPasskey), errors.Is(err, staff.ErrNoSession):
		return "passkey.refused"
	}
	return ""
}

// enterByPasskey signs somebody in without a password.
func (c *Console) enterByPasskey(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	entry, err := c.Staff.EnterByPasskey(r.Context(), answerOf(r), c.visit(r))
	if problem := notAPasskey(err); problem != "" {
		return c.drawSignIn(w, r, http.StatusUnprocessableEntity, "sign_in", problem, r.PostForm)
	}
	if err != nil {
		return err
	}
	return c.enter(w, r, entry)
}

// second takes a passkey in the place of a code.
func (c *Console) second(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	entry, err := c.Staff.Second(r.Context(), access.StaffCookie(r), answerOf(r), c.visit(r))
	if problem := notAPasskey(err); problem != "" {
		return c.drawCode(w, r, http.StatusUnprocessableEntity, problem)
	}
	if err != nil {
		return err
	}
	return c.enter(w, r, entry)
}

type passkeyView struct {
	frame
	Token, Options string
	Name           string // that is proposed
	Action, Back   string // where the form goes, and who does not want to
}

// drawPasskey has a browser make a passkey.
func (c *Console) drawPasskey(w http.ResponseWriter, r *http.Request, around frame, q staff.Question, action, back string) error {
	words := c.drawer.Context(r)
	v := passkeyView{frame: around, Token: q.Token, Options: string(q.Options), Name: deviceOf(words, r.UserAgent()), Action: action, Back: back}
	return c.draw(w, r, http.StatusOK, "passkey", words.T("passkey.new"), v)
}

// firstPasskey makes a passkey the second factor that is asked of all.
func (c *Console) firstPasskey(w http.ResponseWriter, r *http.Request) error {
	q, err := c.Staff.FirstPasskey(r.Context(), access.StaffCookie(r))
	if errors.Is(err, staff.ErrNoSession) {
		return c.see(w, r, "/console/sign-in")
	}
	if err != nil {
		return err
	}
	return c.drawPasskey(w, r, frame{}, q, setUpFactorPath+"/passkey/add", setUpFactorPath)
}

func (c *Console) addFirstPasskey(w http.ResponseWriter, r *http.Request) error {
	return c.added(w, r, func(problem string) error {
		return c.drawFirstFactor(w, r, http.StatusUnprocessableEntity, problem)
	})
}

func (c *Console) newPasskey(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	q, err := c.Staff.NewPasskey(r.Context(), staffOf(r), c.proof(r))
	if err != nil {
		return c.notTaken(w, r, "passkey", err)
	}
	around, err := c.around(r, "account")
	if err != nil {
		return err
	}
	return c.drawPasskey(w, r, around, q, accountPath+"/passkeys/add", accountPath)
}

func (c *Console) addPasskey(w http.ResponseWriter, r *http.Request) error {
	err := c.added(w, r, func(string) error { return c.see(w, r, accountPath+"?done=passkey_refused") })
	if _, many := errors.AsType[*staff.FieldError](err); many {
		return c.notTaken(w, r, "passkey", err)
	}
	return err
}

// added keeps the passkey that a browser made. The first second factor comes with recovery codes.
func (c *Console) added(w http.ResponseWriter, r *http.Request, refused func(problem string) error) error {
	if err := parse(r); err != nil {
		return err
	}
	entry, codes, err := c.Staff.AddPasskey(r.Context(), access.StaffCookie(r), answerOf(r), r.PostForm.Get("name"), c.visit(r))
	switch problem := notAPasskey(err); {
	case problem != "":
		return refused(problem)
	case err != nil:
		return err
	case codes != nil:
		return c.drawCodes(w, r, entry, codes)
	}
	return c.see(w, r, accountPath+"?done=passkey_added")
}

func (c *Console) dropPasskey(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	key := r.PostForm.Get("key")
	if err := c.Staff.DropPasskey(r.Context(), staffOf(r), key, c.proof(r)); err != nil {
		return c.notTaken(w, r, "drop-"+key, err)
	}
	return c.see(w, r, accountPath+"?done=passkey_removed")
}
