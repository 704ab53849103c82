package store

import (
	"time"

	"fanfare/server/contest"
)

// Ballot is a vote that an update is about. What the rules look at for it is read ahead, in one statement for all
// ballots of a commit.
type Ballot struct {
	Entry contest.EntryID
	Fan   contest.FanID
	// Period tells the period of a time.
	Period func(time.Time) string
}

// readAhead reads for all ballots of the requests what their functions are going to ask, where each statement is a round
// trip.
func (b *batch) readAhead(requests []*request) error {
	l := b.ledgers[b.challenge]
	if b.dialect != Postgres || l == nil {
		return nil
	}
	var entries []string
	fans := map[string][]string{}
	for _, r := range requests {
		for _, ballot := range r.ballots {
			v := voter{ballot.Fan, ballot.Period(b.own.now)}
			if l.votes[v] == nil && checkTexts([]any{v.fan, v.period}) == nil {
				l.votes[v] = map[contest.EntryID]bool{}
				fans[v.period] = append(fans[v.period], string(v.fan))
			}
			if _, known := l.candidates[ballot.Entry]; !known && checkTexts([]any{ballot.Entry}) == nil {
				l.candidates[ballot.Entry] = nil
				entries = append(entries, string(ballot.Entry))
			}
		}
	}
	for period, of := range fans {
		if err := b.readVotes(l, period, of); err != nil {
			return err
		}
	}
	return b.readCandidates(l, entries)
}

// selectVotes looks each fan up by itself. Asked with "fan = ANY", PostgreSQL reads the whole period until it has counted
// the table anew, a minute later.
const selectVotes = `SELECT f.fan, v.entry FROM unnest(?::text[]) AS f (fan),
	LATERAL (SELECT entry FROM votes WHERE challenge = ? AND period = ? AND fan = f.fan OFFSET 0) AS v`

func (b *batch) readVotes(l *ledger, period string, fans []string) error {
	votes, err := list(direct{b.own}, scanVote, selectVotes, fans, b.challenge, period)
	for _, v := range votes {
		l.votes[voter{v.Fan, period}][v.Entry] = true
	}
	return err
}

func scanVote(row scanner) (b contest.Ballot, err error) {
	err = row.Scan(&b.Fan, &b.Entry)
	return b, err
}

func (b *batch) readCandidates(l *ledger, entries []string) error {
	if len(entries) == 0 {
		return nil
	}
	found, err := list(direct{b.own}, scanCandidate, selectCandidates+"WHERE e.id = ANY(?)", entries)
	for i := range found {
		l.candidates[found[i].ID] = &found[i]
	}
	return err
}
