package store

import (
	"time"

	"fanfare/server/contest"
)

// Ballot is a vote that an update is about. What the rules look at for it is read ahead, in one statement for all
// ballots of a commit.
type Ballot struct {
	Entry contest.EntryID
	Voter contest.VoterID
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
	voters := map[string][]string{}
	for _, r := range requests {
		for _, ballot := range r.ballots {
			v := voter{ballot.Voter, ballot.Period(b.own.now)}
			if l.votes[v] == nil && checkTexts([]any{v.id, v.period}) == nil {
				l.votes[v] = votes{}
				voters[v.period] = append(voters[v.period], string(v.id))
			}
			if _, known := l.candidates[ballot.Entry]; !known && checkTexts([]any{ballot.Entry}) == nil {
				l.candidates[ballot.Entry] = nil
				entries = append(entries, string(ballot.Entry))
			}
		}
	}
	for period, of := range voters {
		if err := b.readVotes(l, period, of); err != nil {
			return err
		}
	}
	return b.readCandidates(l, entries)
}

// selectVotes looks each voter up by itself. Asked with "voter = ANY", PostgreSQL may read the whole challenge until it has
// counted the table anew, a minute later.
const selectVotes = `SELECT f.voter, v.entry, v.position, v.weight, v.state FROM unnest(?::text[]) AS f (voter),
	LATERAL (SELECT entry, position, weight, state FROM votes WHERE challenge = ? AND voter = f.voter AND period = ? OFFSET 0) AS v
	UNION ALL SELECT f.voter, 0, 0, 0, '' FROM unnest(?::text[]) AS f (voter),
	LATERAL (SELECT fan FROM voters WHERE challenge = ? AND voter = f.voter OFFSET 0) AS v,
	LATERAL (SELECT issuer FROM fans WHERE id = v.fan OFFSET 0) AS w WHERE w.issuer <> '` + ErasedIssuer + "'"

func (b *batch) readVotes(l *ledger, period string, voters []string) error {
	found, err := list(direct{b.own}, scanVote, selectVotes, voters, b.challenge, period, voters, b.challenge)
	for _, v := range found {
		l.votes[voter{v.voter, period}][v.entry] = v.Standing
	}
	return err
}

// readVote is a vote that was read ahead.
type readVote struct {
	voter contest.VoterID
	entry contest.EntryNumber
	contest.Standing
}

func scanVote(row scanner) (v readVote, err error) {
	err = row.Scan(&v.voter, &v.entry, &v.Position, &v.Weight, &v.State)
	return v, err
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
