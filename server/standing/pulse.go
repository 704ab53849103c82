package standing

import "time"

// A pulse is counted in ticks, over the last minute and the tick that is under way.
const (
	pulseTick  = 5 * time.Second
	pulseTicks = int64(time.Minute / pulseTick)
)

// pulse says about how many votes came in lately. A vote may weigh more than one, and what is decided about many votes at once
// moves their scores or the log, so it counts what scores gained and how far the log went, and believes the smaller.
type pulse struct {
	reached int64 // the log's furthest position heard of
	newest  int64 // tick
	ticks   [pulseTicks + 1]struct{ gained, went int64 }
}

// reach notes how far the log is, and returns how far it went.
func (p *pulse) reach(position int64) (went int64) {
	went = max(position-p.reached, 0)
	p.reached += went
	return went
}

// beat counts a change of a score.
func (p *pulse) beat(gained, went int64, now time.Time) {
	t := &p.ticks[p.at(now)]
	t.gained += max(gained, 0)
	t.went += went
}

// at clears the ticks since the last time, and returns where the present one is.
func (p *pulse) at(now time.Time) int64 {
	tick := now.UnixNano() / int64(pulseTick)
	for t := max(p.newest, tick-int64(len(p.ticks))) + 1; t <= tick; t++ {
		p.ticks[t%int64(len(p.ticks))] = struct{ gained, went int64 }{}
	}
	p.newest = max(p.newest, tick)
	return p.newest % int64(len(p.ticks))
}

// perMinute is how many votes came in the last minute.
func (p *pulse) perMinute(now time.Time) int64 {
	under := p.at(now)
	var gained, went int64
	for i, t := range p.ticks {
		if int64(i) != under { // it has only begun: with it, the figure would jump
			gained += t.gained
			went += t.went
		}
	}
	return min(gained, went)
}

// pulse is about how many votes came in the last minute; false where the public does not see scores of now.
func (b *board) pulse() (perMinute int64, shown bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.live() {
		return 0, false
	}
	return b.votes.perMinute(time.Now()), true
}
