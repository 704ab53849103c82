package console

import (
	"net/url"
	"slices"
	"strconv"

	"fanfare/server/contest"
)

// defaultDelay is what the form proposes for a delayed count, in minutes.
const defaultDelay = 30

// liveTally is how the form calls the mode that the rules leave empty.
const liveTally = "live"

// weightField is the name of the input for what a vote of a class counts.
func weightField(class contest.VoterClass) string { return "weight_" + string(class) }

// voteValues writes the rules of voting into the form's fields. Who may vote is ticked; all where the rules name nobody.
func voteValues(v url.Values, r contest.Rules) {
	number := func(name string, n int) { v.Set(name, strconv.Itoa(n)) }
	number("votes_per_period", r.VotesPerPeriod)
	number("votes_per_entry", r.VotesPerEntry)
	v.Set("period", string(r.Period))
	if r.VotesFinal {
		v.Set("votes_final", "on")
	}
	for _, class := range contest.VoterClasses {
		if r.Admits(class) {
			v.Add("voters", string(class))
		}
		number(weightField(class), r.Weight(class))
	}
	number("jury_points", r.JuryPoints)
	v.Set("tally", string(r.Tally))
	if r.Tally == contest.TallyLive {
		v.Set("tally", liveTally)
	}
	number("tally_delay_minutes", r.TallyDelayMinutes)
	if r.Tally != contest.TallyDelayed {
		number("tally_delay_minutes", defaultDelay)
	}
	number("audit_hours", r.AuditHours)
	number("winners", r.Winners)
}

// votes reads the rules of voting.
func (f *challengeForm) votes(r *contest.Rules) {
	r.VotesPerPeriod, r.VotesPerEntry, r.Period = f.number("votes_per_period"), f.number("votes_per_entry"), contest.Period(f.text("period"))
	r.VotesFinal = f.values.Has("votes_final")
	r.Voters = f.voters()
	for _, class := range contest.VoterClasses {
		if weight := f.weight(class); weight != 1 {
			if r.Weights == nil {
				r.Weights = map[contest.VoterClass]int{}
			}
			r.Weights[class] = weight
		}
	}
	r.JuryPoints = f.number("jury_points")
	if tally := f.text("tally"); tally != liveTally {
		r.Tally = contest.TallyMode(tally)
	}
	if r.Tally == contest.TallyDelayed { // the field keeps a proposal for the other modes
		r.TallyDelayMinutes = f.number("tally_delay_minutes")
	}
	r.AuditHours, r.Winners = f.number("audit_hours"), f.number("winners")
}

// voters reads who may vote; nobody where all are ticked, which admits all.
func (f *challengeForm) voters() []contest.VoterClass {
	var classes []contest.VoterClass
	for _, class := range contest.VoterClasses {
		if slices.Contains(f.values["voters"], string(class)) {
			classes = append(classes, class)
		}
	}
	switch len(classes) {
	case 0:
		f.faults.add("voters", "required") // the rules would admit all
	case len(contest.VoterClasses):
		return nil
	}
	return classes
}

// weight reads what a vote of a class counts; an empty field is 1.
func (f *challengeForm) weight(class contest.VoterClass) int {
	name := weightField(class)
	typed := f.text(name)
	if typed == "" {
		return 1
	}
	n, err := strconv.Atoi(typed)
	if err != nil || n > maxNumber || n < -maxNumber {
		f.faults.add("weights", "number")
	}
	return n
}
