package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"fanfare/server/app/results"
	"fanfare/server/contest"
	"fanfare/server/page"
	"fanfare/server/store"
)

// placesPreviewed is how many places staff see of a result, winners first.
const placesPreviewed = 20

type resultsView struct {
	frame
	Challenge contest.Challenge
	Stage     string
	Places    []placeLine
	Over      []overLine
	Of        int
	Votes     contest.VoteTotals
	Unit      string // what scores count: the message's key
	Hash      string
	Unchanged bool
	Stale     bool
	Pending   int
	Contested int
	May       bool
	Why       string // why the next step cannot be taken, in words
	Proposal  *certificationLine
	All       []certificationLine // the newest first
	Certified bool
	Featured  []featuredLine
	Full      bool // as many are featured as a page shows
	MaxAward  int
	Fault     string
}

// placeLine is a place as staff see it.
type placeLine struct {
	Rank    int
	Number  contest.EntryNumber
	Score   int64
	ID      contest.EntryID // empty where the entry is not shown any more
	Caption string
	Author  string
	Picture page.Picture
	Wins    bool
	Award   contest.Text
}

type overLine struct {
	Number contest.EntryNumber
	Score  int64
	Reason string
}

// certificationLine is a step of the flow, in words.
type certificationLine struct {
	Text   string
	SHA256 string
}

type featuredLine struct {
	ID      contest.EntryID
	Number  contest.EntryNumber
	Caption string
	Author  string
	Picture page.Picture
}

func (c *Console) results(w http.ResponseWriter, r *http.Request) error {
	return c.drawResults(w, r, http.StatusOK, "")
}

// drawResults draws the page; fault is the message of what was wrong with a form.
func (c *Console) drawResults(w http.ResponseWriter, r *http.Request, status int, fault string) error {
	draft, err := c.Results.Draft(r.Context(), staffOf(r), contest.ChallengeID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if !draft.Challenge.Launched() {
		return fmt.Errorf("results of %s: %w", draft.Challenge.ID, store.ErrNotFound)
	}
	around, err := c.around(r, "challenges")
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	lines, err := c.Results.Lines(r.Context(), draft.Outcome, 1, max(placesPreviewed, draft.Result.Winners))
	if err != nil {
		return err
	}
	featured, err := c.Results.Featured(r.Context(), draft.Outcome)
	if err != nil {
		return err
	}
	v := resultsView{
		frame: around, Challenge: draft.Challenge, Stage: string(draft.Stage), Of: len(draft.Result.Places),
		Votes: draft.Result.Votes, Hash: draft.Hash, Unchanged: draft.Unchanged, Stale: draft.Stale, Pending: draft.Pending,
		Contested: draft.Contested, Unit: "votes", May: draft.May == nil, Certified: len(draft.Certified) > 0, Full: len(featured) >= contest.MaxFeatured,
		MaxAward: contest.MaxAward,
	}
	if draft.Challenge.Rules.InPoints() {
		v.Unit = "points"
	}
	if fault != "" {
		v.Fault = words.T(fault, "max", contest.MaxAward)
	}
	v.Why = c.whyNot(words, draft)
	for _, l := range lines {
		v.Places = append(v.Places, c.placeLine(words, l, draft.Result.Winners))
	}
	for _, over := range draft.Result.PassedOver {
		v.Over = append(v.Over, overLine{over.Entry, over.Score, words.T("over." + string(over.Reason))})
	}
	for _, e := range featured {
		v.Featured = append(v.Featured, featuredLine{e.ID, e.Number, e.Caption, e.Author, words.Square(e.Photo, words.Alt(e.Caption, e.Author))})
	}
	for _, one := range draft.All {
		line := c.certificationLine(words, one, draft.Challenge.Location())
		if one.Open() {
			v.Proposal = &line
			continue
		}
		v.All = append([]certificationLine{line}, v.All...)
	}
	return c.draw(w, r, status, "results_staff", words.T("results.of", "hashtag", draft.Challenge.Hashtag), v)
}

// whyNot says why the next step cannot be taken yet.
func (c *Console) whyNot(words *page.Context, d results.Draft) string {
	refusal, ok := errors.AsType[*contest.Refusal](d.May)
	if !ok {
		return ""
	}
	var params []any
	for name, value := range refusal.Params {
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			value = words.Moment(at, c.now(), d.Challenge.Location()).Text
		}
		params = append(params, name, value)
	}
	return words.T("results.why."+string(refusal.Reason), params...)
}

func (c *Console) placeLine(words *page.Context, l results.Line, winners int) placeLine {
	line := placeLine{Rank: l.Rank, Number: l.Placed.Entry, Score: l.Score, Wins: l.Rank <= winners, Award: l.Award}
	if e := l.Entry; e != nil {
		line.ID, line.Caption, line.Author = e.ID, e.Caption, e.Author
		line.Picture = words.Square(e.Photo, words.Alt(e.Caption, e.Author))
	}
	return line
}

func (c *Console) certificationLine(words *page.Context, one results.Named, zone *time.Location) certificationLine {
	at := func(t time.Time) string { return words.Moment(t, c.now(), zone).Text }
	line := certificationLine{words.T("results.proposed_by", "name", one.Proposer, "at", at(one.ProposedAt)), one.SHA256}
	switch {
	case !one.ConfirmedAt.IsZero():
		line.Text += " " + words.T("results.confirmed_by", "name", one.Confirmer, "at", at(one.ConfirmedAt))
	case !one.WithdrawnAt.IsZero():
		line.Text += " " + words.T("results.withdrawn_by", "name", one.Withdrawer, "at", at(one.WithdrawnAt))
	}
	return line
}

// stepResult takes a step of the certification, and says what came of it.
func (c *Console) stepResult(w http.ResponseWriter, r *http.Request, done string, step func(contest.ChallengeID, string) error) error {
	if err := parse(r); err != nil {
		return err
	}
	id := contest.ChallengeID(r.PathValue("id"))
	err := step(id, r.PostForm.Get("hash"))
	_, refused := errors.AsType[*contest.Refusal](err)
	switch {
	case errors.Is(err, results.ErrChanged), errors.Is(err, results.ErrUnchanged), errors.Is(err, store.ErrConflict),
		errors.Is(err, store.ErrNotFound), refused: // somebody else was quicker
		return c.drawResults(w, r, http.StatusConflict, "results.changed")
	case err != nil:
		return err
	}
	return c.see(w, r, resultsPath(id)+"?done="+done)
}

func resultsPath(id contest.ChallengeID) string { return challengePath(id) + "/results" }

func (c *Console) proposeResult(w http.ResponseWriter, r *http.Request) error {
	return c.stepResult(w, r, "proposed", func(id contest.ChallengeID, hash string) error {
		return c.Results.Propose(r.Context(), staffOf(r), id, hash)
	})
}

func (c *Console) confirmResult(w http.ResponseWriter, r *http.Request) error {
	return c.stepResult(w, r, "certified", func(id contest.ChallengeID, hash string) error {
		return c.Results.Confirm(r.Context(), staffOf(r), id, hash)
	})
}

func (c *Console) withdrawResult(w http.ResponseWriter, r *http.Request) error {
	return c.stepResult(w, r, "proposal_withdrawn", func(id contest.ChallengeID, _ string) error {
		return c.Results.Withdraw(r.Context(), staffOf(r), id)
	})
}

// award says what an entry won.
func (c *Console) award(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	words := contest.Text{ZH: r.PostForm.Get("award_zh"), EN: r.PostForm.Get("award_en")}
	err := c.Results.Award(r.Context(), staffOf(r), contest.EntryID(r.PostForm.Get("entry")), words)
	switch {
	case errors.Is(err, results.ErrAward):
		return c.drawResults(w, r, http.StatusUnprocessableEntity, "results.award.wrong")
	case errors.Is(err, results.ErrNoPlace):
		return c.drawResults(w, r, http.StatusConflict, "results.changed")
	case err != nil:
		return err
	}
	return c.see(w, r, resultsPath(contest.ChallengeID(r.PathValue("id")))+"?done=saved")
}

// feature shows a published entry among the featured ones, or no longer.
func (c *Console) feature(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	id := contest.EntryID(r.PathValue("id"))
	on, done := r.PostForm.Get("on") != "no", "featured"
	if !on {
		done = "unfeatured"
	}
	switch err := c.Results.Feature(r.Context(), staffOf(r), id, on); {
	case errors.Is(err, results.ErrManyFeatured):
		done = "featured_full"
	case err != nil:
		return err
	}
	back := entryPath(contest.EntryID(url.PathEscape(string(id))))
	if challenge := r.PostForm.Get("challenge"); challenge != "" {
		back = resultsPath(contest.ChallengeID(url.PathEscape(challenge)))
	}
	return c.see(w, r, withParam(back, "done", done))
}
