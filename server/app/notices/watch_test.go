package notices

import (
	"context"
	"log/slog"
	"time"

	"fanfare/server/access"
	"fanfare/server/app/numbers"
	"fanfare/server/contest"
)

func (o *office) watch(down func() []string) {
	o.Watch(Watch{
		News: o.news, Numbers: numbers.New(o.store, slog.New(slog.DiscardHandler)), Down: func(context.Context) []string { return down() },
	})
}

func queueWaits(o *office) {
	o.staff(access.Moderator)
	o.staff(access.Marketer)
	o.entry(o.asking(), contest.Pending)
	o.watch(func() []string { return nil })
	o.later(waitTime - time.Hour)
	o.wrote(0)
	o.later(2 * time.Hour)
	o.wrote(1)
	if l := o.letters[0]; l.To != "moderator@example.org" || l.Kind != Queue || l.Items[0].Count != 1 {
		o.Errorf("got %+v", l)
	}
}

func backendFails(o *office) {
	o.staff(access.Administrator)
	var down []string
	o.watch(func() []string { return down })
	for range 2 {
		down = []string{"media"}
		o.run(downTime / 2)
		down = nil
		o.run(2 * time.Minute)
	}
	o.wrote(0)
	for n := range 2 {
		down = []string{"media"}
		o.run(2 * downTime)
		down = nil
		o.run(2 * time.Minute)
		o.wrote(n + 1)
	}
	if l := o.letters[1]; l.Kind != Down || l.Items[0].Title.EN != "The photo store" {
		o.Errorf("got %+v", l)
	}
}
