package people

import (
	"testing"

	"fanfare/server/contest"
)

func TestAsWhatAFanVotes(t *testing.T) {
	guest, host := contest.Fan{Issuer: GuestIssuer}, contest.Fan{Issuer: "site:s_1"}
	type classes = []contest.VoterClass
	for claim, c := range map[string]struct {
		admitted, qualities classes
		fan                 contest.Fan
		want                contest.VoterClass
	}{
		"a guest":                                   {nil, nil, guest, contest.GuestVoter},
		"a guest with a mailbox":                    {nil, classes{contest.MailVoter}, guest, contest.MailVoter},
		"a site's fan":                              {nil, nil, host, contest.HostVoter},
		"a site's fan with a mailbox":               {nil, classes{contest.MailVoter}, host, contest.HostVoter},
		"a site's fan where mailboxes alone count":  {classes{contest.MailVoter}, classes{contest.MailVoter}, host, contest.MailVoter},
		"a juror":                                   {nil, classes{contest.MailVoter, contest.JuryVoter, contest.InvitedVoter}, host, contest.JuryVoter},
		"a juror where jurors have no vote":         {classes{contest.GuestVoter, contest.MailVoter}, classes{contest.JuryVoter, contest.MailVoter}, guest, contest.MailVoter},
		"a site's fan where guests alone vote":      {classes{contest.GuestVoter}, nil, host, contest.GuestVoter},
		"a guest where nobody like them may":        {classes{contest.JuryVoter}, nil, guest, contest.GuestVoter},
		"an invited guest where only mailboxes may": {classes{contest.MailVoter}, classes{contest.InvitedVoter}, guest, contest.InvitedVoter},
	} {
		if got := classOf(contest.Rules{Voters: c.admitted}, c.fan, c.qualities); got != c.want {
			t.Errorf("%s votes as %q, want %q", claim, got, c.want)
		}
	}
}

func TestWhoMustBecomeMore(t *testing.T) {
	mail := []contest.VoterClass{contest.MailVoter}
	for claim, c := range map[string]struct {
		rules contest.Rules
		class contest.VoterClass
		want  bool
	}{
		"a guest among guests":         {contest.Rules{Guests: true, Voters: mail}, contest.GuestVoter, false},
		"a guest where there are none": {contest.Rules{Voters: mail}, contest.GuestVoter, true},
		"a mailbox's owner":            {contest.Rules{Voters: mail}, contest.MailVoter, false},
	} {
		if got := lacks(c.rules, c.class) != nil; got != c.want {
			t.Errorf("%s: got %v, want %v", claim, got, c.want)
		}
	}
}
