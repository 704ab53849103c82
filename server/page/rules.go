package page

import (
	"strings"
	"time"

	"fanfare/server/contest"
)

// Rules says a challenge's rules in sentences.
func (c *Context) Rules(challenge contest.Challenge) []string {
	r := challenge.Rules
	said := []string{c.N("rule.entries_per_fan", r.EntriesPerFan)}
	said = append(said, c.voteRules(challenge)...)
	said = append(said, c.T("rule.moderation."+string(r.Moderation)))
	said = append(said, c.peopleRules(r)...)
	said = append(said, c.captureRules(challenge)...)
	if r.GraceSeconds > 0 {
		closes := challenge.Entries.Closes
		said = append(said, c.T("rule.grace", "span", c.Span(closes, closes.Add(r.Grace()))))
	}
	if r.OriginalsDays > 0 {
		said = append(said, c.N("rule.originals", r.OriginalsDays))
	}
	return append(said, c.countRules(challenge)...)
}

// voteRules say how many votes a fan has and whether they can be changed.
func (c *Context) voteRules(challenge contest.Challenge) []string {
	r := challenge.Rules
	var said []string
	if r.Period == contest.PeriodDay {
		said = append(said, c.N("rule.votes_per_day", r.VotesPerPeriod, "zone", challenge.TimeZone))
	} else {
		said = append(said, c.N("rule.votes_in_all", r.VotesPerPeriod))
	}
	if r.VotesPerEntry > 0 {
		said = append(said, c.N("rule.votes_per_entry", r.VotesPerEntry))
	}
	if r.VotesFinal {
		said = append(said, c.T("rule.votes_final"))
	} else {
		said = append(said, c.T("rule.votes_change."+string(r.Period)))
	}
	return append(said, c.T("rule.own"))
}

// peopleRules say who may enter and vote, and whose vote counts what.
func (c *Context) peopleRules(r contest.Rules) []string {
	var said []string
	switch {
	case len(r.Voters) == 0 && r.Guests:
		said = append(said, c.T("rule.guests"))
	case len(r.Voters) == 0:
		said = append(said, c.T("rule.members"))
	case r.Guests:
		said = append(said, c.T("rule.guests_enter"))
	default:
		said = append(said, c.T("rule.known_enter"))
	}
	if len(r.Voters) > 0 {
		said = append(said, c.T("rule.voters", "classes", c.voters(r)))
	}
	for _, class := range contest.VoterClasses {
		if weight := r.Weight(class); weight > 1 {
			said = append(said, c.T("rule.weight", "n", grouped(weight), "class", c.T("voter."+string(class))))
		}
	}
	if r.JuryPoints > 0 {
		said = append(said, c.T("rule.jury", "n", grouped(r.JuryPoints)))
	}
	return said
}

// voters lists who may vote, in one order whatever that of the rules is.
func (c *Context) voters(r contest.Rules) string {
	var names []string
	for _, class := range contest.VoterClasses {
		if r.Admits(class) {
			names = append(names, c.T("voter."+string(class)))
		}
	}
	return strings.Join(names, c.T("list.comma"))
}

// countRules say what is seen of the votes and how they become a result.
func (c *Context) countRules(challenge contest.Challenge) []string {
	r := challenge.Rules
	ends := challenge.AuditEnds()
	audit := time.Duration(r.AuditHours) * time.Hour
	delay := time.Duration(r.TallyDelayMinutes) * time.Minute
	said := []string{c.tallyRule(r, c.Span(ends, ends.Add(delay)))}
	switch {
	case audit > 0:
		said = append(said, c.T("rule.audit", "span", c.Span(ends, ends.Add(audit))))
	case r.Certifies():
		said = append(said, c.T("rule.certified"))
	}
	if r.Winners > 0 {
		said = append(said, c.N("rule.winners", r.Winners))
	}
	ties, log := "rule.ties", "rule.log"
	if r.InPoints() {
		ties = "rule.ties_points"
	}
	if challenge.Padded() {
		log = "rule.log_sealed"
	}
	return append(said, c.T(ties), c.T(log))
}

func (c *Context) tallyRule(r contest.Rules, delay string) string {
	if r.Tally == contest.TallyLive {
		return c.T("rule.tally.live")
	}
	return c.T("rule.tally."+string(r.Tally), "span", delay)
}

func (c *Context) captureRules(challenge contest.Challenge) []string {
	var said []string
	r, zone := challenge.Rules.Capture, challenge.Location()
	if r.Required {
		said = append(said, c.T("rule.capture_required"))
	}
	switch after, before := !r.After.IsZero(), !r.Before.IsZero(); {
	case after && before:
		said = append(said, c.T("rule.taken_between", "after", c.stamp(r.After, zone), "before", c.stamp(r.Before, zone)))
	case after:
		said = append(said, c.T("rule.taken_after", "after", c.stamp(r.After, zone)))
	case before:
		said = append(said, c.T("rule.taken_before", "before", c.stamp(r.Before, zone)))
	}
	if len(r.Cameras) > 0 {
		said = append(said, c.T("rule.cameras", "cameras", strings.Join(r.Cameras, c.T("list.comma"))))
	}
	return said
}

// ChoiceName is a choice's name in the page's language; empty where there is none.
func (c *Context) ChoiceName(choices []contest.Choice, id string) string {
	for _, choice := range choices {
		if choice.ID == id {
			return c.Text(choice.Name)
		}
	}
	return ""
}
