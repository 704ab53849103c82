package contest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// VoterID is the pseudonym of a fan in one challenge: 128 random bits, 32 hexadecimal digits. The vote log knows no other name.
type VoterID string

// Valid reports whether the text has the form of a pseudonym.
func (v VoterID) Valid() bool {
	return len(v) == 32 && strings.Trim(string(v), "0123456789abcdef") == ""
}

// VoterClass says what is known of who votes.
type VoterClass string

// The classes.
const (
	GuestVoter   VoterClass = "guest"   // nothing
	MailVoter    VoterClass = "mail"    // has confirmed a mail address
	HostVoter    VoterClass = "host"    // a registered site signed for them
	InvitedVoter VoterClass = "invited" // came with an invitation's code
	JuryVoter    VoterClass = "jury"    // likewise, as a juror
)

// VoterClasses lists them in the order shown.
var VoterClasses = []VoterClass{GuestVoter, MailVoter, HostVoter, InvitedVoter, JuryVoter}

// Known reports whether the class is one of them.
func (c VoterClass) Known() bool { return slices.Contains(VoterClasses, c) }

// TallyMode says what the public sees of the votes until the result is certified.
type TallyMode string

// The modes.
const (
	TallyLive    TallyMode = ""
	TallyDelayed TallyMode = "delayed" // as they were when they were shown last, every Rules.TallyDelayMinutes
	TallyRanks   TallyMode = "ranks"   // the order, and no numbers
	TallyHidden  TallyMode = "hidden"  // nothing
)

// Ballot is one voter's wish to vote, or to take the vote back.
type Ballot struct {
	Challenge ChallengeID
	Entry     EntryID
	Fan       FanID
	Voter     VoterID
	Class     VoterClass
	// Points are a juror's, from 1 to Rules.JuryPoints; 0 leaves it at the weight of the class.
	Points int
}

// Used is how many of a voter's votes stand already.
type Used struct {
	Period int // in the present period
	Entry  int // for the ballot's entry, in all periods; counted only where Rules.VotesPerEntry limits them
}

// The reasons that the rules of voting give, beside those of windows.
const (
	VoterNotAdmitted Reason = "voter_not_admitted" // "classes" lists those that are
	EntryVoteLimit   Reason = "entry_vote_limit"
	VotesFinal       Reason = "votes_final"
	PointsOutOfRange Reason = "points_out_of_range"
)

// The reasons that votes are held and excluded for, beside VoteTrading.
const (
	Burst          Reason = "burst"
	SameSource     Reason = "same_source"
	DisposableMail Reason = "disposable_mail"
	Automated      Reason = "automated"
	BannedVoter    Reason = "banned_voter"
	Complained     Reason = "complaint"
)

// The reasons that votes are released and restored for.
const (
	Cleared Reason = "cleared" // looked at and found sound
	Undone  Reason = "undo"    // the decision before was a mistake; it goes either way
)

// VoteReasons lists what staff may hold and exclude votes for, in the order shown.
var VoteReasons = []Reason{VoteTrading, Burst, SameSource, DisposableMail, Automated, BannedVoter, Complained}

// MayVote judges a ballot for an entry at now, of a voter who has used votes. It returns the vote's weight, or a *Refusal.
func (c Challenge) MayVote(now time.Time, e Entry, b Ballot, used Used) (weight int, err error) {
	if err := c.votesOpen(now); err != nil {
		return 0, err
	}
	r := c.Rules
	switch {
	case e.Status != Published:
		return 0, refuse(EntryNotShown)
	case e.Fan == b.Fan:
		return 0, refuse(OwnEntry)
	case !r.Admits(b.Class):
		return 0, refuse(VoterNotAdmitted, "classes", r.admitted())
	case used.Period >= r.VotesPerPeriod:
		return 0, refuse(VoteLimit, "limit", fmt.Sprint(r.VotesPerPeriod), "period", string(r.Period))
	case r.VotesPerEntry > 0 && used.Entry >= r.VotesPerEntry:
		return 0, refuse(EntryVoteLimit, "limit", fmt.Sprint(r.VotesPerEntry))
	}
	return r.weigh(b)
}

// MayRetract judges taking a vote back at now: as long as votes are open and not final. It returns nil or a *Refusal.
func (c Challenge) MayRetract(now time.Time) error {
	if err := c.votesOpen(now); err != nil {
		return err
	}
	if c.Rules.VotesFinal {
		return refuse(VotesFinal)
	}
	return nil
}

func (c Challenge) votesOpen(now time.Time) error {
	switch {
	case !c.Launched():
		return refuse(NotLaunched)
	case now.Before(c.Votes.Opens):
		return refuse(VotesNotOpen, "opens", rfc3339(c.Votes.Opens))
	case !c.Votes.Contains(now):
		return refuse(VotesClosed, "closed", rfc3339(c.Votes.Closes))
	}
	return nil
}

// Admits reports whether voters of a class may vote.
func (r Rules) Admits(c VoterClass) bool {
	return len(r.Voters) == 0 && c.Known() || slices.Contains(r.Voters, c)
}

// admitted lists the classes that may vote, with commas.
func (r Rules) admitted() string {
	classes := make([]string, len(r.Voters))
	for i, c := range r.Voters {
		classes[i] = string(c)
	}
	return strings.Join(classes, ",")
}

// weigh returns a ballot's weight: the points that a juror gives, or what the rules say of the class, 1 where they say nothing.
func (r Rules) weigh(b Ballot) (int, error) {
	if b.Points != 0 {
		if b.Class != JuryVoter || b.Points < 0 || b.Points > r.JuryPoints {
			return 0, refuse(PointsOutOfRange, "limit", fmt.Sprint(r.JuryPoints))
		}
		return b.Points, nil
	}
	return r.Weight(b.Class), nil
}

// Weight is what a vote of a class counts, where it is no juror's with points.
func (r Rules) Weight(c VoterClass) int {
	if w := r.Weights[c]; w > 0 {
		return w
	}
	return 1
}

// allPeriod is the only period of a challenge whose votes are counted over its whole length.
const allPeriod = "all"

// PeriodAt names the voting period that now lies in: "2026-11-22" in the challenge's time zone, or "all". An unknown
// time zone, which Validate refuses, counts as UTC.
func (c Challenge) PeriodAt(now time.Time) string {
	if c.Rules.Period != PeriodDay {
		return allPeriod
	}
	return now.In(c.Location()).Format(time.DateOnly)
}

// Certifies reports whether the result is one only when it was certified. What the board showed at the end of a challenge
// whose rules name no audit, no winners and no tallies to open is its result without.
func (r Rules) Certifies() bool { return r.AuditHours > 0 || r.Winners > 0 || r.Tally != TallyLive }

// Certified reports whether the result has been certified.
func (c Challenge) Certified() bool { return !c.CertifiedAt.IsZero() }

// AuditEnds is when the audit window is over, which begins when the challenge is.
func (c Challenge) AuditEnds() time.Time {
	return c.EndsAt().Add(time.Duration(c.Rules.AuditHours) * time.Hour)
}

// Concealed reports whether the public sees other tallies than the true ones.
func (c Challenge) Concealed() bool {
	return (c.Rules.Tally == TallyDelayed || c.Rules.Tally == TallyHidden) && !c.Certified()
}

// ShowsScores reports whether the public sees numbers of votes, be they of a while ago.
func (c Challenge) ShowsScores() bool {
	return c.Rules.Tally == TallyLive || c.Rules.Tally == TallyDelayed || c.Certified()
}

// ShowsRanks reports whether the public sees who is before whom.
func (c Challenge) ShowsRanks() bool { return c.Rules.Tally != TallyHidden || c.Certified() }

// Padded reports whether the vote log is sealed in steps of equal form, so that its size tells nothing. It stays so.
func (c Challenge) Padded() bool { return c.Rules.Tally != TallyLive }
