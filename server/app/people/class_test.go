package people

import (
	"testing"

	"fanfare/server/contest"
	"fanfare/server/store"
)

func TestAsWhatAFanVotes(t *testing.T) {
	guest, host := contest.Fan{Issuer: GuestIssuer}, contest.Fan{Issuer: "site:s_1"}
	type classes = []contest.VoterClass
	for claim, c := range map[string]struct {
		admitted  classes
		qualities store.Qualities
		fan       contest.Fan
		want      contest.VoterClass
	}{
		"a guest":                                   {nil, store.Qualities{}, guest, contest.GuestVoter},
		"a guest with a mailbox":                    {nil, store.Qualities{Mail: true}, guest, contest.MailVoter},
		"a site's fan":                              {nil, store.Qualities{}, host, contest.HostVoter},
		"a site's fan with a mailbox":               {nil, store.Qualities{Mail: true}, host, contest.HostVoter},
		"a site's fan where mailboxes alone count":  {classes{contest.MailVoter}, store.Qualities{Mail: true}, host, contest.MailVoter},
		"a juror":                                   {nil, store.Qualities{Mail: true, Jury: true, Invited: true}, host, contest.JuryVoter},
		"a juror where jurors have no vote":         {classes{contest.GuestVoter, contest.MailVoter}, store.Qualities{Jury: true, Mail: true}, guest, contest.MailVoter},
		"a site's fan where guests alone vote":      {classes{contest.GuestVoter}, store.Qualities{}, host, contest.GuestVoter},
		"a guest where nobody like them may":        {classes{contest.JuryVoter}, store.Qualities{}, guest, contest.GuestVoter},
		"an invited guest where only mailboxes may": {classes{contest.MailVoter}, store.Qualities{Invited: true}, guest, contest.InvitedVoter},
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
