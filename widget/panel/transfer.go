package panel

import (
	"strconv"

	m "fanfare/widget/markup"
	"fanfare/widget/port"
	"fanfare/widget/text"
)

// transfer is a file on its way to the server.
type transfer struct {
	sending bool
	percent int
	waits   int // what for, by port's names; 0 where it moves
	stop    func(unwanted bool)
}

// carry sends a file. done is not called for one that was ended before.
func (p *Panel) carry(t *transfer, u *port.Upload, done func(*port.Response)) {
	*t = transfer{sending: true}
	u.URL = p.url("uploads")
	p.session.With(func(bearer string, answer func(*port.Response)) {
		if !t.sending {
			return // ended while the session was being opened
		}
		u.Bearer = bearer
		t.stop = p.w.Network.Send(u, t.moved, answer)
	}, func(r *port.Response) {
		*t = transfer{}
		done(r)
	})
}

func (t *transfer) moved(percent int) {
	if t.waits = min(percent, 0); percent >= 0 {
		t.percent = percent
	}
}

// end stops what is on its way.
func (t *transfer) end(unwanted bool) {
	if t.stop != nil {
		t.stop(unwanted)
	}
	*t = transfer{}
}

// viewTransfer tells how far the file is, and aloud what it waits for.
func (p *Panel) viewTransfer(t *transfer, cancel func()) []*m.Node {
	percent := strconv.Itoa(t.percent)
	words, aloud := "", ""
	switch {
	case t.waits == port.NoNetwork:
		aloud = p.t(text.WaitNetwork)
	case t.waits == port.Busy:
		aloud = p.t(text.WaitServer)
	case t.percent >= 100:
		aloud = p.t(text.Finishing)
	default:
		words = p.say.Say(text.Sending, "n", percent)
	}
	bar := m.El("div.progress !progress role=progressbar aria-valuemin=0 aria-valuemax=100")
	if t.waits != 0 {
		bar.Class("progress waits")
	}
	return []*m.Node{
		bar.At("aria-valuenow", percent).Label(words + aloud).Add(m.El("i").Style("width", percent+"%")),
		m.El("p.sending !sending").Text(words), m.El("p.sending !waits role=status").Text(aloud),
		p.button("button.quiet !cancel", text.Cancel, cancel),
	}
}
