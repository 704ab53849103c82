package console

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"fanfare/server/app/reviews"
	"fanfare/server/contest"
	"fanfare/server/page"
	"fanfare/server/store"
)

type votesView struct {
	frame
	Lines []votesLine
}

// votesLine is a challenge in the list of those whose votes can be looked at.
type votesLine struct {
	ID             contest.ChallengeID
	Hashtag, Title string
	Phase          string
	reviews.Totals
}

// votes lists the challenges with the states of their votes.
func (c *Console) votes(w http.ResponseWriter, r *http.Request) error {
	around, err := c.around(r, "votes")
	if err != nil {
		return err
	}
	list, err := c.Campaigns.Challenges(r.Context())
	if err != nil {
		return fmt.Errorf("list challenges: %w", err)
	}
	totals, err := c.Reviews.Totals(r.Context())
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v := votesView{frame: around}
	for _, ch := range list {
		if ch.Launched() {
			v.Lines = append(v.Lines, votesLine{ch.ID, ch.Hashtag, words.Text(ch.Title), ch.Phase(c.now()), totals[ch.ID]})
		}
	}
	return c.draw(w, r, http.StatusOK, "votes", words.T("votes"), v)
}

type votesDeskView struct {
	frame
	Challenge  contest.Challenge
	States     []stateCount
	Traits     []order
	Trait      store.Trait
	Groups     []groupLine
	Complaints []complaintLine
	Proposals  []proposalLine
	Batches    []batchLine
	Undo       *voteUndo
}

// stateCount is how many votes are in a state, and the way to them.
type stateCount struct {
	State contest.VoteState
	Path  string
	N     int64
}

// groupLine is votes that have something in common, in words.
type groupLine struct {
	Title, Path string
	store.VoteGroup
	For   []forLine
	More  int64  // entries that are not listed
	Share string // of an entry's votes
	When  string
}

// forLine is how many of a group's votes are for an entry.
type forLine struct {
	Number  contest.EntryNumber
	Votes   int64
	Path    string
	Current bool
}

// votesDesk shows where a challenge's doubtful votes may be, what waits, and what was decided.
func (c *Console) votesDesk(w http.ResponseWriter, r *http.Request) error {
	ch, err := c.challengeOf(r)
	if err != nil {
		return err
	}
	around, err := c.around(r, "votes")
	if err != nil {
		return err
	}
	trait := traitOf(r.URL.Query().Get("by"))
	desk, err := c.Reviews.Desk(r.Context(), ch.ID, trait)
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v := votesDeskView{frame: around, Challenge: ch, Trait: trait, States: stateCounts(ch.ID, desk.Totals), Undo: c.voteUndo(r, words)}
	for _, t := range store.Traits {
		v.Traits = append(v.Traits, order{withParam(votesPath(ch.ID), "by", string(t)), "votes.by." + string(t), t == trait})
	}
	for _, g := range desk.Groups {
		v.Groups = append(v.Groups, groupOf(words, ch, g))
	}
	for _, one := range desk.Complaints {
		v.Complaints = append(v.Complaints, c.complaintLine(words, ch, one))
	}
	for _, p := range desk.Proposals {
		v.Proposals = append(v.Proposals, c.proposalLine(words, ch, p, staffOf(r)))
	}
	for _, b := range desk.Batches {
		v.Batches = append(v.Batches, c.batchLine(words, ch, b))
	}
	return c.draw(w, r, http.StatusOK, "votes_desk", words.T("votes.title", "hashtag", ch.Hashtag), v)
}

// traitOf is the trait that an address names, or the first.
func traitOf(name string) store.Trait {
	for _, t := range store.Traits {
		if string(t) == name {
			return t
		}
	}
	return store.Traits[0]
}

func votesPath(c contest.ChallengeID) string { return challengePath(c) + "/votes" }

// foundPath is the page of what a filter finds.
func foundPath(c contest.ChallengeID, f store.VoteFilter) string {
	return withQuery(votesPath(c)+"/list", filterQuery(f))
}

// filterQuery writes a filter as an address has it; filterOf reads it.
func filterQuery(f store.VoteFilter) url.Values {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" && value != "0" {
			q.Set(name, value)
		}
	}
	set("by", string(f.Trait))
	set("key", f.Key)
	set("entry", fmt.Sprint(f.Entry))
	set("state", string(f.State))
	set("upto", fmt.Sprint(f.Upto))
	return q
}

func filterOf(q url.Values) store.VoteFilter {
	entry, _ := strconv.ParseUint(q.Get("entry"), 10, 32)
	upto, _ := strconv.ParseInt(q.Get("upto"), 10, 64)
	return store.VoteFilter{
		Trait: store.Trait(q.Get("by")), Key: q.Get("key"), Entry: contest.EntryNumber(entry), State: contest.VoteState(q.Get("state")), Upto: upto,
	}
}

func stateCounts(c contest.ChallengeID, t store.VoteTotals) []stateCount {
	counts := []stateCount{{State: contest.Counted, N: t.Counted}, {State: contest.Held, N: t.Held}, {State: contest.Excluded, N: t.Excluded}}
	for i, s := range counts {
		counts[i].Path = foundPath(c, store.VoteFilter{State: s.State})
	}
	return counts
}

func groupOf(words *page.Context, ch contest.Challenge, g reviews.Group) groupLine {
	line := groupLine{
		Title: groupTitle(words, ch, g.Filter), Path: foundPath(ch.ID, g.Filter), VoteGroup: g.VoteGroup,
		When: spanOf(words, ch, g.First, g.Last), More: g.Entries - int64(len(g.For)),
	}
	for _, e := range g.For {
		narrow := g.Filter
		narrow.Entry = e.Entry
		line.For = append(line.For, forLine{Number: e.Entry, Votes: e.Votes, Path: foundPath(ch.ID, narrow)})
	}
	if g.Of > 0 {
		line.Share = words.T("votes.share", "percent", g.Votes*100/g.Of, "of", words.Number(g.Of))
	}
	return line
}

// shortHash is as much of a hash as a reader tells it from others by.
const shortHash = 8

func short(hash string) string { return hash[:min(len(hash), shortHash)] }

// groupTitle says what the votes of a filter have in common.
func groupTitle(words *page.Context, ch contest.Challenge, f store.VoteFilter) string {
	number := words.T("entry.number", "number", f.Entry)
	switch {
	case f.Trait == store.BySource && f.Key == store.ErasedSource:
		return words.T("votes.group.erased")
	case f.Trait == store.ByClass:
		return className(words, contest.VoterClass(f.Key))
	case f.Trait == store.ByMinute:
		minutes, _ := strconv.ParseInt(f.Key, 10, 64)
		return words.T("votes.group.minute", "entry", number, "time", spanOf(words, ch, time.Unix(minutes*60, 0), time.Unix(minutes*60, 0)))
	case f.Trait == store.ByLone, f.Trait == store.ByAge:
		return words.T("votes.group."+string(f.Trait), "entry", number)
	case f.Trait != "":
		return words.T("votes.group."+string(f.Trait), "key", keyName(f))
	case f.Entry != 0:
		return words.T("votes.group.entry", "entry", number)
	}
	return words.T("votes.group.all")
}

// keyName is a group's key as it is shown: hashes and pseudonyms in short.
func keyName(f store.VoteFilter) string {
	if f.Trait == store.ByDomain {
		return f.Key
	}
	return short(f.Key)
}

func className(words *page.Context, class contest.VoterClass) string {
	return words.T("voter_class." + string(class))
}

// spanOf says from when to when votes came, in the challenge's zone.
func spanOf(words *page.Context, ch contest.Challenge, from, to time.Time) string {
	now := to
	first, last := words.Moment(from, now, ch.Location()).Text, words.Moment(to, now, ch.Location()).Text
	switch {
	case first == last:
		return first
	case from.In(ch.Location()).Format(time.DateOnly) == to.In(ch.Location()).Format(time.DateOnly):
		return first + "–" + to.In(ch.Location()).Format("15:04")
	}
	return first + " – " + last
}

// batchLine is what staff decided about votes, in words.
type batchLine struct {
	ID       contest.BatchID
	At       page.Moment
	What     string
	Reason   string
	Note     string
	Who      string
	Undoable bool
	Undone   bool
}

func (c *Console) batchLine(words *page.Context, ch contest.Challenge, b reviews.Batch) batchLine {
	line := batchLine{
		ID: b.ID, At: words.Moment(b.At, c.now(), ch.Location()), What: batchText(words, b.VoteBatch), Note: b.Note,
		Who: cmp.Or(b.Name, words.T("votes.by_rules")), Undoable: b.UndoneBy == "" && b.Changed > 0, Undone: b.UndoneBy != "",
	}
	if b.SecondName != "" {
		line.Who = strings.Join([]string{line.Who, b.SecondName}, " + ")
	}
	if b.Undoes == "" {
		line.Reason = words.T("vote_reason." + string(b.Reason))
	}
	return line
}

// batchText says what a batch did.
func batchText(words *page.Context, b contest.VoteBatch) string {
	what := string(b.Kind)
	if b.Undoes != "" {
		what = "undo"
	}
	text := words.N("votes.did."+what, b.Changed)
	if b.Skipped > 0 {
		text += " " + words.N("votes.skipped", b.Skipped)
	}
	return text
}

// voteUndo is what was decided last about votes and can be taken back.
type voteUndo struct {
	Batch contest.BatchID
	Text  string
}

// voteUndo says what was decided last, as the address tells.
func (c *Console) voteUndo(r *http.Request, words *page.Context) *voteUndo {
	id := contest.BatchID(r.URL.Query().Get("batch"))
	if id == "" {
		return nil
	}
	b, err := c.Reviews.Batch(r.Context(), id)
	if err != nil || b.UndoneBy != "" {
		return nil
	}
	return &voteUndo{b.ID, batchText(words, b)}
}

// complaintLine is what an entrant says of votes that do not count.
type complaintLine struct {
	ID        contest.ComplaintID
	Item      item
	Statement string
	At        page.Moment
	Held      string
	Excluded  string
	Votes     string // the way to the entry's
}

func (c *Console) complaintLine(words *page.Context, ch contest.Challenge, one reviews.Complaint) complaintLine {
	return complaintLine{
		ID: one.ID, Item: c.entryItem(words, one.Item, ch), Statement: one.Statement, At: words.Moment(one.CreatedAt, c.now(), ch.Location()),
		Held: words.N("votes.held", one.Tally.Held), Excluded: words.N("votes.excluded", one.Tally.Excluded),
		Votes: foundPath(ch.ID, store.VoteFilter{Entry: one.Item.Number}),
	}
}
