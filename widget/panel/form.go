package panel

import (
	"strconv"
	"unicode/utf8"

	"fanfare/widget/api"
	"fanfare/widget/markup"
	"fanfare/widget/port"
)

// Limits that the server holds as well; asking here saves the fan a long upload.
const (
	maxFile    = 25 << 20
	maxCaption = 500
	maxAuthor  = 40
)

// form is an entry on its way. What was typed outlives closing the form.
type form struct {
	open    bool
	file    markup.File
	picture string // address of the preview; empty where no file is chosen
	caption string
	author  string
	city    string
	partner string
	agreed  map[string]bool // by consent
	problem string          // in words
	failed  bool            // the last try had no answer
	sending bool
	percent int
	abort   func()
	sent    *api.Entry
}

// drop ends an upload and frees the preview.
func (f *form) drop(w port.Screen) {
	if f.abort != nil {
		f.abort()
		f.abort = nil
	}
	if f.picture != "" {
		w.Discard(&f.file)
		f.picture = ""
	}
	f.sending = false
}

func (p *Panel) openForm() {
	f := &p.form
	if f.sent != nil {
		*f = form{author: f.author}
	}
	if f.author == "" {
		f.author = p.w.Store.Load("fanfare author")
	}
	if f.agreed == nil {
		f.agreed = map[string]bool{} // nothing is ticked for the fan
	}
	f.open = true
}

func (p *Panel) closeForm() {
	f := &p.form
	if f.abort != nil {
		f.abort()
	}
	f.abort, f.sending, f.open = nil, false, false
}

func (p *Panel) choose(files []markup.File) {
	if len(files) == 0 {
		return
	}
	f := &p.form
	if f.picture != "" {
		p.w.Screen.Discard(&f.file)
		f.picture = ""
	}
	f.file, f.failed = files[0], false
	if code := fileProblem(&f.file); code != "" {
		f.problem = p.refusal(code, "")
		p.w.Screen.Discard(&f.file)
	} else {
		f.problem, f.picture = "", p.w.Screen.Picture(&f.file)
	}
}

// fileProblem judges by what the browser says of the file. A type that it does not know is left to the server.
func fileProblem(f *markup.File) string {
	switch f.Type {
	case "image/jpeg", "image/png", "image/webp", "":
	default:
		return "unsupported_type"
	}
	if f.Size > maxFile {
		return "too_large"
	}
	return ""
}

// formProblem judges what was filled in, in the order of the form; it names the field as well.
func (p *Panel) formProblem() (code, limit, field string) {
	f := &p.form
	switch {
	case f.picture == "":
		return "choose_first", "", "photo"
	case blank(f.caption):
		return "caption_missing", "", "caption"
	case utf8.RuneCountInString(f.caption) > maxCaption:
		return "caption_too_long", "500", "caption"
	case blank(f.author):
		return "author_missing", "", "author"
	case utf8.RuneCountInString(f.author) > maxAuthor:
		return "author_too_long", "40", "author"
	}
	for i := range p.challenge.Consents {
		if id := p.challenge.Consents[i].ID; !f.agreed[id] {
			return "consent_missing", "", id
		}
	}
	return "", "", ""
}

func blank(s string) bool {
	for _, r := range s {
		if r != ' ' && r != '\n' && r != '\t' && r != '\r' && r != '\u3000' {
			return false
		}
	}
	return true
}

func (p *Panel) refusal(code, limit string) string {
	return p.say.Code(code, func(name string) string {
		if name == "limit" {
			return limit
		}
		return ""
	})
}

// submit sends the entry. The same photo is sent under the same key until the server has answered, over reloads too, so
// a lost answer never makes a second entry.
func (p *Panel) submit() {
	f := &p.form
	if f.sending {
		return
	}
	if code, limit, field := p.formProblem(); code != "" {
		f.problem = p.refusal(code, limit)
		p.w.Screen.Focus("field-" + field)
		return
	}
	f.problem, f.failed, f.sending, f.percent = "", false, true, 0
	p.w.Store.Save("fanfare author", f.author)
	key := p.sendingKey()
	p.session.With(func(bearer string, answer func(*port.Response)) {
		if !f.sending {
			return // closed while the session was being opened
		}
		f.abort = p.w.Network.Send(&port.Upload{
			URL: p.own("/entries"), Bearer: bearer, Key: key, Fields: p.fields(), File: f.file,
		}, p.progress, answer)
	}, p.submitted)
}

func (p *Panel) progress(percent int) {
	p.form.percent = percent
}

func (p *Panel) fields() []string {
	f := &p.form
	list := []string{"caption", f.caption, "author", f.author, "city", f.city, "partner", f.partner}
	for i := range p.challenge.Consents {
		if id := p.challenge.Consents[i].ID; f.agreed[id] {
			list = append(list, "consents", id)
		}
	}
	return list
}

func (p *Panel) sendingName() string { return "fanfare sending " + p.opt.Base + " " + p.opt.Slug }

// sendingKey is the photo's Idempotency-Key: the one kept from an unanswered try with the same file, or a new one.
func (p *Panel) sendingKey() string {
	f := p.form.file
	mark := f.Name + "/" + strconv.FormatInt(f.Size, 10) + "/" + strconv.FormatInt(f.Modified, 10) + " "
	kept := p.w.Store.Load(p.sendingName())
	if len(kept) > len(mark) && kept[:len(mark)] == mark {
		return kept[len(mark):]
	}
	key := p.w.Clock.Key()
	p.w.Store.Save(p.sendingName(), mark+key)
	return key
}

func (p *Panel) submitted(r *port.Response) {
	f := &p.form
	f.sending, f.abort = false, nil
	code, _ := problemOf(r)
	switch {
	case r.OK():
		p.w.Store.Save(p.sendingName(), "")
		p.entered(api.ReadEntry(api.Parse(r.Body)))
	case r.Status == 0 || r.Status >= 502:
		f.failed, f.problem = true, p.refusal("interrupted", "")
	case code == "idempotency_key_reused": // it had arrived, and the text was changed before this try
		p.w.Store.Save(p.sendingName(), "")
		f.problem = p.problem(r)
		p.loadMe()
	default:
		f.problem = p.problem(r)
	}
}

func (p *Panel) entered(e *api.Entry) {
	f := &p.form
	f.sent = p.meet(e)
	if !p.isMine(e.ID) {
		p.mine.ids = append([]string{e.ID}, p.mine.ids...)
	}
	f.drop(p.w.Screen)
	p.w.Screen.Tell("fanfare:entered", "entry", e.ID, "number", strconv.FormatInt(e.Number, 10))
	p.followMine()
}
