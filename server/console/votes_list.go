package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"fanfare/server/app/reviews"
	"fanfare/server/contest"
	"fanfare/server/page"
	"fanfare/server/store"
)

type votesListView struct {
	frame
	Challenge contest.Challenge
	Title     string
	Group     store.VoteGroup
	When      string
	Item      *item // where the votes are all of one entry
	For       []forLine
	States    []order
	Kinds     []kindLink // for the whole group
	Ticks     []contest.LeafKind
	Votes     []voteLine
	More      string
	Asked     string // the language that the address asks for, which a form does not keep by itself
}

// kindLink leads to the preview of a decision about a whole group.
type kindLink struct {
	Kind contest.LeafKind
	Path string
}

// voteLine is a vote, of a pseudonym.
type voteLine struct {
	Value         string // for the form
	Number        contest.EntryNumber
	At            page.Moment
	Voter         string
	Class         string
	Weight        int
	Came          string // how long before the vote the voter came; empty where nobody knows
	Source, Agent string
	ToVoter       string // the ways to the other votes
	ToSource      string
	ToAgent       string
	State         contest.VoteState
}

// votesList shows the votes of a group, to decide about all of them or about some.
func (c *Console) votesList(w http.ResponseWriter, r *http.Request) error {
	ch, err := c.challengeOf(r)
	if err != nil {
		return err
	}
	around, err := c.around(r, "votes")
	if err != nil {
		return err
	}
	f := filterOf(r.URL.Query())
	f.Upto = 0
	from, _ := strconv.ParseInt(r.URL.Query().Get("from"), 10, 64)
	found, err := c.Reviews.Votes(r.Context(), ch.ID, f, from)
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v := votesListView{
		frame: around, Challenge: ch, Title: groupTitle(words, ch, f), Group: found.VoteGroup, States: stateChoices(ch.ID, f),
		Asked: r.URL.Query().Get("lang"),
	}
	if v.Item, err = c.votedFor(r, words, ch, f.Entry); err != nil {
		return err
	}
	if found.VoteGroup.Votes > 0 {
		v.When = spanOf(words, ch, found.First, found.Last)
	}
	v.For = forLines(ch.ID, f, found.For)
	all := f
	all.Upto = found.Upto
	v.Ticks = kindsFor(found.VoteGroup)
	for _, kind := range v.Ticks {
		v.Kinds = append(v.Kinds, kindLink{kind, withQuery(votesPath(ch.ID)+"/preview?kind="+string(kind), filterQuery(all))})
	}
	for _, row := range found.Rows {
		v.Votes = append(v.Votes, c.voteLine(words, ch, row))
	}
	if found.Next > 0 {
		v.More = words.Href(withParam(foundPath(ch.ID, f), "from", fmt.Sprint(found.Next)))
	}
	return c.draw(w, r, http.StatusOK, "votes_list", v.Title, v)
}

// votedFor is the entry that a filter is narrowed to; nil where it is not.
func (c *Console) votedFor(r *http.Request, words *page.Context, ch contest.Challenge, number contest.EntryNumber) (*item, error) {
	if number == 0 {
		return nil, nil
	}
	e, err := c.Reviews.Entry(r.Context(), ch.ID, number)
	if err != nil {
		return nil, err
	}
	it := c.entryItem(words, e, ch)
	return &it, nil
}

// stateChoices narrow a list to a state.
func stateChoices(c contest.ChallengeID, f store.VoteFilter) []order {
	choices := []order{}
	for _, state := range []contest.VoteState{"", contest.Counted, contest.Held, contest.Excluded} {
		narrow, title := f, "votes.state.all"
		if narrow.State = state; state != "" {
			title = "votes.state." + string(state)
		}
		choices = append(choices, order{foundPath(c, narrow), title, state == f.State})
	}
	return choices
}

// forLines narrow a list to an entry, and back.
func forLines(c contest.ChallengeID, f store.VoteFilter, list []store.EntryVotes) (lines []forLine) {
	if oneEntry := f.Trait == store.ByMinute || f.Trait == store.ByLone || f.Trait == store.ByAge; oneEntry || len(list) < 2 && f.Entry == 0 {
		return nil
	}
	for _, e := range list {
		narrow, current := f, f.Entry == e.Entry
		narrow.Entry = e.Entry
		if current {
			narrow.Entry = 0
		}
		lines = append(lines, forLine{e.Entry, e.Votes, foundPath(c, narrow), current})
	}
	return lines
}

// kindsFor are the decisions that some votes of a group can follow.
func kindsFor(g store.VoteGroup) (kinds []contest.LeafKind) {
	in := map[contest.VoteState]int64{contest.Counted: g.Counted, contest.Held: g.Held, contest.Excluded: g.Excluded}
	for _, kind := range []contest.LeafKind{contest.Hold, contest.Release, contest.Exclude, contest.Restore} {
		for state, n := range in {
			if _, ok := state.After(kind); ok && n > 0 && !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
	}
	return kinds
}

func (c *Console) voteLine(words *page.Context, ch contest.Challenge, row store.VoteRow) voteLine {
	line := voteLine{
		Value: voteText(row.VoteKey), Number: row.Entry, At: words.Moment(row.At, c.now(), ch.Location()), Voter: short(string(row.Voter)),
		Class: className(words, row.Class), Weight: row.Weight, State: row.State, Source: short(row.Source), Agent: short(row.Agent),
		ToVoter:  foundPath(ch.ID, store.VoteFilter{Trait: store.ByVoter, Key: string(row.Voter)}),
		ToSource: foundPath(ch.ID, store.VoteFilter{Trait: store.BySource, Key: row.Source}),
		ToAgent:  foundPath(ch.ID, store.VoteFilter{Trait: store.ByAgent, Key: row.Agent}),
	}
	switch age := row.At.Sub(row.Came); {
	case row.Came.IsZero():
	case age < time.Minute:
		line.Came = words.N("votes.came_seconds", max(0, int(age/time.Second)))
	default:
		line.Came = words.T("votes.came", "span", words.Span(row.Came, row.At))
	}
	return line
}

// voteText writes a vote's key as forms have it; voteOf reads it.
func voteText(k contest.VoteKey) string { return fmt.Sprintf("%d.%s.%s", k.Entry, k.Voter, k.Period) }

func voteOf(text string) (k contest.VoteKey, err error) {
	parts := strings.SplitN(text, ".", 3)
	if len(parts) != 3 {
		return k, fmt.Errorf("%w: vote %q", errForm, text)
	}
	number, err := strconv.ParseUint(parts[0], 10, 32)
	if k = (contest.VoteKey{Entry: contest.EntryNumber(number), Voter: contest.VoterID(parts[1]), Period: parts[2]}); err != nil || !k.Voter.Valid() {
		return k, fmt.Errorf("%w: vote %q", errForm, text)
	}
	return k, nil
}

// selectionOf reads which votes an address or a form means: those that were ticked, or all of a group.
func selectionOf(q url.Values) (of store.VoteSelection, err error) {
	for _, text := range q["vote"] {
		k, err := voteOf(text)
		if err != nil {
			return of, err
		}
		of.Keys = append(of.Keys, k)
	}
	if len(of.Keys) == 0 && !q.Has("ticked") {
		f := filterOf(q)
		of.Filter = &f
	}
	return of, nil
}

type votesPreviewView struct {
	frame
	Challenge contest.Challenge
	Kind      contest.LeafKind
	Effect    reviews.Effect
	Moves     []moveLine
	Hidden    url.Values // which votes, for the form
	Reasons   []contest.Reason
	Others    int    // entries that are not listed
	Back      string // where the votes were chosen
}

// moveLine is what a decision does to an entry.
type moveLine struct {
	Item item
	reviews.Move
}

// movesShown bounds the entries of a preview: those that rise or fall most.
const movesShown = 20

// votesPreview shows what a decision would do to the board, before it is taken.
func (c *Console) votesPreview(w http.ResponseWriter, r *http.Request) error {
	ch, err := c.challengeOf(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	of, err := selectionOf(q)
	if err != nil {
		return err
	}
	kind := contest.LeafKind(q.Get("kind"))
	if reviews.Reasons(kind) == nil {
		return fmt.Errorf("%w: no decision %q", errForm, kind)
	}
	around, err := c.around(r, "votes")
	if err != nil {
		return err
	}
	effect, err := c.Reviews.Preview(r.Context(), ch.ID, kind, of)
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v := votesPreviewView{
		frame: around, Challenge: ch, Kind: kind, Effect: effect, Reasons: reviews.Reasons(kind), Hidden: q, Back: votesPath(ch.ID),
	}
	q.Del("lang")
	if of.Filter != nil {
		f := *of.Filter
		f.Upto = 0
		v.Back = foundPath(ch.ID, f)
	}
	v.Moves, v.Others, err = c.moveLines(r, words, ch, effect)
	if err != nil {
		return err
	}
	return c.draw(w, r, http.StatusOK, "votes_preview", words.T("votes.kind."+string(kind)), v)
}

func (c *Console) moveLines(r *http.Request, words *page.Context, ch contest.Challenge, e reviews.Effect) (lines []moveLine, others int, err error) {
	for _, m := range e.Moves[:min(len(e.Moves), movesShown)] {
		one, err := c.Entries.Entry(r.Context(), m.Entry)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		lines = append(lines, moveLine{c.entryItem(words, one, ch), m})
	}
	return lines, len(e.Moves) - len(lines), nil
}
