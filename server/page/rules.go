package page

import (
	"strings"

	"fanfare/server/contest"
)

// Rules says a challenge's rules in sentences.
func (c *Context) Rules(challenge contest.Challenge) []string {
	r := challenge.Rules
	said := []string{c.N("rule.entries_per_fan", r.EntriesPerFan)}
	if r.Period == contest.PeriodDay {
		said = append(said, c.N("rule.votes_per_day", r.VotesPerPeriod, "zone", challenge.TimeZone))
	} else {
		said = append(said, c.N("rule.votes_in_all", r.VotesPerPeriod))
	}
	said = append(said, c.T("rule.moderation."+string(r.Moderation)))
	if r.Guests {
		said = append(said, c.T("rule.guests"))
	} else {
		said = append(said, c.T("rule.members"))
	}
	said = append(said, c.captureRules(challenge)...)
	if r.GraceSeconds > 0 {
		closes := challenge.Entries.Closes
		said = append(said, c.T("rule.grace", "span", c.Span(closes, closes.Add(r.Grace()))))
	}
	if r.OriginalsDays > 0 {
		said = append(said, c.N("rule.originals", r.OriginalsDays))
	}
	return append(said, c.T("rule.own"), c.T("rule.ties"))
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
