package store

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"fanfare/server/contest"
)

// Trait is something that votes have in common, by which they are looked at together.
type Trait string

// The traits. What is said of entries is said of their votes that stand.
const (
	BySource Trait = "source" // the address they came from
	ByAgent  Trait = "agent"  // the program that sent them
	ByMinute Trait = "minute" // an entry's votes of one minute
	ByAge    Trait = "fresh"  // an entry's votes by voters who had just come
	ByLone   Trait = "lone"   // an entry's votes by voters who voted for no other
	ByClass  Trait = "class"  // what is known of who voted
	ByDomain Trait = "domain" // where the voters' mailboxes are
	ByVoter  Trait = "voter"  // who voted
)

// Traits lists those that groups are made by, in the order shown.
var Traits = []Trait{BySource, ByMinute, ByLone, ByAge, ByDomain, ByAgent, ByClass}

const (
	// JustCome is how long after they first came somebody has just come. Whoever reads first takes longer; many honest
	// voters do not, so the share of such votes says more than their number.
	JustCome = 10 * time.Second
	// leastGroup is how many votes make a group worth a line: a household has fewer.
	leastGroup = 5
	minute     = int64(time.Minute / time.Millisecond)
)

// fromMailboxes leads from a vote v to its voter's mailboxes m.
const fromMailboxes = " FROM voters r JOIN mailboxes m ON m.fan = r.fan WHERE r.challenge = v.challenge AND r.voter = v.voter"

// VoteFilter finds votes of a challenge that stand. What is empty does not narrow.
type VoteFilter struct {
	Trait Trait               `json:"trait,omitempty"`
	Key   string              `json:"key,omitempty"` // of the group: a hash, a class, a minute since 1970, a pseudonym
	Entry contest.EntryNumber `json:"entry,omitempty"`
	State contest.VoteState   `json:"state,omitempty"`
	// Upto leaves out what was cast behind this position of the log; 0 does not.
	Upto int64 `json:"upto,omitempty"`
}

// where returns the filter as a condition on votes v.
func (f VoteFilter) where(c contest.ChallengeID) (string, []any) {
	condition, args := "v.challenge = ? AND v.position > 0", []any{c}
	narrow := func(more string, values ...any) {
		condition += " AND " + more
		args = append(args, values...)
	}
	switch f.Trait {
	case BySource, ByAgent, ByClass, ByVoter:
		narrow("v."+string(f.Trait)+" = ?", f.Key)
	case ByDomain:
		narrow("EXISTS (SELECT 1"+fromMailboxes+" AND m.domain = ?)", f.Key)
	case ByMinute:
		begins, _ := strconv.ParseInt(f.Key, 10, 64) // another text is a minute without votes
		narrow("v.at >= ? AND v.at < ?", begins*minute, (begins+1)*minute)
	case ByAge:
		narrow("EXISTS (SELECT 1 FROM voters r WHERE r.challenge = v.challenge AND r.voter = v.voter AND v.at - r.at < ?)", JustCome.Milliseconds())
	case ByLone:
		narrow(`NOT EXISTS (SELECT 1 FROM votes o WHERE o.challenge = v.challenge AND o.voter = v.voter
			AND o.entry <> v.entry AND o.position > 0)`)
	}
	if f.Entry != 0 {
		narrow("v.entry = ?", f.Entry)
	}
	switch f.State {
	case contest.Held, contest.Excluded:
		narrow("v.state <> 'counted' AND v.state = ?", f.State) // the first half is an index's
	case contest.Counted:
		narrow("v.state = 'counted'")
	}
	if f.Upto != 0 {
		narrow("v.position <= ?", f.Upto)
	}
	return condition, args
}

// VoteGroup is how many votes have a trait in common, and in which states they are.
type VoteGroup struct {
	Key                            string
	Entry                          contest.EntryNumber // 0 where the group may hold votes for many
	Votes, Counted, Held, Excluded int64
	Voters, Entries                int64
	First, Last                    time.Time
}

// groupColumns count a group of votes v.
const groupColumns = `COUNT(*), COUNT(CASE WHEN v.state = 'counted' THEN 1 END), COUNT(CASE WHEN v.state = 'held' THEN 1 END),
	COUNT(CASE WHEN v.state = 'excluded' THEN 1 END), COUNT(DISTINCT v.voter), COUNT(DISTINCT v.entry), COALESCE(MIN(v.at), 0), COALESCE(MAX(v.at), 0)`

func (g *VoteGroup) columns() []any {
	return []any{&g.Votes, &g.Counted, &g.Held, &g.Excluded, &g.Voters, &g.Entries, timeColumn{&g.First}, timeColumn{&g.Last}}
}

// groupings say what groups of a trait have in common: the key, the entry where they are of one, and which votes have the
// trait at all.
var groupings = map[Trait]struct{ key, entry, trait string }{
	BySource: {"v.source", "0", "v.source <> ''"},
	ByAgent:  {"v.agent", "0", "v.agent <> ''"},
	ByClass:  {"v.class", "0", ""},
	ByDomain: {"(SELECT MIN(m.domain)" + fromMailboxes + ")", "0", "EXISTS (SELECT 1" + fromMailboxes + ")"},
	ByMinute: {"v.at / 60000", "v.entry", ""},
	ByAge:    {"''", "v.entry", ""},
	ByLone:   {"''", "v.entry", ""},
}

// VoteGroups returns the largest groups of a trait, those with the most votes that count first. It reads all of the
// challenge's votes.
func (tx *Tx) VoteGroups(c contest.ChallengeID, trait Trait, limit int) ([]VoteGroup, error) {
	g, ok := groupings[trait]
	if !ok {
		return nil, fmt.Errorf("group votes by %q: %w", trait, ErrNotFound)
	}
	var by []string
	filter := VoteFilter{Trait: trait}
	if g.key != "''" {
		by, filter.Trait = append(by, "1"), ""
	}
	if g.entry != "0" {
		by = append(by, "2")
	}
	condition, args := filter.where(c)
	if g.trait != "" {
		condition += " AND " + g.trait
	}
	groups, err := list(tx, scanGroup, "SELECT "+g.key+", "+g.entry+", "+groupColumns+" FROM votes v WHERE "+condition+
		" GROUP BY "+strings.Join(by, ", ")+" HAVING COUNT(*) >= ? ORDER BY 4 DESC, 3 DESC, 1, 2 LIMIT ?", append(args, leastGroup, limit)...)
	if err != nil {
		return nil, fmt.Errorf("group votes of challenge %s by %s: %w", c, trait, err)
	}
	return groups, nil
}

func scanGroup(row scanner) (g VoteGroup, err error) {
	var key any
	err = row.Scan(append([]any{&key, &g.Entry}, g.columns()...)...)
	g.Key = fmt.Sprint(key)
	return g, err
}

// VotesFound counts what a filter finds.
func (tx *Tx) VotesFound(c contest.ChallengeID, f VoteFilter) (g VoteGroup, err error) {
	condition, args := f.where(c)
	if err := tx.one("SELECT "+groupColumns+" FROM votes v WHERE "+condition, args, g.columns()...); err != nil {
		return g, fmt.Errorf("count votes of challenge %s: %w", c, err)
	}
	return g, nil
}

// EntryVotes is how many of a group's votes are for an entry.
type EntryVotes struct {
	Entry contest.EntryNumber
	Votes int64
}

// EntriesVoted returns the entries that the votes of a group are for, the most voted first.
func (tx *Tx) EntriesVoted(c contest.ChallengeID, f VoteFilter, limit int) ([]EntryVotes, error) {
	condition, args := f.where(c)
	scan := func(row scanner) (e EntryVotes, err error) {
		err = row.Scan(&e.Entry, &e.Votes)
		return e, err
	}
	entries, err := list(tx, scan, "SELECT v.entry, COUNT(*) FROM votes v WHERE "+condition+" GROUP BY v.entry ORDER BY 2 DESC, 1 LIMIT ?", append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("list entries of a group of challenge %s: %w", c, err)
	}
	return entries, nil
}

// VoteRow is a vote that stands, as reviewing sees it.
type VoteRow struct {
	contest.VoteKey
	contest.Standing
	Class         contest.VoterClass
	Source, Agent string // keyed hashes; empty where unknown
	At            time.Time
	// Came is when the voter came first; zero where nobody knows any more.
	Came time.Time
}

// selectVoteRows finds the votes first, and of those few when their voters came.
func selectVoteRows(condition string) string {
	return `SELECT f.entry, f.voter, f.period, f.position, f.weight, f.state, f.class, f.source, f.agent, f.at, COALESCE(r.at, 0)
		FROM (SELECT * FROM votes v WHERE ` + condition + `) AS f
		LEFT JOIN voters r ON r.challenge = f.challenge AND r.voter = f.voter ORDER BY f.position DESC`
}

func scanVoteRow(row scanner) (v VoteRow, err error) {
	err = row.Scan(&v.Entry, &v.Voter, &v.Period, &v.Position, &v.Weight, &v.State, &v.Class, &v.Source, &v.Agent, timeColumn{&v.At}, timeColumn{&v.Came})
	return v, err
}

// VoteRows lists what a filter finds, the newest first.
func (tx *Tx) VoteRows(c contest.ChallengeID, f VoteFilter, limit int) ([]VoteRow, error) {
	condition, args := f.where(c)
	votes, err := list(tx, scanVoteRow, selectVoteRows(condition+" ORDER BY v.position DESC LIMIT ?"), append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("list votes of challenge %s: %w", c, err)
	}
	return votes, nil
}

// VoteRow returns a vote that stands; ErrNotFound where it does not.
func (tx *Tx) VoteRow(c contest.ChallengeID, k contest.VoteKey) (VoteRow, error) {
	v, err := first(tx, scanVoteRow, selectVoteRows("v.challenge = ? AND v.voter = ? AND v.period = ? AND v.entry = ? AND v.position > 0"),
		c, k.Voter, k.Period, k.Entry)
	if err != nil {
		return v, fmt.Errorf("read vote of challenge %s: %w", c, err)
	}
	return v, nil
}

// CountedVotes lists the log positions of an entry's votes that count, the newest first.
func (tx *Tx) CountedVotes(c contest.ChallengeID, entry contest.EntryNumber, limit int) ([]int64, error) {
	positions, err := list(tx, scalar[int64], `SELECT position FROM votes
		WHERE challenge = ? AND entry = ? AND state = 'counted' AND position > 0 ORDER BY position DESC LIMIT ?`, c, entry, limit)
	if err != nil {
		return nil, fmt.Errorf("list counted votes of challenge %s: %w", c, err)
	}
	return positions, nil
}

// EntriesOfGroups returns the entries that the votes of each group are for, so many each, the most voted first. Groups that are
// of one entry each have none here.
func (tx *Tx) EntriesOfGroups(c contest.ChallengeID, trait Trait, groups []VoteGroup, each int) (map[string][]EntryVotes, error) {
	g := groupings[trait]
	if g.entry != "0" || len(groups) == 0 {
		return nil, nil
	}
	keys := make([]string, len(groups))
	for i, group := range groups {
		keys[i] = group.Key
	}
	in, args := among(keys)
	type line struct {
		key string
		EntryVotes
	}
	scan := func(row scanner) (l line, err error) {
		err = row.Scan(&l.key, &l.Entry, &l.Votes)
		return l, err
	}
	lines, err := list(tx, scan, "SELECT "+g.key+", v.entry, COUNT(*) FROM votes v WHERE v.challenge = ? AND v.position > 0 AND "+g.key+" IN "+in+
		" GROUP BY 1, 2 ORDER BY 3 DESC, 2", append([]any{c}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("list entries of groups of challenge %s: %w", c, err)
	}
	of := map[string][]EntryVotes{}
	for _, l := range lines {
		if len(of[l.key]) < each {
			of[l.key] = append(of[l.key], l.EntryVotes)
		}
	}
	return of, nil
}

// VoteTotals are how many votes stand in each state.
type VoteTotals struct{ Counted, Held, Excluded int64 }

// VoteTotals counts the votes of each challenge.
func (tx *Tx) VoteTotals() (map[contest.ChallengeID]VoteTotals, error) {
	type line struct {
		challenge contest.ChallengeID
		VoteTotals
	}
	scan := func(row scanner) (l line, err error) {
		err = row.Scan(&l.challenge, &l.Counted, &l.Held, &l.Excluded)
		return l, err
	}
	lines, err := list(tx, scan, "SELECT challenge, CAST(SUM(votes) AS BIGINT), CAST(SUM(held) AS BIGINT), CAST(SUM(excluded) AS BIGINT) FROM tallies GROUP BY challenge")
	if err != nil {
		return nil, fmt.Errorf("count votes: %w", err)
	}
	totals := make(map[contest.ChallengeID]VoteTotals, len(lines))
	for _, l := range lines {
		totals[l.challenge] = l.VoteTotals
	}
	return totals, nil
}

// TallyOf returns the true tally of an entry.
func (tx *Tx) TallyOf(entry contest.EntryID) (t contest.Tally, err error) {
	err = tx.one("SELECT score, votes, reached, held, excluded FROM tallies WHERE entry = ?", []any{entry},
		&t.Score, &t.Votes, &t.Reached, &t.Held, &t.Excluded)
	if err != nil {
		return t, fmt.Errorf("read tally of entry %s: %w", entry, err)
	}
	return t, nil
}

// EntryNumbered returns the entry with a number in a challenge.
func (tx *Tx) EntryNumbered(c contest.ChallengeID, number contest.EntryNumber) (contest.Entry, error) {
	e, err := first(tx, scanEntry, selectEntries+"WHERE e.challenge = ? AND e.number = ?", c, number)
	if err != nil {
		return e, fmt.Errorf("read entry %d of challenge %s: %w", number, c, err)
	}
	return e, nil
}

// KeysOfFan names the votes of a fan in a challenge that stand, those among them that they cast as a guest before.
func (tx *Tx) KeysOfFan(c contest.ChallengeID, fan contest.FanID) ([]contest.VoteKey, error) {
	scan := func(row scanner) (k contest.VoteKey, err error) {
		err = row.Scan(&k.Entry, &k.Voter, &k.Period)
		return k, err
	}
	keys, err := list(tx, scan, `SELECT v.entry, v.voter, v.period
		FROM (SELECT id FROM fans WHERE id = ? UNION SELECT id FROM fans WHERE became <> '' AND became = ?) AS f
		CROSS JOIN voters r CROSS JOIN votes v WHERE r.challenge = ? AND r.fan = f.id AND v.challenge = r.challenge AND v.voter = r.voter
		AND v.position > 0 ORDER BY v.position`, fan, fan, c) // SQLite takes the tables of a CROSS JOIN in their order
	if err != nil {
		return nil, fmt.Errorf("list votes of fan %s: %w", fan, err)
	}
	return keys, nil
}
