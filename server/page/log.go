package page

import (
	"net/http"
	"time"

	"fanfare/server/contest"
)

// Doubtful is how many votes that stand do not count, for a reason; empty where none was kept.
type Doubtful struct {
	State  contest.VoteState
	Reason contest.Reason
	Votes  int64
}

// LogView is what a challenge's vote log says of itself.
type LogView struct {
	Now       time.Time
	Challenge contest.Challenge
	Open      bool // every line is
	// Counts says that Votes and Doubtful may be seen.
	Counts     bool
	Votes      contest.VoteTotals
	Doubtful   []Doubtful
	Size       int64 // lines, empty ones among them
	SealedAt   time.Time
	Next       time.Time // when more lines are sealed; zero where that follows each vote
	Checkpoint string    // the newest, a signed note
	Key        string    // with which it is verified
}

// log is what the template draws.
type log struct {
	Back, Hashtag, Title string
	State                string // the message that says what may be seen
	Next                 Moment
	Timed                bool // there is a Next
	Zone                 string
	Counts               bool
	Votes                contest.VoteTotals
	Held, Excluded       []doubtful
	Size                 int64
	SealedAt             Moment
	Checkpoint, Key      string
	File                 string
	Export               string // links
	Verifier             string
	Address              string // of the log itself
	RulesHash            string
}

type doubtful struct {
	Reason string // its message
	Votes  int64
}

// LogPath is the path of the page about a challenge's vote log.
func LogPath(slug string) string { return ChallengePath(slug) + "/log" }

// Log writes the page about a challenge's vote log.
func (p *Renderer) Log(w http.ResponseWriter, r *http.Request, v LogView) error {
	c := p.Context(r)
	head := Head{Title: c.T("log.title", "hashtag", v.Challenge.Hashtag), Description: c.T("log.lead"), Class: "log"}
	return p.Render(w, r, http.StatusOK, "log", head, c.log(v))
}

func (c *Context) log(v LogView) log {
	ch := v.Challenge
	address := "/log/" + string(ch.ID)
	d := log{
		Back: c.Href(ChallengePath(ch.Slug)), Hashtag: ch.Hashtag, Title: c.Text(ch.Title), State: "log.state.sealed",
		Next: c.Moment(v.Next, v.Now, ch.Location()), Timed: !v.Next.IsZero(), Zone: c.zoneName(ch, v.Now),
		Counts: v.Counts, Votes: v.Votes, Size: v.Size, SealedAt: c.Moment(v.SealedAt, v.Now, ch.Location()),
		Checkpoint: v.Checkpoint, Key: v.Key, File: "votes-" + ch.Slug + ".jsonl",
		Export: address + "/export.jsonl", Verifier: "/log/verify.mjs", Address: c.Absolute(address), RulesHash: ch.RulesHash,
	}
	switch {
	case v.Open:
		d.State = "log.state.open"
	case v.Counts:
		d.State = "log.state.votes"
	}
	for _, of := range v.Doubtful {
		one := doubtful{"log.reason." + string(of.Reason), of.Votes}
		if !c.Has(one.Reason) {
			one.Reason = "log.reason.other"
		}
		if of.State == contest.Held {
			d.Held = append(d.Held, one)
		} else {
			d.Excluded = append(d.Excluded, one)
		}
	}
	return d
}
