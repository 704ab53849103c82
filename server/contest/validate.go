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
	check(zoneKnown(c.TimeZone), "time_zone", "invalid")
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
	check(r.Capture.sane(), "capture", "invalid")
	check(r.Capture.After.IsZero() || r.Capture.Before.IsZero() || r.Capture.After.Before(r.Capture.Before), "capture", "order")
	check(choicesSane(c.Cities), "cities", "invalid")
	check(choicesSane(c.Partners), "partners", "invalid")
	check(len(c.Consents) > 0, "consents", "required")
	return ps
}

// zoneKnown reports whether a name is a time zone's everywhere: not "", which Go takes for UTC, nor "Local", which is
// another one on each machine.
func zoneKnown(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "" && name != "Local"
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
