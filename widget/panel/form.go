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
	_ incomparable
	transfer
	open    bool
	file    markup.File
	picture string // address of the preview; empty where no file is chosen
	unseen  bool   // the browser cannot show the file
	caption string
	author  string
	city    string
	partner string
	place   bool            // the place may be told, coarse
	agreed  map[string]bool // by consent
	rights  rights
	tried   bool   // from then on the form says what it lacks
	problem string // what the server refused, in words
	field   string // that the problem is about
	sent    *api.Entry
}

// begunName is where the caption is kept of a photo that has begun to be sent and not arrived.
func (p *Panel) begunName() string { return "fanfare begun " + p.opt.Base + " " + p.opt.Slug }

func (p *Panel) openForm() {
	f := &p.form
	if f.sent != nil {
		*f = form{author: f.author}
	}
	if f.author == "" {
		f.author = p.w.Store.Load("fanfare author")
	}
	if f.caption == "" {
		f.caption = p.w.Store.Load(p.begunName())
	}
	if f.agreed == nil {
		f.agreed, f.rights = map[string]bool{}, newRights() // nothing is ticked for the fan
	}
	p.loadReposting()
	p.mine.rights = rights{} // the same fields, about another entry
	f.open = true
}

// closeForm leaves what has arrived of a photo with the server, for another time.
func (p *Panel) closeForm() {
	p.form.end(false)
	p.form.open = false
}

// cancelForm wants nothing of it any more.
func (p *Panel) cancelForm() {
	p.form.end(true)
	p.w.Store.Save(p.begunName(), "")
	p.closeForm()
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
	f.file, f.unseen, f.problem = files[0], false, ""
	if code := fileProblem(&f.file); code != "" {
		f.problem, f.field = p.refusal(code, "format", format(f.file.Type)), "photo"
		p.w.Screen.Discard(&f.file)
	} else {
		f.picture = p.w.Screen.Picture(&f.file)
	}
}

// fileProblem judges by what the browser says of the file. A type that it does not know is left to the server.
func fileProblem(f *markup.File) string {
	switch format(f.Type) {
	case "jpeg", "png", "webp", "heic", "heif", "":
	default:
		return "unsupported_type"
	}
	if f.Size > maxFile {
		return "too_large"
	}
	return ""
}

// format is a media type's format by the server's names, as far as a sentence tells them apart.
func format(mediaType string) string {
	kind, name := mediaType, ""
	for i := range mediaType {
		if mediaType[i] == '/' {
			kind, name = mediaType[:i], mediaType[i+1:]
			break
		}
	}
	switch {
	case kind == "video":
		return "mp4"
	case len(name) > 2 && name[:2] == "x-": // cameras' own: x-adobe-dng, x-canon-cr3
		return "raw"
	}
	return name
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
	if f.rights.dayMissing() {
		return "term_invalid", "", "repost-until"
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

// refusal is a code's sentence with one parameter.
func (p *Panel) refusal(code, name, value string) string {
	return p.say.Code(code, func(asked string) string {
		if asked == name {
			return value
		}
		return ""
	})
}

// trouble is what stands in the way, in words, and the field that it is about.
func (p *Panel) trouble() (words, field string) {
	f := &p.form
	if f.problem != "" || !f.tried {
		return f.problem, f.field
	}
	code, limit, field := p.formProblem()
	if code == "" {
		return "", ""
	}
	return p.refusal(code, "limit", limit), field
}

// submit sends the entry.
func (p *Panel) submit() {
	f := &p.form
	if f.sending {
		return
	}
	if f.tried = true; f.picture != "" { // else what was chosen was refused, and the reason still stands
		f.problem, f.field = "", ""
	}
	if _, field := p.trouble(); field != "" {
		p.w.Screen.Focus("field-" + field)
		return
	}
	p.w.Store.Save("fanfare author", f.author)
	p.w.Store.Save(p.begunName(), f.caption)
	p.carry(&f.transfer, &port.Upload{Form: p.own("/entries"), Fields: p.fields(), File: f.file}, p.submitted)
}

func (p *Panel) fields() []string {
	f := &p.form
	list := []string{"caption", f.caption, "author", f.author, "city", f.city, "partner", f.partner}
	if f.place {
		list = append(list, "share_place", "1")
	}
	for i := range p.challenge.Consents {
		if id := p.challenge.Consents[i].ID; f.agreed[id] {
			list = append(list, "consents", id)
		}
	}
	return append(list, p.granted(&f.rights)...)
}

func (p *Panel) submitted(r *port.Response) {
	f := &p.form
	if r.OK() {
		p.w.Store.Save(p.begunName(), "")
		p.entered(api.ReadEntry(api.Parse(r.Body)))
		return
	}
	code, _ := problemOf(r)
	f.problem, f.field = p.problem(r), fieldOf(code)
	if f.field != "" {
		p.w.Screen.Focus("field-" + f.field)
	}
	if code == "idempotency_key_reused" { // it had arrived, and the text was changed before this try
		p.w.Store.Save(p.begunName(), "")
		p.loadMe()
	}
}

// refusedFor are the codes of the server that are about a field, which comes first.
var refusedFor = [...]string{
	"photo unsupported_type too_large photo_too_large too_many_pixels side_too_long too_many_scans photo_too_complex unreadable broken " +
		"duplicate_photo file_gone hash_mismatch",
	"caption caption_missing caption_too_long",
	"author author_missing author_too_long",
	"city unknown_city",
	"partner unknown_partner",
	"repost-until term_invalid",
}

// fieldOf is the field that a refusal of the server is about; empty for most.
func fieldOf(code string) string {
	for _, list := range refusedFor {
		if code != "" && contains(list, " "+code) {
			end := 0
			for list[end] != ' ' {
				end++
			}
			return list[:end]
		}
	}
	return ""
}

func (p *Panel) entered(e *api.Entry) {
	f := &p.form
	e.Mine = true
	f.sent = p.meet(e)
	if !p.isMine(e.ID) {
		p.mine.ids = append([]string{e.ID}, p.mine.ids...)
	}
	p.w.Screen.Discard(&f.file)
	f.picture = ""
	p.w.Screen.Tell("fanfare:entered", "entry", e.ID, "number", strconv.FormatInt(e.Number, 10))
	p.followMine()
}
