package contest

import "time"

// Identifiers of what reviewing votes leaves behind.
type (
	ComplaintID string
	ProposalID  string
)

// VoteBatch is one act of staff about votes, kept for good: what was done to how many, and why. Undoing it is another one.
type VoteBatch struct {
	ID        BatchID
	Challenge ChallengeID
	// Kind is hold, release, exclude or restore; of a batch that undoes another it is empty.
	Kind   LeafKind
	Reason Reason
	// Note is for the other members of staff; nobody else reads it.
	Note string
	// Staff decided it, empty where the rules did; Second confirmed it where that took two people.
	Staff  StaffID
	Second StaffID
	// Changed votes have a leaf that names the batch; Skipped were not in a state that Kind can follow.
	Changed int
	Skipped int
	At      time.Time
	// Undoes is the batch that this one takes back; UndoneBy the one that took this one back.
	Undoes   BatchID
	UndoneBy BatchID
}

// VoteProposal waits for a second member of staff, because the result that it would change is certified.
type VoteProposal struct {
	ID        ProposalID
	Challenge ChallengeID
	Kind      LeafKind // empty where Undoes is proposed to be taken back
	Undoes    BatchID
	Reason    Reason
	Note      string
	Staff     StaffID
	// Others is how many members of staff there were beside the one who proposed: who joins later is no second person at once.
	Others    int
	CreatedAt time.Time
	// DecidedAt is zero while the proposal waits. Batch is what it did; empty for one that was declined.
	DecidedAt time.Time
	Second    StaffID
	Batch     BatchID
}

// Complaint is what a fan says of the votes for their own entry that do not count. An entry has one open at a time.
type Complaint struct {
	ID        ComplaintID
	Challenge ChallengeID
	Entry     EntryID
	Fan       FanID
	Statement string
	CreatedAt time.Time
	// AnsweredAt is zero while the complaint is open. Answer is what the fan reads.
	AnsweredAt time.Time
	Answer     string
	Staff      StaffID
}

// MaxComplaint bounds a complaint's text and its answer, in code points, as MaxAppeal does that of an appeal.
const MaxComplaint = MaxAppeal

// The reasons that complaints give.
const (
	ComplaintOpen    Reason = "complaint_open"    // the one before waits for its answer
	ComplaintMissing Reason = "complaint_missing" // a complaint without a text
	NothingReviewed  Reason = "nothing_under_review"
)

// MayComplain judges a fan's wish to complain about the votes of their own entry, of which so many do not count; open says
// that an earlier complaint waits. It returns nil or a *Refusal.
func MayComplain(t Tally, open bool, statement string) error {
	switch {
	case t.Held == 0 && t.Excluded == 0:
		return refuse(NothingReviewed)
	case open:
		return refuse(ComplaintOpen)
	case seen(statement) < minStatement:
		return refuse(ComplaintMissing)
	}
	return nil
}
