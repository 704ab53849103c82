package upkeep

import (
	"fmt"
	"hash/fnv"
	"time"

	"fanfare/server/app/audits"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// maxLeaves is of how many leaves of the vote log the votes are in memory at once: some hundred megabytes. A longer log is read several times, a part of the entries each time.
const maxLeaves = 1_000_000

// recount compares heads, entries, tallies and votes with the vote log.
type recount struct {
	terms   map[contest.ChallengeID]contest.Challenge
	heads   map[contest.ChallengeID]head
	tallies map[contest.EntryID]tally
	numbers map[place]contest.EntryID
	most    int64 // votes in memory at once

	entries, log, votes, scores *check
}

// head is a challenge's counters.
type head struct {
	entries, leaves int64
	concealed       bool
}

// place names an entry by its number.
type place struct {
	challenge contest.ChallengeID
	number    contest.EntryNumber
}

// tally is an entry's place as it is stored.
type tally struct {
	place
	contest.Tally
	shown, shownReached int64
	visible             bool
}

// verifyRows compares the rows with each other.
func verifyRows(tx *store.Tx, p *progress, tell func(Finding)) error {
	terms, err := launchedTerms(tx)
	if err != nil {
		return err
	}
	tell(terms)
	r := newRecount()
	if err := r.read(tx, p); err != nil {
		return err
	}
	for _, c := range []*check{r.entries, r.log, r.votes, r.scores} {
		tell(c.finding())
	}
	tree := &check{subject: "log tree", unit: "lines in the trees, as their checkpoints were signed", remedy: rowsRemedy}
	if tree.looked, err = audits.Examine(tx, tree.fault); err != nil {
		return err
	}
	tell(tree.finding())
	return verifyNumbers(tx, tell)
}

func newRecount() *recount {
	return &recount{
		terms: map[contest.ChallengeID]contest.Challenge{}, heads: map[contest.ChallengeID]head{},
		tallies: map[contest.EntryID]tally{}, numbers: map[place]contest.EntryID{}, most: maxLeaves,
		entries: &check{subject: "entries", unit: "entries, each with its number, its place and its own photos", remedy: rowsRemedy},
		log:     &check{subject: "vote log", unit: "leaves without a gap, each in its turn and its period", remedy: rowsRemedy},
		votes:   &check{subject: "votes", unit: "votes stand, as the log says", remedy: rowsRemedy},
		scores:  &check{subject: "scores", unit: "scores equal a recount of the log", remedy: rowsRemedy},
	}
}

// read reads everything that has to agree.
func (r *recount) read(tx *store.Tx, p *progress) error {
	for _, step := range []func(*store.Tx) error{r.readTerms, r.readHeads, r.readTallies, r.readEntries} {
		if err := step(tx); err != nil {
			return err
		}
	}
	return r.readVotes(tx, p)
}

func (r *recount) readTerms(tx *store.Tx) error {
	list, err := tx.Challenges()
	for _, c := range list {
		r.terms[c.ID] = c
	}
	return err
}

func (r *recount) readHeads(tx *store.Tx) error {
	return tx.Rows(tableNamed("heads"), nil, func(row []any) error {
		id, h := contest.ChallengeID(row[0].(string)), head{row[1].(int64), row[2].(int64), row[5].(int64) == 1}
		r.heads[id] = h
		if c := r.terms[id]; h.concealed != c.Concealed() {
			r.scores.fault("challenge %s conceals its tallies otherwise than its terms say", id)
		}
		return nil
	})
}

func (r *recount) readTallies(tx *store.Tx) error {
	return tx.Rows(tableNamed("tallies"), nil, func(row []any) error {
		n := func(column int) int64 { return row[column].(int64) }
		id, at := contest.EntryID(row[0].(string)), place{contest.ChallengeID(row[1].(string)), contest.EntryNumber(n(2))}
		r.numbers[at] = id
		r.tallies[id] = tally{
			place: at, Tally: contest.Tally{Score: n(3), Votes: n(7), Reached: n(5), Held: n(8), Excluded: n(9)},
			shown: n(10), shownReached: n(11), visible: n(6) == 1,
		}
		return nil
	})
}

// readEntries compares every entry with its place, its challenge's counter and the keys of its photos.
func (r *recount) readEntries(tx *store.Tx) error {
	placeless, err := eachEntry(tx, func(e contest.Entry) error {
		r.entries.looked++
		t := r.tallies[e.ID]
		key, foreign := foreignKey(e)
		switch {
		case int64(e.Number) > r.heads[e.Challenge].entries:
			r.entries.fault("entry %s has the number %d, and its challenge gave only %d", e.ID, e.Number, r.heads[e.Challenge].entries)
		case t.challenge != e.Challenge:
			r.entries.fault("entry %s is in challenge %s and its place in %q", e.ID, e.Challenge, t.challenge)
		case t.number != e.Number:
			r.entries.fault("entry %s has the number %d, and its place the number %d", e.ID, e.Number, t.number)
		case foreign:
			r.entries.fault("entry %s names the photo %s, which is not its own", e.ID, key)
		case t.visible != e.Change().Visible:
			r.entries.fault("entry %s is %s, and the board shows otherwise", e.ID, e.Status)
		}
		return nil
	})
	for _, id := range placeless {
		r.entries.fault("entry %s has no place on a board", id)
	}
	return err
}

// readVotes reads the log and the votes, in as many parts as memory asks for.
func (r *recount) readVotes(tx *store.Tx, p *progress) error {
	leaves := int64(0)
	for _, h := range r.heads {
		leaves += h.leaves
	}
	parts := uint32(leaves/r.most + 1)
	for part := range parts {
		logs, err := r.readLog(tx, part, parts)
		if err != nil {
			return err
		}
		p.at("vote log: part %d of %d", part+1, parts)
		if err := r.compare(tx, logs, part, parts); err != nil {
			return err
		}
	}
	return nil
}

// partOf says which part an entry belongs to.
func (at place) partOf(parts uint32) uint32 {
	h := fnv.New32a()
	fmt.Fprint(h, at.challenge, " ", at.number)
	return h.Sum32() % parts
}

// logs are the recounts of the challenges' logs.
type logs map[contest.ChallengeID]*contest.Ledger

func (l logs) of(id contest.ChallengeID) *contest.Ledger {
	if l[id] == nil {
		l[id] = &contest.Ledger{}
	}
	return l[id]
}

// readLog reads the whole log and recounts the leaves of one part's entries. The first time it looks at each line.
func (r *recount) readLog(tx *store.Tx, part, parts uint32) (logs, error) {
	last, counted := map[contest.ChallengeID]int64{}, logs{}
	err := tx.Rows(tableNamed("vote_log"), nil, func(row []any) error {
		challenge, l := leafOf(row)
		if part == 0 {
			r.leaf(challenge, l, last[challenge])
			last[challenge] = l.Position
		}
		if (place{challenge, l.Entry}).partOf(parts) == part {
			if err := counted.of(challenge).Apply(l); err != nil {
				r.log.fault("challenge %s: leaf %d: %v", challenge, l.Position, err)
			}
		}
		return nil
	})
	for challenge, h := range r.heads {
		if part == 0 && last[challenge] != h.leaves {
			r.log.fault("the log of challenge %s ends at leaf %d, and %d were written", challenge, last[challenge], h.leaves)
		}
	}
	return counted, err
}

// leafOf reads a row of the log.
func leafOf(row []any) (contest.ChallengeID, contest.Leaf) {
	text := func(column int) string { return row[column].(string) }
	return contest.ChallengeID(text(0)), contest.Leaf{
		Position: row[1].(int64), Kind: contest.LeafKind(text(2)), Entry: contest.EntryNumber(row[3].(int64)), Voter: contest.VoterID(text(4)),
		Period: text(5), Weight: int(row[6].(int64)), Class: contest.VoterClass(text(7)), Reason: contest.Reason(text(8)), Actor: text(9),
		At: time.UnixMilli(row[12].(int64)),
	}
}

// leaf looks at one line of the log by itself, which came after the last position. Times may honestly go back from one to the
// next, where a machine's clock was set between two starts; what the rules look at is the period.
func (r *recount) leaf(challenge contest.ChallengeID, l contest.Leaf, last int64) {
	r.log.looked++
	voted := l.Kind == contest.Cast || l.Kind == contest.Retract
	switch {
	case l.Position != last+1:
		r.log.fault("challenge %s: leaf %d is missing", challenge, last+1)
	case r.numbers[place{challenge, l.Entry}] == "":
		r.log.fault("challenge %s: leaf %d is of entry %d, which it does not have", challenge, l.Position, l.Entry)
	case voted && l.Period != r.terms[challenge].PeriodAt(l.At):
		r.log.fault("challenge %s: leaf %d is of %s, which is not in its period %q", challenge, l.Position, l.At.UTC().Format(time.RFC3339Nano), l.Period)
	}
}

// compare holds the votes and the scores of one part's entries against what its leaves say.
func (r *recount) compare(tx *store.Tx, counted logs, part, parts uint32) error {
	said := map[place]contest.Tally{}
	for challenge, log := range counted {
		for number, t := range log.Tallies() {
			said[place{challenge, number}] = t
		}
	}
	for id, t := range r.tallies {
		if t.partOf(parts) == part {
			r.tally(id, t, said[t.place])
		}
	}
	err := tx.Rows(tableNamed("votes"), nil, func(row []any) error {
		challenge, k := contest.ChallengeID(row[0].(string)), contest.VoteKey{
			Voter: contest.VoterID(row[1].(string)), Period: row[2].(string), Entry: contest.EntryNumber(row[3].(int64)),
		}
		if (place{challenge, k.Entry}).partOf(parts) != part {
			return nil
		}
		r.votes.looked++
		v, _ := counted.of(challenge).Take(k)
		if is := (contest.Standing{Position: row[4].(int64), Weight: int(row[5].(int64)), State: contest.VoteState(row[10].(string))}); is != v {
			r.votes.fault("the vote of %s for entry %d of challenge %s in %q is %s; the log says %s", k.Voter, k.Entry, challenge, k.Period, told(is), told(v))
		}
		return nil
	})
	for challenge, log := range counted {
		for k, v := range log.Votes() {
			r.votes.fault("the vote of %s for entry %d of challenge %s in %q is missing; the log says %s", k.Voter, k.Entry, challenge, k.Period, told(v))
		}
	}
	return err
}

// told puts into words what is known of a vote.
func told(v contest.Standing) string {
	switch {
	case v == contest.Standing{}:
		return "that it was never cast"
	case v.Position == 0:
		return fmt.Sprintf("taken back, and %s", v.State)
	}
	return fmt.Sprintf("cast by leaf %d with weight %d, and %s", v.Position, v.Weight, v.State)
}

// tally compares what is stored of an entry's votes with what the log says.
func (r *recount) tally(id contest.EntryID, t tally, said contest.Tally) {
	r.scores.looked++
	switch {
	case t.Tally != said:
		r.scores.fault("entry %s has %+v; the log says %+v", id, t.Tally, said)
	case !r.heads[t.challenge].concealed && (t.shown != t.Score || t.shownReached != t.Reached):
		r.scores.fault("entry %s shows %d votes, the last of them leaf %d, and has %d and leaf %d", id, t.shown, t.shownReached, t.Score, t.Reached)
	}
}
