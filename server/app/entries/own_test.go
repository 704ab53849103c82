package entries

import (
	"testing"
	"time"

	"fanfare/server/contest"
)

func TestWhoseEntriesAreIsReadOnceAMinuteAndAnewAfterAnEntry(t *testing.T) {
	in(t, func(p *place) {
		me := p.session(p.fan)
		expect := func(want ...contest.Entry) {
			p.Helper()
			got, err := p.OwnNumbers(p.Context(), me)
			p.must(err)
			if len(got) != len(want) {
				p.Fatalf("%d entries are the fan's, want %d", len(got), len(want))
			}
			for i, e := range want {
				if got[i] != (Numbered{e.ID, e.Number}) {
					p.Errorf("got %+v, want %s, number %d", got[i], e.ID, e.Number)
				}
			}
		}
		expect()
		first := p.put(p.fan, contest.Published)
		expect()
		time.Sleep(ownMemory)
		expect(first)
		second := p.put(p.fan, contest.Pending)
		p.owners.forget(ownerOf(me))
		expect(second, first)
	})
}
