package panel

import (
	"strconv"

	"fanfare/widget/api"
	"fanfare/widget/markup"
	"fanfare/widget/port"
	"fanfare/widget/text"
)

// swipe is how far a finger goes, in pixels, to mean the next photo.
const swipe = 48

// viewer shows one photo large, in a list that can be walked.
type viewer struct {
	ids    []string
	at     int
	from   int // where a finger went down
	report report
}

// report is a complaint that is being written.
type report struct {
	_             incomparable
	open, sending bool
	reason, note  string
	problem       string
}

// current is the entry shown; nil where the viewer is closed.
func (p *Panel) current() *api.Entry {
	v := &p.viewer
	if v.at >= len(v.ids) {
		return nil
	}
	return p.entries[v.ids[v.at]]
}

func (p *Panel) look(id string, among []string) {
	p.viewer = viewer{ids: among}
	for i, other := range among {
		if other == id {
			p.viewer.at = i
		}
	}
	p.viewed()
}

func (p *Panel) closeViewer() {
	p.viewer = viewer{}
}

func (p *Panel) step(by int) {
	v := &p.viewer
	if to := v.at + by; to >= 0 && to < len(v.ids) {
		v.at, v.report = to, report{}
		p.viewed()
	}
}

// viewed tells the host page which photo is looked at, which is counted there, and completes it.
func (p *Panel) viewed() {
	if e := p.current(); e != nil {
		p.w.Screen.Tell("fanfare:viewed", "entry", e.ID, "number", strconv.FormatInt(e.Number, 10))
	}
	p.complete()
}

// complete asks for what is not known of the entry shown: rows of frames have no photo but the thumb, those of gains no score.
func (p *Panel) complete() {
	e := p.current()
	if e == nil || len(e.Photo.Sizes) > 0 && e.Score != unknownScore {
		return
	}
	p.ask(e.ID, func(*api.Entry) {})
}

// ask gets to know an entry.
func (p *Panel) ask(id string, then func(*api.Entry)) {
	p.w.Network.Fetch(&port.Request{Method: "GET", URL: p.url("entries/" + api.Escape(id))}, func(r *port.Response) {
		if v := api.Parse(r.Body); v != nil && r.OK() {
			then(p.meet(api.ReadEntry(v)))
		}
	})
}

func (p *Panel) viewerKey(e *markup.Event) bool {
	if p.viewer.report.open {
		return false // the arrows belong to its fields
	}
	switch e.Key {
	case "ArrowLeft":
		p.step(-1)
	case "ArrowRight":
		p.step(1)
	default:
		return false
	}
	return true
}

func (p *Panel) swiped(e *markup.Event) {
	switch way := e.X - p.viewer.from; {
	case way > swipe:
		p.step(-1)
	case way < -swipe:
		p.step(1)
	}
}

func (p *Panel) sendReport() {
	r, e := &p.viewer.report, p.current()
	if r.reason == "" || r.sending || e == nil {
		return
	}
	r.sending = true
	p.session.Do(&port.Request{
		Method: "POST", URL: p.url("entries/" + api.Escape(e.ID) + "/reports"),
		Body: []string{"reason", r.reason, "note", r.note},
	}, func(answer *port.Response) {
		r := &p.viewer.report
		r.sending = false
		if !answer.OK() {
			r.problem = p.problem(answer)
			return
		}
		*r = report{}
		p.tell(p.say.Say(text.Reported), false)
	})
}
