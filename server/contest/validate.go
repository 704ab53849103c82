package contest

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Problem is one thing that stands in the way of launching: the field's path and a stable code.
type Problem struct {
	Field string
	Code  string // "required", "both_languages", "invalid", "range", "order", "past"
}

var slugPattern = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$`)

// Most of what a rule may say.
const (
	MaxEntriesPerFan  = 100
	MaxVotesPerPeriod = 1000
	MaxChoices        = 400
	MaxGrace          = 24 * 60 * 60 // seconds: a day lets every phone find a network again
	MaxOriginalsDays  = 3650         // ten years; who must keep them longer keeps them for good
	MaxWeight         = 1000         // sums of millions of votes stay far from overflowing, and a public vote means something
	MaxVotesPerEntry  = 366          // a vote a day for a year
	MaxTallyDelay     = 24 * 60      // minutes: a board of yesterday is none
	MaxAuditHours     = 30 * 24      // who needs longer has another problem
	MaxWinners        = 1000
)

// Validate lists what stands in the way of launching the challenge at now; nil when nothing does.
func (c Challenge) Validate(now time.Time) []Problem {
	var ps []Problem
	check := func(ok bool, field, code string) {
		if !ok {
			ps = append(ps, Problem{field, code})
		}
	}
	check(slugPattern.MatchString(c.Slug), "slug", "invalid")
	check(TagKey(c.Hashtag) != "", "hashtag", "invalid")
	check(c.Title.Complete(), "title", "both_languages")
	check(c.Brief.Complete(), "brief", "both_languages")
	_, zone := Zone(c.TimeZone)
	check(zone, "time_zone", "invalid")
	check(sane(c.Entries), "entries", "order")
	check(sane(c.Votes), "votes", "order")
	check(!c.Votes.Closes.Before(c.Entries.Opens), "votes", "order")
	check(now.Before(c.Votes.Closes), "votes", "past")
	r := c.Rules
	check(r.EntriesPerFan >= 1 && r.EntriesPerFan <= MaxEntriesPerFan, "entries_per_fan", "range")
	check(r.VotesPerPeriod >= 1 && r.VotesPerPeriod <= MaxVotesPerPeriod, "votes_per_period", "range")
	check(r.Period == PeriodDay || r.Period == PeriodChallenge, "period", "invalid")
	check(r.Moderation == ModerateBefore || r.Moderation == ModerateAfter, "moderation", "invalid")
	check(r.GraceSeconds >= 0 && r.GraceSeconds <= MaxGrace, "grace_seconds", "range")
	check(r.OriginalsDays >= 0 && r.OriginalsDays <= MaxOriginalsDays, "originals_days", "range")
	ps = append(ps, r.validateVoting()...)
	check(r.Capture.sane(), "capture", "invalid")
	check(r.Capture.After.IsZero() || r.Capture.Before.IsZero() || r.Capture.After.Before(r.Capture.Before), "capture", "order")
	check(choicesSane(c.Cities), "cities", "invalid")
	check(choicesSane(c.Partners), "partners", "invalid")
	check(len(c.Consents) > 0, "consents", "required")
	return ps
}

// validateVoting lists what is wrong with the rules of votes, tallies and results.
func (r Rules) validateVoting() (ps []Problem) {
	check := func(ok bool, field, code string) {
		if !ok {
			ps = append(ps, Problem{field, code})
		}
	}
	check(r.votersSane(), "voters", "invalid")
	check(r.weightsSane(), "weights", "range")
	check(r.JuryPoints >= 0 && r.JuryPoints <= MaxWeight && (r.JuryPoints == 0 || r.Admits(JuryVoter)), "jury_points", "range")
	check(r.VotesPerEntry >= 0 && r.VotesPerEntry <= MaxVotesPerEntry, "votes_per_entry", "range")
	switch r.Tally {
	case TallyLive, TallyRanks, TallyHidden:
		check(r.TallyDelayMinutes == 0, "tally_delay_minutes", "range")
	case TallyDelayed:
		check(r.TallyDelayMinutes >= 1 && r.TallyDelayMinutes <= MaxTallyDelay, "tally_delay_minutes", "range")
	default:
		check(false, "tally", "invalid")
	}
	check(r.AuditHours >= 0 && r.AuditHours <= MaxAuditHours, "audit_hours", "range")
	check(r.Winners >= 0 && r.Winners <= MaxWinners, "winners", "range")
	return ps
}

// votersSane reports whether the classes that may vote are known, each once, and can come at all.
func (r Rules) votersSane() bool {
	for i, class := range r.Voters {
		if !class.Known() || slices.Contains(r.Voters[:i], class) || class == GuestVoter && !r.Guests {
			return false
		}
	}
	return true
}

// weightsSane reports whether the weights are of classes that may vote.
func (r Rules) weightsSane() bool {
	for class, weight := range r.Weights {
		if weight < 1 || weight > MaxWeight || !r.Admits(class) {
			return false
		}
	}
	return true
}

// sane reports whether the times can be written as JSON and no camera is blank, which would match none.
func (r CaptureRules) sane() bool {
	blank := func(camera string) bool { return strings.TrimSpace(camera) == "" }
	return r.After.Year() < 9999 && r.Before.Year() < 9999 && !slices.ContainsFunc(r.Cameras, blank)
}

func sane(w Window) bool {
	return !w.Opens.IsZero() && w.Opens.Before(w.Closes) && w.Opens.Year() < 9999 && w.Closes.Year() < 9999
}

func choicesSane(cs []Choice) bool {
	seen := map[string]bool{}
	for _, c := range cs {
		if !slugPattern.MatchString(c.ID) || seen[c.ID] || !c.Name.Complete() {
			return false
		}
		seen[c.ID] = true
	}
	return len(cs) <= MaxChoices
}
