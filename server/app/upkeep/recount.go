package upkeep

import (
	"hash/fnv"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// maxLeaves is how many leaves of the vote log are in memory at once, with the votes that stand by them: a few hundred
// megabytes. A longer log is read several times, a part of the entries each time.
const maxLeaves = 1_000_000

// recount compares heads, entries, tallies and votes with the vote log.
type recount struct {
	terms   map[contest.ChallengeID]contest.Challenge
	heads   map[contest.ChallengeID]head
	tallies map[contest.EntryID]tally
	most    int64 // leaves in memory at once

	entries, log, votes, scores *check
}

// head is a challenge's counters.
type head struct{ entries, leaves int64 }

// tally is an entry's place as it is stored.
type tally struct {
	challenge contest.ChallengeID
	number    contest.EntryNumber
	contest.Tally
	visible bool
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
	return nil
}

func newRecount() *recount {
	return &recount{
		terms: map[contest.ChallengeID]contest.Challenge{}, heads: map[contest.ChallengeID]head{},
		tallies: map[contest.EntryID]tally{}, most: maxLeaves,
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
		r.heads[contest.ChallengeID(row[0].(string))] = head{row[1].(int64), row[2].(int64)}
		return nil
	})
}

func (r *recount) readTallies(tx *store.Tx) error {
	return tx.Rows(tableNamed("tallies"), nil, func(row []any) error {
		r.tallies[contest.EntryID(row[0].(string))] = tally{
			challenge: contest.ChallengeID(row[1].(string)), number: contest.EntryNumber(row[2].(int64)),
			Tally: contest.Tally{Score: row[3].(int64), Reached: row[5].(int64)}, visible: row[6].(int64) == 1,
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
		case t.visible != (e.Status == contest.Published):
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
		log, err := r.readLog(tx, part, parts)
		if err != nil {
			return err
		}
		p.at("vote log: part %d of %d", part+1, parts)
		if err := r.compare(tx, log, part, parts); err != nil {
			return err
		}
	}
	return nil
}

// partOf says which part an entry belongs to.
func partOf(id contest.EntryID, parts uint32) uint32 {
	h := fnv.New32a()
	h.Write([]byte(id))
	return h.Sum32() % parts
}

// readLog reads the whole log and returns the leaves of one part's entries. The first time it looks at each line.
func (r *recount) readLog(tx *store.Tx, part, parts uint32) (leaves []contest.Leaf, err error) {
	last := map[contest.ChallengeID]contest.Leaf{}
	err = tx.Rows(tableNamed("vote_log"), nil, func(row []any) error {
		challenge, l := contest.ChallengeID(row[0].(string)), contest.Leaf{
			Position: row[1].(int64), Kind: contest.LeafKind(row[2].(string)), Entry: contest.EntryID(row[3].(string)),
			Fan: contest.FanID(row[4].(string)), Period: row[5].(string), At: time.UnixMilli(row[6].(int64)),
		}
		if part == 0 {
			r.leaf(challenge, l, last[challenge])
			last[challenge] = l
		}
		if partOf(l.Entry, parts) == part {
			leaves = append(leaves, l)
		}
		return nil
	})
	for challenge, h := range r.heads {
		if part == 0 && last[challenge].Position != h.leaves {
			r.log.fault("the log of challenge %s ends at leaf %d, and %d were written", challenge, last[challenge].Position, h.leaves)
		}
	}
	return leaves, err
}

// leaf looks at one line of the log, which came after the last. Times may honestly go back from one to the next, where a
// machine's clock was set between two starts; what the rules look at is the period.
func (r *recount) leaf(challenge contest.ChallengeID, l, last contest.Leaf) {
	r.log.looked++
	switch {
	case l.Position != last.Position+1:
		r.log.fault("challenge %s: leaf %d is missing", challenge, last.Position+1)
	case l.Kind != contest.Cast && l.Kind != contest.Retract:
		r.log.fault("challenge %s: leaf %d is a %q", challenge, l.Position, l.Kind)
	case r.tallies[l.Entry].challenge != challenge:
		r.log.fault("challenge %s: leaf %d is of entry %s, which it does not have", challenge, l.Position, l.Entry)
	case l.Period != r.terms[challenge].PeriodAt(l.At):
		r.log.fault("challenge %s: leaf %d is of %s, which is not in its period %q", challenge, l.Position, l.At.UTC().Format(time.RFC3339Nano), l.Period)
	}
}

// compare holds the votes and the scores of one part's entries against its leaves.
func (r *recount) compare(tx *store.Tx, leaves []contest.Leaf, part, parts uint32) error {
	standing := contest.Standing(leaves)
	counted := contest.Count(standing)
	for id, t := range r.tallies {
		if partOf(id, parts) != part {
			continue
		}
		if r.scores.looked++; t.Tally != counted[id] {
			r.scores.fault("entry %s has %d votes, the last of them leaf %d; the log says %d and leaf %d", id, t.Score, t.Reached, counted[id].Score, counted[id].Reached)
		}
	}
	err := tx.Rows(tableNamed("votes"), nil, func(row []any) error {
		k := contest.VoteKey{Period: row[1].(string), Fan: contest.FanID(row[2].(string)), Entry: contest.EntryID(row[3].(string))}
		if partOf(k.Entry, parts) != part {
			return nil
		}
		r.votes.looked++
		if position, ok := standing[k]; !ok || position != row[4].(int64) {
			r.votes.fault("the vote of %s for entry %s in %q names leaf %d, which is not its own", k.Fan, k.Entry, k.Period, row[4])
		}
		delete(standing, k)
		return nil
	})
	for k, position := range standing {
		r.votes.fault("the vote of leaf %d, by %s for entry %s, is missing", position, k.Fan, k.Entry)
	}
	return err
}
