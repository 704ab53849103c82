package console

import (
	"net/url"
	"reflect"
	"strings"
	"testing"

	"fanfare/server/contest"
)

// voting sets the rules of voting in a form.
func voting(form url.Values) url.Values {
	form["voters"] = []string{"jury", "host"}
	for name, value := range map[string]string{
		"weight_host": "2", "weight_jury": "", "jury_points": "10", "votes_per_entry": "3", "votes_final": "on",
		"tally": "delayed", "tally_delay_minutes": "15", "audit_hours": "48", "winners": "5",
	} {
		form.Set(name, value)
	}
	return form
}

func TestTheRulesOfVotingComeFromTheFormAndGoBack(t *testing.T) {
	d := open(t)
	first := d.created(voting(d.filled()))
	want := first.Rules
	want.Voters, want.Weights = []contest.VoterClass{contest.HostVoter, contest.JuryVoter}, map[contest.VoterClass]int{contest.HostVoter: 2}
	want.JuryPoints, want.VotesPerEntry, want.VotesFinal = 10, 3, true
	want.Tally, want.TallyDelayMinutes, want.AuditHours, want.Winners = contest.TallyDelayed, 15, 48, 5
	if !reflect.DeepEqual(first.Rules, want) {
		t.Errorf("got  %+v\nwant %+v", first.Rules, want)
	}
	consents, err := d.Campaigns.Consents(t.Context(), first.Consents)
	if err != nil {
		t.Fatal(err)
	}
	d.post(challengePath(first.ID), challengeValues(first, consents))
	second, err := d.Campaigns.Challenge(t.Context(), first.ID)
	if err != nil || second.Hash() != first.Hash() {
		t.Errorf("saved unchanged: %+v, %v", second.Rules, err)
	}
	wants(t, d.get(challengePath(first.ID)+"/edit"), `value="host" checked`, `value="jury" checked`, `value="delayed" checked`)
	launch := d.get(challengePath(first.ID) + "/launch")
	wants(t, launch, "brought up to date every 15 minutes", "Who may vote: fans signed in on the site that shows the challenge, jurors.", "votes are checked for 2 days")
}

func TestTheDefaultsOfVotingAreLiveAndOpenToAll(t *testing.T) {
	d := open(t)
	r := d.created(d.filled()).Rules
	if r.Tally != contest.TallyLive || r.TallyDelayMinutes != 0 || r.Voters != nil || r.Weights != nil || r.JuryPoints != 0 {
		t.Errorf("got %+v", r)
	}
	if r.AuditHours != defaultAuditHours || r.Winners != defaultWinners {
		t.Errorf("audit %d hours, %d winners", r.AuditHours, r.Winners)
	}
}

func TestRulesOfVotingThatCannotBeLeadToTheirFields(t *testing.T) {
	d := open(t)
	form := voting(d.filled())
	form.Del("guests")
	form["voters"] = []string{"guest"}
	for _, name := range []string{"weight_invited", "tally_delay_minutes", "audit_hours", "winners", "votes_per_entry"} {
		form.Set(name, "99999")
	}
	ch := d.created(form)
	edit, show := d.get(challengePath(ch.ID)+"/edit"), d.get(challengePath(ch.ID))
	for _, field := range []string{"voters", "weights", "jury_points", "tally_delay_minutes", "audit_hours", "winners", "votes_per_entry"} {
		wants(t, show, challengePath(ch.ID)+"/edit#f-"+field)
		wants(t, edit, `id="f-`+field+`"`, `id="e-`+field+`"`)
	}
	form.Del("voters") // which must not come to mean all
	wants(t, d.do("POST", challengePath(ch.ID), form).Body.String(), `id="e-voters"`)
	form.Set("weight_invited", "two")
	if body := d.do("POST", challengePath(ch.ID), form).Body.String(); !strings.Contains(body, `id="e-weights"`) || !strings.Contains(body, `value="two"`) {
		t.Error("what was typed for a weight is lost, or not said to be wrong")
	}
}
