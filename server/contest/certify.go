package contest

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"
)

// The reasons that certification gives: why a result cannot be proposed or confirmed yet, and why an entry that has votes
// has no place, beside those of the rules that it breaks.
const (
	NotEnded           Reason = "not_ended"            // until "ends"
	AuditRuns          Reason = "audit_runs"           // until "until"
	SecondPersonNeeded Reason = "second_person_needed" // whoever proposed it may not confirm it
	PublicDelayRuns    Reason = "public_delay_runs"    // until "until"
	EntryWithdrawn     Reason = "entry_withdrawn"
	EntryRejected      Reason = "entry_rejected"
	EntryUndecided     Reason = "entry_undecided" // moderators have not decided about it
	TakedownOpen       Reason = "takedown_open"   // somebody in the photo asks for it to be taken away
)

// PublicDelay is how long a result stands proposed in public before a member of staff who has nobody beside them may
// confirm what they proposed.
const PublicDelay = 24 * time.Hour

// Candidate is what certification looks at of an entry.
type Candidate struct {
	Number      EntryNumber
	Fan         FanID
	Status      Status
	SHA256      string // of the original
	Rendered    bool
	Capture     Capture
	Consents    []ConsentID
	SubmittedAt time.Time
	Tally       Tally // by the whole log
	Banned      bool  // its fan is banned from the challenge
	Contested   bool  // a takedown is open
	// Placed says that it has a place in the certified result. Should its fan withdraw it since, the place stays, whatever
	// is left of the entry.
	Placed bool
}

// Placed is one line of a result's ranking.
type Placed struct {
	Rank    int         `json:"rank"`
	Entry   EntryNumber `json:"entry"`
	Score   int64       `json:"score"`
	Reached int64       `json:"reached"`
}

// PassedOver is an entry that has no place in a result though it was shown or has votes, and why.
type PassedOver struct {
	Entry   EntryNumber `json:"entry"`
	Score   int64       `json:"score"`
	Reached int64       `json:"reached"`
	Reason  Reason      `json:"reason"`
}

// VoteTotals counts votes by what became of them.
type VoteTotals struct {
	Counted  int64 `json:"counted"`
	Held     int64 `json:"held"` // nobody decided about them, so they do not count
	Excluded int64 `json:"excluded"`
}

// Result is what a challenge came to: numbers alone, so that it stays true when fans are erased. Its JSON is hashed and
// published; everything in it but the reasons follows from the vote log.
type Result struct {
	Version   int         `json:"version"`
	Challenge ChallengeID `json:"challenge"`
	RulesHash string      `json:"rules_hash"`
	// Leaves is how many leaves of the vote log it was counted from.
	Leaves int64 `json:"leaves"`
	// Amendment is 0 for the first result; Amends is the hash of the one that it takes the place of.
	Amendment  int          `json:"amendment"`
	Amends     string       `json:"amends"`
	Votes      VoteTotals   `json:"votes"`
	Winners    int          `json:"winners"` // the first so many places win
	Places     []Placed     `json:"places"`
	PassedOver []PassedOver `json:"passed_over"`
}

// resultVersion is the version of a Result's JSON.
const resultVersion = 1

// JSON is the result as it is hashed and published: one line, no spaces, the fields in the order of the type.
func (r Result) JSON() []byte {
	r.Places, r.PassedOver = listed(r.Places), listed(r.PassedOver)
	b, err := json.Marshal(r)
	if err != nil { // nothing in a Result can fail
		return nil
	}
	return b
}

// Hash is SHA-256 of the result's JSON, in hexadecimal.
func (r Result) Hash() string {
	sum := sha256.Sum256(r.JSON())
	return hex.EncodeToString(sum[:])
}

// Says reports whether two results say the same, whatever they were counted from and whichever they amend.
func (r Result) Says(other Result) bool {
	r.Leaves, r.Amendment, r.Amends = other.Leaves, other.Amendment, other.Amends
	return bytes.Equal(r.JSON(), other.JSON())
}

// Place returns where an entry stands in the result.
func (r Result) Place(number EntryNumber) (Placed, bool) {
	i := slices.IndexFunc(r.Places, func(p Placed) bool { return p.Entry == number })
	if i < 0 {
		return Placed{}, false
	}
	return r.Places[i], true
}

// Certify says what a challenge came to. All candidates are held to the rules once more: those that break one are passed
// over with the reason, and the next move up. The higher score leads; of equal ones the one that was reached first; of
// those without a vote the one that was entered first. An entry without a vote does not win.
func Certify(c Challenge, candidates []Candidate) Result {
	r := Result{Version: resultVersion, Challenge: c.ID, RulesHash: c.RulesHash}
	entered := slices.Clone(candidates)
	slices.SortFunc(entered, func(a, b Candidate) int { return cmp.Compare(a.Number, b.Number) })
	j := judge{c: c, had: map[FanID]int{}, seen: map[string]bool{}}
	for _, e := range entered {
		r.Votes.Counted += e.Tally.Votes
		r.Votes.Held += e.Tally.Held
		r.Votes.Excluded += e.Tally.Excluded
		switch reason := j.fault(e); {
		case reason == "":
			r.Places = append(r.Places, Placed{Entry: e.Number, Score: e.Tally.Score, Reached: e.Tally.Reached})
		case e.Status == Published || e.Tally.Votes > 0:
			r.PassedOver = append(r.PassedOver, PassedOver{e.Number, e.Tally.Score, e.Tally.Reached, reason})
		}
	}
	slices.SortFunc(r.Places, ahead)
	for i := range r.Places {
		r.Places[i].Rank = i + 1
		if i < c.Rules.Winners && r.Places[i].Score > 0 {
			r.Winners = i + 1
		}
	}
	return r
}

// ahead orders places as every board does.
func ahead(a, b Placed) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Reached, b.Reached), cmp.Compare(a.Entry, b.Entry))
}

// judge holds candidates to the rules, one after the other in the order of their numbers.
type judge struct {
	c    Challenge
	had  map[FanID]int   // entries of a fan that break no rule, so far
	seen map[string]bool // photos so far, by their hash
}

// fault returns why a candidate has no place; empty where it has one.
func (j *judge) fault(e Candidate) Reason {
	switch {
	case e.Status == Withdrawn && e.Placed:
		j.had[e.Fan]++ // as before, or one more of the fan's would come to a place
		j.seen[e.SHA256] = true
		return ""
	case e.Status == Withdrawn:
		return EntryWithdrawn
	case e.Status == Rejected:
		return EntryRejected
	}
	twin := e.SHA256 != "" && j.seen[e.SHA256] // of one that is in the race, as when it was entered
	j.seen[e.SHA256] = true
	switch {
	case e.Contested:
		return TakedownOpen
	case e.Status != Published || !e.Rendered:
		return EntryUndecided
	case e.Banned:
		return Banned
	case twin:
		return DuplicatePhoto
	case !e.SubmittedAt.Before(j.c.Entries.Closes.Add(j.c.Rules.Grace())):
		return EntriesClosed
	case e.SubmittedAt.Before(j.c.Entries.Opens):
		return EntriesNotOpen
	case slices.ContainsFunc(j.c.Consents, func(id ConsentID) bool { return !slices.Contains(e.Consents, id) }):
		return ConsentMissing
	}
	if err := j.c.Rules.Capture.CheckCapture(e.Capture); err != nil {
		return err.(*Refusal).Reason
	}
	if j.had[e.Fan]++; j.had[e.Fan] > j.c.Rules.EntriesPerFan {
		return TooManyEntries
	}
	return ""
}

// TopPercent is among how many percent of the best a rank is, rounded up: 1 of 250 is among the best 1 %, 5 of 10 among the
// best 50 %.
func TopPercent(rank, of int) int {
	if of <= 0 {
		return 100
	}
	return (100*rank + of - 1) / of
}

// MayPropose judges whether the challenge's result can be proposed at now. It returns nil or a *Refusal.
func (c Challenge) MayPropose(now time.Time) error {
	switch {
	case !c.Launched():
		return refuse(NotLaunched)
	case now.Before(c.EndsAt()):
		return refuse(NotEnded, "ends", rfc3339(c.EndsAt()))
	case now.Before(c.AuditEnds()):
		return refuse(AuditRuns, "until", rfc3339(c.AuditEnds()))
	}
	return nil
}

// Stage is how far a challenge's result is.
type Stage string

// The stages, in their order.
const (
	StageOpen      Stage = "open"  // not over yet
	StageAudit     Stage = "audit" // over; votes are examined
	StageDue       Stage = "due"   // the result can be proposed
	StageProposed  Stage = "proposed"
	StageCertified Stage = "certified"
)

// Stage names how far the challenge's result is at now; proposed says that one waits to be confirmed.
func (c Challenge) Stage(now time.Time, proposed bool) Stage {
	switch {
	case !c.CertifiedAt.IsZero():
		return StageCertified
	case proposed:
		return StageProposed
	case now.Before(c.EndsAt()):
		return StageOpen
	case now.Before(c.AuditEnds()):
		return StageAudit
	}
	return StageDue
}

// Confirmation is the wish of a member of staff to confirm what one of them proposed.
type Confirmation struct {
	Proposer   StaffID
	ProposedAt time.Time
	Confirmer  StaffID
	JoinedAt   time.Time // when the confirmer became a member
	// Others is how many members beside the proposer there were when it was proposed.
	Others int
}

// Judge says whether a confirmation counts at now. Two people decide; where there was only one, the proposal stands in
// public for PublicDelay first. Whoever joined since is no second person, or a lone member could invite one at once. It
// returns nil or a *Refusal.
func (c Confirmation) Judge(now time.Time) error {
	alone := c.Proposer == c.Confirmer
	switch ends := c.ProposedAt.Add(PublicDelay); {
	case !alone && c.JoinedAt.Before(c.ProposedAt):
		return nil
	case alone && c.Others > 0:
		return refuse(SecondPersonNeeded)
	case now.Before(ends):
		return refuse(PublicDelayRuns, "until", rfc3339(ends))
	}
	return nil
}
