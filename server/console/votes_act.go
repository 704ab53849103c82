package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"fanfare/server/app/reviews"
	"fanfare/server/contest"
	"fanfare/server/page"
	"fanfare/server/store"
)

// decideVotes does what a preview showed.
func (c *Console) decideVotes(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	ch, err := c.challengeOf(r)
	if err != nil {
		return err
	}
	of, err := selectionOf(r.PostForm)
	if err != nil {
		return err
	}
	out, err := c.Reviews.Decide(r.Context(), ch.ID, reviews.Act{
		Staff: staffOf(r), Kind: contest.LeafKind(r.PostForm.Get("kind")), Of: of, Reason: contest.Reason(r.PostForm.Get("reason")), Note: r.PostForm.Get("note"),
	})
	return c.decidedVotes(w, r, ch.ID, out, err)
}

// undoVotes takes a batch back.
func (c *Console) undoVotes(w http.ResponseWriter, r *http.Request) error {
	b, err := c.Reviews.Batch(r.Context(), contest.BatchID(r.PathValue("batch")))
	if err != nil {
		return err
	}
	out, err := c.Reviews.Undo(r.Context(), staffOf(r), b.ID)
	return c.decidedVotes(w, r, b.Challenge, out, err)
}

// decidedVotes goes back to the votes, where it is said what was done.
func (c *Console) decidedVotes(w http.ResponseWriter, r *http.Request, id contest.ChallengeID, out reviews.Outcome, err error) error {
	done := url.Values{}
	switch {
	case errors.Is(err, store.ErrConflict):
		done.Set("done", "votes_decided")
	case err != nil:
		return err
	case out.Proposal != "":
		done.Set("done", "votes_proposed")
	case out.Batch.Changed == 0:
		done.Set("done", "votes_nothing")
	default:
		done.Set("batch", string(out.Batch.ID))
	}
	return c.see(w, r, withQuery(votesPath(id), done))
}

// proposalLine is what waits for a second person, in words.
type proposalLine struct {
	ID     contest.ProposalID
	What   string
	Reason string
	Note   string
	Who    string
	At     page.Moment
	Moves  []string // what it would do to the entries, in words
	Others int      // entries that are not named
	Own    bool     // the reader's own
}

// proposalMoves is how many entries a proposal names: those that rise or fall most.
const proposalMoves = 10

func (c *Console) proposalLine(words *page.Context, ch contest.Challenge, p reviews.Proposal, reader contest.StaffID) proposalLine {
	line := proposalLine{
		ID: p.ID, Reason: words.T("vote_reason." + string(p.Reason)), Note: p.Note, Who: p.Name, At: words.Moment(p.CreatedAt, c.now(), ch.Location()),
		Own: p.Staff == reader,
	}
	if p.Taken != nil {
		line.What = words.T("votes.proposal.undo", "what", batchText(words, *p.Taken))
		return line
	}
	line.What = words.N("votes.would."+string(p.Kind), p.Effect.Changed)
	for _, m := range p.Effect.Moves[:min(len(p.Effect.Moves), proposalMoves)] {
		line.Moves = append(line.Moves, words.T("votes.move", "entry", words.T("entry.number", "number", m.Number),
			"before", words.Number(m.Before.Score), "after", words.Number(m.After.Score), "rank", rankText(m.Rank), "to", rankText(m.To)))
	}
	line.Others = len(p.Effect.Moves) - len(line.Moves)
	return line
}

// rankText writes a rank; an entry that is not on the board has none.
func rankText(rank int) string {
	if rank == 0 {
		return "–"
	}
	return fmt.Sprint(rank)
}

// decideProposal confirms or declines what another member of staff proposed.
func (c *Console) decideProposal(w http.ResponseWriter, r *http.Request) error {
	yes, err := either(r, "confirm", "decline")
	if err != nil {
		return err
	}
	p, err := c.Reviews.Proposal(r.Context(), contest.ProposalID(r.PathValue("id")))
	if err != nil {
		return err
	}
	out, err := c.Reviews.Confirm(r.Context(), staffOf(r), p.ID, yes)
	if _, refused := errors.AsType[*contest.Refusal](err); refused {
		return c.see(w, r, withParam(votesPath(p.Challenge), "done", "votes_second"))
	}
	if err == nil && !yes {
		return c.see(w, r, withParam(votesPath(p.Challenge), "done", "votes_declined"))
	}
	return c.decidedVotes(w, r, p.Challenge, out, err)
}

// answerComplaint closes an entrant's complaint.
func (c *Console) answerComplaint(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	answered, err := c.Reviews.Answer(r.Context(), staffOf(r), contest.ComplaintID(r.PathValue("id")), r.PostForm.Get("answer"))
	if err != nil {
		return err
	}
	return c.see(w, r, withParam(votesPath(answered.Challenge), "done", "votes_answered"))
}
